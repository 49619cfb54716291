"""How does a researcher's notebook become a page: its cells run here, while a second process loads what renders it?"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from html import escape
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from smartcert.batch.parameters import check_parameters, list_parameters, read_notebook
from smartcert.errors import ReportError, UsageError
from smartcert.imports import skip_imports
from smartcert.paths import find_notebook

if TYPE_CHECKING:  # what is heavy is imported when the second process has been started
    from smartcert.batch.request import Task


def render_notebook(name: str, round_name: str, language: str, parameters: Mapping[str, Any]) -> str:
    """Return the page of one of our notebooks over a round, run in this process with further parameters.

    Raises:
        UsageError: there is no such notebook or round, or the notebook is none that can be run, is not about a round
            or does not declare a parameter.
        InputError: the round's files have problems.
        ReportError: a cell failed, or the page is incomplete, not in its language, or would fetch something.
    """
    source = read_notebook(find_notebook(name))
    with skip_imports():
        import nbformat
        import papermill
    from papermill.exceptions import PapermillExecutionError

    import smartcert.reporting.page  # noqa: F401  # cells and what renders them need it: imported once for both
    from smartcert.batch.request import Task
    from smartcert.reporting.notebook_style import skip_notebook_styles

    notebook = nbformat.reads(source, as_version=4)
    if "round" not in list_parameters(notebook):
        raise UsageError(
            f"'{name}' is not about a round; `smartcert register page` writes the page on the history of certificates"
        )
    with start_renderer(language) as render:
        from smartcert.io.rounds.round import read_call

        call = read_call(round_name)  # the round itself is opened by the cells
        given = {**parameters, "round": str(call.folder), "language": language}
        check_parameters(notebook, given)
        try:
            with skip_notebook_styles():
                executed = papermill.execute_notebook(
                    notebook, None, dict(given), progress_bar=False, engine_name="smartcert"
                )
        except PapermillExecutionError as error:
            from smartcert.services.rounds import open_round

            open_round(round_name)  # raises what is wrong with the round's files, if that is why the cell failed
            raise ReportError(f"{name}, cell {error.exec_count}: {error.ename}: {error.evalue}") from None
        record = json.dumps({"title": {language: call.round.title.of(language)}}).encode()
        return render(
            executed,
            Task(applicant_id="", language=language, notebook="", record_name="", record=record, parameters={}),
        )


@contextmanager
def start_renderer(language: str) -> Iterator[Callable[[Any, Task], str]]:
    """Yield what returns the page of an executed notebook, checked: a process that gets ready while cells run here.

    It gets ready for a page in ``language``.

    Where a system has no fork it is this process.
    """
    if not hasattr(os, "fork"):
        yield _render_executed
        return
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(
        target=_serve_page, args=(theirs, ours, language), daemon=True
    )
    process.start()
    theirs.close()

    def render(executed: Any, task: Task) -> str:
        try:
            ours.send((executed, task))
            result = ours.recv()
        except (EOFError, OSError):
            raise ReportError("the process that renders the page ended before it was made") from None
        if isinstance(result, Exception):
            raise result
        return str(result)

    try:
        yield render
    finally:
        ours.close()
        process.kill()  # it has answered, or nobody waits for its answer
        process.join()


def _serve_page(connection: Connection, parents_end: Connection, language: str) -> None:
    """Render the notebook that comes over a connection, and answer with the page or with the error."""
    parents_end.close()  # else this process would not see that the other one is gone
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the other one, which ends this one
    with suppress(EOFError, BrokenPipeError):
        _warm_up(language)
        executed, task = connection.recv()
        try:
            result: str | Exception = _render_executed(executed, task)
        except Exception as error:  # whatever it is: it is raised where the page is awaited
            result = error
        connection.send(result)


def _warm_up(language: str) -> None:
    """Render a page with the words of a language: what renders is then imported, and most glyphs are packed."""
    with skip_imports():
        import nbformat

        from smartcert.batch import checks  # noqa: F401  # imported to be there
        from smartcert.batch.exporter import render_page
    from smartcert.reporting.catalogue import Words
    from smartcert.reporting.page import SECTION_MIME

    shown = "".join(Words(language, "research").characters())
    section = {SECTION_MIME: {"id": "words", "title": ""}, "text/html": f"<h2>{escape(shown)}</h2>"}
    output = nbformat.v4.new_output("display_data", data=section)
    render_page(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[output])]))


def _render_executed(executed: Any, task: Task) -> str:
    from smartcert.batch.checks import check_executed, check_page
    from smartcert.batch.exporter import render_page

    check_executed(executed)
    page = render_page(executed)
    check_page(page, task)
    return page
