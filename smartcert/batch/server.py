"""What does the warm process do: it starts a child per report, and answers with what the child sends?

With forks it is started as ``python -P -m smartcert.batch.server --jobs N --import M... --lane FD...``. It imports what
is heavy only after `block_rfc3987`.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, cast

from smartcert.batch.libraries import list_libraries
from smartcert.batch.request import EngineName, RenderedReport, Task, WorkerMethod, build_failure
from smartcert.errors import SmartcertError
from smartcert.imports import block_rfc3987
from smartcert.reporting.records import Failure

if TYPE_CHECKING:  # not all are there on every system
    from multiprocessing.context import ForkContext, ForkProcess, SpawnContext, SpawnProcess

_GC_THRESHOLD = 100_000
"""New objects after which a child collects garbage; 700 is usual."""


def run_child(task: Task, answer: Connection, inherited: Sequence[Connection], server: int) -> None:
    """Render the report in this child, send the answer, and end the process. Never returns.

    The answer is in two parts: the modules that the server should have imported, and the result. ``inherited`` are
    connections of the server that a fork has too, and that must end with the server.
    """
    code = 1
    try:
        _end_with_server(server)
        for connection in inherited:
            connection.close()
        gc.set_threshold(_GC_THRESHOLD)  # it ends soon, and collecting garbage takes a tenth of its time
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        result = _render(task)
        imported = result.imported if isinstance(result, RenderedReport) else ()
        answer.send(imported if inherited else tuple(sys.modules))
        answer.send(result)
        code = 0
    except SystemExit:
        code = 143
    finally:
        sys.stderr.flush()
        os._exit(code)


def _render(task: Task) -> RenderedReport | Failure:
    block_rfc3987()
    try:
        from smartcert.batch.render import register_engine, render_report

        register_engine()
        return render_report(task)
    except SmartcertError as error:
        return build_failure(task, str(error))
    except Exception as error:  # whatever it was, it ends this report only, and is its reason
        return build_failure(task, f"{type(error).__name__}: {error}")


def _end_with_server(server: int) -> None:
    """Have the kernel end this process when the server ends, however that happens. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1 is PR_SET_PDEATHSIG
        if os.getppid() != server:
            os._exit(1)


TERMINATE_TIMEOUT = 2.0
"""Seconds that a child has to end after it was terminated."""

_NEXT_TASK_WAIT = 0.05
"""Seconds within which the next task comes, if there is one."""


@dataclass(kw_only=True, slots=True)
class _Child:
    """A running report."""

    process: ForkProcess | SpawnProcess
    lane: Connection
    task: Task
    deadline: float | None = None
    """When it is terminated because its report takes too long."""
    kill_at: float | None = None
    """When it is killed; set once it was terminated."""
    timed_out: bool = False
    """Whether it was terminated because its report took too long."""


class Server:
    """The loop over lanes and children: a lane carries one task at a time, and its result back.

    There are ``jobs`` children at a time at most, and more lanes: so the next task is here when a child ends. A child
    begins with what this process has imported, where it is forked; where it is a new process nothing is warm.
    """

    def __init__(self, lanes: Iterable[Connection], jobs: int, method: WorkerMethod) -> None:
        self._context = cast("ForkContext | SpawnContext", multiprocessing.get_context(method.value))
        self._is_warm = method is WorkerMethod.FORK
        self._lanes = list(lanes)
        self._children: dict[Connection, _Child] = {}
        """By the connection on which each answers; it is closed when the process is gone."""
        self._waiting: deque[tuple[Connection, Task]] = deque()
        self._jobs = jobs
        self._is_warm_for_summaries = False
        self._has_answered = False
        self._modules: set[str] = set()
        self._libraries: dict[str, str] = {}
        self._languages_seen: set[str] = set()
        self._languages_warm: set[str] = set()

    def serve(self) -> None:
        """Serve until every lane is closed and every child has ended."""
        while self._lanes or self._children:
            timeout = _NEXT_TASK_WAIT if self._may_warm_up() else self._get_timeout()
            ready = cast("list[Connection]", wait([*self._lanes, *self._children], timeout))
            if not ready and self._may_warm_up():
                self._warm_up_summaries()
            for connection in ready:
                if connection in self._children:
                    self._answer(connection, self._children.pop(connection))
                else:
                    self._read_lane(connection)
            self._start_waiting()
            self._end_overdue()

    def _start_waiting(self) -> None:
        while self._waiting and len(self._children) < self._jobs:
            lane, task = self._waiting.popleft()
            if lane in self._lanes:
                self._start(lane, task)

    def _read_lane(self, lane: Connection) -> None:
        try:
            task: Task = lane.recv()
        except (EOFError, OSError):
            self._lanes.remove(lane)
            lane.close()
            for child in self._children.values():
                if child.lane is lane:  # nobody waits for its report
                    _terminate(child)
        else:
            self._waiting.append((lane, task))
            self._start_waiting()

    def _get_timeout(self) -> float | None:
        """Return the seconds until a child is overdue; None where none has a limit."""
        children = self._children.values()
        moments = [moment for child in children for moment in (child.kill_at, child.deadline) if moment is not None]
        return max(0.0, min(moments) - time.monotonic()) if moments else None

    def _end_overdue(self) -> None:
        now = time.monotonic()
        for child in self._children.values():
            if child.kill_at is not None and child.kill_at <= now:
                child.process.kill()
                child.kill_at = None
            if child.deadline is not None and child.deadline <= now:
                child.deadline, child.timed_out = None, True
                _terminate(child)

    def _start(self, lane: Connection, task: Task) -> None:
        self._warm_up_report(task)
        ours, theirs = multiprocessing.Pipe(duplex=False)
        inherited = (*self._lanes, *self._children, ours) if self._is_warm else ()
        process = self._context.Process(target=run_child, args=(task, theirs, inherited, os.getpid()))
        process.start()
        theirs.close()
        deadline = None if task.timeout is None else time.monotonic() + task.timeout
        self._children[ours] = _Child(process=process, lane=lane, task=task, deadline=deadline)

    def _may_warm_up(self) -> bool:
        """Return whether to warm up for summaries: beside the first reports, but not while one waits to begin."""
        return (
            self._is_warm
            and not self._is_warm_for_summaries
            and bool(self._children)
            and (self._has_answered or len(self._children) < self._jobs)
        )

    def _warm_up_summaries(self) -> None:
        from smartcert.batch.warm import warm_up_summaries

        self._is_warm_for_summaries = True
        warm_up_summaries()

    def _warm_up_report(self, task: Task) -> None:
        """Warm up with the second report of each language, while a child renders the first one."""
        if not self._is_warm or not task.applicant_id or task.engine is not EngineName.WARM:
            return
        if task.language in self._languages_seen and task.language not in self._languages_warm:
            from smartcert.batch.warm import warm_up_report

            self._languages_warm.add(task.language)
            warm_up_report(task)
        self._languages_seen.add(task.language)

    def _answer(self, connection: Connection, child: _Child) -> None:
        """Send on what a child answered, with its libraries, or a failure that says how it ended."""
        try:
            imported: tuple[str, ...] = connection.recv()
            result = connection.recv_bytes()
        except (EOFError, OSError):  # it ended without an answer, or in the middle of it
            imported, result = (), b""
        connection.close()
        child.process.join()
        code = child.process.exitcode or 0
        child.process.close()
        self._has_answered = True
        libraries = self._load_libraries(imported)
        self._start_waiting()  # to send may take until whoever asked has time to read
        with suppress(OSError):  # whoever asked is gone, and the lane closed
            child.lane.send(libraries)
            if result and code == 0 and not child.timed_out:
                child.lane.send_bytes(result)  # as it is: what was pickled
            else:
                child.lane.send(build_failure(child.task, _describe_end(child, code)))

    def _load_libraries(self, imported: Sequence[str]) -> Mapping[str, str]:
        """Return the libraries of a child: what this process has imported, and what children have.

        A child may have imported some that are not imported here; they count for all that come after it.
        """
        if imported and self._is_warm:
            from smartcert.batch.warm import import_all

            import_all(imported)
        modules = self._modules.union(sys.modules, imported)
        if len(modules) > len(self._modules):
            self._modules, self._libraries = modules, list_libraries(modules)
        if imported and self._is_warm:
            from smartcert.batch.warm import freeze_gc

            freeze_gc()
        return self._libraries


def _terminate(child: _Child) -> None:
    """Terminate a child, so that it can end a kernel of its own; it is killed if it does not end."""
    child.kill_at = time.monotonic() + TERMINATE_TIMEOUT
    child.process.terminate()


def _describe_end(child: _Child, code: int) -> str:
    """Return how a child ended that left no answer."""
    if child.timed_out:
        return f"it took longer than {child.task.timeout:g} s and was ended"
    how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    return f"its process ended with {how}"


def serve(lanes: Iterable[Connection], jobs: int, imports: Iterable[str], method: WorkerMethod) -> None:
    """Serve the lanes in this process until they are closed, with ``jobs`` reports at a time."""
    if method is WorkerMethod.FORK:
        block_rfc3987()
        with suppress(Exception):  # whatever is wrong with this installation, each report will say
            from smartcert.batch.warm import warm_up

            warm_up(imports)
    else:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it reaches whoever started us, who closes the lanes
        _discard_stdout()
    Server(lanes, jobs, method).serve()


def _discard_stdout() -> None:
    """Have nothing that a report prints reach the terminal, where machines may read."""
    devnull = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(devnull, descriptor)
    os.close(devnull)


def main() -> None:
    """Serve the lanes whose file descriptors were given, with forks."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--import", dest="imports", nargs="*", default=[])
    parser.add_argument("--jobs", type=int, required=True)
    parser.add_argument("--lane", dest="lanes", nargs="+", type=int, required=True)
    given = parser.parse_args()
    serve([Connection(lane) for lane in given.lanes], given.jobs, given.imports, WorkerMethod.FORK)


if __name__ == "__main__":
    main()
