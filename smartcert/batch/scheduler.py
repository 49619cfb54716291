"""The connection to the scheduler of a Dask cluster: the only place that knows the package distributed."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from smartcert.errors import UsageError

CONNECT = 5.0
"""Seconds that a scheduler has to answer."""
LEAVE = 1.0
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
            self._start(self._end()).result(LEAVE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(LEAVE)
        if not self._thread.is_alive():
            self._loop.close()

    def _start(self, coroutine: Coroutine[Any, Any, Any]) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    async def _connect(self) -> None:
        client = self._distributed.Client(
            self._address, asynchronous=True, timeout=CONNECT, set_as_default=False, name="smartcert"
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
        return await asyncio.wait_for(self._client.scheduler.identity(), CONNECT)

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
                await asyncio.wait_for(self._client.close(), LEAVE / 2)
        for _ in range(4):  # a client that is looking for its scheduler does not end at the first word
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks, timeout=LEAVE / 8)
