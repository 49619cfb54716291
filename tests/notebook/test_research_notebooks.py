"""The researchers' notebooks show their method: public calls that can be copied, also over rounds without anybody."""

from __future__ import annotations

import ast
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from matplotlib.figure import Figure

import smartcert
from smartcert.errors import UsageError
from smartcert.paths import find_notebook
from smartcert.reporting.compact import compact_html, shorten_markup
from smartcert.reporting.page import PageSection
from tests.support.build import example

FOLDER = find_notebook("applicant_report").parent
RESEARCH = (
    *("methodology_audit", "weight_explorer", "rules_comparison"),
    *("committee_review", "certification_history"),
)
ALL = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
FAST: dict[str, dict[str, object]] = {"methodology_audit": {"draws": 32}, "certification_history": {"on": "2024-06-01"}}
each_notebook = pytest.mark.parametrize("name", RESEARCH)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def code_cells(name: str) -> list[Any]:
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def run_cell(cell: Any, names: dict[str, object]) -> object:
    """Run one cell and return the value of its last line, as a kernel would show it."""
    tree = ast.parse(cell.source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, cell.id, "exec"), names)  # noqa: S102  # our own notebook
    return None if last is None else eval(compile(ast.Expression(last.value), cell.id, "eval"), names)  # noqa: S307  # as above


def open_cells(name: str, **parameters: object) -> tuple[dict[str, object], list[Any]]:
    """Run parameters and the opening of a notebook; return its names and the cells that follow."""
    first, opening, *rest = code_cells(name)
    names: dict[str, object] = {}
    run_cell(first, names)
    names |= {key: value for key, value in (FAST.get(name, {}) | parameters).items() if key in names}
    run_cell(opening, names)
    return names, rest


@cache
def steps(name: str) -> dict[str, list[Any]]:
    """Return the cells of each step: the ones whose id begins with its name."""
    _, _, *rest = code_cells(name)
    grouped: dict[str, list[Any]] = {}
    for cell in rest:
        key = next((known for known in grouped if cell.id.startswith(f"{known}-")), cell.id.split("-method")[0])
        grouped.setdefault(key if cell.id != key else cell.id, []).append(cell)
    return grouped


@each_notebook
def test_every_step_shows_its_calls_the_text_and_then_the_page(name: str) -> None:
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    ids = [cell.id for cell in notebook.cells]
    for step, cells in steps(name).items():
        if step == "basis":
            continue
        order = [cell.id for cell in cells]
        assert order[0] == f"{step}-method"
        assert step in order
        assert ids.index(f"{step}-method") < ids.index(f"{step}-see") < ids.index(step)
        assert all(len(ast.parse(cell.source).body) <= 3 for cell in cells)  # statements: two or three, and short
    assert not any("typeface" in cell.source for cell in notebook.cells)


@pytest.mark.slow
@each_notebook
def test_a_step_needs_nothing_but_the_opening_cell_and_is_in_the_language_of_the_notebook(
    name: str,
) -> None:
    """Every group of cells runs after the opening alone, keeps its number, and gives tables, figures and sections."""
    names, _ = open_cells(name, language="en")
    for number, (step, cells) in enumerate(steps(name).items(), start=1):
        own = dict(names)
        values = [run_cell(cell, own) for cell in cells]
        section = next(value for value in values if isinstance(value, PageSection))
        assert section.title.startswith(f"{number}. "), step
        for cell, value in zip(cells, values, strict=True):
            if "-figure" in cell.id:
                assert isinstance(value, PageSection | Figure), cell.id
                shown = value.alt if isinstance(value, Figure) else value.html  # type: ignore[attr-defined]  # ours
                assert not any("가" <= letter <= "힣" for letter in shown), cell.id
            elif "-method" in cell.id and not cell.source.startswith("print"):
                assert isinstance(value, pd.DataFrame | smartcert.Change), cell.id


OPENINGS = {
    "methodology_audit": "standard = smartcert.standard(arrays)",
    "weight_explorer": "",
    "rules_comparison": "other = None",
    "committee_review": "review = smartcert.review(opened); names = review.names(language)",
    "certification_history": "history = smartcert.history(on)",
}
"""What a researcher writes in an own notebook before the cells of each of ours, beside the round, arrays and names."""
LIVE = {
    "outcome-method": "result = smartcert.what_if(arrays, smartcert.Change(bounds={3: 65}))",
    "scenarios-method": "",
}
"""Cells that read the explorer's controls, and what stands in an own notebook in their place."""


@pytest.mark.slow
@each_notebook
def test_cells_that_are_copied_into_an_own_notebook_run_without_our_pages(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _, *rest = code_cells(name)
    names: dict[str, object] = {"smartcert": smartcert, "opened": example()}
    run_cell(first, names)
    names |= {key: value for key, value in FAST.get(name, {}).items() if key in names}
    exec("arrays = smartcert.arrays(opened); names = smartcert.names(opened, language)", names)  # noqa: S102  # ours
    exec(OPENINGS[name], names)  # noqa: S102  # as above
    monkeypatch.setitem(sys.modules, "smartcert.notebook", None)  # what imports it fails
    shown = 0
    for cell in rest:
        if "-method" not in cell.id and "-figure" not in cell.id:
            continue
        if cell.id in LIVE:
            exec(LIVE[cell.id], names)  # noqa: S102  # as above
            continue
        assert isinstance(run_cell(cell, names), pd.DataFrame | Figure | PageSection | smartcert.Change), cell.id
        shown += 1
    assert shown >= 8


EMPTY = ("weight_explorer", "methodology_audit", "rules_comparison")


@pytest.mark.parametrize("name", EMPTY)
def test_a_round_without_applications_is_said_in_the_first_cell(name: str) -> None:
    with pytest.raises(UsageError, match=r"nobody was scored in round '2023' \(0 applications\)"):
        open_cells(name, round="2023")


@pytest.mark.parametrize("name", EMPTY)
def test_a_round_in_which_nobody_was_scored_is_said_in_the_first_cell(name: str) -> None:
    from smartcert import notebook

    opened = example()
    unmarked = tuple(replace(one, measurements=(), marks=(), documents=()) for one in opened.round.applications)
    empty = replace(opened, round=replace(opened.round, applications=unmarked))
    opening = {"weight_explorer": "open_explorer", "methodology_audit": "open_audit"}.get(name, "open_comparison")
    with pytest.raises(UsageError, match=r"nobody was scored in round 'example' \(27 applications\)"):
        getattr(notebook, opening)(round=empty)


@pytest.mark.parametrize("name", [name for name in ALL if name not in EMPTY])
def test_the_other_notebooks_show_a_round_without_applications_or_say_whom_it_lacks(name: str) -> None:
    if name == "applicant_report":
        with pytest.raises(UsageError, match="no applicant 'haneul' in round '2023'"):
            open_cells(name, round="2023")
        return
    names, rest = open_cells(name, round="2023")
    for cell in rest:
        run_cell(cell, names)


def test_every_output_brings_its_style_and_a_page_leaves_it_out() -> None:
    from smartcert.batch.exporter import render_page

    names, rest = open_cells("certification_history")
    sections = [value for value in (run_cell(cell, names) for cell in rest) if isinstance(value, PageSection)]
    outputs = [section._repr_mimebundle_()[0] for section in sections]
    for section, data in zip(sections, outputs, strict=True):
        html = str(data["text/html"])
        style, _, shown = html.partition("</style>")
        assert style.startswith("<style data-smartcert>")
        assert shown == section.html
    head = names["page"].head()  # type: ignore[attr-defined]  # the page of the notebook
    cells = [
        nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", data=data)])  # type: ignore[no-untyped-call]
        for data in (head._repr_mimebundle_()[0], *outputs)
    ]
    page = render_page(nbformat.v4.new_notebook(cells=cells))  # type: ignore[no-untyped-call]
    assert "data-smartcert" not in page
    assert page.count("<style>") == 1
    assert all(shorten_markup(compact_html(section.html)) in page for section in sections)


def test_the_style_in_a_notebook_is_stronger_than_any_host_and_follows_its_theme() -> None:
    from smartcert.reporting.notebook_style import notebook_css

    css = notebook_css()
    assert css.isascii()  # so it adds no letter to the typeface of a page
    assert "all: revert" in css
    assert "@page" not in css
    rules = [line.split("{")[0] for line in css.splitlines() if line.startswith(".smartcert") and "{" in line]
    own = [rule for rule in rules if "smartcert-page" not in rule and "smartcert-control" not in rule]
    assert len(own) > 100
    assert all(":not(#s#s)" in selector for rule in own for selector in rule.split(",") if ".smartcert" in selector)
    assert "[data-jp-theme-light='false'] .smartcert:not(#s#s)" in css
