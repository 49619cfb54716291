"""Sheets of evaluators and inspectors come back: each mark and each refusal with its cell, changes logged."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from smartcert.errors import InputError, UsageError
from smartcert.forms.evaluator_sheet import EvaluatorSheet, build_evaluation_sheet, list_judged
from smartcert.forms.sheets import write_sheet_workbook
from smartcert.io.rounds.round import RoundCall, read_round
from smartcert.io.rounds.sheets import MARKER
from smartcert.model.indicator import About, IndicatorKind, Section
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.paths import find_parameter_folder
from smartcert.reception.sheets import SheetIntake, read_sent_sheets, take_in_sheets
from smartcert.reception.tables import ReceiptChange
from smartcert.reporting.problems import describe_problem
from smartcert.services.rounds import open_round
from tests.support.sheets import (
    APPLICANTS,
    MARKS,
    fill,
    find_columns,
    first_template,
    mark_of,
    new_round,
    read_rows,
    template,
    write_rows,
)

AT = [datetime(2023, 11, 10 + number, 10, 0, tzinfo=KOREAN_TIME) for number in range(9)]


@pytest.fixture
def call(tmp_path: Path) -> RoundCall:
    return new_round(tmp_path)


def take(call: RoundCall, folder: Path, number: int = 0, by: str = "") -> SheetIntake:
    return take_in_sheets(call, read_sent_sheets(folder), at=AT[number], by=by)


def marks(call: RoundCall) -> dict[tuple[str, str, str], dict[str, str]]:
    rows = read_rows(call.folder / "marks.csv")
    return {(row["applicant"], row["indicator"], row["evaluator"]): row for row in rows}


def told(intake: SheetIntake) -> str:
    return "\n".join(map(str, intake.problems))


def give(folder: Path, evaluator: str = "E1", **columns: object) -> Path:
    return fill(first_template(evaluator), folder / f"{evaluator}.xlsx", **{"mark": mark_of, **columns})  # type: ignore[arg-type]  # fillers


def test_a_sheet_becomes_marks_with_their_cells(call: RoundCall, tmp_path: Path) -> None:
    give(tmp_path / "sent", comment=lambda _, indicator: "=1+1" if indicator == "L02" else "- 자료 <b>충실</b>")
    taken = take(call, tmp_path / "sent")
    assert taken.problems != [], "a comment that is a formula is refused"
    assert "L02" not in {key[1] for key in marks(call)}
    row = marks(call)["ara", "L01", "E1"]
    assert (row["mark"], row["comment"]) == (str(mark_of("ara", "L01")), "'- 자료 <b>충실</b>")
    origins = {
        (row["applicant"], row["indicator"]): row for row in read_rows(call.folder / "intake" / "sheet_origins.csv")
    }
    assert origins["ara", "L01"]["place"] == "E1.xlsx!입력:5:7 (G5)"
    assert taken.given == {"E1": 2 * (MARKS - 1)}
    assert taken.wanted == {"E1": 2 * MARKS}


def test_the_marks_of_all_evaluators_make_a_round_that_can_be_read(call: RoundCall, tmp_path: Path) -> None:
    for number in range(1, 8):
        give(tmp_path / "sent", f"E{number}", comment=lambda *_: "- 근거 2-3")
    assert take(call, tmp_path / "sent").problems == []
    round_ = read_round(call.folder, call.rulebook, find_parameter_folder(call.folder, "registry"))
    given = {application.id: application.marks for application in round_.applications}
    assert {name: len(own) for name, own in given.items()} == dict.fromkeys(APPLICANTS, 7 * MARKS)
    assert {mark.comment for own in given.values() for mark in own} == {"- 근거 2-3"}, "the guard is taken off again"


def test_the_same_sheet_again_changes_nothing(call: RoundCall, tmp_path: Path) -> None:
    give(tmp_path / "sent")
    take(call, tmp_path / "sent")
    before = {path: path.read_bytes() for path in call.folder.rglob("*") if path.is_file()}
    again = take(call, tmp_path / "sent", 1)
    assert (again.added, again.repeated, again.changes) == ([], ["example-S00001"], 0)
    assert {path: path.read_bytes() for path in call.folder.rglob("*") if path.is_file()} == before


def test_an_excluded_evaluator_is_refused_with_the_cell(call: RoundCall, tmp_path: Path) -> None:
    give(tmp_path / "sent")
    rows = read_rows(call.folder / "assignments.csv")
    write_rows(call.folder / "assignments.csv", [r for r in rows if (r["applicant"], r["evaluator"]) != ("ara", "E1")])
    text = "evaluator,applicant,kind,ground,note\nE1,ara,withdrawal,5,2년 전 용역\n"
    (call.folder / "exclusions.csv").write_text(text, "utf-8")
    taken = take(call, tmp_path / "sent")
    assert len(taken.problems) == MARKS
    assert "E1.xlsx!입력:5:7 (G5): found a mark of 'E1', who does not judge 'ara'" in told(taken)
    assert {key[0] for key in marks(call)} == {"haneul"}


def test_one_who_is_not_assigned_is_refused_with_the_cell(call: RoundCall, tmp_path: Path) -> None:
    give(tmp_path / "sent")
    rows = read_rows(call.folder / "assignments.csv")
    write_rows(call.folder / "assignments.csv", [r for r in rows if (r["applicant"], r["evaluator"]) != ("ara", "E1")])
    taken = take(call, tmp_path / "sent")
    assert len(taken.problems) == MARKS
    assert "who is not assigned to 'ara'; wanted a mark of: E2" in told(taken)


def want_comments(call: RoundCall, *wanted: int) -> RoundCall:
    """Return the round of an edition whose qualitative indicators want a comment beside some marks."""
    about = About(comment_for=tuple(map(Fraction, wanted)))

    def change(section: Section) -> Section:
        own = tuple(
            replace(one, about=about) if one.kind is IndicatorKind.QUALITATIVE else one for one in section.indicators
        )
        return replace(section, sections=tuple(map(change, section.sections)), indicators=own)

    edition = replace(call.rules.edition, domains=tuple(map(change, call.rules.edition.domains)))
    return replace(call, rules=replace(call.rules, edition=edition))


def test_a_mark_without_the_comment_that_the_edition_wants_is_refused_with_its_cell(
    call: RoundCall, tmp_path: Path
) -> None:
    strict = want_comments(call, 5)
    opened = open_round(str(call.folder), marks=False)
    judged = list_judged(opened.round, "E1", APPLICANTS)
    evaluator = next(member for member in opened.round.committee if member.id == "E1")
    sheet = EvaluatorSheet(
        round=opened.round, rules=strict.rules, evaluator=evaluator, applications=judged, language="ko"
    )
    content = write_sheet_workbook(build_evaluation_sheet(sheet))
    comments = {"L02": "근거가 충분함", "L03": " "}
    given = {"L01": 5, "L02": 5, "L03": 5, "L04": 4}
    fill(
        content,
        tmp_path / "sent" / "E1.xlsx",
        mark=lambda applicant, indicator: given.get(indicator) if applicant == "ara" else None,
        comment=lambda applicant, indicator: comments.get(indicator) if applicant == "ara" else None,
    )
    taken = take(strict, tmp_path / "sent")
    assert [str(problem.place) for problem in taken.problems] == ["E1.xlsx!입력:5:8 (H5)", "E1.xlsx!입력:7:8 (H7)"]
    assert {problem.wanted for problem in taken.problems} == {"a comment, which the edition wants for a mark of 5"}
    assert "평점 5에는 의견을 적을 것" in describe_problem(taken.problems[0], "ko")
    assert {key[1] for key in marks(call)} == {"L02", "L04"}


@pytest.mark.parametrize(
    "written", [0, 6, 4.5, "4,5", "가", "4①", "=2+2", True, "3~4", -1, "４.5", datetime(1900, 1, 4), "", " "]
)
def test_a_mark_off_the_scale_is_refused_and_nothing_else(call: RoundCall, tmp_path: Path, written: object) -> None:
    give(tmp_path / "sent", mark=lambda a, i: written if (a, i) == ("ara", "L03") else mark_of(a, i))
    taken = take(call, tmp_path / "sent")
    assert ("ara", "L03", "E1") not in marks(call)
    assert len(marks(call)) == 2 * MARKS - 1
    if str(written).strip():
        (problem,) = taken.problems
        assert str(problem.place) == "E1.xlsx!입력:7:7 (G7)"
        assert "a mark from 1 to 5 in steps of 1" in problem.wanted
    else:
        assert taken.problems == [], "an empty cell is a mark that is still to come"
        assert taken.given == {"E1": 2 * MARKS - 1}


@pytest.mark.parametrize(
    ("written", "mark"), [("４", "4"), ("4점", "4"), (4.0, "4"), ("평점 없음", "absent"), ("no mark", "absent")]
)
def test_a_mark_in_other_words_is_the_mark(call: RoundCall, tmp_path: Path, written: object, mark: str) -> None:
    give(tmp_path / "sent", mark=lambda *_: written)
    assert take(call, tmp_path / "sent").problems == []
    assert {row["mark"] for row in marks(call).values()} == {mark}


@pytest.mark.parametrize("font", [Font(strike=True), Font(vertAlign="superscript")])
def test_a_struck_or_raised_mark_is_refused(call: RoundCall, tmp_path: Path, font: Font) -> None:
    path = give(tmp_path / "sent")
    book = load_workbook(path)
    book.worksheets[0]["G5"].font = font
    book.save(path)
    (problem,) = take(call, tmp_path / "sent").problems
    assert problem.place.field == "G5"


def edit(path: Path, cell: str, value: object) -> None:
    book = load_workbook(path)
    book.worksheets[0][cell] = value
    book.save(path)


@pytest.mark.parametrize(
    ("cell", "value", "message"),
    [
        ("C3", "2027", "a sheet of round '2027'"),
        ("D3", "other", "a sheet of edition 'other'"),
        ("E3", "x0123456789abcdef", "before it was changed"),
        ("F3", "E2", "rows or a person other than"),
        ("F3", "E99", "an evaluator of committee.csv"),
        ("G3", "x0123456789abcdef", "rows or a person other than"),
        ("B3", "ballot", "the kind of sheet 'ballot'"),
        ("A6", "haneul", "rows or a person other than"),
        ("C6", "L01", "rows or a person other than"),
    ],
)
def test_a_sheet_whose_identification_was_changed_is_refused_with_its_cell(
    call: RoundCall, tmp_path: Path, cell: str, value: str, message: str
) -> None:
    path = give(tmp_path / "sent")
    edit(path, cell, value)
    taken = take(call, tmp_path / "sent")
    assert message in told(taken)
    assert all(problem.place.field in (cell, "G3") for problem in taken.problems)
    assert not (call.folder / "marks.csv").exists()
    assert taken.added == []


def test_a_second_sheet_is_a_change_that_is_logged(call: RoundCall, tmp_path: Path) -> None:
    give(tmp_path / "first", mark=lambda *_: 3)
    take(call, tmp_path / "first")
    give(tmp_path / "second", mark=lambda a, i: 5 if (a, i) == ("ara", "L04") else 3)
    taken = take(call, tmp_path / "second", 1, by="간사 노하람")
    (change,) = read_rows(call.folder / "intake" / "sheet_changes.csv")
    assert (taken.changes, marks(call)["ara", "L04", "E1"]["mark"]) == (1, "5")
    wanted = {"before": "3", "after": "5", "receipt_before": "example-S00001", "receipt": "example-S00002"}
    assert change == change | wanted | {"at": "2023-11-11 10:00", "by": "간사 노하람", "place": "E1.xlsx!입력:8:7 (G8)"}


def test_two_sheets_of_one_evaluator_at_once_that_differ_are_both_refused(call: RoundCall, tmp_path: Path) -> None:
    give(tmp_path / "sent", mark=lambda *_: 3)
    fill(first_template("E1"), tmp_path / "sent" / "E1 (2).xlsx", mark=lambda *_: 4)
    taken = take(call, tmp_path / "sent")
    assert len(taken.problems) == 2 * MARKS
    assert taken.added == []
    assert "the later of two sheets" in told(taken)


def test_cells_left_empty_in_a_later_sheet_are_told_and_stay(call: RoundCall, tmp_path: Path) -> None:
    blank = first_template("E1")
    first = fill(blank, tmp_path / "first" / "E1.xlsx", mark=lambda a, _: 3 if a == "ara" else None)
    take(call, first.parent)
    second = fill(blank, tmp_path / "second" / "E1.xlsx", mark=lambda a, _: 4 if a == "haneul" else None)
    taken = take(call, second.parent, 1)
    assert taken.blanks == {"E1": MARKS}
    assert {row["mark"] for key, row in marks(call).items() if key[0] == "ara"} == {"3"}
    assert taken.given == {"E1": 2 * MARKS}


def test_marks_after_the_discussion_go_into_both_tables(call: RoundCall, tmp_path: Path) -> None:
    for number in range(1, 8):
        give(tmp_path / "first", f"E{number}", mark=lambda *_: 3)
    take(call, tmp_path / "first")
    path = template(call, evaluator="E2", after=True)
    changed = ("haneul", "L05")
    fill(
        path,
        tmp_path / "after" / "E2.xlsx",
        after=lambda a, i: {changed: 4, ("ara", "L01"): 2}.get((a, i)),
        reason=lambda a, i: "증빙을 다시 읽음" if (a, i) == changed else None,
        minority=lambda a, i: "낮다고 봄" if (a, i) == ("ara", "L02") else None,
    )
    taken = take(call, tmp_path / "after", 1, by="간사 노하람")
    assert "the reason" not in told(taken)
    (problem,) = taken.problems
    assert (problem.found, problem.wanted) == ("nothing", "why the mark was changed")
    rows = read_rows(call.folder / "discussion.csv")
    assert [(row["applicant"], row["before"], row["after"], row["changed_by"], row["at"]) for row in rows] == [
        ("ara", "3", "3", "간사 노하람", "2023-11-11 10:00"),
        ("haneul", "3", "4", "간사 노하람", "2023-11-11 10:00"),
    ]
    assert marks(call)[*changed, "E2"]["mark"] == "4"
    round_ = read_round(call.folder, call.rulebook, find_parameter_folder(call.folder, "registry"))
    assert len(round_.proceedings.discussed) == 2
    # a plain sheet cannot change what was discussed, and a sheet after discussion of an older mark neither
    give(tmp_path / "late", "E2", mark=lambda *_: 1)
    assert "another mark than 3 after the discussion" in told(take(call, tmp_path / "late", 2))
    fill(
        path,
        tmp_path / "older" / "E2.xlsx",
        after=lambda a, i: 5 if (a, i) == changed else None,
        reason=lambda *_: "또",
    )
    assert "a change of the mark 3, which is 4 now" in told(take(call, tmp_path / "older", 3))


def test_a_row_by_hand_stays_and_a_sheet_that_says_something_else_is_told(call: RoundCall, tmp_path: Path) -> None:
    heading = "applicant,indicator,evaluator,mark,comment\n"
    (call.folder / "marks.csv").write_text(f"{heading}ara,L01,E1,2,손으로\nara,L02,E1,3,\nara,L01,E2,5,\n", "utf-8")
    give(tmp_path / "sent", mark=lambda *_: 3)
    taken = take(call, tmp_path / "sent")
    (problem,) = taken.problems
    assert "written by hand" in problem.found
    assert "marks.csv:2:4 (mark)" in problem.found
    found = marks(call)
    assert (found["ara", "L01", "E1"]["mark"], found["ara", "L01", "E2"]["mark"], len(found)) == (
        "2",
        "5",
        2 * MARKS + 1,
    )


def test_a_row_of_a_sheet_that_somebody_changed_is_refused(call: RoundCall, tmp_path: Path) -> None:
    give(tmp_path / "sent", mark=lambda *_: 3)
    take(call, tmp_path / "sent")
    path = call.folder / "marks.csv"
    path.write_text(path.read_text("utf-8").replace("ara,L01,E1,3", "ara,L01,E1,5"), "utf-8")
    with pytest.raises(InputError, match=r"marks\.csv:2:4 \(mark\): found '5', changed after an intake wrote it"):
        take(call, tmp_path / "sent")
    # with its reason in discussion.csv it is as it should be
    row = "ara,L01,E1,3,5,간사,2023-11-12 10:00,자료 확인,\n"
    (call.folder / "discussion.csv").write_text(
        "applicant,indicator,evaluator,before,after,changed_by,at,reason,minority_opinion\n" + row, "utf-8"
    )
    assert take(call, tmp_path / "sent").problems == []
    assert marks(call)["ara", "L01", "E1"]["mark"] == "5"


def test_undo_takes_a_sheet_back_and_redo_takes_it_in_again(call: RoundCall, tmp_path: Path) -> None:
    give(tmp_path / "first", mark=lambda *_: 3)
    take(call, tmp_path / "first")
    give(tmp_path / "second", mark=lambda *_: 4)
    take(call, tmp_path / "second", 1)
    latest = (call.folder / "marks.csv").read_bytes()

    def change(receipt: str, *, undone: bool) -> None:
        one = ReceiptChange(receipt=receipt, undone=undone, at=AT[2], by="노하람", reason="잘못 보냄")
        take_in_sheets(call, None, at=AT[2], change=one)

    change("example-S00002", undone=True)
    assert {row["mark"] for row in marks(call).values()} == {"3"}
    change("example-S00001", undone=True)
    assert marks(call) == {}
    change("example-S00002", undone=False)
    assert {row["mark"] for row in marks(call).values()} == {"4"}
    change("example-S00001", undone=False)
    assert (call.folder / "marks.csv").read_bytes() == latest
    with pytest.raises(UsageError, match="no receipt 'example-S00009'"):
        change("example-S00009", undone=True)


def test_an_inspection_comes_back_with_what_was_found(call: RoundCall, tmp_path: Path) -> None:
    path = template(call, inspector="노하람")
    sheet = load_workbook(path).worksheets[0]
    places = find_columns(sheet)
    desk = {(str(row[0].value), str(row[2].value)): row[places["desk"] - 1].value for row in sheet.iter_rows(min_row=5)}
    numeric = [key for key, value in desk.items() if isinstance(value, int | float)]
    other, nothing, silent, blank = numeric[:4]
    fill(
        path,
        tmp_path / "sent" / "노하람.xlsx",
        found=lambda a, i: (
            None if (a, i) == blank else {other: 1, silent: 1, nothing: "미제출"}.get((a, i), desk[a, i])
        ),
        why=lambda a, i: "기록과 다름" if (a, i) in (other, nothing) else None,
        grade=lambda *_: "실측",
        photograph=lambda *_: "P-7",
    )
    taken = take(call, tmp_path / "sent")
    assert (
        sorted((problem.found, problem.wanted[:28]) for problem in taken.problems)
        == [
            ("nothing", "what was found on site, as '"),
            ("nothing", "why the value differs from "[:28]),
        ]
        or len(taken.problems) == 2
    )
    rows = {(row["applicant"], row["indicator"]): row for row in read_rows(call.folder / "inspections.csv")}
    assert (rows[other]["verified"], rows[other]["corrected"], rows[other]["reason"]) == ("no", "1", "기록과 다름")
    assert (rows[nothing]["verified"], rows[nothing]["corrected"]) == ("no", "absent")
    assert silent not in rows
    assert blank not in rows
    assert {row["inspector"] for row in rows.values()} == {"노하람"}
    assert {row["evidence_grade"] for row in rows.values()} == {"measured"}
    origins = read_rows(call.folder / "intake" / "sheet_origins.csv")
    assert {row["photograph"] for row in origins} == {"P-7"}


def test_other_files_are_told_and_stop_no_sheet(call: RoundCall, tmp_path: Path) -> None:
    give(tmp_path / "sent")
    book = Workbook()
    book.save(tmp_path / "sent" / "빈.xlsx")
    (tmp_path / "sent" / "메모.hwp").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    (tmp_path / "sent" / "깨짐.xlsx").write_bytes(b"PK\x03\x04 cut off")
    (tmp_path / "sent" / "~$E1.xlsx").write_bytes(b"x")
    (tmp_path / "sent" / "사진").mkdir()
    taken = take(call, tmp_path / "sent")
    assert {problem.place.file for problem in taken.problems} == {"빈.xlsx", "메모.hwp", "깨짐.xlsx", "사진"}
    assert len(marks(call)) == 2 * MARKS


def test_a_sheet_of_two_persons_in_one_file_is_refused(call: RoundCall, tmp_path: Path) -> None:
    path = give(tmp_path / "sent")
    book = load_workbook(path)
    book.create_sheet("둘째").append([MARKER, "evaluation", "example", "x", "x", "E2", "x"])
    out = io.BytesIO()
    book.save(out)
    path.write_bytes(out.getvalue())
    assert "a second sheet in this file" in told(take(call, tmp_path / "sent"))
