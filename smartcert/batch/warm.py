"""What makes the second report faster than the first, done before reports are forked: imports, fonts, templates, words.

Only functions of the package are called, never a cell of a notebook: what a notebook does to its process must not be
there before another one begins.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Iterable
from contextlib import suppress

import nbformat

from smartcert.batch import render as report
from smartcert.batch import shell
from smartcert.batch.request import Task
from smartcert.errors import ReportError
from smartcert.reporting import typeface
from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.page import template_environment
from smartcert.reporting.records import Record, from_json

_SHELL_DEPENDENT_MODULES = ("matplotlib.pyplot", "matplotlib_inline")
"""Modules that look at the shell when they are imported, and so must not be before there is one."""


def warm_up(names: Iterable[str]) -> None:
    """Import the modules, open the fonts, and run a notebook of ours that does nothing through every step."""
    report.register_engine()
    typeface.preload_fonts()
    import_all(names)
    with suppress(ReportError):  # an empty page passes no check, and need not
        report.render_report(_build_empty_task())
    freeze_gc()


def warm_up_summaries() -> None:
    """Import and compile what the summaries need beside what reports do; nobody waits for it while a report is made."""
    import_all(("smartcert.reporting.round.summary", "smartcert.reporting.round.press"))
    sections = template_environment()
    for name in sections.list_templates(filter_func=lambda name: name.startswith(("summary_", "press_"))):
        sections.get_template(name)
    freeze_gc()


def warm_up_report(task: Task) -> None:
    """Make every section of a report from the record of a task, so that what they load is there for the next ones."""
    with suppress(Exception):  # whatever is wrong with the notebook or the record, the report itself will tell it
        report.load_notebook(task.notebook)
        sections = ApplicantReport(from_json(Record, task.record.encode()), task.language)
        for name in [name for name in vars(ApplicantReport) if not name.startswith("_")]:
            getattr(sections, name)()
        sections.typeface()
    shell.prepare_shell()
    freeze_gc()


def import_all(names: Iterable[str]) -> None:
    """Import what reports turned out to need. What cannot be imported here is left to them."""
    for name in names:
        if name not in sys.modules and not name.startswith(_SHELL_DEPENDENT_MODULES):
            with suppress(Exception):
                importlib.import_module(name)


def freeze_gc() -> None:
    """Put all that is there out of the collector's sight: a collection in a child would copy the memory it looks at."""
    gc.collect()
    gc.freeze()


def _build_empty_task() -> Task:
    cells = [nbformat.v4.new_code_cell("'ready'", id="ready")]
    names = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return Task(
        applicant_id="",
        language="en",
        notebook=nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": names})),
        record_name="round.json",
        record='{"round": {"title": {"en": "ready"}}}',
        parameters={},
    )
