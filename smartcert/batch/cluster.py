"""Reports made by the workers of an existing Dask cluster, in place of the processes of this machine.

A task carries its notebook, its record (and in it the rules that it was evaluated by) and its parameters, and gives
the page back: nothing else is shared, no disk and no rule book. What is not in a task, the package with its template
and the libraries, is compared before a worker gets its first task, and a worker with another one gets none.

Every try is sent to one worker by name, not to whichever the scheduler picks: so it is known which tries a lost worker
took with it. A lost try is made again, alone on a worker, after all others; at most `TRIES` times. A task has one try
at a time and so one result.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from types import TracebackType
from typing import Any

from smartcert.batch import cluster_host as host_side
from smartcert.batch.scheduler import LEAVE, Scheduler
from smartcert.batch.task import Made, Task, failed
from smartcert.errors import UsageError
from smartcert.reporting.record import Failure

TRIES = 3
"""How often a task is given to a worker before it is listed as failed."""
RESTARTS = 5
"""How often in a row a worker may lose its reports before it gets no more."""
FIRST_WORKER = 30.0
"""Seconds that the first worker has to be there and to answer."""
LOOK = 1.0
"""Seconds between two looks at which workers there are."""


@dataclass(eq=False, kw_only=True, slots=True)
class _Host:
    """A worker that has our installation: it is kept busy with one task more than it makes at a time."""

    address: str
    jobs: int
    running: set[_Try] = field(default_factory=set)

    @property
    def free(self) -> bool:
        return len(self.running) <= self.jobs and not any(one.lost_at for one in self.running)


@dataclass(eq=False, kw_only=True, slots=True)
class _Try:
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
        self._ours = host_side.installation()
        self._hosts: dict[str, _Host] = {}
        self._refused: dict[str, str] = {}
        self._asked: dict[str, tuple[int, Future[Any]]] = {}
        self._restarts: Counter[str] = Counter()
        self._trying: dict[Future[bytes], tuple[_Try, _Host]] = {}
        self._looked = -LOOK
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
        ends = [self._scheduler.run(address, host_side.end, self._run) for address in addresses]
        wait(ends, timeout=LEAVE)  # without an answer they end with their worker
        self._scheduler.close()

    def results(self, tasks: Iterable[Task]) -> Iterator[Made | Failure]:
        """Yield what became of each task, in the order in which they end. Tasks are taken as they are needed."""
        fresh = (_Try(task=task) for task in tasks)
        again: deque[_Try] = deque()
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
                    yield from (failed(one.task, reason) for one in chain(again, [upcoming] if upcoming else [], fresh))
                    return
                for result in self._ended():
                    if isinstance(result, _Try):
                        again.append(result)
                    else:
                        yield result
        finally:
            self._cancel(one for one, _ in self._trying.values())
            self._trying.clear()

    def _ended(self) -> Iterator[Made | Failure | _Try]:
        """Wait a little; yield the results that came, and the tries that are to be made again."""
        if not self._trying:
            time.sleep(LOOK / 5)
        for future in wait(self._trying, timeout=LOOK, return_when=FIRST_COMPLETED).done:
            one, host = self._trying.pop(future)
            host.running.discard(one)
            try:
                result = host_side.unpacked_result(future.result())
            except Exception as error:  # however a try was lost, its task is not
                self._lost(one, host, error)
                yield one if len(one.lost_at) < TRIES else failed(one.task, f"tried {TRIES} times: {one.reason}")
            else:
                self._restarts[host.address] = 0
                yield result

    def _lost(self, one: _Try, host: _Host, error: BaseException) -> None:
        one.lost_at.append(host.address)
        if isinstance(error, CancelledError):
            one.reason = "its worker, or the connection to it, was lost"
            return
        one.reason = f"{type(error).__name__}: {error}"
        if self._hosts.get(host.address) is host:  # the first to tell: the run has to begin there again
            del self._hosts[host.address]
            self._restarts[host.address] += 1
            if self._restarts[host.address] >= RESTARTS:
                self._refused[host.address] = f"{RESTARTS} times in a row reports were lost there: {one.reason}"

    def _send(self, one: _Try, host: _Host) -> None:
        one.key = f"smartcert-{self._run}-{uuid.uuid4().hex}"
        host.running.add(one)
        result = self._scheduler.submit(one.key, host.address, host_side.make, self._run, host_side.packed(one.task))
        self._trying[result] = (one, host)

    def _freest(self) -> _Host | None:
        free = (host for host in self._hosts.values() if host.free)
        return min(free, key=lambda host: len(host.running) / host.jobs, default=None)

    def _send_alone(self, again: deque[_Try]) -> None:
        """Send each to an idle worker, and to one that it was not lost at as long as there is one."""
        for one in tuple(again):
            hosts = [host for host in self._hosts.values() if host.address not in one.lost_at] or self._hosts.values()
            if host := next((host for host in hosts if not host.running), None):
                again.remove(one)
                self._send(one, host)

    def _cancel(self, tries: Iterable[_Try]) -> None:
        self._scheduler.cancel([one.key for one in tries])

    def _left_alone(self) -> bool:
        if self._hosts:
            self._there = time.monotonic()
        return time.monotonic() - self._there > self._patience

    def _look(self) -> None:
        """See which workers there are: forget the lost ones, ask the new ones what they are, hear what they say."""
        if time.monotonic() - self._looked < (LOOK if self._hosts else LOOK / 5):
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
            self._asked[address] = (jobs[address], self._scheduler.run(address, host_side.begin, *given))
        self._left_alone()

    def _hear(self) -> None:
        for address, (jobs, asked) in tuple(self._asked.items()):
            if not asked.done():
                continue
            del self._asked[address]
            with suppress(OSError, CancelledError):  # it is gone; if it is not, it is asked again
                try:
                    theirs = asked.result()
                    if host_side.agree(self._ours, theirs):
                        self._hosts[address] = _Host(address=address, jobs=jobs)
                    else:
                        self._refused[address] = self._difference(theirs)
                except (OSError, CancelledError):
                    raise
                except Exception as error:  # also that it has no smartcert at all
                    self._refused[address] = f"{type(error).__name__}: {error}"

    def _difference(self, theirs: dict[str, str]) -> str:
        other = " and ".join(name for name in host_side.COMPARED if theirs[name] != self._ours[name])
        return f"its smartcert {theirs['release']} has another {other} than smartcert {self._ours['release']} here"

    def _wait_for_one(self) -> None:
        until = time.monotonic() + FIRST_WORKER
        while time.monotonic() < until:
            self._look()
            if self._hosts:
                return
            if self._refused and not self._asked:
                break
            time.sleep(LOOK / 10)
        told = "".join(f"\n{address}: {why}" for address, why in sorted(self._refused.items()))
        raise UsageError(f"the cluster has no worker that can make these reports{told or ': none answered'}")
