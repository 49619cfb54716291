"""How are values computed ahead of their use, on another processor, from what this process has in memory?"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection
from queue import Queue
from threading import Thread
from typing import TypeVar

from smartcert.batch.server import end_with_parent
from smartcert.errors import ReportError

Value = TypeVar("Value")

_AHEAD = 64
"""How many values are computed before the first of them is taken."""


def compute_ahead(values: Iterator[Value]) -> Iterator[Value]:
    """Yield what ``values`` yields: computed in a fork of this process, while this one does something else.

    The fork begins when the first value is taken. It ends with the last, where nobody takes any more, and with this
    process. What it raises is raised here.

    Raises:
        ReportError: the fork ended before the last value.
    """
    ours, theirs = multiprocessing.Pipe(duplex=False)
    arguments = (values, ours, theirs, os.getpid())
    process = multiprocessing.get_context("fork").Process(target=_send_values, args=arguments, daemon=True)
    process.start()
    theirs.close()
    try:
        while True:
            message = ours.recv()
            if message is None:
                return
            if isinstance(message, BaseException):
                raise message
            yield message[0]
    except EOFError:
        raise ReportError("the process that computes the records ended before the last one") from None
    finally:
        ours.close()
        process.kill()
        process.join()


def _send_values(values: Iterator[object], reader: Connection, writer: Connection, parent: int) -> None:
    """Send each value alone in a tuple, then None, or the error that there was. Never returns."""
    end_with_parent(parent)
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
