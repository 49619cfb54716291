"""A table that cannot be read is the one problem: no other table is blamed for what would have stood in it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from smartcert.errors import InputError
from smartcert.paths import PROJECT_ROOT
from smartcert.services.rounds import open_round

EXAMPLE = PROJECT_ROOT / "parameters" / "rounds" / "example"
TABLES = sorted(path.name for path in EXAMPLE.glob("*.csv"))


def list_files_with_problems(folder: Path) -> set[str]:
    with pytest.raises(InputError) as raised:
        _ = open_round(str(folder)).evaluations
    return {Path(str(problem.place.file)).name for problem in raised.value.problems}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT_ROOT / "parameters", tmp_path / "parameters")
    return tmp_path / "parameters" / "rounds" / "example"


@pytest.mark.parametrize("name", TABLES)
def test_a_misspelt_heading_is_a_problem_of_its_own_table_alone(folder: Path, name: str) -> None:
    file = folder / name
    head, rest = file.read_text("utf-8-sig").split("\n", 1)
    first, *others = head.split(",")
    file.write_text(",".join([f"{first}x", *others]) + "\n" + rest, "utf-8")
    assert list_files_with_problems(folder) == {name}


@pytest.mark.parametrize("name", ["assignments.csv", "groups.csv"])
def test_marks_are_not_missed_of_who_is_not_assigned_where_that_cannot_be_read(folder: Path, name: str) -> None:
    assignments, marks = folder / "assignments.csv", folder / "marks.csv"
    rows = assignments.read_text("utf-8-sig").splitlines(keepends=True)
    applicant, evaluator = rows[1].split(",")[0], rows[1].rstrip().split(",")[rows[0].split(",").index("evaluator")]
    assignments.write_text("".join([rows[0], *rows[2:]]), "utf-8")
    kept = [
        line
        for line in marks.read_text("utf-8-sig").splitlines(keepends=True)
        if line.split(",")[0::2][:2] != [applicant, evaluator]
    ]
    marks.write_text("".join(kept), "utf-8")
    head, rest = (folder / name).read_text("utf-8").lstrip("\ufeff").split("\n", 1)
    (folder / name).write_text(head.replace(",", "x,", 1) + "\n" + rest, "utf-8")
    files = list_files_with_problems(folder)
    assert name in files
    assert "marks.csv" not in files


def test_a_mark_that_is_none_is_no_problem_of_the_discussion_that_changed_it(folder: Path) -> None:
    changed = (folder / "discussion.csv").read_text("utf-8-sig").splitlines()[1].split(",")[:3]
    file = folder / "marks.csv"
    lines = file.read_text("utf-8-sig").splitlines(keepends=True)
    (at,) = (at for at, line in enumerate(lines) if line.split(",")[:3] == changed)
    cells = lines[at].split(",")
    lines[at] = ",".join([*cells[:3], "9x", *cells[4:]])
    file.write_text("".join(lines), "utf-8")
    assert list_files_with_problems(folder) == {"marks.csv"}
