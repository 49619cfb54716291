"""The tutorials run from top to bottom, one by one, and each is a page of a reader's time."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbformat import NotebookNode

from smartcert.paths import find_notebook
from tests.notebook.test_vscode import read_in_vscode

FOLDER = find_notebook("applicant_report").parent / "tutorials"
TUTORIALS = sorted(FOLDER.glob("*.ipynb"))
every_tutorial = pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], NotebookNode]:
    """Give a function that runs a tutorial, once."""

    @cache
    def run(path: Path) -> NotebookNode:
        out = tmp_path_factory.mktemp("ran") / path.name
        return papermill.execute_notebook(path, out, cwd=str(FOLDER), engine_name="smartcert", progress_bar=False)

    return run


@pytest.mark.browser
@pytest.mark.notebook
def test_every_text_that_the_tutorials_show_in_our_style_can_be_read_in_the_themes_of_vs_code(
    ran: Callable[[Path], NotebookNode], browser: Any
) -> None:
    outputs = [output for path in TUTORIALS for cell in ran(path).cells for output in cell.get("outputs", ())]
    tables = [str(output["data"]["text/html"]) for output in outputs if "text/html" in output.get("data", {})]
    assert len(tables) > len(TUTORIALS)  # the others are tables of pandas, in the style of the host
    assert read_in_vscode(browser, tables) > 50


@pytest.mark.notebook
@every_tutorial
def test_a_tutorial_runs(path: Path, ran: Callable[[Path], NotebookNode]) -> None:
    for cell in ran(path).cells:
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
