"""The warm process that forks a child per report."""

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
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from smartcert.batch.request import (
    EngineName,
    Task,
    build_failure,
    decode_imports,
    decode_task,
    encode_message,
    receive_message,
)

# --- What a fork of the warm server does: makes one report, leaves the answer, ends.

_GC_THRESHOLD = 100_000
"""New objects after which a report's process looks for what it can free; 700 is usual."""


def run_child(task: Task, answer: Path, server: int) -> None:
    """Be the child: make the report, leave the answer, end. Never returns."""
    code = 1
    try:
        _end_with_server(server)
        gc.set_threshold(_GC_THRESHOLD)  # it ends soon, and looking for what could be freed takes a tenth of its time
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        made = _render_answer(task)
        os.umask(0o077)  # the notebook may have set one that would keep the server from reading
        answer.write_bytes(made)
        code = 0
    except SystemExit:
        code = 143
    finally:
        sys.stderr.flush()
        os._exit(code)


def _render_answer(task: Task) -> bytes:
    from smartcert.batch.render import render_report
    from smartcert.errors import SmartcertError

    try:
        return encode_message(render_report(task))
    except SmartcertError as error:
        return encode_message(build_failure(task, str(error)))
    except Exception as error:  # whatever it was, it ends this report only, and is told
        return encode_message(build_failure(task, f"{type(error).__name__}: {error}"))


def _end_with_server(server: int) -> None:
    """Have the kernel end this process when the server ends, however that happens. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1 is PR_SET_PDEATHSIG
        if os.getppid() != server:
            os._exit(1)


# --- A warm process that forks one child per report: ``python -P -m smartcert.batch.server --import M... --lane FD...``.

TERMINATE_TIMEOUT = 2.0
"""Seconds that a child has to end after it was asked to."""

_NEXT_TASK_WAIT = 0.05
"""Seconds in which the next task comes, if there is one."""


@dataclass(kw_only=True, slots=True)
class _Child:
    """A running report: ``ended`` becomes readable when the process is gone."""

    pid: int
    ended: int
    lane: socket.socket
    task: Task
    answer: Path
    deadline: float | None = None
    """When it is asked to end because its report takes too long."""
    until: float | None = None
    """When it is ended by force; set once it was asked to end."""
    late: bool = False
    """Whether it was asked to end because its report took too long."""


class Server:
    """The loop over lanes and children."""

    def __init__(self, lanes: list[socket.socket], folder: Path) -> None:
        self._folder = folder
        self._lanes = set(lanes)
        self._children: dict[socket.socket, _Child] = {}
        self._warmer = False
        self._answered = False
        self._begun: set[str] = set()
        self._rehearsed: set[str] = set()
        self._ready = selectors.DefaultSelector()
        for lane in lanes:
            self._ready.register(lane, selectors.EVENT_READ)

    def serve(self) -> None:
        """Serve until every lane is closed and every child has ended."""
        while self._lanes or self._children:
            ready = self._ready.select(_NEXT_TASK_WAIT if self._may_warm_up() else self._patience())
            if not ready and self._may_warm_up():
                self._warm_up()
            for key, _ in ready:
                if isinstance(key.data, _Child):
                    self._finish(key.data)
                elif isinstance(key.fileobj, socket.socket):
                    self._hear(key.fileobj)
            self._end_the_late()

    def _hear(self, lane: socket.socket) -> None:
        child = self._children.get(lane)
        text = b"" if child else receive_message(lane)
        if text:
            self._start(lane, text)
            return
        self._lanes.discard(lane)
        self._ready.unregister(lane)
        if child:  # nobody waits for it
            _terminate(child)
        else:
            lane.close()

    def _patience(self) -> float | None:
        """Return for how many seconds to wait at most for something to happen."""
        children = self._children.values()
        moments = [moment for child in children for moment in (child.until, child.deadline) if moment is not None]
        return max(0.0, min(moments) - time.monotonic()) if moments else None

    def _end_the_late(self) -> None:
        now = time.monotonic()
        for child in self._children.values():
            if child.until is not None and child.until <= now:
                os.kill(child.pid, signal.SIGKILL)
                child.until = None
            if child.deadline is not None and child.deadline <= now:
                child.deadline, child.late = None, True
                _terminate(child)

    def _start(self, lane: socket.socket, text: bytes) -> None:
        task = decode_task(text)
        self._rehearse(task)
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
        """Return whether to get ready for summaries: beside the first reports, but not while one waits to begin."""
        return not self._warmer and bool(self._children) and (self._answered or len(self._children) < len(self._lanes))

    def _warm_up(self) -> None:
        from smartcert.batch.warm import warm_up_summaries

        self._warmer = True
        warm_up_summaries()

    def _rehearse(self, task: Task) -> None:
        """Warm up further with the second report of each language, while a child makes the first: one needs no more."""
        from smartcert.batch.warm import warm_up_report

        if not task.applicant_id or task.engine is not EngineName.WARM or task.language in self._rehearsed:
            return
        if task.language in self._begun:
            self._rehearsed.add(task.language)
            warm_up_report(task)
        self._begun.add(task.language)

    def _finish(self, child: _Child) -> None:
        _, status = os.waitpid(child.pid, 0)
        self._answered = True
        self._ready.unregister(child.ended)
        os.close(child.ended)
        del self._children[child.lane]
        if child.lane not in self._lanes:
            child.lane.close()
            return
        with suppress(OSError):  # whoever asked is gone; the closed lane will tell
            child.lane.sendall(_read_outcome(child, status))


def _terminate(child: _Child) -> None:
    """Ask a child to end, so that it can end a kernel of its own; by force if it does not."""
    child.until = time.monotonic() + TERMINATE_TIMEOUT
    os.kill(child.pid, signal.SIGTERM)


def _read_outcome(child: _Child, status: int) -> bytes:
    """Return the answer that a child left, or the failure that its end is."""
    from smartcert.batch.warm import freeze_gc, import_all

    if child.late:
        return encode_message(build_failure(child.task, f"it took longer than {child.task.timeout:g} s and was ended"))
    if status == 0 and child.answer.is_file():
        text = child.answer.read_bytes()
        names = decode_imports(text)
        if names:
            import_all(names)
            freeze_gc()
        return text
    code = os.waitstatus_to_exitcode(status)
    how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    return encode_message(build_failure(child.task, f"its process ended with {how}"))


def _block_rfc3987() -> None:
    """Refuse the import of a module that costs most of a second and that we do not need.

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
