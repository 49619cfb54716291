"""What runs inside a worker of a cluster: one warm server per run, and reports made in its forks, as locally.

A run begins here before it sends tasks, and is told what this worker's installation is. A worker process that was
started again knows nothing of the run and makes nothing for it until the run has begun here again: so no task meets
an installation that was not compared.
"""

from __future__ import annotations

import asyncio
import threading
import zlib
from collections.abc import Mapping, Sequence

import smartcert
from smartcert.batch import parts
from smartcert.batch.message import message, read_result, read_task
from smartcert.batch.task import Made, Task
from smartcert.batch.workers import GONE, Workers
from smartcert.errors import ReportError
from smartcert.reporting.record import Failure

COMPARED = ("package", "template")
"""The parts that must be those of whoever sends the tasks."""

_begun: dict[str, Workers] = {}
_ended: set[str] = set()
_lock = threading.Lock()


def installation() -> Mapping[str, str]:
    """Return the parts of a page that are not in its task, and the release to tell them by.

    They are read anew: a worker lives long, and its server starts from the files as they are now.
    """
    return {
        "package": parts.package_part.__wrapped__(),
        "template": parts.template_part.__wrapped__(),
        "release": smartcert.__version__,
    }


def agree(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Return whether two installations give the same pages for the same task."""
    return all(one[name] == other[name] for name in COMPARED)


async def begin(run: str, wanted: Mapping[str, str], jobs: int, imports: Sequence[str]) -> Mapping[str, str]:
    """Return this installation, and warm up for a run if it is the wanted one. To begin again changes nothing."""
    return await asyncio.to_thread(_begin, run, wanted, jobs, imports)


def make(run: str, task: bytes) -> bytes:
    """Return what became of a task, both as `packed`.

    Raises:
        LookupError: the run has not begun in this process.
        ReportError: the server could not start.
        RuntimeError: the server ended under the report; the run may begin again.
    """
    workers = _begun.get(run)
    if workers is None:
        raise LookupError("its worker was started again")
    try:
        (result,) = workers.results([unpacked_task(task)])
    except ReportError:
        _close(run, workers)
        raise
    if isinstance(result, Failure) and result.reason == GONE:
        _close(run, workers)
        raise RuntimeError(GONE)
    return packed(result)


async def end(run: str) -> None:
    """End the server of a run and whatever it is making; the run cannot begin here again."""
    _ended.add(run)
    if run in _begun:
        await asyncio.to_thread(_close, run, _begun[run])


def packed(value: Task | Made | Failure) -> bytes:
    """Return the message of a task or a result, compressed."""
    return zlib.compress(message(value), 1)


def unpacked_task(task: bytes) -> Task:
    """Return the task that was `packed`."""
    return read_task(zlib.decompress(task))


def unpacked_result(result: bytes) -> Made | Failure:
    """Return the result that was `packed`."""
    return read_result(zlib.decompress(result))


def _begin(run: str, wanted: Mapping[str, str], jobs: int, imports: Sequence[str]) -> Mapping[str, str]:
    here = installation()
    with _lock:
        if agree(here, wanted) and run not in _begun and run not in _ended:
            _begun[run] = Workers(jobs, imports)
    return here


def _close(run: str, workers: Workers) -> None:
    with _lock:
        if _begun.get(run) is workers:
            del _begun[run]
    workers.__exit__(None, None, None)
