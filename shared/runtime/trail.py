"""A service's audit: who saw people, froze, signed, sent or exported. Rows are only added, each sealed with the one before it."""

from datetime import datetime
from typing import NamedTuple

import asyncpg
import orjson

from shared.runtime.database import Connection, Pool, queries

SQL = queries("shared.runtime", "sql/trail.sql")


async def note(db: Connection | Pool, at: datetime, by: str, what: str, about: object) -> None:
    """Add one row: in the caller's transaction, or over a pool in one of its own."""
    if isinstance(db, asyncpg.Pool):
        async with db.acquire() as connection, connection.transaction():
            return await note(connection, at, by, what, about)
    await db.execute(SQL["audit_lock"])
    await db.execute(SQL["audited"], at, by, what, orjson.dumps(about, option=orjson.OPT_SORT_KEYS).decode())
    return None


async def broken(db: Connection | Pool) -> int | None:
    """The first row that is not what was written; None: there is none."""
    found: int | None = await db.fetchval(SQL["audit_broken"])
    return found


class Head(NamedTuple):
    """A row by its number, and its seal, which stands for it and all rows before it."""

    number: int
    seal: str

    def __str__(self) -> str:
        return f"{self.number} {self.seal}"


async def head(db: Connection | Pool, number: int | None = None) -> Head | None:
    """The last row, or the one with this number; None: there is none."""
    row = await db.fetchrow(SQL["audit_head"], number)
    return Head(row["id"], row["seal"].hex()) if row else None
