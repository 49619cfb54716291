"""Work that a signal ends at a chosen step, whatever the machine: before one of its changes of a file or a folder."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

_CHANGES = frozenset(
    {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.utime", "os.chmod"}
)
_FOR_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def count_steps(work: Callable[[], object]) -> int:
    """Do the work in a fork of this process and return how many changes it made."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            steps = _watch_steps(lambda _: None)
            work()
            os.write(writer, str(steps[0]).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        count = int(answer.read())
    os.waitpid(pid, 0)
    return count


def end_at_step(work: Callable[[], object], step: int, sign: signal.Signals = signal.SIGKILL) -> None:
    """Do the work in a fork of this process that a signal reaches before the change of this number, from 0 on."""
    pid = os.fork()
    if not pid:
        try:
            _watch_steps(lambda number: os.kill(os.getpid(), sign) if number == step else None)
            work()
        finally:
            os._exit(1)
    os.waitpid(pid, 0)


def _watch_steps(act: Callable[[int], None]) -> list[int]:
    """Have each change announced in this process from now on, and return a list of the number of the next one."""
    number = [0]

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        flags = arguments[2] if event == "open" else None
        if event in _CHANGES or (isinstance(flags, int) and flags & _FOR_WRITING):
            number[0] += 1
            act(number[0] - 1)

    sys.addaudithook(hear)
    return number
