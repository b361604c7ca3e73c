"""Every awaited I/O of the runtime, numbered, so that a test can fail, freeze or kill at exactly one of them.

A connection that meets a fault is lost, as it would be: whether its statement reached the server is the difference of before and after.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Literal, NamedTuple, TypeVar, cast

import asyncpg
from aiokafka import AIOKafkaProducer

from shared.runtime.broker import LogClient
from shared.runtime.consumer import Asks
from shared.runtime.database import Connection, Pool

T = TypeVar("T")
Moment = Literal["before", "after"]
Flavour = Literal["dies", "error"]
Hook = Callable[[int, str, Moment], Awaitable[None]]
"""What happens at a point: its number from 1, its name, and whether the I/O is about to begin or has just been done."""


class Died(BaseException):
    """The process is dead: nothing in it, no `except Exception`, can go on."""


class FailedError(Exception):
    """An I/O came back with an error."""


class Fault(NamedTuple):
    """One failure: before the I/O with this number is done, or after it is done but its answer is lost."""

    number: int
    moment: Moment
    flavour: Flavour


def every_fault(numbers: int) -> Iterator[Fault]:
    """Every I/O in both moments and flavours, but one: to die before an I/O is to die after the one before it."""
    for number in range(1, numbers + 1):
        yield Fault(number, "before", "error")
        yield Fault(number, "after", "error")
        yield Fault(number, "after", "dies")


class Failing:
    """A hook that fails once for each fault. After `dies` every I/O fails, until `revive`."""

    def __init__(self, *faults: Fault) -> None:
        self._faults = {(fault.number, fault.moment): fault for fault in faults}
        self._dead = False
        self.met: list[str] = []
        """Where each fault struck."""

    async def __call__(self, number: int, name: str, moment: Moment) -> None:
        if self._dead:
            raise Died
        fault = self._faults.get((number, moment))
        if fault is None:
            return
        self.met.append(f"{fault.flavour} {moment} {name} (I/O {number})")
        if fault.flavour == "dies":
            self._dead = True
            raise Died
        raise FailedError(name)

    def revive(self) -> None:
        """A new process starts."""
        self._dead = False


class Points:
    """Numbers the I/O of everything that is wrapped by it."""

    def __init__(self, hook: Hook) -> None:
        self._hook = hook
        self._numbers = itertools.count(1)
        self.names: list[str] = []

    async def io(self, name: str, call: Callable[[], Awaitable[T]]) -> T:
        number = next(self._numbers)
        self.names.append(name)
        await self._hook(number, name, "before")
        try:
            return await call()
        finally:
            await self._hook(number, name, "after")

    def pool(self, pool: Pool) -> Pool:
        return cast("Pool", _Pool(pool, self))

    def client(self, client: LogClient) -> LogClient:
        return cast("LogClient", _Wrapped(client, self, "getmany", "position", "commit", "beginning_offsets", "end_offsets"))

    def identities(self, asks: Asks) -> Asks:
        return cast("Asks", _Wrapped(asks, self, "of"))

    def producer(self, producer: Any) -> AIOKafkaProducer:
        return _Wrapped(producer, self, "start", "stop", "send", "confirm")

    def wrap(self, inner: Any, *names: str) -> Any:
        """Anything else, of which the named methods are I/O."""
        return _Wrapped(inner, self, *names)


class _Wrapped:
    """An object of which the named methods are I/O."""

    def __init__(self, inner: Any, points: Points, *names: str) -> None:
        self._inner = inner
        self._points = points
        self._names = names

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name not in self._names:
            return method

        async def io(*args: Any, **named: Any) -> Any:
            return await self._points.io(name, lambda: method(*args, **named))

        return io


class _Pool:
    def __init__(self, pool: Pool, points: Points) -> None:
        self._pool = pool
        self._points = points

    def acquire(self, *, timeout: float | None = None) -> "_Acquired":  # asyncpg's own signature
        return _Acquired(self._pool, self._points, timeout)

    async def execute(self, sql: str, *args: Any) -> Any:
        return await self._points.io("pool.execute", lambda: self._pool.execute(sql, *args))

    async def __aenter__(self) -> "_Pool":
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._pool.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)


class _Acquired:
    """`async with pool.acquire() as connection`."""

    def __init__(self, pool: Pool, points: Points, seconds: float | None) -> None:
        self._pool = pool
        self._points = points
        self._seconds = seconds
        self._real: Any = None

    async def __aenter__(self) -> Connection:
        try:
            await self._points.io("acquire", self._take)
        except BaseException:
            await self._lose()
            raise
        return cast("Connection", _Connection(self._real, self._points))

    async def __aexit__(self, *_error: object) -> None:
        try:
            await self._points.io("release", self._give_back)
        except BaseException:
            await self._lose()
            raise

    async def _take(self) -> None:
        self._real = await self._pool.acquire(timeout=self._seconds)

    async def _give_back(self) -> None:
        real, self._real = self._real, None
        await self._pool.release(real)

    async def _lose(self) -> None:
        if self._real is not None:
            with contextlib.suppress(asyncpg.InterfaceError):  # an earlier fault ended it, and the pool has noticed
                self._real.terminate()
            await self._give_back()


class _Connection:
    def __init__(self, real: Any, points: Points) -> None:
        self._real = real
        self._points = points

    async def io(self, name: str, call: Callable[[], Awaitable[T]]) -> T:
        try:
            return await self._points.io(name, call)
        except (Died, FailedError):
            self._real.terminate()
            raise

    def transaction(self) -> "_Transaction":
        return _Transaction(self, self._real.transaction())

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._real, name)
        if name not in {"execute", "fetch", "fetchrow", "fetchval"}:
            return method

        async def statement(sql: str, *args: Any) -> Any:
            return await self.io(f"{name} {' '.join(sql.split())[:40]}", lambda: method(sql, *args))

        return statement


class _Transaction:
    def __init__(self, connection: _Connection, real: Any) -> None:
        self._connection = connection
        self._real = real

    async def __aenter__(self) -> None:
        await self._connection.io("BEGIN", self._real.start)

    async def __aexit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind is None:
            await self._connection.io("COMMIT", self._real.commit)
        else:
            await self._connection.io("ROLLBACK", self._real.rollback)


class Freezing:
    """A hook that stops the process before one I/O, as SIGSTOP would, until `thaw` is set."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.frozen = asyncio.Event()
        self.thaw = asyncio.Event()

    async def __call__(self, number: int, name: str, moment: Moment) -> None:
        if number == self._number and moment == "before":
            self.frozen.set()
            await self.thaw.wait()
