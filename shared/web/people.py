"""Who may sign in and what they may see: rows of `access.person`, read for each request: a withdrawal works at once."""

import hashlib
from dataclasses import dataclass

import asyncpg

from shared.runtime.database import Connection, Pool, queries

SQL = queries("shared.web", "people.sql")
SENDER = "provider-sender"
"""The role of a provider's system: it sends, and reads by API what became of its own events and waits."""


@dataclass(frozen=True, slots=True)
class Person:
    """A named reader. `providers` is the explicit set of ODS codes that every read of theirs takes; there is no wildcard."""

    username: str
    name: str
    organisation: str
    roles: frozenset[str]
    providers: frozenset[str]

    def __post_init__(self) -> None:
        if "*" in self.providers:
            raise ValueError(f"person {self.username}: providers must be named one by one, not '*'")


class People:
    """The people of `access.person`."""

    def __init__(self, pool: Pool | Connection) -> None:
        self.pool = pool

    async def everyone(self) -> list[Person]:
        """By name."""
        return [_person(row) for row in await self.pool.fetch(SQL["everyone"])]

    async def named(self, username: str) -> Person | None:
        """One person, or None when there is no such person any more."""
        row = await self.pool.fetchrow(SQL["named"], username)
        return _person(row) if row else None

    async def of_api_key(self, key: str) -> Person | None:
        """The provider that an API key is bound to, as a reader of its own data; None for a key that is unknown or revoked."""
        row = await self.pool.fetchrow(SQL["provider_of_key"], hashlib.sha256(key.encode()).digest())
        if row is None:
            return None
        return Person(f"key:{row['ods']}", row["name"], row["name"], frozenset({SENDER}), frozenset({row["ods"]}))


def _person(row: asyncpg.Record) -> Person:
    return Person(row["username"], row["name"], row["organisation"], frozenset(row["roles"]), frozenset(row["providers"]))
