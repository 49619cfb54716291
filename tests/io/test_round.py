"""What a round's folder becomes, value by value; and that no bytes whatever get past without a told problem."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from functools import cache
from hashlib import sha256
from pathlib import Path
from time import process_time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from smartcert.io.formats.csv import Table, read_table
from smartcert.io.formats.text import FileText
from smartcert.io.parameters.rulebook import read_rulebook
from smartcert.io.rounds.applications import MEASUREMENT_COLUMNS, OPTIONAL_MEASUREMENT_COLUMNS, read_measurements
from smartcert.io.rounds.committee import Exclusions
from smartcert.io.rounds.marks import MARK_COLUMNS, MarkingContext, read_marks
from smartcert.io.rounds.round import TABLES, read_round
from smartcert.model.application import (
    Channel,
    DocumentKind,
    Evaluator,
    ExclusionKind,
    Inspection,
    Mark,
    Measurement,
    Missing,
)
from smartcert.model.indicator import CountScale, Edition, LinearScale, MarkScale, RankScale, YesNoScale
from smartcert.paths import PROJECT_ROOT
from tests.support.small_round import ROUND, RULES, small

PARAMETERS = PROJECT_ROOT / "parameters"
ROUNDS = sorted(path.parent for path in (PARAMETERS / "rounds").glob("*/round.yaml"))


def test_applications_come_in_the_order_of_their_ids(tmp_path: Path) -> None:
    assert [one.id for one in small(tmp_path).read().applications] == ["bada", "haneul", "saebyeok"]


def test_an_application_holds_what_its_rows_say(tmp_path: Path) -> None:
    bada, haneul, saebyeok = small(tmp_path).read().applications
    assert (bada.channel, bada.channel_reason, bada.official_letter) == (Channel.MAIL, "접속 장애", False)
    assert bada.joint_with == ("하늘시", "9011100000")
    assert bada.sent_at is not None
    assert bada.sent_at.isoformat() == "2023-10-24T09:00:00+09:00"
    assert saebyeok.arrived_at.isoformat() == "2023-10-25T10:00:00+09:00"
    assert bada.documents[0].kind is DocumentKind.APPLICATION
    assert (bada.documents[0].received, bada.documents[0].sealed) == (False, None)
    assert bada.supplements[0].due_on == date(2023, 11, 8)
    assert (haneul.exclusions[0].kind, haneul.exclusions[0].ground) == (ExclusionKind.EXCLUSION, 3)


def test_a_second_code_stays_the_entry_that_was_used(tmp_path: Path) -> None:
    saebyeok = small(tmp_path).read().applications[-1]
    assert (saebyeok.code, saebyeok.applicant.code, saebyeok.applicant.parent_code) == (
        "9111000000",
        "9111000000",
        "9100000000",
    )


def test_a_second_code_and_the_first_are_one_local_government(tmp_path: Path) -> None:
    made = small(tmp_path)
    made.rewrite("applications.csv", "bada,9013000000", "bada,9100000000")
    (problem,) = made.problems()
    assert "applied already" in problem.found


def test_absent_zero_and_not_applicable_are_three_things(tmp_path: Path) -> None:
    measured = small(tmp_path).read().applications[1].measurements
    assert (measured["N3"].claimed, measured["N4"].claimed, measured["N5"].claimed) == (
        Fraction(0),
        Missing.ABSENT,
        Missing.NOT_APPLICABLE,
    )


def test_the_desk_accepts_what_it_does_not_correct(tmp_path: Path) -> None:
    measured = small(tmp_path).read().applications[1].measurements
    assert (measured["N1"].claimed, measured["N1"].desk) == (Fraction(25, 2), Fraction(11))
    assert (measured["N2"].claimed, measured["N2"].desk) == (Fraction(1), Fraction(1))


def test_a_claim_out_of_limits_stands_if_the_desk_corrected_it(tmp_path: Path) -> None:
    made = small(tmp_path)
    made.rewrite("measurements.csv", "N1,12.5,11", "N1,1001,11")
    assert made.read().applications[1].measurements["N1"].claimed == 1001
    made.rewrite("measurements.csv", "N1,1001,11,두 건은 같은 자료", "N1,1001,,")
    (problem,) = made.problems()
    assert "correct the slip here, or leave it as claimed" in problem.wanted


@pytest.mark.parametrize("value", ["0", "1000"])
def test_a_value_on_a_limit_is_possible(value: str, tmp_path: Path) -> None:
    made = small(tmp_path)
    made.rewrite("measurements.csv", "N1,12.5,11,두 건은 같은 자료", f"N1,{value},,")
    assert made.read().applications[1].measurements["N1"].desk == int(value)


def test_inspections_confirm_correct_or_find_nothing(tmp_path: Path) -> None:
    inspected = small(tmp_path).read().applications[1].inspections
    assert inspected["N1"] == Inspection(indicator="N1", verified=True)
    assert inspected["N2"].corrected == Fraction(0)
    assert inspected["N3"].corrected is Missing.ABSENT


def test_an_absent_mark_is_not_zero(tmp_path: Path) -> None:
    marks = small(tmp_path).read().applications[1].marks
    assert marks[0] == Mark(indicator="L1", evaluator="E1", value=Fraction(4))
    assert marks[1].value is None
    assert marks[2].comment == "좋음"


@pytest.mark.parametrize("mark", ["1", "5"])
def test_both_ends_of_the_mark_scale_are_marks(mark: str, tmp_path: Path) -> None:
    made = small(tmp_path)
    made.rewrite("marks.csv", "L2,E2,1", f"L2,E2,{mark}")
    assert made.read().applications[1].marks[-1].value == int(mark)


def test_entries_of_an_invented_rounds_own_registry_are_invented(tmp_path: Path) -> None:
    made = small(tmp_path)
    assert all(entry.invented for entry in made.read().registry.entries)
    made.rewrite("round.yaml", "invented: yes", "invented: no")
    assert not any(entry.invented for entry in made.read().registry.entries)


def test_the_registry_is_looked_for_beside_the_round_then_in_the_shared_folder(tmp_path: Path) -> None:
    made = small(tmp_path)
    made.path("own.csv").rename(made.folder / "registry" / "own.csv")
    read = made.read()
    assert "registry/own.csv" in [one.file for one in read.inputs]
    assert not any(entry.invented for entry in read.registry.entries)


def test_a_registry_that_was_asked_for_takes_the_place_of_the_rounds(tmp_path: Path) -> None:
    made = small(tmp_path)
    other = tmp_path / "other.csv"
    other.write_text(ROUND["own.csv"].replace("510000", "499999"), encoding="utf-8")
    read = read_round(made.round, made.read_rules(), made.folder / "registry", registry=other)
    population = read.applications[1].applicant.population
    assert population is not None
    assert population.residents == 499_999


def test_inputs_are_the_hashes_of_all_files_that_were_read(tmp_path: Path) -> None:
    made = small(tmp_path)
    read = made.read()
    assert {one.file for one in read.inputs} == set(ROUND)
    assert {one.file for one in made.read_rules().inputs} == {f"rules/{file}" for file in RULES}
    by_file = {one.file: one.sha256 for one in read.inputs}
    assert by_file["marks.csv"] == sha256(ROUND["marks.csv"].encode()).hexdigest()


def test_the_order_of_columns_and_blank_rows_do_not_matter(tmp_path: Path) -> None:
    made = small(tmp_path)
    before = made.read()
    rows = [line.split(",") for line in ROUND["marks.csv"].splitlines()]
    turned = "\n\n".join(",".join(f" {cell} " for cell in reversed(row)) for row in rows)
    made.path("marks.csv").write_text("\n" + turned + "\n,,,,\n", encoding="utf-8")
    assert made.read().applications == before.applications


def test_an_edition_may_have_any_depth(tmp_path: Path) -> None:
    edition = small(tmp_path).read_rules().editions["small"]
    assert [domain.id for domain in edition.domains] == ["D1", "D2"]
    assert [item.id for domain in edition.domains for item in domain.items()] == ["I1", "D2"]
    assert [one.id for one in edition.indicators()] == ["N1", "N2", "L1", "N3", "N4", "N5", "L2"]


def test_scales_are_read_by_their_kind(tmp_path: Path) -> None:
    scales = {one.id: one.scale for one in small(tmp_path).read_rules().editions["small"].indicators()}
    assert scales["N2"] == YesNoScale()
    assert scales["N3"] == CountScale(points_each=Fraction(4), cap=Fraction(5))
    assert scales["N4"] == LinearScale(zero_at=Fraction(10), full_at=Fraction(4))
    assert isinstance(scales["N5"], RankScale)
    assert [(band.bound, band.points) for band in scales["N5"].bands] == [
        (Fraction(20), Fraction(10)),
        (Fraction(50), Fraction(5)),
    ]


def test_values_of_rules_are_cited_and_dated(tmp_path: Path) -> None:
    rulebook = small(tmp_path).read_rules()
    rules = rulebook.on(date(2023, 9, 13), "small")
    assert rules.levels.bounds[2].value == Fraction(161, 2)
    assert rules.levels.bounds[3].value == 70
    assert rules.committee.quorum.value == Fraction(2, 3)
    (act, notice) = rules.size_type.city.cite
    assert (rules.size_type.city.name, act.source.id, act.article, notice.article) == (
        "size_type.city",
        "act",
        None,
        "8(4)",
    )


def test_the_rules_that_are_shipped_are_whole() -> None:
    rulebook = read_rulebook(PARAMETERS / "rules")
    edition = rulebook.editions["illustrative-2023"]
    assert len(list(edition.indicators())) == 53
    assert edition.points == 2000
    assert rulebook.on(date(2023, 9, 13), "illustrative-2023").levels.bounds[3].value == 70


@pytest.mark.parametrize("folder", ROUNDS, ids=[folder.name for folder in ROUNDS])
def test_rounds_that_are_shipped_are_whole(folder: Path) -> None:
    read = read_round(folder, read_rulebook(PARAMETERS / "rules"), PARAMETERS / "registry")
    assert read.id == folder.name
    assert read.invented is bool(read.applications)


def test_the_real_call_of_2023_has_its_window_and_all_entries() -> None:
    read = read_round(PARAMETERS / "rounds" / "2023", read_rulebook(PARAMETERS / "rules"), PARAMETERS / "registry")
    assert read.window.opens_at.isoformat() == "2023-10-24T00:00:00+09:00"
    assert read.window.closes_at.isoformat() == "2023-10-26T18:00:00+09:00"
    assert (len(read.registry.entries), read.invented, read.applications) == (293, False, ())


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    file=st.sampled_from(sorted(RULES | ROUND)),
    cut=st.floats(min_value=0, max_value=1),
    width=st.integers(min_value=0, max_value=40),
    junk=st.binary(max_size=12)
    | st.sampled_from(
        [b",", b'"', b"\n", b": ", b"[", b"{", b"\t", b"- ", b"\r", "가".encode("cp949"), b"&a ", b"1e999"]
    ),
)
def test_whatever_is_broken_is_read_or_told(file: str, cut: float, width: int, junk: bytes, tmp_path: Path) -> None:
    folder = tmp_path / f"{len(list(tmp_path.iterdir()))}"
    made = small(folder)
    data = made.path(file).read_bytes()
    at = int(cut * len(data))
    made.path(file).write_bytes(data[:at] + junk + data[at + width :])
    # anything but a told problem is raised here and fails
    assert all(problem.found and problem.wanted and problem.place.file for problem in made.problems())


@cache
def read_shipped_edition() -> Edition:
    return read_rulebook(PARAMETERS / "rules").editions["illustrative-2023"]


CLAIMS = st.tuples(
    st.sampled_from(["corrected", "known", "unknown"]),
    st.sampled_from(["12", "x", "-1", "1001"]),
    st.sampled_from(["", "x"]),
)


@given(st.lists(CLAIMS, max_size=12))
@example([("corrected", "1001", ""), ("known", "1001", ""), ("unknown", "1001", "")])
def test_a_row_like_an_earlier_one_is_read_and_refused_as_if_it_were_the_first(
    rows: list[tuple[str, str, str]],
) -> None:
    edition = read_rulebook(PARAMETERS / "rules").editions["illustrative-2023"]
    figure = next(figure for figure in edition.figures() if figure.limits.at_most == 100)
    names = [f"{name}{number}" for number, (name, _, _) in enumerate(rows)]
    known = {name: 2 for name in names if not name.startswith("unknown")}
    corrected = {(name, figure.id, Fraction(1001)) for name in names if name.startswith("corrected")}
    lines = [f"{name},{figure.id},{claim},,,{grade}" for name, (_, claim, grade) in zip(names, rows, strict=True)]

    def read(texts: list[str]) -> tuple[dict[str, dict[str, Measurement]], list[tuple[str | None, str, str]]]:
        text = "\n".join([",".join((*MEASUREMENT_COLUMNS, "evidence_grade")), *texts])
        table = Table(FileText(file="", text=text, sha256=""), MEASUREMENT_COLUMNS, OPTIONAL_MEASUREMENT_COLUMNS)
        measured = read_measurements(table, known, edition, corrected)
        problems = [(problem.place.field, problem.found, problem.wanted) for problem in table.problems]
        return measured, [problem for problem in problems if not problem[1].startswith("no row for")]

    alone = [read([line]) for line in lines]
    measured, problems = read(lines)
    assert problems == [problem for _, own in alone for problem in own]
    assert measured == {name: figures for own, _ in alone for name, figures in own.items()}


MARKS = st.tuples(
    st.sampled_from(["all", "excluded", "assigned", "unknown"]),
    st.sampled_from(["L01", "N01", "L99"]),
    st.sampled_from(["E1", "E2", "E9"]),
    st.sampled_from(["3", "x"]),
    st.sampled_from(["", "words"]),
)


@given(st.lists(MARKS, max_size=12, unique_by=lambda row: row[:3]))
@example([(name, "L01", "E1", "3", "") for name in ("all", "excluded", "assigned", "unknown")])
def test_a_mark_like_an_earlier_one_is_read_and_refused_as_the_first(rows: list[tuple[str, ...]]) -> None:
    marking = MarkingContext(
        known={"all": 2, "excluded": 3, "assigned": 4},
        edition=read_shipped_edition(),
        members=(Evaluator(id="E1", name="x"), Evaluator(id="E2", name="y")),
        exclusions=Exclusions(file="exclusions.csv", lines={"excluded": {"E1": 2}}),
        assigned={"assigned": frozenset({"E2"})},
        scale=MarkScale(lowest=Fraction(1), highest=Fraction(5), step=Fraction(1)),
    )

    def read(texts: list[str]) -> tuple[dict[str, tuple[Mark, ...]], list[tuple[str | None, str, str]]]:
        text = "\n".join([",".join(MARK_COLUMNS), *texts])
        table = Table(FileText(file="", text=text, sha256=""), MARK_COLUMNS)
        marks = read_marks(table, marking)
        problems = [(problem.place.field, problem.found, problem.wanted) for problem in table.problems]
        return marks, [problem for problem in problems if not problem[1].startswith("no row for")]

    alone = [read([",".join(row)]) for row in rows]
    marks, problems = read([",".join(row) for row in rows])
    assert problems == [problem for _, own in alone for problem in own]
    assert {(name, mark) for name, own in marks.items() for mark in own} == {
        (name, mark) for own, _ in alone for name, given_marks in own.items() for mark in given_marks
    }


@pytest.mark.full
def test_nearly_a_million_marks_are_read_in_seconds(tmp_path: Path) -> None:
    # 5,000 applicants, 21 qualitative indicators, 9 evaluators: the size that a national round could have
    rulebook = read_rulebook(PARAMETERS / "rules")
    indicators = [one.id for one in rulebook.editions["illustrative-2023"].indicators() if one.kind == "qualitative"]
    members = tuple(Evaluator(id=f"E{number}", name="x") for number in range(1, 10))
    names = {f"a{number}": number for number in range(5_000)}
    rows = (f"{name},{one},{member.id},3,\n" for name in names for one in indicators for member in members)
    path = tmp_path / "marks.csv"
    path.write_text("applicant,indicator,evaluator,mark,comment\n" + "".join(rows), encoding="utf-8")
    marking = MarkingContext(
        known=names,
        edition=rulebook.editions["illustrative-2023"],
        members=members,
        exclusions=Exclusions(),
        scale=rulebook.on(date(2023, 9, 13), "illustrative-2023").scoring.mark_scale.value,
    )
    begun = process_time()
    table = read_table(path, TABLES["marks"])
    marks = read_marks(table, marking)
    assert process_time() - begun < 100
    assert (table.problems, sum(map(len, marks.values()))) == ([], 945_000)


@pytest.mark.parametrize(("written", "percent"), [("100/3", "100/3"), ("200/3 %", "200/3"), ("80.5 %", "80.5")])
def test_a_bound_of_a_level_may_be_a_fraction(written: str, percent: str, tmp_path: Path) -> None:
    made = small(tmp_path)
    path = made.path("levels.yaml")
    text = path.read_text("utf-8")
    lower = text.replace("value: 70 %", "value: 33").replace("value: 60", "value: 20")
    path.write_text(lower.replace("value: 80.5", f"value: {written}"), "utf-8")
    bounds = made.read_rules().on(date(2023, 9, 13), "small").levels.bounds
    assert bounds[2].value == Fraction(percent)
