"""Views that people keep: addresses of pages with their filters, each under a name."""

import asyncpg

from shared import clock as wall
from shared.runtime.database import Pool, queries

SQL = queries("services.waits", "sql/views.sql")
MOST_VIEWS = 50
"""Of one person."""


async def views(pool: Pool, username: str, organisation: str) -> list[asyncpg.Record]:
    """A person's own, by title, then those that colleagues share."""
    return await pool.fetch(SQL["views"], username, organisation)


async def save(pool: Pool, username: str, title: str, address: str, *, shared: bool) -> bool:
    """Keep it; one of the same title takes its place. False when this person has as many as there may be."""
    return bool(await pool.fetchval(SQL["save"], username, title, address, shared, wall.now(), MOST_VIEWS))


async def change(pool: Pool, username: str, view: int, title: str, *, shared: bool) -> bool:
    """False when it is not theirs, or another of theirs has that title."""
    return bool(await pool.fetchval(SQL["change"], view, username, title, shared))


async def drop(pool: Pool, username: str, view: int) -> bool:
    """False when it is not theirs."""
    return bool(await pool.fetchval(SQL["drop"], view, username))
