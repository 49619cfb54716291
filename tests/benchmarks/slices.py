"""Two commands side by side in slices of time: while one runs the other is stopped, with all that it started.

Where the speed of a machine changes from minute to minute, commands that run one after another meet different machines.
In slices of a second or two they meet the same one. Linux only.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

SLICE = 2.0
"""Seconds that one runs before the other has its turn."""


class _Sliced:
    """One command, and for how many seconds it was not stopped."""

    def __init__(self, command: Sequence[str], cwd: Path) -> None:
        self._mark = uuid.uuid4().hex
        self._command = command
        self._cwd = cwd
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # it is written to as long as the command runs
        self._process: subprocess.Popen[bytes] | None = None
        self.seconds = 0.0
        self.ended = False

    def run(self, alone: bool) -> None:
        """Let it run for a slice, or to its end, and stop it."""
        began = time.monotonic()
        if self._process is None:
            self._process = self._started()
        else:
            self._tell(signal.SIGCONT)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(None if alone else SLICE)
            self.ended = True
        self.seconds += time.monotonic() - began
        if not self.ended:
            self._tell(signal.SIGSTOP)
        elif self._process.returncode:
            self._errors.seek(0)
            raise SystemExit(f"{' '.join(self._command)[:200]}\n{self._errors.read().decode()}")

    def _started(self) -> subprocess.Popen[bytes]:
        path = os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])
        return subprocess.Popen(
            self._command,
            cwd=self._cwd,
            env=os.environ | {"PYTHONPATH": path, "MEASURED": self._mark},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
        )

    def _tell(self, what: signal.Signals) -> None:
        """Send a signal to all processes of the command, also to those that are forked meanwhile."""
        told: set[int] = set()
        while new := set(self._processes()) - told:
            for pid in new:
                with suppress(ProcessLookupError):
                    os.kill(pid, what)
            told |= new

    def _processes(self) -> Iterator[int]:
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has ended
                if self._mark.encode() in (process / "environ").read_bytes():
                    yield int(process.name)


def side_by_side(*commands: Sequence[str], cwd: Path) -> tuple[float, ...]:
    """Run commands in slices and return for how many seconds each ran, the time that it was stopped left out.

    What a command says of a failure ends the benchmark.
    """
    sliced = [_Sliced(command, cwd) for command in commands]
    while running := [one for one in sliced if not one.ended]:
        for one in running:
            one.run(alone=len(running) == 1)
    return tuple(one.seconds for one in sliced)
