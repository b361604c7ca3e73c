"""Who saw people by name or took a list away. Rows are only added, each sealed with the one before it."""

from datetime import datetime

import orjson

from shared.runtime.database import Connection, Pool, queries

SQL = queries("services.outreach", "sql/trail.sql")


async def note(pool: Pool, at: datetime, by: str, what: str, about: object) -> None:
    """Add one row, in a transaction of its own."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(SQL["audit_lock"])
        await connection.execute(SQL["audited"], at, by, what, orjson.dumps(about, option=orjson.OPT_SORT_KEYS).decode())


async def broken(connection: Connection) -> int | None:
    """The first row that is not what was written; None: there is none."""
    found: int | None = await connection.fetchval(SQL["audit_broken"])
    return found
