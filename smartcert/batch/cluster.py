"""How are reports rendered by the workers of an existing Dask cluster, in place of the processes of this machine?"""

from __future__ import annotations

import asyncio
import logging
import pickle
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import chain
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import smartcert
from smartcert.batch.hashing import hash_package, hash_template
from smartcert.batch.libraries import get_library_version, list_changed_libraries, list_declared_libraries
from smartcert.batch.request import RenderedReport, Task, build_failure
from smartcert.batch.workers import SERVER_GONE, Workers
from smartcert.errors import ReportError, UsageError
from smartcert.reporting.records import Failure

_CODE_PARTS = ("package", "template")
COMPARED_PARTS = (*_CODE_PARTS, "libraries")
"""The parts that must be equal here and at a worker before it gets a task."""

_workers_by_run: dict[str, Workers] = {}
_ended_runs: set[str] = set()
_lock = threading.Lock()


def describe_installation() -> Mapping[str, str]:
    """Return the parts of a page that are not in its task, and the release for messages.

    They are computed anew, not cached: a worker lives long, and its server starts from the files as they are now. The
    libraries are those that the package declares to need; all that a page has imported are compared when it comes.
    """
    get_library_version.cache_clear()
    return {
        "package": hash_package.__wrapped__(),
        "template": hash_template.__wrapped__(),
        "libraries": ", ".join(f"{name} {version}" for name, version in list_declared_libraries().items()),
        "release": smartcert.__version__,
    }


def have_same_code(first: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Return whether two installations render the same page from the same task."""
    return all(first[name] == other[name] for name in COMPARED_PARTS)


async def begin_run(run: str, wanted: Mapping[str, str], jobs: int, imports: Sequence[str]) -> Mapping[str, str]:
    """Return this worker's installation, and start a warm server for the run if it has the wanted code.

    To begin the same run again changes nothing.
    """
    return await asyncio.to_thread(_begin_run, run, wanted, jobs, imports)


def render_task(run: str, task: bytes) -> bytes:
    """Render a task in a worker and return the result; both as `pack` writes them.

    Raises:
        LookupError: the run has not begun in this process.
        ReportError: the server could not start.
        RuntimeError: the server ended before the report was rendered; the run may begin again.
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


async def end_run(run: str) -> None:
    """End the server of a run and what it renders; the run cannot begin here again."""
    _ended_runs.add(run)
    if run in _workers_by_run:
        await asyncio.to_thread(_close_workers, run, _workers_by_run[run])


def pack(value: Task | RenderedReport | Failure) -> bytes:
    """Return a task or a result as bytes: Dask passes them on as they are, compressed if its configuration says so."""
    return pickle.dumps(value)


def unpack_task(task: bytes) -> Task:
    """Return the task that `pack` wrote."""
    value: Task = pickle.loads(task)  # noqa: S301  # as Dask itself sends functions and their arguments
    return value


def unpack_result(result: bytes) -> RenderedReport | Failure:
    """Return the result that `pack` wrote."""
    value: RenderedReport | Failure = pickle.loads(result)  # noqa: S301  # as above
    return value


def _begin_run(run: str, wanted: Mapping[str, str], jobs: int, imports: Sequence[str]) -> Mapping[str, str]:
    ours = describe_installation()
    with _lock:
        if have_same_code(ours, wanted) and run not in _workers_by_run and run not in _ended_runs:
            _workers_by_run[run] = Workers(jobs, imports)
    return ours


def _close_workers(run: str, workers: Workers) -> None:
    with _lock:
        if _workers_by_run.get(run) is workers:
            del _workers_by_run[run]
    workers.__exit__(None, None, None)


_ENCRYPTED = frozenset({"tls", "wss"})


def describe_open_connection(address: str) -> str:
    """Return what it means that tasks go to another machine without encryption; empty where they do not."""
    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    host = parts.hostname or ""
    with suppress(ValueError):
        if ip_address(host).is_loopback:
            return ""
    if parts.scheme in _ENCRYPTED or host in ("", "localhost"):
        return ""
    return (
        f"note: {address} is not encrypted: whoever is on the network between can read and change every application "
        "and report, and whoever reaches the scheduler can run code on its workers and here; tls:// with "
        "certificates prevents both (.github/CLUSTERS.md)"
    )


CONNECT_TIMEOUT = 5.0
"""Seconds that a scheduler has to answer."""
CLOSE_TIMEOUT = 1.0
"""Seconds that closing the connection takes at most."""


class Scheduler:
    """The scheduler at ``address``: the only class that uses the package distributed.

    A lost connection is made again as soon as a scheduler answers. Calls run in a thread of their own and return a
    future at once.

    Raises:
        UsageError: the extra is not installed, or nobody answers at the address.
    """

    def __init__(self, address: str) -> None:
        try:
            import distributed
        except ImportError:
            raise UsageError("a cluster needs the package distributed: pip install 'smartcert[cluster]'") from None
        for name in ("distributed.client", "distributed.comm"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # a lost connection is reported in our own words
        self._distributed: Any = distributed
        self._address = address
        self._client: Any = None
        self._remotes: dict[str, Any] = {}
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda *_: None)  # the futures report what fails, once
        self._thread = threading.Thread(target=self._loop.run_forever, name="scheduler", daemon=True)
        self._thread.start()
        try:
            self._start(self._connect()).result()
        except (OSError, ValueError, TypeError, RuntimeError) as error:  # the last two: no certificates, no encryption
            self.close()
            raise UsageError(f"no scheduler answers at {address}: {error}") from None
        except BaseException:
            self.close()
            raise

    def list_workers(self) -> Mapping[str, int] | None:
        """Return the address of each worker and how many tasks it runs at a time; None while nobody answers."""
        try:
            identity = self._start(self._identity()).result()
        except (OSError, ValueError):
            return None
        return {address: max(1, worker["nthreads"]) for address, worker in identity["workers"].items()}

    def call(self, address: str, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have one worker call a function beside its tasks; the future holds what it returns or raises."""
        return self._start(self._call(address, function, arguments))

    def submit(self, key: str, address: str, function: Callable[..., bytes], *arguments: Any) -> Future[bytes]:
        """Give a task to one worker; the future holds its result.

        The future is cancelled if the task is, or if the connection is lost. If the worker is lost it stays open.
        """
        return self._start(self._result(key, address, function, arguments))

    def cancel(self, keys: Iterable[str]) -> None:
        """Cancel tasks; those that are done, or lost with a connection, are left out."""
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
        if self._client.status == "closed":  # it gave up on a scheduler that came back too late
            await self._connect()
        if self._client.status != "running":
            raise OSError("not connected")
        return await asyncio.wait_for(self._client.scheduler.identity(), CONNECT_TIMEOUT)

    async def _call(self, address: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        answers = await self._client.run(function, *arguments, workers=[address], on_error="return")
        if address not in answers:
            raise OSError(f"{address} is gone")
        if isinstance(answers[address], BaseException):
            raise answers[address]
        return answers[address]

    async def _result(
        self, key: str, address: str, function: Callable[..., bytes], arguments: tuple[Any, ...]
    ) -> bytes:
        client = self._client
        remote = client.submit(function, *arguments, key=key, workers=[address], pure=False)
        self._remotes[key] = remote
        try:
            result: bytes = await client.gather(remote)
        finally:
            del self._remotes[key]
            remote.release()  # the worker need not store it
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
        for _ in range(4):  # a client that is looking for its scheduler does not end at the first cancellation
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks, timeout=CLOSE_TIMEOUT / 8)


MAX_TRIES = 3
"""How often a task is given to a worker before it counts as failed."""
MAX_RESTARTS = 5
"""How often in a row a worker may lose its reports before it gets no more."""
FIRST_WORKER_TIMEOUT = 30.0
"""Seconds that the first worker has to appear and to answer."""
POLL_INTERVAL = 1.0
"""Seconds between two polls of the scheduler's workers."""


@dataclass(eq=False, kw_only=True, slots=True)
class _RemoteWorker:
    """A worker with our code: it gets twice as many tasks as it renders at a time, so that it never waits."""

    address: str
    jobs: int
    attempts: set[_Attempt] = field(default_factory=set)

    @property
    def is_free(self) -> bool:
        return len(self.attempts) < 2 * self.jobs and not any(attempt.lost_at for attempt in self.attempts)


@dataclass(eq=False, kw_only=True, slots=True)
class _Attempt:
    """A task in progress; ``lost_at`` are the workers that lost it, and ``reason`` is how the last one did."""

    task: Task
    lost_at: list[str] = field(default_factory=list)
    reason: str = ""
    key: str = ""


class _OtherLibrariesError(Exception):
    """A page was rendered by libraries of other versions than those here."""


def _check_libraries(result: RenderedReport | Failure) -> RenderedReport | Failure:
    """Return a result whose page was rendered by libraries of the versions that are installed here.

    Raises:
        _OtherLibrariesError: at least one is of another version; says which.
    """
    if isinstance(result, RenderedReport) and (changed := list_changed_libraries(result.libraries)):
        raise _OtherLibrariesError(f"its pages were made by {'; '.join(changed)} here")
    return result


class Cluster:
    """The workers of the cluster at ``address``; a context, whose end cancels what was not finished.

    ``imports`` are modules that the workers import before the first report. ``patience`` is for how many seconds a run
    waits for a scheduler or workers to come back before what is left counts as failed.

    Raises:
        UsageError: the extra is not installed, nobody answers at the address, or no worker has our installation.
    """

    def __init__(self, address: str, imports: Iterable[str] = (), *, patience: float = 300.0) -> None:
        self._run = uuid.uuid4().hex
        self._imports = tuple(imports)
        self._patience = patience
        self._installation = describe_installation()
        self._workers: dict[str, _RemoteWorker] = {}
        self._refused: dict[str, str] = {}
        self._answers: dict[str, tuple[int, Future[Any]]] = {}
        self._restarts: Counter[str] = Counter()
        self._attempts: dict[Future[bytes], tuple[_Attempt, _RemoteWorker]] = {}
        self._polled_at = -POLL_INTERVAL
        self._last_worker_at = time.monotonic()
        self._scheduler = Scheduler(address)
        try:
            self._wait_for_first_worker()
        except BaseException:
            self.__exit__(None, None, None)
            raise

    @property
    def refused(self) -> dict[str, str]:
        """The addresses of workers that get no tasks, and the reason."""
        return dict(self._refused)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cancel(attempt for attempt, _ in self._attempts.values())
        addresses = [*self._workers, *self._answers]
        ends = [self._scheduler.call(address, end_run, self._run) for address in addresses]
        wait(ends, timeout=CLOSE_TIMEOUT)  # without an answer they end with their worker
        self._scheduler.close()

    def results(self, tasks: Iterable[Task]) -> Iterator[RenderedReport | Failure]:
        """Yield what became of each task, in the order in which they end. Tasks are taken as they are needed."""
        fresh = (_Attempt(task=task) for task in tasks)
        lost: deque[_Attempt] = deque()
        upcoming = next(fresh, None)
        try:
            while self._attempts or lost or upcoming:
                self._poll()
                while upcoming and (worker := self._find_free_worker()):
                    self._send(upcoming, worker)
                    upcoming = next(fresh, None)
                self._retry(lost)
                if not self._attempts and self._is_out_of_patience():
                    refused = "".join(f"; {address}: {reason}" for address, reason in sorted(self._refused.items()))
                    reason = f"the cluster had no worker for {self._patience:g} s{refused}"
                    left = chain(lost, [upcoming] if upcoming else [], fresh)
                    yield from (build_failure(attempt.task, reason) for attempt in left)
                    return
                for result in self._collect_results():
                    if isinstance(result, _Attempt):
                        lost.append(result)
                    else:
                        yield result
        finally:
            self._cancel(attempt for attempt, _ in self._attempts.values())
            self._attempts.clear()

    def _collect_results(self) -> Iterator[RenderedReport | Failure | _Attempt]:
        """Wait a little; yield the results that came, and the attempts that were lost and are to be repeated."""
        if not self._attempts:
            time.sleep(POLL_INTERVAL / 5)
        for future in wait(self._attempts, timeout=POLL_INTERVAL, return_when=FIRST_COMPLETED).done:
            attempt, worker = self._attempts.pop(future)
            worker.attempts.discard(attempt)
            try:
                result = _check_libraries(unpack_result(future.result()))
            except Exception as error:  # however an attempt was lost, its task is not
                self._note_loss(attempt, worker, error)
                if len(attempt.lost_at) < MAX_TRIES:
                    yield attempt
                else:
                    yield build_failure(attempt.task, f"tried {MAX_TRIES} times: {attempt.reason}")
            else:
                self._restarts[worker.address] = 0
                yield result

    def _note_loss(self, attempt: _Attempt, worker: _RemoteWorker, error: BaseException) -> None:
        attempt.lost_at.append(worker.address)
        if isinstance(error, CancelledError):
            attempt.reason = "its worker, or the connection to it, was lost"
            return
        if isinstance(error, _OtherLibrariesError):
            attempt.reason = str(error)
            self._workers.pop(worker.address, None)
            self._refused[worker.address] = attempt.reason
            return
        attempt.reason = f"{type(error).__name__}: {error}"
        if self._workers.get(worker.address) is worker:  # the first attempt that shows it: the run begins there again
            del self._workers[worker.address]
            self._restarts[worker.address] += 1
            if self._restarts[worker.address] >= MAX_RESTARTS:
                self._refused[worker.address] = (
                    f"{MAX_RESTARTS} times in a row reports were lost there: {attempt.reason}"
                )

    def _send(self, attempt: _Attempt, worker: _RemoteWorker) -> None:
        attempt.key = f"smartcert-{self._run}-{uuid.uuid4().hex}"
        worker.attempts.add(attempt)
        result = self._scheduler.submit(attempt.key, worker.address, render_task, self._run, pack(attempt.task))
        self._attempts[result] = (attempt, worker)

    def _find_free_worker(self) -> _RemoteWorker | None:
        free = (worker for worker in self._workers.values() if worker.is_free)
        return min(free, key=lambda worker: len(worker.attempts) / worker.jobs, default=None)

    def _retry(self, lost: deque[_Attempt]) -> None:
        """Send each lost attempt to an idle worker, and to one that did not lose it as long as there is one."""
        for attempt in tuple(lost):
            others = [worker for worker in self._workers.values() if worker.address not in attempt.lost_at]
            idle = (worker for worker in others or self._workers.values() if not worker.attempts)
            if worker := next(idle, None):
                lost.remove(attempt)
                self._send(attempt, worker)

    def _cancel(self, attempts: Iterable[_Attempt]) -> None:
        self._scheduler.cancel([attempt.key for attempt in attempts])

    def _is_out_of_patience(self) -> bool:
        if self._workers:
            self._last_worker_at = time.monotonic()
        return time.monotonic() - self._last_worker_at > self._patience

    def _poll(self) -> None:
        """Ask the scheduler for its workers: forget those that are gone, begin the run at new ones, take answers."""
        if time.monotonic() - self._polled_at < (POLL_INTERVAL if self._workers else POLL_INTERVAL / 5):
            return
        self._polled_at = time.monotonic()
        jobs = self._scheduler.list_workers()
        if jobs is None:  # it is gone, and all attempts with it; workers that come back are asked again
            jobs = {}
            self._refused.clear()
        for address in self._workers.keys() - jobs:
            self._cancel(self._workers.pop(address).attempts)
        self._answers = {address: answer for address, answer in self._answers.items() if address in jobs}
        self._refused = {address: reason for address, reason in self._refused.items() if address in jobs}
        self._take_answers()
        for address in jobs.keys() - self._workers.keys() - self._answers.keys() - self._refused.keys():
            arguments = (self._run, self._installation, jobs[address], self._imports)
            self._answers[address] = (jobs[address], self._scheduler.call(address, begin_run, *arguments))
        self._is_out_of_patience()

    def _take_answers(self) -> None:
        for address, (jobs, answer) in tuple(self._answers.items()):
            if not answer.done():
                continue
            del self._answers[address]
            with suppress(OSError, CancelledError):  # it is gone; if it is not, it is asked again
                try:
                    theirs = answer.result()
                    if have_same_code(self._installation, theirs):
                        self._workers[address] = _RemoteWorker(address=address, jobs=jobs)
                    else:
                        self._refused[address] = self._describe_difference(theirs)
                except (OSError, CancelledError):
                    raise
                except Exception as error:  # also that it has no smartcert at all
                    self._refused[address] = f"{type(error).__name__}: {error}"

    def _describe_difference(self, theirs: dict[str, str]) -> str:
        ours = self._installation
        parts = " and ".join(f"another {name}" for name in _CODE_PARTS if theirs[name] != ours[name])
        if parts:
            return f"its smartcert {theirs['release']} has {parts} than smartcert {ours['release']} here"
        there, here = ({*some["libraries"].split(", ")} for some in (theirs, ours))
        return f"it has {', '.join(sorted(there - here))}, and here is {', '.join(sorted(here - there))}"

    def _wait_for_first_worker(self) -> None:
        deadline = time.monotonic() + FIRST_WORKER_TIMEOUT
        while time.monotonic() < deadline:
            self._poll()
            if self._workers:
                return
            if self._refused and not self._answers:
                break
            time.sleep(POLL_INTERVAL / 10)
        refused = "".join(f"\n{address}: {reason}" for address, reason in sorted(self._refused.items()))
        raise UsageError(f"the cluster has no worker that can make these reports{refused or ': none answered'}")
