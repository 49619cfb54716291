"""How are reports rendered on this machine: a warm server is started, given tasks, and its results come back?"""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import islice
from multiprocessing.connection import Connection, wait
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from types import ModuleType
from typing import cast

from smartcert.batch.request import RenderedReport, Task, WorkerMethod, build_failure
from smartcert.batch.server import serve
from smartcert.errors import ReportError, UsageError
from smartcert.reporting.records import Failure

SERVER_GONE = "the report server ended before the report was made"

_CTRL_C_WAIT = 0.5
"""Seconds after which a wait begins anew: where a system has no signals, Ctrl-C does not end one."""
_END_TIMEOUT = 5.0
"""Seconds that the server has to end its children and itself."""


class Workers:
    """A warm server that renders ``jobs`` reports at a time; a context, whose end ends every process that it started.

    ``imports`` are modules that the server imports before the first report. ``method`` is how the process of a report
    is started; None: by a fork where this system has one. For reports in ``languages`` a server that forks gets ready
    before the first of them comes.

    Raises:
        UsageError: forks were asked for, and this system has none.
    """

    def __init__(
        self,
        jobs: int,
        imports: Iterable[str] = (),
        method: WorkerMethod | None = None,
        languages: Sequence[str] = (),
    ) -> None:
        has_fork = hasattr(os, "fork")
        if method is WorkerMethod.FORK and not has_fork:
            raise UsageError("this system has no fork: leave --workers out, or say --workers spawn")
        method = method or (WorkerMethod.FORK if has_fork else WorkerMethod.SPAWN)
        self._folder = tempfile.TemporaryDirectory(prefix="smartcert-")
        self._lanes, theirs = zip(*(multiprocessing.Pipe() for _ in range(2 * jobs)), strict=True)
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        for lane in self._lanes:
            self._idle.put(lane)
        start = _ForkServer if method is WorkerMethod.FORK else _SpawnServer
        environment = build_environment(Path(self._folder.name))
        self._server = start(theirs, jobs, tuple(imports), languages, environment)
        for lane in theirs:
            lane.close()
        self._has_sent = False
        self._has_received = False

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._has_sent:
            self._server.kill()  # it may still be importing, and has no children
        for lane in self._lanes:
            lane.close()
        self._server.end()
        self._folder.cleanup()

    def results(self, tasks: Iterable[Task]) -> Iterator[RenderedReport | Failure]:
        """Yield what became of each task, in the order in which they end. Tasks are taken as they are needed.

        An answer that has come is yielded before a further task is taken: to build one may take long, and until an
        answer is read the server begins nothing. Several threads may call it at once: they share the lanes.

        Raises:
            ReportError: the server ended before it rendered a single report.
        """
        waiting = iter(tasks)
        ahead: list[Task] = []
        busy: dict[Connection, Task] = {}
        while True:
            while ahead := ahead or [*islice(waiting, 1)]:
                lane = self._take_lane(block=not busy)
                if lane is None:
                    break
                busy[lane] = ahead.pop()
                self._has_sent = True
                Thread(target=_send, args=(lane, busy[lane]), daemon=True).start()
                if wait(list(busy), 0):
                    break
            if not busy:
                return
            for answered in cast("list[Connection]", wait(list(busy), _CTRL_C_WAIT)):
                yield self._receive(answered, busy.pop(answered))

    def _take_lane(self, *, block: bool) -> Connection | None:
        with suppress(Empty):
            return self._idle.get(block)
        return None

    def _receive(self, lane: Connection, task: Task) -> RenderedReport | Failure:
        """Return the answer of a lane, which is then idle, with the libraries of the process that rendered it."""
        try:
            libraries: Mapping[str, str] = lane.recv()
            result: RenderedReport | Failure = lane.recv()
        except (EOFError, OSError):
            if not self._has_received:
                raise ReportError("no report can be made: the report server could not start") from None
            return build_failure(task, SERVER_GONE)
        finally:
            self._idle.put(lane)
        self._has_received = True
        return replace(result, libraries=libraries) if isinstance(result, RenderedReport) else result


def _send(lane: Connection, task: Task) -> None:
    """Send a task. It is done beside the reading of answers: the server may read no task until an answer was read."""
    with suppress(OSError):  # the server is gone: so is its answer
        lane.send(task)


class _ForkServer:
    """The server as a process of one thread, which may fork."""

    def __init__(
        self,
        lanes: Sequence[Connection],
        jobs: int,
        imports: Sequence[str],
        languages: Sequence[str],
        environment: Mapping[str, str],
    ) -> None:
        fds = [lane.fileno() for lane in lanes]
        self._process = subprocess.Popen(  # noqa: S603  # our own module in our own interpreter
            [
                *(sys.executable, "-P", "-m", "smartcert.batch.server"),
                *("--jobs", str(jobs)),
                *("--lane", *map(str, fds)),
                *("--import", *imports),
                *("--language", *languages),
            ],
            pass_fds=fds,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # Ctrl-C reaches us alone; we close the lanes
        )

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        """Wait until the server has ended, which it does when its lanes are closed; kill it if it does not."""
        try:
            self._process.wait(_END_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()  # its children end with it
            self._process.wait()


class _SpawnServer:
    """The server as a process of `multiprocessing`, as there is on every system."""

    def __init__(
        self,
        lanes: Sequence[Connection],
        jobs: int,
        imports: Sequence[str],
        languages: Sequence[str],
        environment: Mapping[str, str],
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(target=serve, args=(lanes, jobs, imports, WorkerMethod.SPAWN, languages))
        with _spawning_environment(environment):
            self._process.start()

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        """Wait until the server has ended, which it does when its lanes are closed; kill it if it does not."""
        self._process.join(_END_TIMEOUT)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


@contextmanager
def _spawning_environment(environment: Mapping[str, str]) -> Iterator[None]:
    """Have a process that starts now get this environment, and not run our own main script again."""
    main, ours = sys.modules["__main__"], dict(os.environ)
    sys.modules["__main__"] = ModuleType("__main__")
    os.environ.clear()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(ours)
        sys.modules["__main__"] = main


def build_environment(folder: Path) -> dict[str, str]:
    """Return the environment variables of the server: whatever a page could depend on is fixed.

    ``folder`` is a temporary one for what reports leave behind.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in {"PYTHONWARNINGS", "MPLBACKEND"}}
    fixed = {
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "PYTHONSAFEPATH": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # a fresh kernel would warn of frozen modules on every start
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "SOURCE_DATE_EPOCH": "0",
        "OPENBLAS_NUM_THREADS": "1",  # a fork must find one thread; our arithmetic needs no more
        "OMP_NUM_THREADS": "1",
        "TMPDIR": str(folder),  # whatever a killed report leaves is removed with the folder
        "IPYTHONDIR": str(folder / "ipython"),  # no start-up files and settings of the user
        "JUPYTER_RUNTIME_DIR": str(folder / "jupyter"),
    }
    return inherited | fixed | _get_default_matplotlibrc()


def _get_default_matplotlibrc() -> dict[str, str]:
    """Return the variable that points matplotlib to its own defaults instead of the user's."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        return {}
    return {"MATPLOTLIBRC": str(Path(spec.origin).parent / "mpl-data" / "matplotlibrc")}
