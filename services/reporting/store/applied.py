"""Whether everything received until now is applied: figures as known at an instant are frozen only then.

The looks go along the road: what left one place is seen at the next. Each waits for what was there when it began, so a stream that goes
on does not keep it for ever.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiokafka import TopicPartition

from shared.events.topics import CARE_TOPICS
from shared.runtime.batch import SQL as RUNTIME
from shared.runtime.broker import Ends
from shared.runtime.database import Pool, queries

SQL = queries("services.reporting", "sql/applied.sql")
LOOK_AGAIN_SECONDS = 0.1


class BehindError(Exception):
    """Not everything is applied: one line that says what is behind."""


async def until_applied(pool: Pool, ends: Ends, seconds: float) -> None:
    """Return when all that the ledger holds now is applied in `waits` and here. BehindError when time runs out."""
    place = "?"
    try:
        async with asyncio.timeout(seconds):
            place = "referrals has events to send"
            await _sent(pool, "referrals_sending")
            care = await ends(CARE_TOPICS)
            place = "waits has events to read"
            await _until(lambda: _read(pool, SQL["waits_reading"], care))
            place = "waits has clocks to compute"
            await _until(lambda: _computed(pool))
            place = "waits has clocks to send"
            await _sent(pool, "waits_sending")
            place = "reporting has events to read"
            everything = {**care, **await ends(["waits.v1"])}
            await _until(lambda: _read(pool, RUNTIME["cursors"], everything))
    except TimeoutError:
        raise BehindError(f"after {seconds:g} s {place}: freeze when they are applied (`clockstop settle`)") from None


async def _until(done: Callable[[], Awaitable[bool]]) -> None:
    while not await done():
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def _sent(pool: Pool, query: str) -> None:
    """Until the rows that are in an outbox now have left it."""
    begun = await pool.fetchrow(SQL[query])
    last = begun["last"] if begun else 0

    async def gone() -> bool:
        row = await pool.fetchrow(SQL[query])
        return row is None or not 0 < row["first"] <= last

    await _until(gone)


async def _read(pool: Pool, query: str, ends: Mapping[TopicPartition, int]) -> bool:
    rows = await pool.fetch(query)
    cursors = {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}
    return all(cursors.get(place, 0) >= end for place, end in ends.items())


async def _computed(pool: Pool) -> bool:
    return bool(await pool.fetchval(SQL["waits_computing"]) == 0)
