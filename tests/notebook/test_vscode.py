"""Outputs in VS Code's notebook view: a page of its own with the variables and classes of VS Code, without Jupyter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smartcert.reporting.page import Page, PageSection
from tests.notebook.test_jupyterlab import _TEXTS
from tests.notebook.test_research_notebooks import RESEARCH, open_cells, run_cell

pytestmark = [pytest.mark.browser, pytest.mark.notebook]

THEMES = {
    "vscode-dark": {"editor-background": "#1f1f1f", "foreground": "#cccccc", "textLink-foreground": "#4daafc"},
    "vscode-light": {"editor-background": "#ffffff", "foreground": "#3b3b3b", "textLink-foreground": "#005fb8"},
    "vscode-high-contrast": {"editor-background": "#000000", "foreground": "#ffffff", "textLink-foreground": "#21a6ff"},
}
"""The colours of VS Code's own themes, by the class that its view sets on the body."""
VIEW = """<!doctype html><html><style>
html, body {{ background: var(--vscode-editor-background); }}
body {{ color: var(--vscode-foreground); font: 13px system-ui, sans-serif; margin: 0; padding: 0 26px; }}
a {{ color: var(--vscode-textLink-foreground); }} img, svg {{ max-width: 100%; }}
table {{ border-collapse: collapse; border-spacing: 0; }}
table, thead, tr, th, td, tbody {{ border: none; color: var(--vscode-foreground); }}
th, td {{ text-align: right; vertical-align: middle; padding: 4px 8px; white-space: normal; max-width: none; }}
tbody tr:nth-child(even) {{ background-color: rgba(127, 127, 127, 0.08); }}
</style><body>{outputs}</body></html>"""
"""As the view of VS Code frames outputs; its style sheet reaches into them."""
SET_THEME = """([theme, variables]) => {
  document.documentElement.setAttribute("style", variables);
  document.body.className = document.body.dataset.vscodeThemeKind = theme;
}"""
"""As VS Code changes the theme of a view that is open."""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def list_outputs(name: str) -> list[str]:
    names, rest = open_cells(name, language="en")
    shown, page = next((name, value) for name, value in names.items() if isinstance(value, Page))
    head = page.head()  # type: ignore[attr-defined]  # that of every page
    sections = [head]
    for cell in rest:
        if cell.source.startswith(f"{shown}."):
            sections.append(run_cell(cell, names))
        elif "remove-output" in cell.metadata.get("tags", ()):  # computes what sections are given
            run_cell(cell, names)
    return [str(own._repr_mimebundle_()[0]["text/html"]) for own in sections if isinstance(own, PageSection)]


@pytest.mark.slow
@pytest.mark.parametrize("name", [*RESEARCH, "applicant_report", "round_summary"])
def test_every_text_can_be_read_in_the_themes_of_vs_code(browser: Any, name: str) -> None:
    assert read_in_vscode(browser, list_outputs(name)) > 100


def read_in_vscode(browser: Any, shown: list[str]) -> int:
    """Return how many texts outputs have, all of which can be read in each theme."""
    outputs = "".join(f"<div class='output_container'><div class='output'>{own}</div></div>" for own in shown)
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.set_default_timeout(300_000)
    page.set_content(VIEW.format(outputs=outputs))
    grounds = set()
    for theme, colours in THEMES.items():
        page.evaluate(SET_THEME, [theme, ";".join(f"--vscode-{key}: {colour}" for key, colour in colours.items())])
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        texts = page.evaluate(_TEXTS)
        assert (theme, texts["faint"], texts["cut"]) == (theme, [], [])
    assert len(grounds) == len(THEMES)
    page.close()
    return len(texts["all"])
