"""Which day it is, what is due to be told, and who is due to be looked at again. Everything in the caller's transaction."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

import asyncpg

from services.outreach.store.rows import Row
from shared import clock as wall
from shared.runtime import metrics
from shared.runtime.batch import OUTBOX_ROW_EVENTS
from shared.runtime.database import Connection, Pool, queries

SQL = queries("services.outreach", "sql/due.sql")


async def day(connection: Connection, now: datetime) -> date:
    """The London day that worker and database agree has come, and never before the last one on which anything was told."""
    found: date = await connection.fetchval(SQL["day"], wall.london_date(now))
    return found


async def advance(connection: Connection, to: date) -> None:
    """Something is told on this day: there is no way back."""
    await connection.execute(SQL["advance"], to)


async def tell(connection: Connection, today: date, now: datetime, topic: str, source: str, at_most: int) -> int:
    """Tell of each live task, once, that it is due soon, due or overdue by today; the longest due first. Returns how many were told of."""
    count: int = await connection.fetchval(SQL["tell_due"], today, at_most, topic, source, now.isoformat(), OUTBOX_ROW_EVENTS)
    return count


async def claim_recompute(connection: Connection, today: date, at_most: int) -> list[asyncpg.Record]:
    """(personkey, marked) of people to be looked at again, locked. `marked`: because of an entry, not of time."""
    return await connection.fetch(SQL["claim_recompute"], today, at_most)


async def claim_steps(
    connection: Connection, today: date, schedules: Collection[str], channels: Collection[str], at_most: int
) -> list[Row]:
    """People whose next step is a message that nobody need send by hand, with the tasks that it is about; locked, the longest due first."""
    return [dict(row) for row in await connection.fetch(SQL["claim_steps"], today, sorted(schedules), sorted(channels), at_most)]


class Sweep(NamedTuple):
    """(version of the reference data, number of the last setting) that everybody is computed with, and those that there are now."""

    used: tuple[int | None, int | None]
    now: tuple[int | None, int | None]
    cause: Literal["reference", "setting"]
    swept_to: str | None  # None: everybody is


async def sweep(connection: Connection) -> Sweep | None:
    """How far the work is that the last change made, locked; None while another worker is at it."""
    row = await connection.fetchrow(SQL["sweep"])
    if row is None:
        return None
    return Sweep((row["version"], row["setting"]), (row["version_now"], row["setting_now"]), row["cause"], row["swept_to"])


async def swept(
    connection: Connection, used: tuple[int | None, int | None], cause: str, swept_to: str | None, begun_at: datetime | None = None
) -> None:
    """Note how far it is."""
    await connection.execute(SQL["swept"], *used, cause, swept_to, begun_at)


async def unswept(connection: Connection | Pool) -> int:
    """How many people new reference data or settings have not reached yet."""
    count: int = await connection.fetchval(SQL["unswept"])
    return count


async def measure_due(pool: Pool) -> None:
    """How late what is due is acted on, by job."""
    async with pool.acquire() as connection:
        today = await day(connection, wall.now())
        for row in await connection.fetch(SQL["due_lateness"], today):
            metrics.DUE_LATENESS_SECONDS.labels("outreach", row["job"]).set(max(0.0, (row["late"] or timedelta()).total_seconds()))
