"""A cache of what a service reads of the reference data and the like, renewed inside the transaction that finds a newer version."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from shared.runtime.database import Connection

T = TypeVar("T")
VERSION = "select max(version) from reference.load"


class Cached(Generic[T]):
    """`await cached.get(connection)` in the transaction that uses it: what it returns is the load of that moment.

    `version_of` is the query of a number that grows with each change.
    """

    def __init__(self, load: Callable[[Connection], Awaitable[T]], version_of: str = VERSION) -> None:
        self._load = load
        self._version_of = version_of
        self._value: T | None = None
        self.version: int | None = None

    async def get(self, connection: Connection) -> T:
        version = await connection.fetchval(self._version_of)
        if self._value is None or version != self.version:
            self._value, self.version = await self._load(connection), version
        return self._value
