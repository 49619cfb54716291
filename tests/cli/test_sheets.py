"""The commands of the sheets: what they print in both languages, under every encoding, and what they refuse."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from smartcert.cli import main
from smartcert.io.formats.xlsx import read_workbook
from smartcert.io.rounds.round import RoundCall
from tests.support.forked_commands import fork_commands
from tests.support.office import needs_office, save_in_libreoffice
from tests.support.sheets import APPLICANTS, MARKS, fill, find_columns, mark_of, new_round, read_rows

LOADED = [f"smartcert.cli.{name}" for name in ("sheets", "intake", "applicants", "rounds")]


@pytest.fixture
def call(tmp_path: Path) -> RoundCall:
    return new_round(tmp_path)


def run(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result


def test_the_way_of_the_sheets_by_commands_alone(call: RoundCall, tmp_path: Path) -> None:
    (call.folder / "assignments.csv").unlink()
    assigned = run(
        "committee",
        "assign",
        call.folder,
        "--seats",
        5,
        "--output",
        call.folder / "assignments.csv",
        "--language",
        "en",
    )
    assert "10 seats for 2 applicants" in assigned.output
    evaluators = sorted({row["evaluator"] for row in read_rows(call.folder / "assignments.csv")})
    for evaluator in evaluators:
        written = run(
            "template", call.folder, "--evaluator", evaluator, "--output", tmp_path / "out", "--language", "ko"
        )
        path = Path(written.output.strip())
        fill(path, tmp_path / "sent" / path.name, mark=mark_of)
    taken = run("intake", call.folder, tmp_path / "sent", "--at", "2023-11-10 10:00", "--by", "간사 노하람")
    assert f"{len(evaluators)} sheets taken in" in taken.output
    assert len(read_rows(call.folder / "marks.csv")) == 2 * 5 * MARKS
    assert "no problem" in run("check", call.folder).output
    after = run(
        "template",
        call.folder,
        "--evaluator",
        evaluators[0],
        "--after-discussion",
        "--output",
        tmp_path / "out",
        "--language",
        "en",
    )
    book = load_workbook(after.output.strip())
    assert {"before", "after", "reason", "minority"} <= find_columns(book.worksheets[0]).keys()
    undone = run("intake", call.folder, "--undo", "example-S00001", "--by", "노하람", "--reason", "잘못 보냄")
    assert "0 problems" in undone.output
    assert len(read_rows(call.folder / "marks.csv")) < 2 * 5 * MARKS


def test_inspections_are_drawn_before_any_mark_exists(call: RoundCall, tmp_path: Path) -> None:
    drawn = run("committee", "inspections", call.folder, "--output", tmp_path / "drawn.csv")
    assert "not_inspected" not in drawn.output
    wanted = {(row["applicant"], row["indicator"]) for row in read_rows(tmp_path / "drawn.csv")}
    path = Path(
        run("template", call.folder, "--inspector", "노하람", "--output", tmp_path, "--language", "ko").output.strip()
    )
    sheet = load_workbook(path).worksheets[0]
    assert {(row[0].value, row[2].value) for row in sheet.iter_rows(min_row=5)} == wanted
    assert {applicant for applicant, _ in wanted} == set(APPLICANTS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--evaluator", "E9"), "no evaluator 'E9'; there are: E1"),
        (("--evaluator", "E1", "--applicant", "nobody"), "nobody"),
        (("--evaluator", "E1", "--inspector", "x"), "either --evaluator or --inspector"),
        (("--after-discussion",), "goes with --evaluator"),
        (("--evaluator", "E1", "--after-discussion"), "no mark of E1 has been taken in"),
        (("--inspector", " "), "--inspector: a name"),
        (("--format", "hwpx", "--applicant", "ara"), "--format goes with"),
        ((), "give --applicant, --evaluator or --inspector"),
    ],
)
def test_what_cannot_be_written_is_told(call: RoundCall, arguments: tuple[str, ...], message: str) -> None:
    assert message in run("template", call.folder, *arguments, code=2).output


def test_an_excluded_evaluator_gets_no_sheet_of_that_applicant(call: RoundCall) -> None:
    rows = read_rows(call.folder / "assignments.csv")
    kept = [row for row in rows if (row["applicant"], row["evaluator"]) != ("ara", "E1")]
    text = "applicant,group,evaluator\n" + "".join(f"{row['applicant']},,{row['evaluator']}\n" for row in kept)
    (call.folder / "assignments.csv").write_text(text, "utf-8")
    out = run("template", call.folder, "--evaluator", "E1", "--applicant", "ara", code=2).output
    assert "E1 does not judge ara" in out


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "ko_KR.EUC-KR", "PYTHONUTF8": "0", "PYTHONIOENCODING": "cp949"},
        {"LC_ALL": "ko_KR.UTF-8", "PYTHONIOENCODING": "utf-8"},
    ],
)
def test_messages_come_out_under_every_encoding(call: RoundCall, tmp_path: Path, environment: dict[str, str]) -> None:
    path = tmp_path / "sent" / "E1.xlsx"
    write = ("template", str(call.folder), "--evaluator", "E1", "--output", str(tmp_path / "out"), "--language", "ko")
    with fork_commands(*LOADED, environment={**os.environ, **environment}) as started:
        written = started.run_bytes("smartcert", *write, cwd=Path.cwd())
        assert written.returncode == 0, written.stderr
        bad = {("ara", "L03"): 9, ("ara", "L04"): "é①"}
        (sheet,) = (tmp_path / "out").iterdir()
        fill(sheet, path, mark=lambda a, i: bad.get((a, i), mark_of(a, i)))
        taken = started.run_bytes("smartcert", "intake", str(call.folder), str(tmp_path / "sent"), cwd=Path.cwd())
    assert taken.returncode == 1, taken.stderr
    assert b"Traceback" not in taken.stderr
    assert b"(G7)" in taken.stderr
    if "PYTHONIOENCODING" in environment:
        told = taken.stderr.decode(environment["PYTHONIOENCODING"])
        assert "1부터 5까지 1 간격의 평점" in told
        assert "wanted" not in told


@pytest.mark.office
@needs_office
@pytest.mark.parametrize("suffix", ["ods", "xls", "xlsx", "csv"])
def test_a_sheet_that_libreoffice_saved_is_read_like_the_workbook(call: RoundCall, tmp_path: Path, suffix: str) -> None:
    path = Path(
        run("template", call.folder, "--evaluator", "E1", "--output", tmp_path, "--language", "ko").output.strip()
    )
    filled = fill(path, tmp_path / "filled" / "E1.xlsx", mark=mark_of, comment=lambda *_: "자료 충실")
    kind = {"csv": "csv:Text - txt - csv (StarCalc):44,34,76,1", "xls": "xls:MS Excel 97"}.get(suffix, suffix)
    save_in_libreoffice([filled], kind, tmp_path / "sent")
    run("intake", call.folder, tmp_path / "sent")
    rows = read_rows(call.folder / "marks.csv")
    assert len(rows) == 2 * MARKS
    assert {(row["mark"], row["comment"]) for row in rows} == {
        (str(mark_of(row["applicant"], row["indicator"])), "자료 충실") for row in rows
    }


@pytest.mark.office
@needs_office
def test_the_progress_is_counted_by_the_spreadsheet(call: RoundCall, tmp_path: Path) -> None:
    path = Path(
        run("template", call.folder, "--evaluator", "E1", "--output", tmp_path, "--language", "ko").output.strip()
    )
    filled = fill(path, tmp_path / "filled" / "E1.xlsx", mark=lambda a, i: mark_of(a, i) if a == "ara" else None)
    save_in_libreoffice([filled], "xlsx", tmp_path / "out")
    grid = read_workbook((tmp_path / "out" / "E1.xlsx").read_bytes(), "E1.xlsx")[0]
    assert grid.at(2, 1).text == f"입력 {MARKS} / {2 * MARKS}"
