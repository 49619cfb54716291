"""Evidence is stored as it came, once under its hash; a form that is empty is told in few lines."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

import pytest
from click.testing import CliRunner

from smartcert.cli import main
from smartcert.errors import UsageError
from smartcert.io.rounds.forms import Question
from smartcert.io.rounds.round import RoundCall
from smartcert.model.citation import Text
from smartcert.reception.readings import MOST_ALIKE, join_questions
from smartcert.reception.take_in import take_in
from tests.support.forms import FILES, new_simulated_round, package, send, workbook

ROW = "2023-10-25 12:00,website,yes,{},,,,"


def rows(call: RoundCall) -> list[dict[str, str]]:
    text = (call.folder / "intake" / "evidence.csv").read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def stored(call: RoundCall) -> dict[str, bytes]:
    folder = call.folder / "intake" / "evidence"
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_file_that_is_no_form_is_stored_once_under_its_hash(tmp_path: Path) -> None:
    simulated, call = new_simulated_round(tmp_path / "round")
    first, second, *_ = simulated.applications
    more = {**FILES, "현황.hwp": b"\xd0\xcf\x11\xe0 cut off", "=1+1.txt": b""}
    folder = send(
        tmp_path / "sent",
        [
            ("a.zip", package(workbook(first, call), files=more), ROW.format(first.code)),
            ("b.zip", package(workbook(second, call)), ROW.format(second.code)),
            ("c.zip", b"PK no zip", ROW.format(second.code)),
        ],
    )
    take_in(call, folder)
    kept = stored(call)
    expected = {hashlib.sha256(data).hexdigest(): data for data in (*more.values(), b"PK no zip")}
    assert kept == expected
    listed = rows(call)
    assert all((call.folder / "intake" / row["stored"]).name == row["sha256"] for row in listed)
    assert {row["sha256"] for row in listed} == expected.keys()
    assert "'=1+1.txt" in [row["name"] for row in listed]
    assert not [row for row in listed if row["name"].endswith(".xlsx")], "forms are stored beside their receipt"


def test_a_second_intake_writes_nothing_anew_and_restores_what_is_gone(tmp_path: Path) -> None:
    simulated, call = new_simulated_round(tmp_path / "round")
    one = simulated.applications[0]
    folder = send(tmp_path / "sent", [("a.zip", package(workbook(one, call)), ROW.format(one.code))])
    take_in(call, folder)
    before = {path: path.stat().st_mtime_ns for path in (call.folder / "intake" / "evidence").rglob("*")}
    take_in(call, folder)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    gone = next(path for path in before if path.is_file())
    gone.unlink()
    take_in(call, None)
    assert [row["stored"] for row in rows(call)].count("") >= 1, "it is said that a file is gone"
    take_in(call, folder)
    assert gone.is_file()


def test_a_disk_that_is_full_ends_the_intake_and_is_no_fault_of_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated, call = new_simulated_round(tmp_path / "round")
    one = simulated.applications[0]
    folder = send(tmp_path / "sent", [("a.zip", package(workbook(one, call)), ROW.format(one.code))])

    def fail(*_: object) -> None:
        raise UsageError("cannot write evidence: No space left on device")

    monkeypatch.setattr("smartcert.reception.packages.FileBatch.add", fail)
    with pytest.raises(UsageError, match="No space left"):
        take_in(call, folder)
    monkeypatch.undo()
    assert len(take_in(call, folder).counting) == 1


def test_an_empty_form_is_told_in_a_few_lines_that_name_every_indicator(tmp_path: Path) -> None:
    run = CliRunner()
    run.invoke(main, ["template", "2023", "--applicant", "수원시", "--output", str(tmp_path)], catch_exceptions=False)
    (form,) = tmp_path.glob("*.xlsx")
    done = run.invoke(main, ["self-check", str(form), "--language", "ko"], catch_exceptions=False)
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert len(lines) < 12
    names = [*(f"N{number:02}" for number in range(1, 33)), *(f"L{number:02}" for number in range(1, 22))]
    assert all(name in done.output for name in names)


def question(name: str, found: str = "", why: str = "빈 칸") -> Question:
    return Question(id=name, indicator=name, place=f"D1!{name}", found=found, why=Text(ko=why, en=why), readings=("a",))


@pytest.mark.parametrize("count", [MOST_ALIKE - 1, MOST_ALIKE, MOST_ALIKE + 1])
def test_questions_about_empty_cells_are_joined_from_four_on(count: int) -> None:
    alike = [question(f"N{number}") for number in range(count)]
    others = [question("X1", found="12①"), question("X2", found="12①"), question("Y", why="다름")]
    joined = join_questions([*alike, *others])
    assert joined[-3:] == others
    assert len(joined) == len(others) + (1 if count > MOST_ALIKE else count)
    assert ", ".join(one.indicator for one in joined[:-3]) == ", ".join(one.indicator for one in alike)
