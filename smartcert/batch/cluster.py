"""Dask executor."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import uuid
import zlib
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from types import TracebackType
from typing import Any

import smartcert
from smartcert.batch import hashing as parts
from smartcert.batch.request import RenderedReport, Task, build_failure, decode_result, decode_task, encode_message
from smartcert.batch.workers import SERVER_GONE, Workers
from smartcert.errors import ReportError, UsageError
from smartcert.reporting.records import Failure

# --- What runs inside a worker of a cluster: one warm server per run, and reports made in its forks, as locally.

COMPARED_PARTS = ("package", "template")
"""The parts that must be those of whoever sends the tasks."""

_workers_by_run: dict[str, Workers] = {}
_ended_runs: set[str] = set()
_lock = threading.Lock()


def describe_installation() -> Mapping[str, str]:
    """Return the parts of a page that are not in its task, and the release to tell them by.

    They are read anew: a worker lives long, and its server starts from the files as they are now.
    """
    return {
        "package": parts.hash_package.__wrapped__(),
        "template": parts.hash_template.__wrapped__(),
        "release": smartcert.__version__,
    }


def have_same_code(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Return whether two installations give the same pages for the same task."""
    return all(one[name] == other[name] for name in COMPARED_PARTS)


async def begin(run: str, wanted: Mapping[str, str], jobs: int, imports: Sequence[str]) -> Mapping[str, str]:
    """Return this installation, and warm up for a run if it is the wanted one. To begin again changes nothing."""
    return await asyncio.to_thread(_begin_run, run, wanted, jobs, imports)


def render_task(run: str, task: bytes) -> bytes:
    """Return what became of a task, both as `packed`.

    Raises:
        LookupError: the run has not begun in this process.
        ReportError: the server could not start.
        RuntimeError: the server ended under the report; the run may begin again.
    """
    workers = _workers_by_run.get(run)
    if workers is None:
        raise LookupError("its worker was started again")
    try:
        (result,) = workers.results([unpack_task(task)])
    except ReportError:
        _close_workers(run, workers)
        raise
    if isinstance(result, Failure) and result.reason == SERVER_GONE:
        _close_workers(run, workers)
        raise RuntimeError(SERVER_GONE)
    return pack(result)


async def end(run: str) -> None:
    """End the server of a run and whatever it is making; the run cannot begin here again."""
    _ended_runs.add(run)
    if run in _workers_by_run:
        await asyncio.to_thread(_close_workers, run, _workers_by_run[run])


def pack(value: Task | RenderedReport | Failure) -> bytes:
    """Return the message of a task or a result, compressed."""
    return zlib.compress(encode_message(value), 1)


def unpack_task(task: bytes) -> Task:
    """Return the task that was `packed`."""
    return decode_task(zlib.decompress(task))


def unpack_result(result: bytes) -> RenderedReport | Failure:
    """Return the result that was `packed`."""
    return decode_result(zlib.decompress(result))


def _begin_run(run: str, wanted: Mapping[str, str], jobs: int, imports: Sequence[str]) -> Mapping[str, str]:
    here = describe_installation()
    with _lock:
        if have_same_code(here, wanted) and run not in _workers_by_run and run not in _ended_runs:
            _workers_by_run[run] = Workers(jobs, imports)
    return here


def _close_workers(run: str, workers: Workers) -> None:
    with _lock:
        if _workers_by_run.get(run) is workers:
            del _workers_by_run[run]
    workers.__exit__(None, None, None)


# --- The connection to the scheduler of a Dask cluster: the only place that knows the package distributed.

CONNECT_TIMEOUT = 5.0
"""Seconds that a scheduler has to answer."""
CLOSE_TIMEOUT = 1.0
"""Seconds that it takes at most to part from it."""


class Scheduler:
    """The scheduler at ``address``. Where the connection is lost it is made again as soon as somebody answers.

    Whatever takes its time is done in a thread of its own and gives a future at once.

    Raises:
        UsageError: the extra is not installed, or nobody answers at the address.
    """

    def __init__(self, address: str) -> None:
        try:
            import distributed
        except ImportError:
            raise UsageError("a cluster needs the package distributed: pip install 'smartcert[cluster]'") from None
        for name in ("distributed.client", "distributed.comm"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # a lost connection is told in our own words
        self._distributed: Any = distributed
        self._address = address
        self._client: Any = None
        self._remotes: dict[str, Any] = {}
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda *_: None)  # what fails in it is told by the futures, once
        self._thread = threading.Thread(target=self._loop.run_forever, name="scheduler", daemon=True)
        self._thread.start()
        try:
            self._start(self._connect()).result()
        except (OSError, ValueError) as error:
            self.close()
            raise UsageError(f"no scheduler answers at {address}: {error}") from None
        except BaseException:
            self.close()
            raise

    def workers(self) -> Mapping[str, int] | None:
        """Return the address of each worker and how many tasks it runs at a time; None while nobody answers."""
        try:
            told = self._start(self._identity()).result()
        except (OSError, ValueError):
            return None
        return {address: max(1, worker["nthreads"]) for address, worker in told["workers"].items()}

    def run(self, address: str, function: Callable[..., Any], *given: Any) -> Future[Any]:
        """Have one worker call a function beside its tasks; the future holds what it returns, or raises it."""
        return self._start(self._call(address, function, given))

    def submit(self, key: str, address: str, function: Callable[..., bytes], *given: Any) -> Future[bytes]:
        """Give a task to one worker; the future holds its result.

        The future is cancelled if the task is, or if the connection is lost. If the worker is lost it stays open.
        """
        return self._start(self._result(key, address, function, given))

    def cancel(self, keys: Iterable[str]) -> None:
        """Take tasks back. Those that are done, or lost with a connection, are so already."""
        self._start(self._cancel(tuple(keys)))

    def close(self) -> None:
        """End the connection and its thread."""
        with suppress(Exception):  # nothing is left to do about it
            self._start(self._end()).result(CLOSE_TIMEOUT)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CLOSE_TIMEOUT)
        if not self._thread.is_alive():
            self._loop.close()

    def _start(self, coroutine: Coroutine[Any, Any, Any]) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    async def _connect(self) -> None:
        client = self._distributed.Client(
            self._address, asynchronous=True, timeout=CONNECT_TIMEOUT, set_as_default=False, name="smartcert"
        )
        try:
            await client
        except BaseException:
            with suppress(Exception):
                await client.close()
            raise
        self._client = client

    async def _identity(self) -> Any:
        if self._client.status == "closed":  # it gave up; had the scheduler come back sooner, so would it have
            await self._connect()
        if self._client.status != "running":
            raise OSError("not connected")
        return await asyncio.wait_for(self._client.scheduler.identity(), CONNECT_TIMEOUT)

    async def _call(self, address: str, function: Callable[..., Any], given: tuple[Any, ...]) -> Any:
        told = await self._client.run(function, *given, workers=[address], on_error="return")
        if address not in told:
            raise OSError(f"{address} is gone")
        if isinstance(told[address], BaseException):
            raise told[address]
        return told[address]

    async def _result(self, key: str, address: str, function: Callable[..., bytes], given: tuple[Any, ...]) -> bytes:
        client = self._client
        remote = client.submit(function, *given, key=key, workers=[address], pure=False)
        self._remotes[key] = remote
        try:
            result: bytes = await client.gather(remote)
        finally:
            del self._remotes[key]
            remote.release()  # the worker need not keep it
        return result

    async def _cancel(self, keys: tuple[str, ...]) -> None:
        remotes = [self._remotes[key] for key in keys if key in self._remotes]
        remotes = [remote for remote in remotes if remote.client is self._client]
        if remotes:
            await self._client.cancel(remotes)

    async def _end(self) -> None:
        if self._client is not None:
            with suppress(Exception):
                await asyncio.wait_for(self._client.close(), CLOSE_TIMEOUT / 2)
        for _ in range(4):  # a client that is looking for its scheduler does not end at the first word
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks, timeout=CLOSE_TIMEOUT / 8)


# --- Reports made by the workers of an existing Dask cluster, in place of the processes of this machine.

MAX_TRIES = 3
"""How often a task is given to a worker before it is listed as failed."""
MAX_RESTARTS = 5
"""How often in a row a worker may lose its reports before it gets no more."""
FIRST_WORKER_TIMEOUT = 30.0
"""Seconds that the first worker has to be there and to answer."""
POLL_INTERVAL = 1.0
"""Seconds between two looks at which workers there are."""


@dataclass(eq=False, kw_only=True, slots=True)
class _RemoteWorker:
    """A worker that has our installation: it is kept busy with one task more than it makes at a time."""

    address: str
    jobs: int
    running: set[_Attempt] = field(default_factory=set)

    @property
    def free(self) -> bool:
        return len(self.running) <= self.jobs and not any(one.lost_at for one in self.running)


@dataclass(eq=False, kw_only=True, slots=True)
class _Attempt:
    """A task under way; ``lost_at`` are the workers that it was lost at, and ``reason`` how, the last time."""

    task: Task
    lost_at: list[str] = field(default_factory=list)
    reason: str = ""
    key: str = ""


class Cluster:
    """The workers of the cluster at ``address``; a context, whose end takes back what was not finished.

    ``imports`` are modules that the workers import before the first report. ``patience`` is for how many seconds a run
    waits for a scheduler or workers to come back before it lists what is left as failed.

    Raises:
        UsageError: the extra is not installed, nobody answers at the address, or no worker has our installation.
    """

    def __init__(self, address: str, imports: Iterable[str] = (), *, patience: float = 300.0) -> None:
        self._run = uuid.uuid4().hex
        self._imports = tuple(imports)
        self._patience = patience
        self._ours = describe_installation()
        self._hosts: dict[str, _RemoteWorker] = {}
        self._refused: dict[str, str] = {}
        self._asked: dict[str, tuple[int, Future[Any]]] = {}
        self._restarts: Counter[str] = Counter()
        self._trying: dict[Future[bytes], tuple[_Attempt, _RemoteWorker]] = {}
        self._looked = -POLL_INTERVAL
        self._there = time.monotonic()
        self._scheduler = Scheduler(address)
        try:
            self._wait_for_one()
        except BaseException:
            self.__exit__(None, None, None)
            raise

    @property
    def refused(self) -> dict[str, str]:
        """The addresses of workers that get no tasks, and why."""
        return dict(self._refused)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cancel(one for one, _ in self._trying.values())
        addresses = [*self._hosts, *self._asked]
        ends = [self._scheduler.run(address, end, self._run) for address in addresses]
        wait(ends, timeout=CLOSE_TIMEOUT)  # without an answer they end with their worker
        self._scheduler.close()

    def results(self, tasks: Iterable[Task]) -> Iterator[RenderedReport | Failure]:
        """Yield what became of each task, in the order in which they end. Tasks are taken as they are needed."""
        fresh = (_Attempt(task=task) for task in tasks)
        again: deque[_Attempt] = deque()
        upcoming = next(fresh, None)
        try:
            while self._trying or again or upcoming:
                self._look()
                while upcoming and (host := self._freest()):
                    self._send(upcoming, host)
                    upcoming = next(fresh, None)
                self._send_alone(again)
                if not self._trying and self._left_alone():
                    reason = f"the cluster had no worker for {self._patience:g} s"
                    yield from (
                        build_failure(one.task, reason) for one in chain(again, [upcoming] if upcoming else [], fresh)
                    )
                    return
                for result in self._ended():
                    if isinstance(result, _Attempt):
                        again.append(result)
                    else:
                        yield result
        finally:
            self._cancel(one for one, _ in self._trying.values())
            self._trying.clear()

    def _ended(self) -> Iterator[RenderedReport | Failure | _Attempt]:
        """Wait a little; yield the results that came, and the tries that are to be made again."""
        if not self._trying:
            time.sleep(POLL_INTERVAL / 5)
        for future in wait(self._trying, timeout=POLL_INTERVAL, return_when=FIRST_COMPLETED).done:
            one, host = self._trying.pop(future)
            host.running.discard(one)
            try:
                result = unpack_result(future.result())
            except Exception as error:  # however a try was lost, its task is not
                self._lost(one, host, error)
                yield (
                    one
                    if len(one.lost_at) < MAX_TRIES
                    else build_failure(one.task, f"tried {MAX_TRIES} times: {one.reason}")
                )
            else:
                self._restarts[host.address] = 0
                yield result

    def _lost(self, one: _Attempt, host: _RemoteWorker, error: BaseException) -> None:
        one.lost_at.append(host.address)
        if isinstance(error, CancelledError):
            one.reason = "its worker, or the connection to it, was lost"
            return
        one.reason = f"{type(error).__name__}: {error}"
        if self._hosts.get(host.address) is host:  # the first to tell: the run has to begin there again
            del self._hosts[host.address]
            self._restarts[host.address] += 1
            if self._restarts[host.address] >= MAX_RESTARTS:
                self._refused[host.address] = f"{MAX_RESTARTS} times in a row reports were lost there: {one.reason}"

    def _send(self, one: _Attempt, host: _RemoteWorker) -> None:
        one.key = f"smartcert-{self._run}-{uuid.uuid4().hex}"
        host.running.add(one)
        result = self._scheduler.submit(one.key, host.address, render_task, self._run, pack(one.task))
        self._trying[result] = (one, host)

    def _freest(self) -> _RemoteWorker | None:
        free = (host for host in self._hosts.values() if host.free)
        return min(free, key=lambda host: len(host.running) / host.jobs, default=None)

    def _send_alone(self, again: deque[_Attempt]) -> None:
        """Send each to an idle worker, and to one that it was not lost at as long as there is one."""
        for one in tuple(again):
            hosts = [host for host in self._hosts.values() if host.address not in one.lost_at] or self._hosts.values()
            if host := next((host for host in hosts if not host.running), None):
                again.remove(one)
                self._send(one, host)

    def _cancel(self, tries: Iterable[_Attempt]) -> None:
        self._scheduler.cancel([one.key for one in tries])

    def _left_alone(self) -> bool:
        if self._hosts:
            self._there = time.monotonic()
        return time.monotonic() - self._there > self._patience

    def _look(self) -> None:
        """See which workers there are: forget the lost ones, ask the new ones what they are, hear what they say."""
        if time.monotonic() - self._looked < (POLL_INTERVAL if self._hosts else POLL_INTERVAL / 5):
            return
        self._looked = time.monotonic()
        jobs = self._scheduler.workers()
        if jobs is None:  # it is gone, and all tries with it; who comes back is asked again
            jobs = {}
            self._refused.clear()
        for address in self._hosts.keys() - jobs:
            self._cancel(self._hosts.pop(address).running)
        self._asked = {address: asked for address, asked in self._asked.items() if address in jobs}
        self._refused = {address: why for address, why in self._refused.items() if address in jobs}
        self._hear()
        for address in jobs.keys() - self._hosts.keys() - self._asked.keys() - self._refused.keys():
            given = (self._run, self._ours, jobs[address], self._imports)
            self._asked[address] = (jobs[address], self._scheduler.run(address, begin, *given))
        self._left_alone()

    def _hear(self) -> None:
        for address, (jobs, asked) in tuple(self._asked.items()):
            if not asked.done():
                continue
            del self._asked[address]
            with suppress(OSError, CancelledError):  # it is gone; if it is not, it is asked again
                try:
                    theirs = asked.result()
                    if have_same_code(self._ours, theirs):
                        self._hosts[address] = _RemoteWorker(address=address, jobs=jobs)
                    else:
                        self._refused[address] = self._difference(theirs)
                except (OSError, CancelledError):
                    raise
                except Exception as error:  # also that it has no smartcert at all
                    self._refused[address] = f"{type(error).__name__}: {error}"

    def _difference(self, theirs: dict[str, str]) -> str:
        other = " and ".join(name for name in COMPARED_PARTS if theirs[name] != self._ours[name])
        return f"its smartcert {theirs['release']} has another {other} than smartcert {self._ours['release']} here"

    def _wait_for_one(self) -> None:
        until = time.monotonic() + FIRST_WORKER_TIMEOUT
        while time.monotonic() < until:
            self._look()
            if self._hosts:
                return
            if self._refused and not self._asked:
                break
            time.sleep(POLL_INTERVAL / 10)
        told = "".join(f"\n{address}: {why}" for address, why in sorted(self._refused.items()))
        raise UsageError(f"the cluster has no worker that can make these reports{told or ': none answered'}")
