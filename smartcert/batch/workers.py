"""How are reports rendered on this machine: a warm server is started, given tasks, and its results come back?"""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType

from smartcert.batch.request import RenderedReport, Task, build_failure, decode_result, encode_message, receive_message
from smartcert.errors import ReportError
from smartcert.reporting.records import Failure

SERVER_GONE = "the report server ended before the report was made"


class Workers:
    """A warm server that renders ``jobs`` reports at a time; a context, whose end ends every process that it started.

    ``imports`` are modules that the server imports before the first report.

    Raises:
        ReportError: this system has no fork.
    """

    def __init__(self, jobs: int, imports: Iterable[str] = ()) -> None:
        if not hasattr(os, "fork"):
            raise ReportError(
                "reports are made in forks of a warm process; this system has no fork (use WSL on Windows)"
            )
        self._folder = tempfile.TemporaryDirectory(prefix="smartcert-")
        self._lanes, theirs = zip(*(socket.socketpair() for _ in range(jobs)), strict=True)
        self._free: SimpleQueue[socket.socket] = SimpleQueue()
        for lane in self._lanes:
            self._free.put(lane)
        fds = [end.fileno() for end in theirs]
        self._server = subprocess.Popen(  # noqa: S603  # our own module in our own interpreter
            [
                *(sys.executable, "-P", "-m", "smartcert.batch.server"),
                *("--lane", *map(str, fds)),
                *("--import", *imports),
            ],
            pass_fds=fds,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=build_environment(Path(self._folder.name)),
            start_new_session=True,  # Ctrl-C reaches us alone; we close the lanes
        )
        for end in theirs:
            end.close()
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="lane")
        self._jobs = jobs
        self._has_sent = False
        self._has_received = False

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        if not self._has_sent:
            self._server.kill()  # it may still be importing, and has no children
        for lane in self._lanes:
            with suppress(OSError):  # the other end may be gone already
                lane.shutdown(socket.SHUT_RDWR)
        try:
            self._server.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._server.kill()  # its children end with it
            self._server.wait()
        self._threads.shutdown()
        for lane in self._lanes:
            lane.close()
        self._folder.cleanup()

    def results(self, tasks: Iterable[Task]) -> Iterator[RenderedReport | Failure]:
        """Yield what became of each task, in the order in which they end. Tasks are taken as they are needed.

        Raises:
            ReportError: the server ended before it rendered a single report.
        """
        waiting = iter(tasks)
        running = {self._submit(task) for task in islice(waiting, 2 * self._jobs)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                running |= {self._submit(task) for task in islice(waiting, 1)}
                yield future.result()

    def _submit(self, task: Task) -> Future[RenderedReport | Failure]:
        return self._threads.submit(self._render, task)

    def _render(self, task: Task) -> RenderedReport | Failure:
        self._has_sent = True
        lane = self._free.get()
        try:
            lane.sendall(encode_message(task))
            text = receive_message(lane)
        except OSError:
            text = b""
        finally:
            self._free.put(lane)
        if text:
            self._has_received = True
            return decode_result(text)
        if not self._has_received:
            raise ReportError("no report can be made: the report server could not start")
        return build_failure(task, SERVER_GONE)


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
