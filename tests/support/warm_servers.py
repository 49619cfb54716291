"""Servers of reports that are forked from one that is warm: a run starts at once instead of importing for seconds.

The first server in each environment is started as the package does it; later ones are forks of a process that has done
the same, and has rendered what a server warms up with once there are reports: its first report is like a second one.
"""

from __future__ import annotations

import atexit
import json
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

OWN = ("TMPDIR", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "PYTEST_CURRENT_TEST")
"""Variables that each server has for itself."""
_END_TIMEOUT = 5_000
"""Milliseconds, as in `smartcert.batch.workers`."""

Environment = frozenset[tuple[str, str]]


class _Warm:
    """The process that is warm, and forks."""

    def __init__(self, imports: Sequence[str], environment: Mapping[str, str]) -> None:
        ours, theirs = socket.socketpair()
        self._socket = ours
        self._folder = TemporaryDirectory(prefix="smartcert-")
        folder = Path(self._folder.name)
        folders = {name: str(folder / name.lower()) for name in OWN[:3]}
        Path(folders["TMPDIR"]).mkdir()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__, str(theirs.fileno()), *imports],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                env={**environment, **folders},
                start_new_session=True,
            )
        assert self._process.stdin is not None
        with self._process.stdin as tasks:
            tasks.write(pickle.dumps(_build_tasks()))

    def fork(self, fds: Sequence[int], jobs: int, imports: Sequence[str], environment: Mapping[str, str]) -> int:
        """Return the descriptor of a process that serves these lanes, and imports what it has not imported yet."""
        own = {name: environment[name] for name in OWN if name in environment}
        request = {"jobs": jobs, "imports": imports, "own": own}
        socket.send_fds(self._socket, [json.dumps(request).encode()], list(fds))
        return os.pidfd_open(int(self._socket.recv(64)))

    def end(self) -> None:
        self._socket.close()
        self._process.wait()
        self._folder.cleanup()


class _Forked:
    """A server by its descriptor, as `smartcert.batch.workers` ends one."""

    def __init__(self, process: int) -> None:
        self._process = process

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._process, signal.SIGKILL)

    def end(self) -> None:
        if not self._has_ended(_END_TIMEOUT):
            self.kill()
            self._has_ended(None)
        os.close(self._process)

    def _has_ended(self, timeout: int | None) -> bool:
        poll = select.poll()
        poll.register(self._process, select.POLLIN)
        return bool(poll.poll(timeout))


@contextmanager
def fork_warm_servers() -> Iterator[None]:
    """Have runs in this process use such servers."""
    from smartcert.batch import workers

    seen: set[Environment] = set()
    warm: list[tuple[Environment, set[str], _Warm]] = []
    start = workers._ForkServer

    def start_or_fork(
        lanes: Sequence[Connection],
        jobs: int,
        imports: Sequence[str],
        languages: Sequence[str],
        environment: Mapping[str, str],
    ) -> object:
        shared = frozenset(item for item in environment.items() if item[0] not in OWN)
        if shared not in seen:
            seen.add(shared)
            return start(lanes, jobs, imports, languages, environment)
        matches = (process for where, names, process in warm if where == shared and names <= set(imports))
        process = next(matches, None)
        if process is None:
            ours = [name for name in imports if name.partition(".")[0] == "smartcert"]
            process = _Warm(ours, environment)
            warm.append((shared, set(ours), process))
        return _Forked(process.fork([lane.fileno() for lane in lanes], jobs, imports, environment))

    workers._ForkServer = start_or_fork  # type: ignore[assignment,misc]  # it is called, and ended
    try:
        yield
    finally:
        workers._ForkServer = start  # type: ignore[misc]
        for _, _, process in warm:
            process.end()


def _build_tasks() -> list[object]:
    """Return a report of the example round in each language, with its letter."""
    from smartcert.batch.request import Notebooks, Task
    from smartcert.reporting.formats import LANGUAGES
    from smartcert.reporting.records import to_json
    from smartcert.services.letter_settings import collect_settings
    from smartcert.services.rounds import open_round
    from tests.support.build import PARAMETERS

    opened = open_round(
        str(PARAMETERS / "rounds" / "example")
    )  # not the one that tests share: nobody knows what is patched now
    record = to_json(opened.record("haneul"))
    return [
        Task(
            applicant_id="haneul",
            language=language,
            notebook=Notebooks.from_package().applicant,
            record_name="evaluation.json",
            record=record,
            parameters={},
            letter=collect_settings(opened),
        )
        for language in LANGUAGES
    ]


def _serve(control: socket.socket, tasks: bytes, imports: Sequence[str]) -> None:
    from smartcert.batch.request import WorkerMethod
    from smartcert.batch.server import serve
    from smartcert.imports import block_rfc3987

    block_rfc3987()
    from smartcert.batch.warm import warm_up, warm_up_report, warm_up_summaries

    warm_up(imports)
    for task in pickle.loads(tasks):  # noqa: S301 - from the process that started this one
        deque(warm_up_report(task), maxlen=0)
    warm_up_summaries()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them but whoever asked
    while True:
        message, fds, _, _ = socket.recv_fds(control, 1 << 16, 64)
        if not message:
            return
        if pid := os.fork():
            for fd in fds:
                os.close(fd)
            control.send(str(pid).encode())
            continue
        control.close()
        atexit._clear()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        request = json.loads(message)
        os.environ.update(request["own"])
        import tempfile

        tempfile.tempdir = None
        serve([Connection(fd) for fd in fds], request["jobs"], request["imports"], WorkerMethod.FORK)
        os._exit(0)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])), sys.stdin.buffer.read(), sys.argv[2:])
