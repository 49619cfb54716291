"""The plain way to the reports of a round: one ``papermill`` and one ``jupyter nbconvert`` command for each."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path

from smartcert import paths as home
from smartcert.reporting.page import parse_page
from tests.benchmarks.measuring import tool


def commands(page: Path, executed: str) -> list[list[str]]:
    """Return the two commands for a report that was made already: the same notebook over the same record."""
    given = [word for name, value in read_parameters(page).items() for word in ("-r", name, value)]
    return [
        [tool("papermill"), "--no-progress-bar", str(home.find_notebook("applicant_report")), executed, *given],
        [tool("jupyter"), "nbconvert", "--to", "html", "--template", "smartcert", executed],
    ]


def read_parameters(page: Path) -> dict[str, str]:
    """Return what the notebook of a report was given, as it is recorded beside the page; the record by its path."""
    notebook = json.loads(page.with_suffix(".ipynb").read_text(encoding="utf-8"))
    given: dict[str, str] = notebook["metadata"]["papermill"]["parameters"]
    return given | {"record": str(page.parent / given["record"])}


def several(pages: Sequence[Path], folder: Path, at_a_time: int) -> list[str]:
    """Return one command that makes them by ``xargs``, several at a time, in ``folder``."""
    folder.mkdir()
    for number, page in enumerate(pages):
        lines = (shlex.join(command) for command in commands(page, f"{number}.ipynb"))
        (folder / f"{number}.sh").write_text(" && ".join(lines) + "\n")
    return ["sh", "-c", f"cd {shlex.quote(str(folder))} && ls *.sh | xargs -P{at_a_time} -n1 sh"]


def hold_same(pages: Sequence[Path], folder: Path) -> None:
    """End the benchmark if a page of the plain way shows other text than ours.

    nbconvert as it comes parses and writes the page again, which moves blanks and the order of attributes.
    """
    for number, page in enumerate(pages):
        if _shown(folder / f"{number}.html") != _shown(page):
            raise SystemExit(f"{page}: the plain commands made another page")


def _shown(page: Path) -> list[str]:
    return [piece.text for piece in parse_page(page.read_text(encoding="utf-8"))[0] if not piece.tag]
