"""How are the cells of a notebook run in this process, in the shell that a kernel uses but without a kernel?"""

from __future__ import annotations

import atexit
import base64
import builtins
import faulthandler
import getpass
import io
import logging
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import nbformat
import nbformat.v4
from ipykernel.compiler import XCachingCompiler
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import StdinNotImplementedError, UsageError
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.session import Session
from nbclient.exceptions import CellTimeoutError
from papermill.engines import Engine
from papermill.iorw import load_notebook_node
from papermill.log import logger
from traitlets.config import Config

from smartcert.batch.parameters import check_parameters

_OUTPUT_FIELDS = {
    "execute_result": ("metadata", "data", "execution_count"),
    "display_data": ("metadata", "data"),
    "stream": ("name", "text"),
    "error": ("ename", "evalue", "traceback"),
}
"""The fields of a message that become the output of a cell, by the kind of message."""


class CellOutputs(Session):
    """A kernel session that sends nothing: messages become the outputs of the running cell."""

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
        """Append what the cell printed last."""
        for stream in self.streams:
            stream.flush()

    def send(  # type: ignore[override]  # no message is returned, as none was sent
        self, _stream: Any, msg_or_type: Any, content: Any = None, *_: Any, **__: Any
    ) -> None:
        """Store a message that the shell would send to a socket."""
        if isinstance(msg_or_type, str):
            self._store(msg_or_type, content or {})
        else:
            self._store(msg_or_type["header"]["msg_type"], msg_or_type["content"])

    def _store(self, kind: str, content: dict[str, Any]) -> None:
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
        # as nbformat builds it, but without validation: the notebook is validated when it is written
        chosen = {name: content[name] for name in _OUTPUT_FIELDS[kind]}
        if "data" in chosen:
            chosen["data"] = _encode_bytes(chosen["data"])
        output = nbformat.from_dict({"output_type": kind, **chosen})
        if display_id:
            self._update(display_id, content)  # whatever was displayed under this id before shows the new value too
            self._displayed.setdefault(display_id, []).append(output)
        self.cell_outputs.append(output)

    def _update(self, display_id: str | None, content: dict[str, Any]) -> None:
        for output in self._displayed.get(display_id or "", []):
            data, metadata = _encode_bytes(content["data"]), content["metadata"]
            output.update(data=nbformat.from_dict(data), metadata=nbformat.from_dict(metadata))


def _encode_bytes(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the representations of a value with bytes in base64, as the messages of a kernel have them."""
    return {
        kind: base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
        for kind, value in data.items()
    }


class CellStream(io.TextIOBase):
    """``sys.stdout`` or ``sys.stderr`` of a cell: collects until the shell flushes it, as a kernel's does."""

    encoding = "UTF-8"

    def __init__(self, name: str, outputs: CellOutputs, echo: Any = None) -> None:
        self.name = name
        self._outputs = outputs
        self._echo = echo
        self._waiting: list[str] = []

    def writable(self) -> bool:
        """Return true."""
        return True

    def write(self, text: str) -> int:
        """Store what is printed until it is flushed; a TypeError where it is no text, as with a kernel's stream."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._waiting.append(text)
        if self._echo is not None:
            self._echo.write(text)
            self._echo.flush()
        return len(text)

    def fileno(self) -> int:
        """Return the file descriptor of the process's own stream, as a kernel's stream does."""
        return 1 if self.name == "stdout" else 2

    def flush(self) -> None:
        """Append what was printed since the last time to the outputs."""
        text = "".join(self._waiting)
        self._waiting.clear()
        if text:
            self._outputs.send(None, "stream", {"name": self.name, "text": text})


def prepare_run(shell: Any, seed: int) -> None:
    """Seed ``random`` and ``numpy.random`` right before the shell's next cell, and have it warn of missing letters.

    Not sooner: a kernel draws some numbers itself while it starts. A fresh kernel and a warm process so draw the same.
    matplotlib draws a box for a letter that its font lacks, and says so by a warning, which a cell may have turned off.
    """
    represent = shell.display_formatter.format

    def represent_with_warnings(value: Any, *given: Any, **named: Any) -> Any:
        if not type(value).__module__.startswith("matplotlib."):
            return represent(value, *given, **named)
        with warnings.catch_warnings():
            warnings.filterwarnings("always", message="Glyph .* missing")
            return represent(value, *given, **named)

    shell.display_formatter.format = represent_with_warnings

    def seed_generators(_info: Any) -> None:
        import numpy as np  # heavy

        random.seed(seed)
        np.random.seed(seed)  # a notebook may use the old interface
        shell.events.unregister("pre_run_cell", seed_generators)

    shell.events.register("pre_run_cell", seed_generators)


INLINE_BACKEND = "module://matplotlib_inline.backend_inline"
"""The matplotlib backend that a kernel sets."""

_MATPLOTLIB_STARTED = frozenset({"matplotlib.pyplot", "matplotlib_inline.backend_inline"})
"""Modules of matplotlib that are set up for a shell when they are imported, and only then."""

_PREPARED_SHELLS: list[tuple[Any, CellOutputs]] = []
"""Shells that were created before they were needed, each for one notebook."""


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
        input_path: Any = None,
        calls_only_ours: bool = False,
        **_: Any,  # start_timeout and the like: there is no kernel to wait for
    ) -> None:
        """Run every cell; stop at the first that raises, as papermill does.

        ``calls_only_ours`` says that the cells run nothing but this package, and so change nothing of their shell.

        Raises:
            UnknownParameterError: a parameter was given that the notebook does not declare. Those that its file carries
                from an earlier run are not looked at.
            CellTimeoutError: a cell took longer than ``execution_timeout`` seconds, as with a kernel.
            KeyboardInterrupt: somebody pressed Ctrl-C, as with a kernel.
        """
        check_parameters(nb_man.nb, _list_given_parameters(nb_man.nb, input_path))
        for echo in filter(None, (stdout_file, stderr_file)):
            echo.write("")  # the command opens a file when it is written to: here, and not in a cell
        for name in ("tqdm.auto", "tqdm.autonotebook"):
            sys.modules.pop(name, None)  # which bar it draws is chosen at its import: by papermill, and anew by a cell
        with open_shell(stdout_file, stderr_file) as (shell, outputs):
            if calls_only_ours:  # this package draws no number that a seed would change
                _read_cells_once(shell)
            elif seed is not None:
                prepare_run(shell, seed)
            for index, cell in enumerate(nb_man.nb.cells):
                if not calls_only_ours:  # else it is of a run, where nobody reads when a cell ended
                    nb_man.cell_start(cell, index)
                try:
                    succeeded = _run_cell(shell, outputs, cell, execution_timeout)
                    if not succeeded:
                        nb_man.cell_exception(cell, cell_index=index)
                finally:
                    if log_output:
                        _log_outputs(cell)
                    if not calls_only_ours:
                        nb_man.cell_complete(cell, cell_index=index)
                        nb_man.autosave_cell()
                if not succeeded:
                    break
            if calls_only_ours:
                _forget_outputs(shell, outputs)


def _forget_outputs(shell: Any, outputs: CellOutputs) -> None:
    """Drop what the cells of a shell defined and showed: further reports are rendered in its process.

    The shell itself may stay: it was there before the process was forked, and is no garbage to its collector.
    """
    atexit.unregister(shell.atexit_operations)
    outputs.begin([])
    shell.history_manager.reset(new_session=False)
    shell.user_ns.clear()
    shell.user_ns_hidden.clear()
    for name in ("_", "__", "___"):
        setattr(shell.displayhook, name, "")
    shell.last_execution_result = None


def _read_cells_once(shell: Any) -> None:
    """Have the shell take what it reads of a source from what another shell of this process read of the same.

    It reads each five times, which takes a quarter of the time that it adds to a cell. What it reads
    rests on nothing but the source as long as no cell changes a shell.
    """
    readers = {
        shell: ("transform_cell", "should_run_async"),
        shell.compile: ("get_code_name", "ast_parse"),
        shell.displayhook: ("semicolon_at_end_of_expression",),
    }
    for reader, names in readers.items():
        for name in names:
            if hasattr(reader, name):  # not in every version of IPython
                setattr(reader, name, _cache_reading(name, getattr(reader, name)))


def _cache_reading(name: str, read: Callable[..., Any]) -> Callable[..., Any]:
    def read_once(*given: Any, **named: Any) -> Any:
        key = (name, given, *named.items())
        if key not in _READ_CELLS:
            _READ_CELLS[key] = read(*given, **named)
        return _READ_CELLS[key]

    return read_once


_READ_CELLS: dict[tuple[Any, ...], Any] = {}
"""What was read of the sources of cells that call only this package, by what read it and what that was given."""


def _list_given_parameters(notebook: Any, input_path: Any) -> list[str]:
    """Return the names of the parameters that were given for this run: not those of an earlier run in its file."""
    given = notebook.metadata.papermill.get("parameters", {})
    if not given or not isinstance(input_path, str) or input_path == "-":  # what was read there is not there any more
        return list(given)
    earlier = load_notebook_node(input_path).metadata.papermill.get("parameters", {})
    return [name for name, value in given.items() if name not in earlier or earlier[name] != value]


def _run_cell(shell: Any, outputs: CellOutputs, cell: Any, timeout: int | None) -> bool:
    """Run one cell; return False where it raised and was not expected to.

    A cell that cannot be interrupted ends the process.

    Raises:
        CellTimeoutError: it took longer than ``timeout`` seconds.
        KeyboardInterrupt: somebody pressed Ctrl-C while it ran.
    """
    tags = cell.metadata.get("tags", [])
    if cell.cell_type != "code" or not cell.source.strip() or "skip-execution" in tags:
        return True
    cell.outputs = []
    outputs.begin(cell.outputs)
    with _interrupt_after(timeout) as interrupted, _watch_ctrl_c() as pressed:
        result = shell.run_cell(cell.source, store_history=True, silent=False, cell_id=cell.get("id"))
    outputs.end()
    cell.execution_count = result.execution_count
    if pressed:
        raise KeyboardInterrupt
    if timeout and interrupted:  # whether or not the cell caught that
        raise CellTimeoutError.error_from_timeout_and_cell("Cell execution timed out", timeout, cell)
    error = result.error_before_exec or result.error_in_exec
    if error is not None and not isinstance(error, UsageError) and not _has_error(cell):
        # the shell could not show it any more after what the cell did to the process
        details = {"ename": type(error).__name__, "evalue": str(error), "traceback": []}
        cell.outputs.append(nbformat.v4.new_output("error", **details))
    return bool(result.success) or "raises-exception" in tags


@contextmanager
def open_shell(stdout_file: Any = None, stderr_file: Any = None) -> Iterator[tuple[Any, CellOutputs]]:
    """Yield a new shell and its outputs; give the process back as it was at the end.

    That is its streams, hooks, folder, environment, path, filters of warnings, logging, main module and shell. What the
    cells set in libraries stays set.
    """
    saved = {name: getattr(sys, name) for name in ("stdout", "stderr", "displayhook", "excepthook", "argv")}
    main, environment, path, folder = sys.modules["__main__"], dict(os.environ), list(sys.path), Path.cwd()
    previous: Any = InteractiveShell.instance() if InteractiveShell.initialized() else None
    if previous is not None:
        type(previous).clear_instance()
    try:
        shell, outputs = _PREPARED_SHELLS.pop() if _PREPARED_SHELLS else _create_shell()
        _activate(shell)
        with warnings.catch_warnings(), _draw_inline(shell), _refuse_input(), _separate_logging():
            outputs.streams = (CellStream("stdout", outputs, stdout_file), CellStream("stderr", outputs, stderr_file))
            sys.stdout, sys.stderr = outputs.streams
            yield shell, outputs
    finally:
        ZMQInteractiveShell.clear_instance()
        if previous is not None:
            _set_instance(previous)
        for name, value in saved.items():
            setattr(sys, name, value)
        sys.modules["__main__"] = main
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:] = path
        os.chdir(folder)


def prepare_shell(count: int = 1) -> None:
    """Create shells for the next ``count`` notebooks, in which nothing has run: processes forked from here have them.

    To create one takes a twentieth of the time of a report.
    """
    prepared = [*_PREPARED_SHELLS]
    _PREPARED_SHELLS.clear()  # or the next line would take one of these
    try:
        while len(prepared) < count:
            with open_shell() as created:
                created[0].display_formatter.format("")  # formatters are set up with the first value
            prepared.append(created)
    finally:
        _PREPARED_SHELLS[:] = prepared


def show_shell() -> AbstractContextManager[Any]:
    """Return the context in which ``get_ipython()`` gives a prepared shell, as in a cell; nothing runs in it."""
    prepare_shell()
    trap: AbstractContextManager[Any] = _PREPARED_SHELLS[-1][0].builtin_trap
    return trap


def _create_shell() -> tuple[Any, CellOutputs]:
    config = Config()
    config.HistoryManager.enabled = False  # no database, no thread that writes it
    os.environ["MPLBACKEND"] = INLINE_BACKEND
    shell: Any = ZMQInteractiveShell.instance(config=config, compiler_class=XCachingCompiler)
    outputs = CellOutputs()
    publishers: tuple[Any, ...] = (shell.displayhook, shell.display_pub)  # declared as their base classes
    for publisher in publishers:
        publisher.session = outputs
        publisher.pub_socket = outputs  # without a socket they would send nothing
    publishers[0].topic = b"execute_result"
    start_event_loop = shell.enable_gui

    def enable_gui(gui: str | None = None) -> None:
        """Start the event loop of a toolkit of windows, which needs a kernel; ``%matplotlib inline`` needs none."""
        if gui not in {None, "inline"}:  # the latter from IPython before 8.24
            start_event_loop(gui)

    def refuse_exit() -> None:
        """What ``exit()`` calls: it would end a kernel a moment later, with or without the cells that follow."""
        if not shell.keepkernel_on_exit:
            raise RuntimeError("exit() ends a kernel, and there is none: raise SystemExit to leave out the cells below")

    shell.enable_gui = enable_gui
    shell.ask_exit = refuse_exit
    return shell, outputs


def _activate(shell: Any) -> None:
    """Make the shell the one of this process, in the environment that a kernel sets."""
    _set_instance(shell)
    shell.init_environment()
    os.environ["MPLBACKEND"] = INLINE_BACKEND
    sys.modules["__main__"] = shell.user_module


@contextmanager
def _refuse_input() -> Iterator[None]:
    """Have a cell that asks for input raise what it raises in a kernel that nobody answers; it would wait for ever."""
    originals = builtins.input, getpass.getpass

    def refuse(name: str) -> Callable[..., str]:
        def refuse_input(*_: Any, **__: Any) -> str:
            raise StdinNotImplementedError(f"{name} was called, but this frontend does not support input requests.")

        return refuse_input

    builtins.input, getpass.getpass = refuse("raw_input"), refuse("getpass")
    try:
        yield
    finally:
        builtins.input, getpass.getpass = originals


@contextmanager
def _separate_logging() -> Iterator[None]:
    """Have the cells find logging as in a new process, and what they set up end with them.

    papermill's own messages go where they went, as those of this process's other loggers do again at the end.
    """
    root, papermill = logging.getLogger(), logging.getLogger("papermill")
    loggers = [(changed, changed.handlers, changed.level, changed.propagate) for changed in (root, papermill)]
    disabled = root.manager.disable
    papermill.setLevel(papermill.getEffectiveLevel())
    papermill.handlers, papermill.propagate = [*papermill.handlers, *root.handlers], False
    root.handlers = []
    root.setLevel(logging.WARNING)
    logging.disable(logging.NOTSET)
    try:
        yield
    finally:
        logging.disable(disabled)
        for changed, handlers, level, propagate in loggers:
            changed.handlers, changed.propagate = handlers, propagate
            changed.setLevel(level)


@contextmanager
def _draw_inline(shell: Any) -> Iterator[None]:
    """Have the figures of the cells become outputs, as in a kernel, whenever matplotlib was or will be imported.

    What was imported before this shell existed is set up for it: matplotlib sets itself up once, when it is imported.
    At the end matplotlib has the backend that it had, and is ready for another shell.
    """
    matplotlib: Any = sys.modules.get("matplotlib")
    before = (matplotlib.is_interactive(), dict.get(matplotlib.rcParams, "backend")) if matplotlib else None
    if _MATPLOTLIB_STARTED & sys.modules.keys():
        pylabtools: Any = import_module("IPython.core.pylabtools")  # untyped, both
        pylabtools.activate_matplotlib(INLINE_BACKEND)
        _configure_inline(shell, INLINE_BACKEND)
    elif matplotlib:  # it has read the environment already
        matplotlib.rcParams["backend"] = INLINE_BACKEND
    try:
        yield
    finally:
        if "matplotlib_inline.backend_inline" in sys.modules:
            _configure_inline(shell, "agg")  # or the next shell would get no formats
        if before is not None:
            matplotlib.interactive(before[0])
            if "matplotlib.pyplot" in sys.modules and isinstance(before[1], str):
                sys.modules["matplotlib.pyplot"].switch_backend(before[1])
            else:
                matplotlib.rcParams["backend"] = before[1]


def _configure_inline(shell: Any, backend: str) -> None:
    inline: Any = import_module("matplotlib_inline.backend_inline")
    inline.configure_inline_support(shell, backend)


def _set_instance(shell: Any) -> None:
    for kind in type(shell)._walk_mro():
        kind._instance = shell


def _has_error(cell: Any) -> bool:
    return any(output.output_type == "error" for output in cell.outputs)


@contextmanager
def _interrupt_after(seconds: int | None) -> Iterator[list[int]]:
    """Interrupt the cell after ``seconds``, as a kernel is; in the main thread only, which signals reach.

    Yields a list that is no longer empty once it was. A cell that goes on is interrupted again, and ends the process
    after `INTERRUPT_GRACE`; so does one in which no signal reaches Python.
    """
    interrupted: list[int] = []
    is_main = threading.current_thread() is threading.main_thread()
    if not seconds or seconds < 0 or not is_main or not hasattr(signal, "setitimer"):  # Windows has no such clock
        yield interrupted
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        interrupted.append(number)
        signal.default_int_handler(number, frame)

    previous = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    _end_process_after(seconds + INTERRUPT_GRACE)
    try:
        yield interrupted
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def _end_process_after(seconds: float) -> None:
    """End this process with exit code 1 after ``seconds``, whatever it does then, and print where it is."""
    faulthandler.dump_traceback_later(seconds, exit=True, file=2)


INTERRUPT_GRACE = 5
"""Seconds that a cell has to end after it was interrupted; Jupyter gives a kernel as many."""


@contextmanager
def _watch_ctrl_c() -> Iterator[list[int]]:
    """Yield a list that is no longer empty once Ctrl-C was pressed; the shell shows that like an error of the cell.

    A cell that goes on ends the process after `INTERRUPT_GRACE`.
    """
    pressed: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    main = threading.current_thread() is threading.main_thread()
    if not main or before is not signal.default_int_handler:  # else the process has its own way to end
        yield pressed
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        if not pressed:
            _end_process_after(INTERRUPT_GRACE)
        pressed.append(number)
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield pressed
    finally:
        if pressed:
            faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGINT, before)


def _log_outputs(cell: Any) -> None:
    for output in cell.get("outputs", []):
        text = output.get("text") or output.get("data", {}).get("text/plain")
        if text:
            (logger.warning if output.get("name") == "stderr" else logger.info)(text)
