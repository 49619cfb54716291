"""The tables about the committee: each broken row is told with its place, and the order of rows never matters."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from smartcert.analysis.committee.review import review_committee
from smartcert.errors import InputError
from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.committee_record import CommitteeRecord
from smartcert.services.rounds import OpenRound, open_round
from tests.support.build import PARAMETERS

EXAMPLE = PARAMETERS / "rounds" / "example"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "example"
    shutil.copytree(EXAMPLE, made)
    return made


def told(folder: Path) -> list[str]:
    with pytest.raises(InputError) as raised:
        open_round(str(folder))
    return [str(problem) for problem in raised.value.problems]


def put(folder: Path, table: str, old: str, new: str) -> None:
    path = folder / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def add(folder: Path, table: str, row: str) -> None:
    with (folder / f"{table}.csv").open("a", encoding="utf-8") as file:
        file.write(row + "\n")


@pytest.mark.parametrize(
    ("table", "row", "wanted"),
    [
        ("interests", "E1,emploier,어떤 회사,,,2020-01-01,,,", "did you mean 'employer'"),
        ("interests", "E1,employer,어떤 회사,,,,,,", "the first day of the employment"),
        ("interests", "E1,employer,어떤 회사,,,2020-01-02,2020-01-01,,", "a day not before 2020-01-02"),
        ("interests", "E9,advice,하늘시,,,,,,", "an evaluator of committee.csv"),
        ("interests", "E1,advice,하늘시,951,,,,,", "ten digits"),
        ("interests", "E1,advice,,,,,,,", "the name of the body"),
        ("contractors", "haneul,어떤 회사,kinship,,,,", "one of: "),
        ("contractors", "hanul,어떤 회사,service,,,,", "did you mean 'haneul'"),
        ("conflicts", "E7,onnuri,cleared,누구,2023-11-03,까닭", "each once (first in line 2)"),
        ("conflicts", "E4,garam,maybe,누구,2023-11-03,까닭", "one of: excluded, cleared"),
        ("conflicts", "E4,garam,cleared,누구,2023-11-03,", "the reason"),
        ("groups", "large,E1,yes", "each once"),
        ("groups", "Big One,E1,yes", "small letters"),
        ("assignments", "yeoul,small_medium,E3,", "another evaluator (see "),
        ("assignments", "haneul,middle,E1,", "a group of groups.csv"),
        ("votes", "haneul,level,E2,E1,yes,yes", "nothing, as no member is challenged"),
        ("votes", "haneul,level,,E1,no,yes", "nothing, as the member was not present"),
        ("votes", "haneul,level,,E1,yes,", "yes, no or abstain"),
        ("votes", "garam,challenge,E4,E1,yes,yes", "a row for every member"),
        ("discussion", "haneul,L02,E1,9,4,간사,2023-11-15 10:00,까닭,", "a mark from 1 to 5"),
        ("discussion", "haneul,L02,E1,3,4,간사,2023-11-15 10:00,,", "why the mark was changed"),
        ("discussion", "haneul,L02,E1,4,4,간사,2023-11-15 10:00,,", "a minority opinion"),
        ("discussion", "haneul,N02,E1,3,4,간사,2023-11-15 10:00,까닭,", "a qualitative indicator"),
        ("discussion", "haneul,L02,E5,4,2,간사,2023-11-16 10:00,까닭,", "3, which the change before it left"),
        ("discussion", "yeoul,L01,E3,3,4,간사,2023-11-16 10:00,까닭,", "a change of a mark of marks.csv"),
        ("decisions", "raon,6,누구,2023-11-20,,,,,", "a level from 1 to 5"),
        ("decisions", "raon,4,누구,2023-11-20,,4,,2023-12-01,", "who decided"),
        ("decisions", "raon,4,누구,2023-11-20,,4,누구,2023-11-19,", "a day not before 2023-11-20"),
        ("decisions", "raon,4,누구,2022-11-20,,4,누구,2023-12-01,", "a day not before judged_on (2023-11-06)"),
        ("conflicts", "E4,garam,cleared,누구,2022-11-03,까닭", "a day not before 2023-10-24"),
        ("conflicts", "E4,garam,cleared,누구,2023-11-03,-", "the reason"),
        ("supplements", "haneul,application,2022-10-30,2023-11-08,pending,,", "a day not before 2023-10-24"),
        ("supplements", "haneul,application,2023-10-23,2023-11-08,pending,,", "a day not before 2023-10-24"),
        ("discussion", "haneul,L02,E1,3,4,간사,2023-11-15 10:00,없음,", "why the mark was changed"),
        ("discussion", "haneul,L02,E1,4,4,간사,2023-11-15 10:00,,해당 없음", "a minority opinion"),
    ],
)
def test_a_broken_row_is_told_with_its_place(folder: Path, table: str, row: str, wanted: str) -> None:
    add(folder, table, row)
    problems = told(folder)
    assert any(f"{table}.csv:" in problem and wanted in problem for problem in problems), problems


@pytest.mark.parametrize("reason", ["", "-", "—", "없음", "해당 없음", "N/A", "."])
def test_a_reason_that_says_nothing_is_none(folder: Path, reason: str) -> None:
    put(folder, "decisions", "현장실사 뒤 면적 산정에 대한 소명이 끝나지 않아 한 등급 낮춤", reason)
    outcome = open_round(str(folder)).record("yeoul").outcome
    assert [finding.code for finding in outcome.findings] == ["decision_without_reason"]


def test_a_refused_vote_is_one_line(folder: Path) -> None:
    put(folder, "votes", "ara,level,,E1,yes,yes", "ara,level,,E1,no,yes")
    (problem,) = told(folder)
    assert "nothing, as the member was not present" in problem


def test_a_missing_vote_names_matter_and_member(folder: Path) -> None:
    put(folder, "votes", "ara,level,,E1,yes,yes\n", "")
    (problem,) = told(folder)
    assert "no row for E1 at 'level' of 'ara'" in problem


def test_an_agreed_mark_that_the_discussion_does_not_leave_is_told(folder: Path) -> None:
    put(folder, "discussion", "dasom,L05,E7,5,4", "dasom,L05,E7,5,3")
    assert any("discussion.csv:2" in one and "the agreed marks stand there" in one for one in told(folder))


def test_a_declared_interest_counts_at_once_and_a_mark_in_spite_of_it_is_told_with_its_row(folder: Path) -> None:
    add(folder, "interests", "E1,kinship,하늘시,,haneul,,,,")
    problems = told(folder)
    assert any("marks.csv:" in one and "'E1', who does not judge 'haneul'" in one for one in problems)
    assert any("interests.csv:12" in one for one in problems)


def test_a_found_conflict_that_is_decided_counts_and_a_mark_in_spite_of_it_is_told(folder: Path) -> None:
    add(folder, "conflicts", "E4,garam,excluded,운영기관,2023-11-03,기관이 연구를 수행함")
    assert any("'E4', who does not judge 'garam'" in one for one in told(folder))


def test_an_excluded_member_cannot_be_present_at_the_vote(folder: Path) -> None:
    put(folder, "votes", "yeoul,level,,E3,no,", "yeoul,level,,E3,yes,yes")
    assert any("votes.csv:" in one and "/exclusions.csv:2" in one for one in told(folder))


def test_a_challenged_member_cannot_vote_on_the_challenge(folder: Path) -> None:
    put(folder, "votes", "danbi,challenge,E2,E2,no,", "danbi,challenge,E2,E2,yes,no")
    assert any("takes no part" in one for one in told(folder))


def test_a_mark_by_somebody_who_is_not_assigned_is_told(folder: Path) -> None:
    text = (folder / "assignments.csv").read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if not line.startswith("haneul,small_medium,E6")]
    (folder / "assignments.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert any("'E6', who is not assigned to 'haneul'" in one for one in told(folder))


def test_columns_of_grades_and_inspectors_may_be_left_out(folder: Path) -> None:
    for table, keep in {"measurements": 7, "inspections": 5, "committee": 4, "assignments": 3}.items():
        path = folder / f"{table}.csv"
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        path.write_text("\n".join(",".join(_cells(line)[:keep]) for line in lines) + "\n", encoding="utf-8")
    opened = open_round(str(folder))
    assert all(one.grade is None for a in opened.round.applications for one in a.measurements.values())
    assert all(member.category is None for member in opened.round.committee)


def _cells(line: str) -> list[str]:
    """Cut a line at its commas, but not inside quotes."""
    cells, inside = [""], False
    for sign in line:
        inside ^= sign == '"'
        if sign == "," and not inside:
            cells.append("")
        else:
            cells[-1] += sign
    return cells


def test_a_round_without_any_of_these_tables_is_whole(folder: Path) -> None:
    for name in ("interests", "contractors", "conflicts", "groups", "assignments", "votes", "discussion", "decisions"):
        (folder / f"{name}.csv").unlink()
    opened = open_round(str(folder))
    assert review_committee(opened).discussed == ()
    assert {one.id: one.level for one in opened.evaluations} == {one.id: one.level for one in _example().evaluations}


def _example() -> OpenRound:
    return open_round(str(EXAMPLE))


def without_inputs(record: CommitteeRecord) -> CommitteeRecord:
    return replace(record, inputs=())


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_in_any_table_never_matters(folder: Path, seed: int) -> None:
    random = Random(seed)
    for path in folder.glob("*.csv"):
        if path.stem != "registry":
            head, *rows = path.read_text(encoding="utf-8").splitlines()
            random.shuffle(rows)
            path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    shuffled = open_round(str(folder))
    plain = review_committee(_example())
    turned = review_committee(shuffled)
    # rows are named by their line: where they were moved to is not compared
    assert replace(without_inputs(turned), findings=()) == replace(without_inputs(plain), findings=())
    assert sorted(one.code for one in turned.findings) == sorted(one.code for one in plain.findings)


def test_the_order_of_the_committee_changes_nothing(folder: Path) -> None:
    head, *rows = (folder / "committee.csv").read_text(encoding="utf-8").splitlines()
    (folder / "committee.csv").write_text("\n".join([head, *reversed(rows)]) + "\n", encoding="utf-8")
    plain, turned = _example(), open_round(str(folder))
    assert turned.evaluations == plain.evaluations
    reviewed, again = (without_inputs(review_committee(opened)) for opened in (plain, turned))
    assert replace(again, findings=()) == replace(reviewed, findings=())
    assert sorted(map(repr, again.findings)) == sorted(map(repr, reviewed.findings))


def test_every_page_names_an_evaluator_by_the_id_of_the_committees_table(folder: Path) -> None:
    """Ids that are not E1 to E7 in the order of rows: the file's E1 must never appear as another."""
    ids = {f"E{n}": f"E{n - 1}" if n > 1 else "P-12" for n in range(1, 8)}
    for path in folder.glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"\bE([1-7])\b", lambda match: ids[match[0]], text), encoding="utf-8")
    plain, renamed = _example(), open_round(str(folder))
    for before, after in zip(plain.evaluations, renamed.evaluations, strict=True):
        if before.scorecard is None or after.scorecard is None:
            continue
        assert after.scorecard.points == before.scorecard.points
        for score, again in zip(before.scorecard.indicators(), after.scorecard.indicators(), strict=True):
            marks = {use.evaluator: use.value for use in score.combination.marks} if score.combination else {}
            renamed_marks = {use.evaluator: use.value for use in again.combination.marks} if again.combination else {}
            assert renamed_marks == {ids[name]: value for name, value in marks.items()}
    page = ApplicantReport(renamed.record("yeoul"), "ko")
    committee, eligibility = page.committee(), page.eligibility()
    assert committee is not None
    heads = re.findall(r'<th scope="col" class="number">([^<]*)</th>', committee.html)
    assert heads[:-1] == ["E1", "E2", "E3", "E4", "E5", "E6", "P-12"]
    assert "E2은 제척 사유" in eligibility.html or "E2는 제척 사유" in eligibility.html
    review = review_committee(renamed)
    assert {row.evaluator for row in review.rows} == set(ids.values())
