"""What is loaded before reports are forked, so that each is as fast as a second one: imports, fonts, templates, words?

No cell runs here that does more than call this package: no notebook may see what another one did to its process.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any

import nbformat

from smartcert.batch.engine import describe_shell_failure
from smartcert.batch.parameters import calls_only_ours
from smartcert.batch.render import load_notebook, register_engine, render_report
from smartcert.batch.request import REPORTS_PER_CHILD, Task
from smartcert.errors import ReportError
from smartcert.model.citation import Basis, Source
from smartcert.model.indicator import Indicator
from smartcert.reporting import typeface
from smartcert.reporting.applicant.report import WORD_PAGES, ApplicantReport
from smartcert.reporting.applicant.trace import Trace
from smartcert.reporting.catalogue import load_words
from smartcert.reporting.page import template_environment
from smartcert.reporting.records import Record, get_type_adapter, read_record
from smartcert.services.next_steps import find_cached_next_steps

_SHELL_DEPENDENT_MODULES = ("matplotlib.pyplot", "matplotlib_inline")
"""Modules that look at the shell when they are imported, and so must not be imported before there is one."""


def warm_up(names: Iterable[str], languages: Sequence[str] = ()) -> None:
    """Import the modules, open the fonts, and run an empty notebook through every step.

    For reports in ``languages`` build what all need, whomever they are about: the outlines of the characters of our
    sentences.
    """
    register_engine()
    typeface.preload_fonts()
    import_all(names)
    if not describe_shell_failure():  # else each report starts a kernel, which a process that forks must not
        with suppress(ReportError):  # an empty page passes no check, and need not
            render_report(_build_empty_task())
    if languages:
        import_all(("smartcert.services.letters",))
    for language in languages:
        typeface.build_font_css(filter(str.isprintable, load_words(language, *WORD_PAGES).characters()))
    gc.freeze()  # as `freeze_gc` without its collection: it takes a twentieth of all this and finds next to nothing


def warm_up_summaries() -> None:
    """Import and compile what the summaries need beyond the reports; nobody waits for it while a report is rendered."""
    import_all(("smartcert.reporting.round.summary", "smartcert.reporting.round.press"))
    environment = template_environment()
    for name in environment.list_templates(filter_func=lambda name: name.startswith(("summary_", "press_"))):
        environment.get_template(name)
    freeze_gc()


def warm_up_report(task: Task) -> Iterator[None]:
    """Render the report of a task, so that what that loads and works out is there for the next ones.

    It is rendered as in a child where the cells of its notebook only call this package; the sections alone otherwise.
    It is done step by step, as the caller asks for the next one.
    """
    with suppress(Exception):  # whatever is wrong with the notebook or the record, the report itself will say
        load_notebook(task.notebook)
        for kind in (Record, Source, Basis, Indicator, Trace):
            get_type_adapter(kind)  # there are many reports: what is built now is used by all
            yield
        typeface.prepare_subsets()
        yield
        if calls_only_ours(task.notebook) and not describe_shell_failure():  # else it would start a kernel
            render_report(task)
        else:
            yield from _render_sections(task)
    if not describe_shell_failure():
        from smartcert.batch.shell import prepare_shell  # which no version of IPython need fit

        for count in range(1, REPORTS_PER_CHILD + 1):
            yield
            prepare_shell(count)
    yield
    freeze_gc()


def _render_sections(task: Task) -> Iterator[None]:
    record = read_record(Record, task.record)
    sections = ApplicantReport(record, task.language, find_cached_next_steps(record.evaluation))
    for name in [name for name in vars(ApplicantReport) if not name.startswith("_")]:
        getattr(sections, name)()
        yield
    sections.typeface()
    yield


def import_all(names: Iterable[str]) -> None:
    """Import the modules, but for those that need a shell. What cannot be imported here is left to the reports.

    They find a shell as in a cell: pandas sets how many columns it shows by that.
    """
    with nullcontext() if describe_shell_failure() else _find_shell():
        for name in names:
            if name not in sys.modules and not name.startswith(_SHELL_DEPENDENT_MODULES):
                with suppress(Exception):
                    importlib.import_module(name)


def _find_shell() -> AbstractContextManager[Any]:
    from smartcert.batch.shell import show_shell  # which no version of IPython need fit

    return show_shell()


def freeze_gc() -> None:
    """Exempt what exists now from garbage collection: a pass in a child would copy the memory that it reads."""
    gc.collect()
    gc.freeze()


def _build_empty_task() -> Task:
    cells = [nbformat.v4.new_code_cell("ready: str = 'ready'", id="ready")]
    names = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return Task(
        applicant_id="",
        language="en",
        notebook=nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": names})),
        record_name="round.json",
        record=b'{"round": {"title": {"en": "ready"}}}',
        parameters={},
    )
