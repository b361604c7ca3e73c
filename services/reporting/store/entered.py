"""What people enter by hand for returns: rows are only added, the latest of a line and group counts."""

from datetime import datetime
from typing import NamedTuple

from services.reporting.rules.returns.compose import Entries
from shared.runtime.database import Connection, Pool, queries

SQL = queries("services.reporting", "sql/entered.sql")


class Entry(NamedTuple):
    """`group`: a PCN, a value, '' of a line that is entered once."""

    line: str
    group: str
    value: str
    why: str
    by: str
    said_at: datetime


async def enter(connection: Connection, return_id: str, entry: Entry) -> None:
    """Keep what was checked by `rules/returns/entries.py`, in the caller's transaction."""
    await connection.execute(SQL["enter"], return_id, *entry)


async def standing(db: Connection | Pool, return_id: str, known_at: datetime | None = None) -> Entries:
    """What counts, by line and group: now, or as known at an instant."""
    return {(row["line"], row["group"]): row["value"] for row in await db.fetch(SQL["standing"], return_id, known_at)}


async def history(db: Connection | Pool, return_id: str) -> list[Entry]:
    """Everything that was ever entered, the oldest first."""
    return [Entry(*row) for row in await db.fetch(SQL["history"], return_id)]
