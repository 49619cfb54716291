"""What does the warm process do: it forks a child per report, and answers with what the child left?

It is started as ``python -P -m smartcert.batch.server --import M... --lane FD...``, and imports what is heavy only
after `_block_rfc3987`.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import selectors
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from smartcert.batch.libraries import list_libraries
from smartcert.batch.request import (
    EngineName,
    Task,
    add_libraries,
    build_failure,
    decode_imports,
    decode_task,
    encode_message,
    receive_message,
)
from smartcert.errors import SmartcertError

_GC_THRESHOLD = 100_000
"""New objects after which a child collects garbage; 700 is usual."""


def run_child(task: Task, answer: Path, server: int) -> None:
    """Render the report in this child, leave the answer in a file, and end the process. Never returns."""
    code = 1
    try:
        _end_with_server(server)
        gc.set_threshold(_GC_THRESHOLD)  # it ends soon, and collecting garbage takes a tenth of its time
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        message = _render_answer(task)
        os.umask(0o077)  # the notebook may have set one that would keep the server from reading
        answer.write_bytes(message)
        code = 0
    except SystemExit:
        code = 143
    finally:
        sys.stderr.flush()
        os._exit(code)


def _render_answer(task: Task) -> bytes:
    from smartcert.batch.render import render_report

    try:
        return encode_message(render_report(task))
    except SmartcertError as error:
        return encode_message(build_failure(task, str(error)))
    except Exception as error:  # whatever it was, it ends this report only, and is its reason
        return encode_message(build_failure(task, f"{type(error).__name__}: {error}"))


def _end_with_server(server: int) -> None:
    """Have the kernel end this process when the server ends, however that happens. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1 is PR_SET_PDEATHSIG
        if os.getppid() != server:
            os._exit(1)


TERMINATE_TIMEOUT = 2.0
"""Seconds that a child has to end after SIGTERM."""

_NEXT_TASK_WAIT = 0.05
"""Seconds within which the next task comes, if there is one."""


@dataclass(kw_only=True, slots=True)
class _Child:
    """A running report: ``ended`` becomes readable when the process is gone."""

    pid: int
    ended: int
    lane: socket.socket
    task: Task
    answer: Path
    deadline: float | None = None
    """When it is terminated because its report takes too long."""
    kill_at: float | None = None
    """When it is killed; set once it was terminated."""
    timed_out: bool = False
    """Whether it was terminated because its report took too long."""


class Server:
    """The loop over lanes and children: a lane carries one task at a time, and its result back."""

    def __init__(self, lanes: list[socket.socket], folder: Path) -> None:
        self._folder = folder
        self._lanes = set(lanes)
        self._children: dict[socket.socket, _Child] = {}
        self._is_warm_for_summaries = False
        self._has_answered = False
        self._modules: set[str] = set()
        self._libraries: dict[str, str] = {}
        self._languages_seen: set[str] = set()
        self._languages_warm: set[str] = set()
        self._ready = selectors.DefaultSelector()
        for lane in lanes:
            self._ready.register(lane, selectors.EVENT_READ)

    def serve(self) -> None:
        """Serve until every lane is closed and every child has ended."""
        while self._lanes or self._children:
            ready = self._ready.select(_NEXT_TASK_WAIT if self._may_warm_up() else self._get_select_timeout())
            if not ready and self._may_warm_up():
                self._warm_up_summaries()
            for key, _ in ready:
                if isinstance(key.data, _Child):
                    self._answer(key.data)
                elif isinstance(key.fileobj, socket.socket):
                    self._read_lane(key.fileobj)
            self._end_overdue()

    def _read_lane(self, lane: socket.socket) -> None:
        child = self._children.get(lane)
        text = b"" if child else receive_message(lane)
        if text:
            self._start(lane, text)
            return
        self._lanes.discard(lane)
        self._ready.unregister(lane)
        if child:  # nobody waits for its report
            _terminate(child)
        else:
            lane.close()

    def _get_select_timeout(self) -> float | None:
        """Return the seconds until a child is overdue; None where none has a limit."""
        children = self._children.values()
        moments = [moment for child in children for moment in (child.kill_at, child.deadline) if moment is not None]
        return max(0.0, min(moments) - time.monotonic()) if moments else None

    def _end_overdue(self) -> None:
        now = time.monotonic()
        for child in self._children.values():
            if child.kill_at is not None and child.kill_at <= now:
                os.kill(child.pid, signal.SIGKILL)
                child.kill_at = None
            if child.deadline is not None and child.deadline <= now:
                child.deadline, child.timed_out = None, True
                _terminate(child)

    def _start(self, lane: socket.socket, text: bytes) -> None:
        task = decode_task(text)
        self._warm_up_report(task)
        answer = self._folder / f"{lane.fileno()}.answer"
        answer.unlink(missing_ok=True)
        ended, alive = os.pipe()
        server = os.getpid()
        pid = os.fork()
        if pid == 0:
            os.close(ended)
            for other in self._lanes:
                other.close()
            run_child(task, answer, server)
        os.close(alive)
        deadline = None if task.timeout is None else time.monotonic() + task.timeout
        child = _Child(pid=pid, ended=ended, lane=lane, task=task, answer=answer, deadline=deadline)
        self._children[lane] = child
        self._ready.register(ended, selectors.EVENT_READ, child)

    def _may_warm_up(self) -> bool:
        """Return whether to warm up for summaries: beside the first reports, but not while one waits to begin."""
        return (
            not self._is_warm_for_summaries
            and bool(self._children)
            and (self._has_answered or len(self._children) < len(self._lanes))
        )

    def _warm_up_summaries(self) -> None:
        from smartcert.batch.warm import warm_up_summaries

        self._is_warm_for_summaries = True
        warm_up_summaries()

    def _warm_up_report(self, task: Task) -> None:
        """Warm up with the second report of each language, while a child renders the first one."""
        from smartcert.batch.warm import warm_up_report

        if not task.applicant_id or task.engine is not EngineName.WARM or task.language in self._languages_warm:
            return
        if task.language in self._languages_seen:
            self._languages_warm.add(task.language)
            warm_up_report(task)
        self._languages_seen.add(task.language)

    def _answer(self, child: _Child) -> None:
        _, status = os.waitpid(child.pid, 0)
        self._has_answered = True
        self._ready.unregister(child.ended)
        os.close(child.ended)
        del self._children[child.lane]
        if child.lane not in self._lanes:
            child.lane.close()
            return
        with suppress(OSError):  # whoever asked is gone; the closed lane will show it
            child.lane.sendall(self._read_outcome(child, status))

    def _read_outcome(self, child: _Child, status: int) -> bytes:
        """Return the answer that a child left, with its libraries, or a failure that says how it ended."""
        from smartcert.batch.warm import freeze_gc, import_all

        if status != 0 or child.timed_out or not child.answer.is_file():
            return encode_message(build_failure(child.task, _describe_end(child, status)))
        text = child.answer.read_bytes()
        names = decode_imports(text)
        if names:
            import_all(names)
        libraries = self._list_libraries(names)
        if names:
            freeze_gc()
        return add_libraries(text, libraries)

    def _list_libraries(self, names: Iterable[str]) -> dict[str, str]:
        """Return the libraries of a child: what this process has imported, and what children have: these ``names``.

        A child may have imported some that are not imported here; they count for all that come after it.
        """
        modules = self._modules.union(sys.modules, names)
        if len(modules) > len(self._modules):
            self._modules, self._libraries = modules, list_libraries(modules)
        return self._libraries


def _terminate(child: _Child) -> None:
    """Terminate a child, so that it can end a kernel of its own; it is killed if it does not end."""
    child.kill_at = time.monotonic() + TERMINATE_TIMEOUT
    os.kill(child.pid, signal.SIGTERM)


def _describe_end(child: _Child, status: int) -> str:
    """Return how a child ended that left no answer."""
    if child.timed_out:
        return f"it took longer than {child.task.timeout:g} s and was ended"
    code = os.waitstatus_to_exitcode(status)
    how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    return f"its process ended with {how}"


def _block_rfc3987() -> None:
    """Block the import of a module that costs most of a second and that is not needed.

    jupyterlab brings rfc3987_syntax, and jsonschema then compiles its grammar whenever nbformat is imported, only to
    check the format of IRIs, of which a notebook has none. Where it cannot be imported that check is left out.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None is how an import is refused


def main() -> None:
    """Warm up and serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--import", dest="imports", nargs="*", default=[])
    parser.add_argument("--lane", dest="lanes", nargs="+", type=int, required=True)
    given = parser.parse_args()
    _block_rfc3987()
    from smartcert.batch.warm import warm_up

    warm_up(given.imports)
    lanes = [socket.socket(fileno=lane) for lane in given.lanes]
    with tempfile.TemporaryDirectory(prefix="smartcert-") as folder:
        Server(lanes, Path(folder)).serve()


if __name__ == "__main__":
    main()
