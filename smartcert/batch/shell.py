"""Cells run in this process, in the very shell that a Jupyter kernel uses, with its messages kept instead of sent.

The shell, its display hook and its publisher are ipykernel's own: what they would send over a socket becomes the
outputs of the cell by the same function that nbclient uses. So a notebook looks as if a kernel had run it, except for
what C code writes to file descriptors, and widgets, which need a kernel.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import nbformat.v4
from ipykernel.compiler import XCachingCompiler
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.interactiveshell import InteractiveShell
from papermill.engines import Engine
from papermill.log import logger
from traitlets.config import Config

from smartcert.batch.cell_outputs import Outputs, Stream
from smartcert.batch.parameters import check_parameters
from smartcert.batch.seed import plant

INLINE = "module://matplotlib_inline.backend_inline"
"""The matplotlib backend that a kernel sets."""

_READY: list[tuple[Any, Outputs]] = []
"""At most one shell that was made before it was needed."""


class ShellEngine(Engine):  # type: ignore[misc]  # papermill ships no types
    """papermill's engine over the shell in this process."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,  # noqa: ARG003  # there is no kernel to choose
        log_output: bool = False,
        stdout_file: Any = None,
        stderr_file: Any = None,
        execution_timeout: int | None = None,
        seed: int | None = None,
        **_: Any,  # start_timeout and the like: there is no kernel to wait for
    ) -> None:
        """Run every cell; stop at the first that raises, as papermill does."""
        given = nb_man.nb.metadata.papermill.get("parameters", {})
        check_parameters(nb_man.nb, given)
        with borrowed_process(stdout_file, stderr_file) as (shell, outputs):
            if seed is not None:
                plant(shell, seed)
            followed = bool(nb_man.output_path or nb_man.pbar or log_output)  # else nobody reads when a cell ended
            for index, cell in enumerate(nb_man.nb.cells):
                if followed:
                    nb_man.cell_start(cell, index)
                done = _run_cell(shell, outputs, cell, execution_timeout)
                if not done:
                    nb_man.cell_exception(cell, cell_index=index)
                if log_output:
                    _log(cell)
                if followed:
                    nb_man.cell_complete(cell, cell_index=index)
                    nb_man.autosave_cell()
                if not done:
                    break


def _run_cell(shell: Any, outputs: Outputs, cell: Any, timeout: int | None) -> bool:
    """Run one cell; return False where it raised and was not expected to."""
    tags = cell.metadata.get("tags", [])
    if cell.cell_type != "code" or not cell.source.strip() or "skip-execution" in tags:
        return True
    cell.outputs = []
    outputs.begin(cell.outputs)
    with _time_limit(timeout):
        result = shell.run_cell(cell.source, store_history=True, silent=False, cell_id=cell.get("id"))
    outputs.end()
    cell.execution_count = result.execution_count
    error = result.error_before_exec or result.error_in_exec
    if error is not None and not any(output.output_type == "error" for output in cell.outputs):
        # the shell could not show it any more, whatever the cell did to the process
        told = {"ename": type(error).__name__, "evalue": str(error), "traceback": []}
        cell.outputs.append(nbformat.v4.new_output("error", **told))
    return bool(result.success) or "raises-exception" in tags


@contextmanager
def borrowed_process(stdout_file: Any = None, stderr_file: Any = None) -> Iterator[tuple[Any, Outputs]]:
    """Yield a new shell and its outputs; give the process its streams, hooks, main module and shell back at the end."""
    kept = {name: getattr(sys, name) for name in ("stdout", "stderr", "displayhook", "excepthook")}
    main, environment = sys.modules["__main__"], dict(os.environ)
    earlier: Any = InteractiveShell.instance() if InteractiveShell.initialized() else None
    if earlier is not None:
        type(earlier).clear_instance()
    try:
        shell, outputs = _READY.pop() if _READY else _new_shell()
        _enter(shell)
        outputs.streams = (Stream("stdout", outputs, stdout_file), Stream("stderr", outputs, stderr_file))
        sys.stdout, sys.stderr = outputs.streams
        yield shell, outputs
    finally:
        ZMQInteractiveShell.clear_instance()
        if earlier is not None:
            _make_instance(earlier)
        for name, value in kept.items():
            setattr(sys, name, value)
        sys.modules["__main__"] = main
        os.environ.clear()
        os.environ.update(environment)


def prepare() -> None:
    """Make a shell now, in which nothing has run, for the next notebook: processes forked from here begin with it."""
    if not _READY:
        with borrowed_process() as made:
            made[0].display_formatter.format("")  # what shows a value is set up with the first one
        _READY.append(made)


def _new_shell() -> tuple[Any, Outputs]:
    config = Config()
    config.HistoryManager.enabled = False  # no database, no thread that writes it
    os.environ["MPLBACKEND"] = INLINE
    shell: Any = ZMQInteractiveShell.instance(config=config, compiler_class=XCachingCompiler)
    outputs = Outputs()
    parts: tuple[Any, ...] = (shell.displayhook, shell.display_pub)  # declared as what they inherit from
    for part in parts:
        part.session = outputs
        part.pub_socket = outputs  # a shell with no socket at all would send nothing
    parts[0].topic = b"execute_result"
    return shell, outputs


def _enter(shell: Any) -> None:
    """Make the shell the one of this process."""
    _make_instance(shell)
    os.environ["MPLBACKEND"] = INLINE
    sys.modules["__main__"] = shell.user_module
    if "matplotlib.pyplot" in sys.modules:
        # imported before this shell was there: without this, its figures would be lost without a word
        shell.enable_matplotlib("inline")


def _make_instance(shell: Any) -> None:
    for kind in type(shell)._walk_mro():
        kind._instance = shell


@contextmanager
def _time_limit(seconds: int | None) -> Iterator[None]:
    if not seconds or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"the cell took longer than {seconds} s")

    earlier = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, earlier)


def _log(cell: Any) -> None:
    for output in cell.get("outputs", []):
        text = output.get("text") or output.get("data", {}).get("text/plain")
        if text:
            (logger.warning if output.get("name") == "stderr" else logger.info)(text)
