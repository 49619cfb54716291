"""The tutorials run from top to bottom, one by one, and each is a page of a reader's time."""

from __future__ import annotations

from pathlib import Path

import nbformat
import papermill
import pytest

from smartcert.paths import find_notebook

FOLDER = find_notebook("applicant_report").parent / "tutorials"
TUTORIALS = sorted(FOLDER.glob("*.ipynb"))
every_tutorial = pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)


@pytest.mark.notebook
@every_tutorial
def test_a_tutorial_runs(path: Path, tmp_path: Path) -> None:
    ran = papermill.execute_notebook(
        path, tmp_path / path.name, cwd=str(FOLDER), engine_name="smartcert", progress_bar=False
    )
    for cell in ran.cells:
        assert cell.cell_type != "code" or cell.outputs, cell.source  # every step shows something


@every_tutorial
def test_a_tutorial_is_short_says_what_it_does_in_korean_too_and_is_stored_without_outputs(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert any("가" <= letter <= "힣" for letter in cells[0].source)
    assert len(cells) <= 16
    for cell in cells:
        assert len(cell.source.splitlines()) <= 26
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)


def test_the_tutorials_are_all_named_in_the_readme() -> None:
    assert len(TUTORIALS) == 8
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in TUTORIALS if f"notebooks/tutorials/{path.name}" not in readme] == []
