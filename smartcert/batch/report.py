"""One report from its task: papermill runs the notebook, nbconvert makes the page, and both are checked."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import lru_cache
from hashlib import sha256
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

import nbformat
from papermill import execute_notebook
from papermill.exceptions import PapermillExecutionError
from papermill.iorw import load_notebook_node
from traitlets.config import Config

from smartcert.batch.checks import check_executed, check_page
from smartcert.batch.engine import SmartcertEngine
from smartcert.batch.exporter import page_of
from smartcert.batch.parameters import check_parameters
from smartcert.batch.scrub import scrub
from smartcert.batch.task import EngineName, Made, Task
from smartcert.errors import ReportError


def make(task: Task) -> Made:
    """Return the page and the executed notebook of one task. They depend on nothing but the task and the package.

    The notebook runs in an empty folder that holds its record only, and is told the record's name, not a path.
    Random numbers begin from the hash of the record.

    Raises:
        ReportError: a cell raised, or the page did not pass its checks.
        UnicodeEncodeError: a text has half a character (a lone surrogate), and so is none that can be written.
        UnknownParameterError: the task has a parameter that the notebook does not declare.
    """
    before = len(sys.modules)
    notebook = deepcopy(loaded(task.notebook))
    with tempfile.TemporaryDirectory(prefix="smartcert-") as folder:
        (Path(folder) / task.record_name).write_text(task.record, encoding="utf-8", newline="")
        executed = _execute(task, notebook, folder)
    text = scrub(executed, dict(task.parameters), folder)
    check_executed(executed)
    page = page_of(executed)
    check_page(page, task)
    return Made(
        applicant_id=task.applicant_id,
        language=task.language,
        page=page.encode(),
        notebook=text.encode(),
        imported=_newest(len(sys.modules) - before),
        audience=task.audience,
    )


def _newest(count: int) -> tuple[str, ...]:
    """Return the modules that were imported last. To look at the names of all would copy the memory they stand in."""
    return tuple(sorted(islice(reversed(sys.modules), max(0, count))))


def _execute(task: Task, notebook: Any, folder: str) -> Any:
    seed = int.from_bytes(sha256(task.record.encode()).digest()[:4], "big")
    engine: dict[str, Any] = {"engine_name": "smartcert", "seed": seed}
    if task.engine is EngineName.FRESH:
        check_parameters(notebook, task.parameters)  # our own engine does it
        planted = f"__import__('smartcert.batch.seed', fromlist=['seed']).plant(get_ipython(), {seed})"
        engine = {
            "engine_name": "nbclient",
            "record_timing": False,
            # sockets in the file system: a kernel over TCP loses its port to another one now and then
            "config": Config({"KernelManager": {"transport": "ipc"}}),
            "extra_arguments": [f"--InteractiveShellApp.exec_lines={planted}"],
        }
    try:
        with _hushed(task.engine is EngineName.FRESH), _in_memory():
            return execute_notebook(
                notebook, None, parameters=dict(task.parameters), cwd=folder, progress_bar=False, **engine
            )
    except PapermillExecutionError as error:
        raise ReportError(f"cell {error.cell_index + 1}: {error.ename}: {error.evalue}") from error


@lru_cache(maxsize=4)
def loaded(source: str) -> Any:
    """Return a notebook as papermill loads it, with an id for every cell. It is kept: take a copy to run it."""
    return load_notebook_node(_numbered(nbformat.reads(source, as_version=4)))


@contextmanager
def _in_memory() -> Iterator[None]:
    """Have papermill take the notebook as it is given, and write none at the end.

    Given a notebook instead of a path it would write it as text and read it again; and at the end, without a path, make
    the text and put it nowhere.
    """
    module: Any = import_module("papermill.execute")
    kept = module.load_notebook_node, module.write_ipynb
    module.load_notebook_node, module.write_ipynb = lambda notebook: notebook, lambda _notebook, _path: None
    try:
        yield
    finally:
        module.load_notebook_node, module.write_ipynb = kept


@contextmanager
def _hushed(hush: bool) -> Iterator[None]:
    """Keep a kernel's own words off the terminal: it complains of the interrupt by which papermill ends it."""
    if not hush:
        yield
        return
    kept = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _numbered(notebook: Any) -> Any:
    """Return the notebook with an id for every cell; nbformat would make random ones."""
    for number, cell in enumerate(notebook.cells):
        cell.setdefault("id", f"cell-{number}")
    notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
    return notebook


def register() -> None:
    """Make our engine known to papermill also where its entry point is not: in a checkout that is not installed."""
    from papermill.engines import papermill_engines

    papermill_engines.register("smartcert", SmartcertEngine)
