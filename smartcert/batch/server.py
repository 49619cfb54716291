"""What does the warm process do: it starts children that render reports, and answers with what they send?

A child renders one report, or, where the cells of its notebook do nothing but call this package, several: what a cell
did to its process ends with that report. A child that is not as it was before a report renders no further one.

With forks it is started as ``python -P -m smartcert.batch.server --jobs N --import M... --language L... --lane FD...``.
It imports what is heavy only after `block_rfc3987`.
"""

from __future__ import annotations

import argparse
import builtins
import ctypes
import decimal
import gc
import locale
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from smartcert.batch.libraries import list_libraries
from smartcert.batch.parameters import calls_only_ours
from smartcert.batch.request import REPORTS_PER_CHILD, EngineName, RenderedReport, Task, WorkerMethod, build_failure
from smartcert.errors import SmartcertError
from smartcert.imports import NEW_OBJECTS_PER_COLLECTION, block_rfc3987, collect_rarely, skip_imports
from smartcert.reporting.records import Failure, pause_gc

if TYPE_CHECKING:  # not all are there on every system
    from multiprocessing.context import ForkContext, ForkProcess, SpawnContext, SpawnProcess


def run_child(task: Task, server_end: Connection, inherited: Sequence[Connection], server: int) -> None:
    """Render the report, and those that come over the connection, in this child; then end it. Never returns.

    The answer to each is in three parts: the modules that the server should have imported, whether the child takes
    another task, and the result. ``inherited`` are connections of the server that a fork has too, and that must end
    with the server.
    """
    code = 1
    try:
        end_with_parent(server)
        if hasattr(os, "setpgrp"):
            os.setpgrp()  # what a cell starts ends with this process: see `_wait`
            os.register_at_fork(after_in_child=server_end.close)  # or the server would not see that this one has ended
        for connection in inherited:
            connection.close()
        gc.set_threshold(NEW_OBJECTS_PER_COLLECTION)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        before = describe_process() if _may_share_process(task) else None
        for rendered in range(1, REPORTS_PER_CHILD + 1):
            result = _render(task)
            imported = result.imported if isinstance(result, RenderedReport) else ()
            server_end.send(imported if inherited else tuple(sys.modules))
            goes_on = (
                before is not None
                and isinstance(result, RenderedReport)
                and rendered < REPORTS_PER_CHILD
                and describe_process() == before
            )
            server_end.send(goes_on)
            server_end.send(result)
            if not goes_on:
                break
            task = server_end.recv()
        code = 0
    except SystemExit:
        code = 143
    except EOFError:  # no further task
        code = 0
    finally:
        sys.stderr.flush()
        os._exit(code)


def _may_share_process(task: Task) -> bool:
    """Return whether the cells of a report run nothing but this package, so that another may follow in its process."""
    return task.engine is EngineName.WARM and calls_only_ours(task.notebook)


def describe_process() -> Mapping[str, object]:
    """Return what of this process a report could change and a later one could see. Equal before and after: unchanged.

    That is the folder, the environment, where modules and builtins are found, settings of Python and of the libraries
    that draw and count, handlers of signals, and threads.
    """
    described: dict[str, object] = {
        "folder": Path.cwd(),
        "environment": dict(os.environ),
        "path": list(sys.path),
        "builtins": {name: id(value) for name, value in vars(builtins).items() if name != "_"},
        "main": id(sys.modules.get("__main__")),
        "streams": (id(sys.stdin), id(sys.stdout), id(sys.stderr)),
        "hooks": (id(sys.displayhook), id(sys.excepthook), id(sys.gettrace()), id(sys.getprofile())),
        "warnings": list(map(str, warnings.filters)),
        "decimals": str(decimal.getcontext()),
        "locale": locale.setlocale(locale.LC_ALL),
        "signals": [id(signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)],
        "threads": [thread.ident for thread in threading.enumerate()],
        "recursion": sys.getrecursionlimit(),
        "collector": (gc.isenabled(), gc.get_threshold()),
        "logging": (logging.root.level, logging.root.manager.disable, len(logging.root.handlers)),
    }
    modules: Mapping[str, Any] = sys.modules
    if "numpy" in modules:
        described["numpy"] = (str(modules["numpy"].get_printoptions()), modules["numpy"].geterr())
    if "matplotlib" in modules:
        described["matplotlib"] = str(dict(modules["matplotlib"].rcParams))
    return described


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


def end_with_parent(parent: int) -> None:
    """Have the kernel end this process when the one that forked it ends, however that happens. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1 is PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)


TERMINATE_TIMEOUT = 2.0
"""Seconds that a child has to end after it was terminated."""

_NEXT_TASK_WAIT = 0.05
"""Seconds within which the next task comes, if there is one."""


@dataclass(kw_only=True, slots=True)
class _Child:
    """A process that renders a report, or waits for one."""

    process: ForkProcess | SpawnProcess
    lane: Connection
    task: Task
    """The report that it renders, or rendered last."""
    is_busy: bool = True
    deadline: float | None = None
    """When it is terminated because its report takes too long."""
    kill_at: float | None = None
    """When it is killed; set once it was terminated."""
    timed_out: bool = False
    """Whether it was terminated because its report took too long."""


class Server:
    """The loop over lanes and children: a lane carries one task at a time, and its result back.

    There are ``jobs`` children at a time at most, and more lanes: so the next task is here when a child has ended its
    report. A child begins with what this process has imported, where it is forked; where it is a new process nothing is
    warm.
    """

    def __init__(self, lanes: Iterable[Connection], jobs: int, method: WorkerMethod) -> None:
        self._context = cast("ForkContext | SpawnContext", multiprocessing.get_context(method.value))
        self._is_warm = method is WorkerMethod.FORK
        self._lanes = list(lanes)
        self._children: dict[Connection, _Child] = {}
        """By the connection to each; it is closed when the process is gone."""
        self._waiting: deque[tuple[Connection, Task]] = deque()
        self._jobs = jobs
        self._warming_up: Iterator[None] | None = None
        """What is left of warming up for the reports of a language; no child is started before it is done."""
        self._is_warm_for_summaries = False
        self._has_answered = False
        self._modules: set[str] = set()
        self._not_loaded: dict[str, None] = {}
        """Modules, in their order, that children imported and this process did not import yet."""
        self._libraries: dict[str, str] = {}
        self._languages_seen: set[str] = set()
        self._languages_warm: set[str] = set()

    def serve(self) -> None:
        """Serve until every lane is closed and every child has ended."""
        self._list_libraries(())  # else the first answer would wait for it
        while self._lanes or self._children:
            if not self._lanes:
                self._end_idle()
                if not self._children:
                    return
            ready = cast("list[Connection]", wait([*self._lanes, *self._children], self._get_timeout()))
            if not ready and self._warming_up is not None:
                self._go_on_warming_up(self._warming_up)
            elif not ready and self._may_warm_up():
                self._warm_up_summaries()
            for connection in ready:
                if connection in self._children:
                    self._answer(connection, self._children.pop(connection))
                else:
                    self._read_lane(connection)
            self._start_waiting()
            self._end_overdue()

    @property
    def _busy(self) -> list[_Child]:
        return [child for child in self._children.values() if child.is_busy]

    def _start_waiting(self) -> None:
        while self._waiting and len(self._busy) < self._jobs:
            lane, task = self._take_waiting()
            if lane not in self._lanes or self._give_idle(lane, task):
                continue
            if self._warming_up is not None or self._begin_warming_up(task):
                self._waiting.appendleft((lane, task))
                return
            self._start(lane, task)

    def _take_waiting(self) -> tuple[Connection, Task]:
        """Return the next task: one about whom an idle child knows already, if there is one, else the first."""
        known = {child.task.record for child in self._children.values() if not child.is_busy}
        number = next((number for number, (_, task) in enumerate(self._waiting) if task.record in known), 0)
        taken = self._waiting[number]
        del self._waiting[number]
        return taken

    def _give_idle(self, lane: Connection, task: Task) -> bool:
        """Give a task to an idle child; return False where there is none. One that may not render it is ended."""
        idle = [(connection, child) for connection, child in self._children.items() if not child.is_busy]
        if not idle:
            return False
        connection, child = min(idle, key=lambda entry: entry[1].task.record != task.record)
        if child.task.notebook == task.notebook and child.task.engine is task.engine:
            with suppress(OSError):  # it has ended in the meantime
                connection.send(task)
                child.lane, child.task, child.is_busy = lane, task, True
                child.deadline = _compute_deadline(task)
                return True
        self._end(connection)
        return False

    def _end_idle(self) -> None:
        for connection, child in tuple(self._children.items()):
            if not child.is_busy:
                self._end(connection)

    def _end(self, connection: Connection) -> None:
        """End an idle child: it waits for a task, and there will be none."""
        child = self._children.pop(connection)
        connection.close()
        _wait(child.process)

    def _read_lane(self, lane: Connection) -> None:
        try:
            task: Task = lane.recv()
        except (EOFError, OSError):
            self._lanes.remove(lane)
            lane.close()
            for child in self._busy:
                if child.lane is lane:  # nobody waits for its report
                    _terminate(child)
        else:
            self._waiting.append((lane, task))
            self._start_waiting()

    def _get_timeout(self) -> float | None:
        """Return the seconds until something is to be done here: there is, or a child is overdue; None: never."""
        if self._warming_up is not None:
            return 0
        if self._may_warm_up():
            return _NEXT_TASK_WAIT
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
        self._load_imported()
        ours, theirs = multiprocessing.Pipe()
        inherited = (*self._lanes, *self._children, ours) if self._is_warm else ()
        process = self._context.Process(target=run_child, args=(task, theirs, inherited, os.getpid()))
        process.start()
        theirs.close()
        self._children[ours] = _Child(process=process, lane=lane, task=task, deadline=_compute_deadline(task))

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

    def _begin_warming_up(self, task: Task) -> bool:
        """Warm up with the second report of each language, while a child renders the first one; return whether to."""
        if not self._is_warm or not task.applicant_id or task.engine is not EngineName.WARM:
            return False
        if task.language in self._languages_warm:
            return False
        if task.language not in self._languages_seen:
            self._languages_seen.add(task.language)
            return False
        from smartcert.batch.warm import warm_up_report

        self._languages_warm.add(task.language)
        self._warming_up = warm_up_report(task)
        return True

    def _go_on_warming_up(self, steps: Iterator[None]) -> None:
        """Take one step: a report that a child has rendered meanwhile does not wait for all of them."""
        try:
            next(steps)
        except StopIteration:
            self._warming_up = None

    def _answer(self, connection: Connection, child: _Child) -> None:
        """Send on what a child answered, with its libraries, or a failure that says how it ended."""
        lane, task, was_busy = child.lane, child.task, child.is_busy
        goes_on, code = False, 0
        try:
            imported: tuple[str, ...] = connection.recv()
            goes_on = connection.recv()
            result = connection.recv_bytes()
        except (EOFError, OSError):  # it ended without an answer, or in the middle of it
            imported, goes_on, result = (), False, b""
        if goes_on and not child.kill_at and not child.timed_out:
            child.is_busy, child.deadline = False, None
            self._children[connection] = child
        else:
            connection.close()
            code = _wait(child.process)
        if not was_busy:  # it ended while it waited for a task: nobody waits for its answer
            return
        self._has_answered = True
        libraries = self._list_libraries(imported)
        if self._is_warm:
            self._not_loaded.update(dict.fromkeys(imported))
        if not self._not_loaded:  # else what is loaded for the next child would delay this answer
            self._start_waiting()  # to send may take until whoever asked can read; the child may begin another task
        with suppress(OSError):  # whoever asked is gone, and the lane closed
            lane.send(libraries)
            if result and code == 0 and not child.timed_out:
                lane.send_bytes(result)  # as it is: what was pickled
            else:
                lane.send(build_failure(task, _describe_end(child, code)))

    def _list_libraries(self, imported: Sequence[str]) -> Mapping[str, str]:
        """Return the libraries of a child: what this process has imported, and what children have.

        A child may have imported some that are not imported here; they count for all that come after it.
        """
        modules = self._modules.union(sys.modules, imported)
        if len(modules) > len(self._modules):
            self._modules, self._libraries = modules, list_libraries(modules)
        return self._libraries

    def _load_imported(self) -> None:
        """Import what children had to import, so that those forked from now on need not."""
        if self._not_loaded:
            from smartcert.batch.warm import freeze_gc, import_all

            import_all(self._not_loaded)
            freeze_gc()
            self._not_loaded.clear()


def _compute_deadline(task: Task) -> float | None:
    return None if task.timeout is None else time.monotonic() + task.timeout


def _wait(process: ForkProcess | SpawnProcess) -> int:
    """Wait until a child has ended, end what its cells started, as Jupyter does for a kernel, and return its exit code.

    What was started ends on Linux only.
    """
    if sys.platform == "linux" and process.pid is not None:
        with suppress(ChildProcessError):  # multiprocessing has waited for it already, as it does at each start
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with suppress(OSError):  # it ended before it had a group of its own, or nobody is left in that
            os.killpg(process.pid, signal.SIGKILL)
    process.join()
    code = process.exitcode or 0
    process.close()
    return code


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


def serve(
    lanes: Iterable[Connection],
    jobs: int,
    imports: Iterable[str],
    method: WorkerMethod,
    languages: Sequence[str] = (),
) -> None:
    """Serve the lanes in this process until they are closed, with ``jobs`` reports at a time.

    With forks it first imports the modules, and gets ready for reports in ``languages``.
    """
    if method is WorkerMethod.FORK:
        block_rfc3987()
        with suppress(Exception), pause_gc():  # whatever is wrong with this installation, each report will say
            with skip_imports():
                from smartcert.batch.warm import warm_up

            warm_up(imports, languages)
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
    parser.add_argument("--language", dest="languages", nargs="*", default=[])
    parser.add_argument("--lane", dest="lanes", nargs="+", type=int, required=True)
    given = parser.parse_args()
    collect_rarely()
    lanes = [Connection(lane) for lane in given.lanes]
    serve(lanes, given.jobs, given.imports, WorkerMethod.FORK, given.languages)
    sys.stderr.flush()
    os._exit(0)  # every child has ended; to take down what was imported would only delay whoever waits


if __name__ == "__main__":
    main()
