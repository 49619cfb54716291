"""How long a test waits, so that none fails because a machine is slow or busy.

For what takes a moment it waits `PATIENCE`. What it must see end by a time-out gets a short one; where that ended also
what is well, because the machine was slow, `lengthen` gives a longer one.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator

PATIENCE = 300
"""Seconds within which any machine does what takes seconds."""


def wait_until(condition: Callable[[], bool], running: subprocess.Popen[bytes] | None = None) -> None:
    """Return when the condition is met; fail where it is not in `PATIENCE` seconds, or ``running`` ends before."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "it took too long"
        assert running is None or running.poll() is None, "it ended before"
        time.sleep(0.05)


def lengthen(seconds: int) -> Iterator[int]:
    """Yield a time-out of so many seconds, and then longer ones, for whom the machine was too slow with that."""
    while seconds <= PATIENCE:
        yield seconds
        seconds *= 6
