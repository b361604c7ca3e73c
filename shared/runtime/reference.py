"""A cache of what a service reads of the reference data, renewed inside the transaction that finds a newer load."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from shared.runtime.database import Connection

T = TypeVar("T")
VERSION = "select max(version) from reference.load"


class Cached(Generic[T]):
    """`await cached.get(connection)` in the transaction that uses it: what it returns is the load of that moment."""

    def __init__(self, load: Callable[[Connection], Awaitable[T]]) -> None:
        self._load = load
        self._value: T | None = None
        self.version: int | None = None

    async def get(self, connection: Connection) -> T:
        version = await connection.fetchval(VERSION)
        if self._value is None or version != self.version:
            self._value, self.version = await self._load(connection), version
        return self._value
