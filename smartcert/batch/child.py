"""What a fork of the warm server does: makes one report, leaves the answer, ends."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
from pathlib import Path

from smartcert.batch.message import message
from smartcert.batch.task import Task, failed

_SELDOM = 100_000
"""New objects after which a report's process looks for what it can free; 700 is usual."""


def live(task: Task, answer: Path, server: int) -> None:
    """Be the child: make the report, leave the answer, end. Never returns."""
    code = 1
    try:
        _end_with(server)
        gc.set_threshold(_SELDOM)  # it ends soon, and looking for what could be freed takes a tenth of its time
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        made = _answer(task)
        os.umask(0o077)  # the notebook may have set one that would keep the server from reading
        answer.write_bytes(made)
        code = 0
    except SystemExit:
        code = 143
    finally:
        sys.stderr.flush()
        os._exit(code)


def _answer(task: Task) -> bytes:
    from smartcert.batch.report import make
    from smartcert.errors import SmartcertError

    try:
        return message(make(task))
    except SmartcertError as error:
        return message(failed(task, str(error)))
    except Exception as error:  # whatever it was, it ends this report only, and is told
        return message(failed(task, f"{type(error).__name__}: {error}"))


def _end_with(server: int) -> None:
    """Have the kernel end this process when the server ends, however that happens. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1 is PR_SET_PDEATHSIG
        if os.getppid() != server:
            os._exit(1)
