"""How does a task become a page: papermill runs the notebook, nbconvert renders it, and both are checked?"""

from __future__ import annotations

import json
import os
import re
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from functools import cache, lru_cache
from importlib import import_module
from itertools import count, islice
from pathlib import Path
from typing import Any

import nbformat
from papermill import execute_notebook
from papermill.iorw import load_notebook_node
from pydantic_core import to_json
from traitlets.config import Config

from smartcert.batch.added_cells import check_added_cells
from smartcert.batch.checks import INJECTED_TAG, check_executed, check_page
from smartcert.batch.engine import LANGUAGE_INFO, SmartcertEngine, describe_shell_failure
from smartcert.batch.exporter import render_page
from smartcert.batch.parameters import calls_only_ours, check_parameters
from smartcert.batch.request import EngineName, RenderedReport, Task
from smartcert.errors import ReportError
from smartcert.files import sha256_raw
from smartcert.reporting.records import Record, read_record
from smartcert.services.next_steps import find_cached_next_steps

KERNEL_CONFIG = Config({"KernelManager": {"transport": "ipc", "shutdown_wait_time": 1.0}})
"""For fresh kernels: sockets in the file system, as a kernel over TCP loses its port to another one now and then.

One that does not end within a second, with what its cells started, is killed before the process of its report is.
"""

_KERNEL_START_TIMEOUT = 300
"""Seconds that a fresh kernel has to start: the 60 of papermill are not enough on a machine with much else to do."""

_STABLE_CELL_METADATA = ("alt", "tags", "jupyter", "collapsed", "editable", "slideshow")
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,16}\b")
_CELL_FILE = re.compile(r"(?<!\S)\S*ipykernel_\d+(?=[/\\])")
"""A word that is the path of a cell; begun at words only, or a long one would be read once for each of its letters."""


def scrub_notebook(notebook: Any, parameters: dict[str, str], folder: str) -> bytes:
    """Return the executed notebook as a file has it, without what differs from run to run.

    That is times, paths, process ids, addresses and random ids. ``folder`` is where the cells ran; in texts it becomes
    ``.``. The same cells with the same outputs give the same bytes, whichever engine ran them.

    Raises:
        UnicodeEncodeError: a text has half a character (a lone surrogate), which cannot be written.
    """
    metadata = notebook.metadata
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": metadata.get("kernelspec", {}),
            "language_info": LANGUAGE_INFO,
            "papermill": {"parameters": parameters},
        }
    )
    injected = next((cell for cell in notebook.cells if INJECTED_TAG in cell.metadata.get("tags", [])), None)
    if injected is not None:
        injected.id = INJECTED_TAG  # papermill gives it a random one
    for cell in notebook.cells:
        _scrub_cell(cell, folder)
    _scrub_tables(output for cell in notebook.cells for output in cell.get("outputs", ()))
    return write_notebook(notebook) + b"\n"


def write_notebook(notebook: Any) -> bytes:
    """Return in UTF-8 what ``nbformat.writes`` does of a notebook of version 4, in a sixth of the time.

    That copies it, logs what is wrong with it, and writes it with Python's own encoder, as it is indented.
    """
    dropped = {"orig_nbformat", "orig_nbformat_minor", "signature"}
    metadata = {name: value for name, value in notebook.metadata.items() if name not in dropped}
    cells = [_split_cell(cell) for cell in notebook.cells]
    try:
        return to_json(_sort_keys({**notebook, "metadata": metadata, "cells": cells}), indent=1)
    except ValueError:
        return str(nbformat.v4.writes_json(notebook)).encode()


def _split_cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cell as a file has it: texts of several lines as lists of lines."""
    split = {name: _split_text(value) if name == "source" else value for name, value in cell.items()}
    split["metadata"] = {name: value for name, value in cell["metadata"].items() if name != "trusted"}
    if "attachments" in cell:
        split["attachments"] = {name: _split_bundle(bundle) for name, bundle in cell["attachments"].items()}
    if cell["cell_type"] == "code":
        split["outputs"] = [_split_output(output) for output in cell["outputs"]]
    return split


def _split_output(output: Mapping[str, Any]) -> dict[str, Any]:
    if output["output_type"] == "stream":
        return {**output, "text": _split_text(output["text"])}
    is_bundle = output["output_type"] in ("execute_result", "display_data")
    return {**output, "data": _split_bundle(output["data"])} if is_bundle and "data" in output else {**output}


def _split_bundle(bundle: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _split_text(value) if name.startswith("text/") or name in _SPLIT_MIMES else value
        for name, value in bundle.items()
    }


_SPLIT_MIMES = frozenset({"application/javascript", "image/svg+xml"})
"""What ``nbformat`` writes in lines beside texts."""


def _split_text(value: Any) -> Any:
    return value.splitlines(keepends=True) if isinstance(value, str) else value


def _sort_keys(value: Any) -> Any:
    """Return a value of JSON with the keys of its objects sorted.

    Raises:
        ValueError: it has what pydantic writes otherwise than Python: a number that is not small and whole, a key that
            is no text, or none of JSON.
    """
    if isinstance(value, dict) and all(name.__class__ is str for name in value):
        return {name: _sort_keys(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [part if part.__class__ is str else _sort_keys(part) for part in value]
    if isinstance(value, str):
        return str.__str__(value)  # of a subclass, as Python's encoder does
    if value is None or isinstance(value, bool) or (value.__class__ is int and abs(value) <= _MOST_INTEGER):
        return value
    raise ValueError(f"pydantic writes it otherwise: {type(value)}")


_MOST_INTEGER = 2**53
"""The largest integer that every reader of JSON reads as it is."""


def _scrub_cell(cell: Any, folder: str) -> None:
    cell.metadata = nbformat.from_dict(
        {key: cell.metadata[key] for key in _STABLE_CELL_METADATA if cell.metadata.get(key)}
    )
    if cell.cell_type == "code":
        cell.outputs = [_scrub_output(output, folder) for output in _join_streams(cell.outputs)]


def _scrub_tables(outputs: Iterable[Any]) -> None:
    """Number the tables of pandas' ``Styler`` in their order; it gives each a random id of five digits."""
    numbers = count(1)
    for output in outputs:
        html = output.get("data", {}).get("text/html", "")
        for name in dict.fromkeys(_STYLED_TABLE.findall(html)) if "<table" in html else ():
            html = html.replace(f"T_{name}", f"T_{next(numbers):05}")
            output.data["text/html"] = html


_STYLED_TABLE = re.compile(r'<table id="T_([0-9a-f]{5})"')


def _join_streams(outputs: list[Any]) -> list[Any]:
    """Join what was printed between two displays: stdout, then stderr. A kernel splits it by the clock."""
    joined: list[Any] = []
    printed: dict[str, str] = {}

    def end() -> None:
        for name in sorted(printed, reverse=True):
            joined.append(nbformat.v4.new_output("stream", name=name, text=printed[name]))
        printed.clear()

    for output in outputs:
        if output.output_type == "stream":
            printed[output.name] = printed.get(output.name, "") + output.text
        else:
            end()
            joined.append(output)
    end()
    return joined


def _scrub_output(output: Any, folder: str) -> Any:
    if output.output_type == "stream":
        output.text = _scrub_text(output.text, folder)
    elif output.output_type == "error":
        output.evalue = _scrub_text(output.evalue, folder)
        output.traceback = [_scrub_text(line, folder) for line in output.traceback]
    else:
        data = output.get("data", {})
        is_ours = any(kind.startswith("application/vnd.smartcert.") for kind in data)  # it has no text of the run
        for kind in ("text/plain",) if is_ours else _SCRUBBED:
            if isinstance(data.get(kind), str):
                data[kind] = _scrub_text(data[kind], folder)
    return output


_SCRUBBED = ("text/plain", "text/html", "text/markdown", "text/latex")


def _scrub_text(text: str, folder: str) -> str:
    for path in (os.path.realpath(folder), folder):
        text = text.replace(path, ".")
    for path, name in _list_library_folders():
        text = text.replace(path, name)
    return _CELL_FILE.sub("ipykernel", _ADDRESS.sub("0x0", text))


@cache
def _list_library_folders() -> tuple[tuple[str, str], ...]:
    """Return where libraries, Python's own and this package stand on this machine, and what each is called in a text.

    Inner folders come first. A warning or a traceback of a library names its file.
    """
    paths = sysconfig.get_paths()
    package = Path(__file__).parents[1]
    folders = {paths[name] for name in ("purelib", "platlib", "stdlib")} | {str(package)}
    home = str(Path.home())
    shortened = {f"~{path.removeprefix(home)}" for path in folders if path.startswith(f"{home}{os.sep}")}
    inner_first = sorted(folders | shortened, key=len, reverse=True)
    return tuple((path, re.split(r"[/\\]", path)[-1]) for path in inner_first)


def render_report(task: Task) -> RenderedReport:
    """Return the page and the executed notebook of one task. They depend on nothing but the task and the package.

    The notebook runs in a folder that holds its record only, and gets the record's name, not a path. Random numbers are
    seeded with the hash of the record.

    Raises:
        ReportError: a cell raised, or the page did not pass its checks.
        UnicodeEncodeError: a text has half a character (a lone surrogate), which cannot be written.
        UnknownParameterError: the task has a parameter that the notebook does not declare.
    """
    before = len(sys.modules)
    note = ""
    if task.engine is EngineName.WARM and (reason := describe_shell_failure()):
        note = f"cells run in a kernel of their own, which is slower: no shell could be started here: {reason}"
        task = replace(task, engine=EngineName.FRESH)
    notebook = deepcopy(load_notebook(task.notebook))
    with tempfile.TemporaryDirectory(prefix="smartcert-") as folder:
        (Path(folder) / task.record_name).write_bytes(task.record)
        executed = _execute(task, notebook, folder)
    check_executed(executed)
    written = scrub_notebook(executed, dict(task.parameters), folder)
    check_added_cells(executed, task)
    page = render_page(executed)
    check_page(page, task)
    return RenderedReport(
        applicant_id=task.applicant_id,
        language=task.language,
        page=page.encode(),
        notebook=written,
        imported=_list_new_modules(len(sys.modules) - before),
        audience=task.audience,
        note=note,
        letter=render_task_letter(task),
    )


def render_task_letter(task: Task) -> Mapping[str, bytes]:
    """Return the letter of result that a task asks for, by the ending of its file; none where it asks for none.

    Raises:
        ReportError: the notebook of the task calls more than this package, and could have changed what a letter says.
    """
    if task.letter is None:
        return {}
    if not calls_only_ours(task.notebook):
        raise ReportError("no letter is rendered where a notebook runs code of its own")
    from smartcert.services.letters import render_letter  # not every report has one

    record = read_record(Record, task.record)
    steps = find_cached_next_steps(record.evaluation)
    return render_letter(record, task.letter, steps.improvements, task.language)


def _list_new_modules(count: int) -> tuple[str, ...]:
    """Return the modules that were imported last. Reading the names of all would copy the memory that they are in."""
    return tuple(sorted(islice(reversed(sys.modules), max(0, count))))


def _execute(task: Task, notebook: Any, folder: str) -> Any:
    seed = int.from_bytes(sha256_raw(task.record)[:4], "big")
    engine: dict[str, Any] = {
        "engine_name": "smartcert",
        "seed": seed,
        "calls_only_ours": calls_only_ours(task.notebook),
    }
    if task.engine is EngineName.FRESH:
        check_parameters(notebook, task.parameters)  # our own engine does it
        lines = (
            f"__import__('smartcert.batch.server', fromlist=['end_with_parent']).end_with_parent({os.getpid()})",
            f"__import__('smartcert.batch.shell', fromlist=['prepare_run']).prepare_run(get_ipython(), {seed})",
        )
        engine = {
            "engine_name": "nbclient",
            "record_timing": False,
            "start_timeout": _KERNEL_START_TIMEOUT,
            "config": KERNEL_CONFIG,
            "extra_arguments": [f"--InteractiveShellApp.exec_lines={line}" for line in lines],
        }
    with _silence_stderr(task.engine is EngineName.FRESH), _skip_papermill_ends():
        return execute_notebook(
            notebook, None, parameters=dict(task.parameters), cwd=folder, progress_bar=False, **engine
        )


@lru_cache(maxsize=4)
def load_notebook(source: str) -> Any:
    """Return a notebook as papermill loads it, with an id for every cell. It is cached: copy it to run it."""
    return load_notebook_node(nbformat.reads(_add_cell_ids(source), as_version=4))


@contextmanager
def _skip_papermill_ends() -> Iterator[None]:
    """Have papermill take the notebook as it is given, and write none at the end, nor raise for an error in it.

    Otherwise it serialises a notebook that is given instead of a path and parses it again, and at the end serialises
    the result although there is no path to write it to. It would raise for an error that a tag says to be expected.
    """
    module: Any = import_module("papermill.execute")
    replaced = {
        "load_notebook_node": lambda notebook: notebook,
        "write_ipynb": lambda _notebook, _path: None,
        "raise_for_execution_errors": lambda _notebook, _path: None,
    }
    originals = {name: getattr(module, name) for name in replaced}
    vars(module).update(replaced)
    try:
        yield
    finally:
        vars(module).update(originals)


@contextmanager
def _silence_stderr(silent: bool) -> Iterator[None]:
    """Discard what a kernel writes to the terminal: it reports the interrupt by which papermill ends it."""
    if not silent:
        yield
        return
    stderr = os.dup(2)
    with Path(os.devnull).open("wb") as devnull:
        os.dup2(devnull.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


def _add_cell_ids(source: str) -> str:
    """Return the JSON of a notebook of version 4 with an id of its own for every cell.

    nbformat gives random ones to cells that have none, and to those that have another's, as files joined by hand have.
    """
    notebook = json.loads(source)
    taken = {INJECTED_TAG}
    for number, cell in enumerate(notebook["cells"]):
        name = cell.get("id")
        if not isinstance(name, str) or not _CELL_ID.fullmatch(name) or name in taken:
            cell["id"] = next(name for name in (f"cell-{again}" for again in count(number)) if name not in taken)
        taken.add(cell["id"])
    notebook["nbformat_minor"] = max(notebook.get("nbformat_minor", 0), 5)
    return json.dumps(notebook)


_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def register_engine() -> None:
    """Register our engine with papermill also in a checkout that is not installed, which has no entry points."""
    from papermill.engines import papermill_engines

    papermill_engines.register("smartcert", SmartcertEngine)
