"""A page for researchers is rendered by a second process: what it refuses is raised here, and it does not stay."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest

from smartcert.batch import notebook_page
from smartcert.batch.notebook_page import render_notebook, start_renderer
from smartcert.batch.request import Task
from smartcert.errors import InputError, ReportError, UsageError
from smartcert.reporting.notebook_style import build_notebook_style
from tests.support.small_example import small_example

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="without forks the page is rendered here")
TASK = Task(applicant_id="", language="en", notebook="", record_name="", record=b"{}", parameters={})


def test_what_the_second_process_refuses_is_raised_here() -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    with start_renderer("en") as render, pytest.raises(ReportError):
        render(notebook, TASK)  # a page without a section
    assert not multiprocessing.active_children()


def test_a_second_process_that_is_killed_is_a_failure_and_not_a_wait() -> None:
    with start_renderer("en") as render:
        (process,) = multiprocessing.active_children()
        assert process.pid
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        with pytest.raises(ReportError, match="ended before"):
            render(nbformat.v4.new_notebook(), TASK)


def test_an_error_before_a_cell_ran_ends_the_second_process() -> None:
    for name, round_name in (("rules_comparison", "no-such-round"), ("certification_history", "example")):
        with pytest.raises(UsageError):
            render_notebook(name, round_name, "en", {})
        assert not multiprocessing.active_children()


def test_problems_of_the_files_of_a_round_are_told_as_such(tmp_path: Path) -> None:
    folder = small_example(tmp_path / "example", ["areum"])
    marks = folder / "marks.csv"
    marks.write_text(marks.read_text("utf-8") + "nobody,L01,E1,5,\n", "utf-8")
    with pytest.raises(InputError, match="nobody"):
        render_notebook("rules_comparison", str(folder), "en", {})


def test_cells_that_become_a_page_bring_no_style_of_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    executed = []

    @contextmanager
    def start(_language: str) -> Iterator[Any]:
        yield lambda notebook, _task: executed.append(notebook) or ""

    monkeypatch.setattr(notebook_page, "start_renderer", start)
    render_notebook("rules_comparison", "example", "en", {})
    outputs = [output.data for cell in executed[0].cells for output in cell.get("outputs", ()) if "data" in output]
    shown = [data["text/html"] for data in outputs if "text/html" in data]
    assert any('class="smartcert"' in html for html in shown)
    assert not any("<style data-smartcert" in html for html in shown)
    assert build_notebook_style("a").startswith("<style data-smartcert>")  # whatever is shown afterwards does
