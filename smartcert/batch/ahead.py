"""How are values computed ahead of their use, on another processor, from what this process has in memory?"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
from collections.abc import Generator, Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from queue import Queue
from threading import Thread
from typing import Any, TypeVar

from smartcert.batch.server import end_with_parent
from smartcert.errors import ReportError

Value = TypeVar("Value")

_AHEAD = 64
"""How many values are computed before the first of them is taken."""
_FEWEST = 64
"""For how many applicants a fork costs more than it gives, at most."""

_POLITE = 10
"""By how much the niceness of a process is raised that only takes what time is left."""


def is_worthwhile(applicants: int) -> bool:
    """Return whether what is computed of so many applicants should be computed in a fork: never but on Linux."""
    return sys.platform == "linux" and applicants > _FEWEST


def compute_ahead(values: Iterator[Value], *, politely: bool = False) -> Generator[Value, None, None]:
    """Return what ``values`` yields: computed in a fork of this process, while this one does something else.

    The fork has begun when this returns. It ends with the last value, where nobody takes any more, and with this
    process. What it raises is raised here. ``politely``: it takes the time that other processes leave a processor.

    Raises:
        ReportError: the fork ended before the last value.
    """
    ours, theirs = multiprocessing.Pipe(duplex=False)
    arguments = (values, ours, theirs, os.getpid(), _POLITE if politely else 0)
    process = multiprocessing.get_context("fork").Process(target=_send_values, args=arguments, daemon=True)
    process.start()
    theirs.close()
    received = _receive_values(ours, process)
    next(received)
    return received


def _receive_values(ours: Connection, process: BaseProcess) -> Generator[Any, None, None]:
    """Yield None once, so that the fork is ended from there on however the caller is left, and then the values."""
    try:
        yield None
        while True:
            message = ours.recv()
            if message is None:
                return
            if isinstance(message, BaseException):
                raise message
            yield message[0]
    except EOFError:
        raise ReportError("a process that computes records ended before the last one") from None
    finally:
        ours.close()
        process.kill()
        process.join()


def _send_values(values: Iterator[object], reader: Connection, writer: Connection, parent: int, niceness: int) -> None:
    """Send each value alone in a tuple, then None, or the error that there was. Never returns."""
    end_with_parent(parent)
    os.nice(niceness)
    reader.close()  # so that writing fails when nobody reads
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever takes the values ends this process
    queue: Queue[bytes] = Queue(_AHEAD)
    sender = Thread(target=_send_queued, args=(queue, writer), daemon=True)
    sender.start()
    try:
        for value in values:
            queue.put(pickle.dumps((value,)))
        last = pickle.dumps(None)
    except Exception as error:
        last = pickle.dumps(error)
    queue.put(last)
    queue.put(b"")
    sender.join()
    os._exit(0)  # nothing that was begun before the fork is to be ended here


def _send_queued(queue: Queue[bytes], writer: Connection) -> None:
    try:
        while message := queue.get():
            writer.send_bytes(message)
    except OSError:
        os._exit(1)
