"""Cells run without a kernel."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import nbformat
import nbformat.v4
from ipykernel.compiler import XCachingCompiler
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.session import Session
from papermill.engines import Engine
from papermill.log import logger
from traitlets.config import Config

from smartcert.batch.parameters import check_parameters

# --- What a running cell puts out, kept as the outputs of the cell instead of sent to a socket.

_OUTPUT_FIELDS = {
    "execute_result": ("metadata", "data", "execution_count"),
    "display_data": ("metadata", "data"),
    "stream": ("name", "text"),
    "error": ("ename", "evalue", "traceback"),
}
"""What of a message becomes the output of a cell, by its kind."""


class CellOutputs(Session):
    """A kernel session that sends nothing: it keeps what the running cell puts out."""

    def __init__(self) -> None:
        super().__init__()
        self.cell_outputs: list[Any] = []
        self.streams: tuple[CellStream, ...] = ()
        self._displayed: dict[str, list[Any]] = {}
        self._clear_before_next = False

    def begin(self, outputs: list[Any]) -> None:
        """Collect into ``outputs`` from now on."""
        self.cell_outputs = outputs
        self._clear_before_next = False

    def end(self) -> None:
        """Put out what the cell printed last."""
        for stream in self.streams:
            stream.flush()

    def send(  # type: ignore[override]  # what it would return is a message that was sent
        self, _stream: Any, msg_or_type: Any, content: Any = None, *_: Any, **__: Any
    ) -> None:
        """Keep a message that the shell wants to send to a socket, which we do not have."""
        if isinstance(msg_or_type, str):
            self._keep(msg_or_type, content or {})
        else:
            self._keep(msg_or_type["header"]["msg_type"], msg_or_type["content"])

    def _keep(self, kind: str, content: dict[str, Any]) -> None:
        if kind == "clear_output":
            self._clear_before_next = bool(content.get("wait"))
            if not self._clear_before_next:
                self.cell_outputs.clear()
            return
        display_id = (content.get("transient") or {}).get("display_id")
        if kind == "update_display_data":
            self._update(display_id, content)
            return
        if self._clear_before_next:
            self.cell_outputs.clear()
            self._clear_before_next = False
        if kind not in _OUTPUT_FIELDS:
            raise ValueError(f"a message of the kind '{kind}' is no output of a cell")
        # as nbformat makes it, but for the check: the whole notebook is checked when it is written
        shown = {name: content[name] for name in _OUTPUT_FIELDS[kind]}
        output = nbformat.from_dict({"output_type": kind, **shown})
        if display_id:
            self._displayed.setdefault(display_id, []).append(output)
        self.cell_outputs.append(output)

    def _update(self, display_id: str | None, content: dict[str, Any]) -> None:
        for output in self._displayed.get(display_id or "", []):
            output.update(data=nbformat.from_dict(content["data"]), metadata=nbformat.from_dict(content["metadata"]))


class CellStream(io.TextIOBase):
    """``sys.stdout`` or ``sys.stderr`` of a cell: collects until the shell flushes it, as a kernel's does."""

    encoding = "UTF-8"

    def __init__(self, name: str, outputs: CellOutputs, echo: Any = None) -> None:
        self.name = name
        self._outputs = outputs
        self._echo = echo
        self._waiting: list[str] = []

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def write(self, text: str) -> int:
        """Keep what is printed until it is flushed."""
        self._waiting.append(text)
        if self._echo is not None:
            self._echo.write(text)
            self._echo.flush()
        return len(text)

    def flush(self) -> None:
        """Put out what was printed since the last time."""
        text = "".join(self._waiting)
        self._waiting.clear()
        if text:
            self._outputs.send(None, "stream", {"name": self.name, "text": text})


# --- Random numbers that begin from the record, in a fresh kernel as in a warm process.


def plant(shell: Any, seed: int) -> None:
    """Have ``random`` and ``numpy.random`` begin from ``seed`` right before the shell's next cell.

    Not sooner: a kernel draws some numbers itself while it starts.
    """

    def begin(_info: Any) -> None:
        import random

        import numpy as np

        random.seed(seed)
        np.random.seed(seed)  # a notebook may use the old interface
        shell.events.unregister("pre_run_cell", begin)

    shell.events.register("pre_run_cell", begin)


# --- Cells run in this process, in the very shell that a Jupyter kernel uses, with its messages kept instead of sent.

INLINE_BACKEND = "module://matplotlib_inline.backend_inline"
"""The matplotlib backend that a kernel sets."""

_PREPARED_SHELLS: list[tuple[Any, CellOutputs]] = []
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
        with open_shell(stdout_file, stderr_file) as (shell, outputs):
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
                    _log_outputs(cell)
                if followed:
                    nb_man.cell_complete(cell, cell_index=index)
                    nb_man.autosave_cell()
                if not done:
                    break


def _run_cell(shell: Any, outputs: CellOutputs, cell: Any, timeout: int | None) -> bool:
    """Run one cell; return False where it raised and was not expected to."""
    tags = cell.metadata.get("tags", [])
    if cell.cell_type != "code" or not cell.source.strip() or "skip-execution" in tags:
        return True
    cell.outputs = []
    outputs.begin(cell.outputs)
    with _limit_time(timeout):
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
def open_shell(stdout_file: Any = None, stderr_file: Any = None) -> Iterator[tuple[Any, CellOutputs]]:
    """Yield a new shell and its outputs; give the process its streams, hooks, main module and shell back at the end."""
    kept = {name: getattr(sys, name) for name in ("stdout", "stderr", "displayhook", "excepthook")}
    main, environment = sys.modules["__main__"], dict(os.environ)
    earlier: Any = InteractiveShell.instance() if InteractiveShell.initialized() else None
    if earlier is not None:
        type(earlier).clear_instance()
    try:
        shell, outputs = _PREPARED_SHELLS.pop() if _PREPARED_SHELLS else _create_shell()
        _activate(shell)
        outputs.streams = (CellStream("stdout", outputs, stdout_file), CellStream("stderr", outputs, stderr_file))
        sys.stdout, sys.stderr = outputs.streams
        yield shell, outputs
    finally:
        ZMQInteractiveShell.clear_instance()
        if earlier is not None:
            _set_instance(earlier)
        for name, value in kept.items():
            setattr(sys, name, value)
        sys.modules["__main__"] = main
        os.environ.clear()
        os.environ.update(environment)


def prepare_shell() -> None:
    """Make a shell now, in which nothing has run, for the next notebook: processes forked from here begin with it."""
    if not _PREPARED_SHELLS:
        with open_shell() as made:
            made[0].display_formatter.format("")  # what shows a value is set up with the first one
        _PREPARED_SHELLS.append(made)


def _create_shell() -> tuple[Any, CellOutputs]:
    config = Config()
    config.HistoryManager.enabled = False  # no database, no thread that writes it
    os.environ["MPLBACKEND"] = INLINE_BACKEND
    shell: Any = ZMQInteractiveShell.instance(config=config, compiler_class=XCachingCompiler)
    outputs = CellOutputs()
    parts: tuple[Any, ...] = (shell.displayhook, shell.display_pub)  # declared as what they inherit from
    for part in parts:
        part.session = outputs
        part.pub_socket = outputs  # a shell with no socket at all would send nothing
    parts[0].topic = b"execute_result"
    return shell, outputs


def _activate(shell: Any) -> None:
    """Make the shell the one of this process."""
    _set_instance(shell)
    os.environ["MPLBACKEND"] = INLINE_BACKEND
    sys.modules["__main__"] = shell.user_module
    if "matplotlib.pyplot" in sys.modules:
        # imported before this shell was there: without this, its figures would be lost without a word
        shell.enable_matplotlib("inline")


def _set_instance(shell: Any) -> None:
    for kind in type(shell)._walk_mro():
        kind._instance = shell


@contextmanager
def _limit_time(seconds: int | None) -> Iterator[None]:
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


def _log_outputs(cell: Any) -> None:
    for output in cell.get("outputs", []):
        text = output.get("text") or output.get("data", {}).get("text/plain")
        if text:
            (logger.warning if output.get("name") == "stderr" else logger.info)(text)
