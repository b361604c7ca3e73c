"""Whether everything received until now is applied: figures as known at an instant are frozen only then.

The looks go along the road: what left one place is seen at the next. Each waits for what was there when it began, so a stream that goes
on does not keep it for ever.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from aiokafka import TopicPartition

from shared import clock
from shared.events.topics import CARE_TOPICS
from shared.runtime.batch import SQL as RUNTIME
from shared.runtime.broker import Ends
from shared.runtime.database import Pool, queries
from shared.runtime.documents import SETTLED

SQL = queries("services.reporting", "sql/applied.sql")
LOOK_AGAIN_SECONDS = 0.1
MOMENT = timedelta(microseconds=1)
NEAR = timedelta(minutes=1)
"""Of so much before now a return may leave out what was received."""


class BehindError(Exception):
    """Not everything is applied: one line that says what is behind."""


class UnclearError(Exception):
    """What was known at an instant cannot be told: one line that says what to do."""


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


async def latest(pool: Pool, ends: Ends, seconds: float) -> datetime:
    """The latest instant as known at which everything is applied and can be told: none that a batch bridged, or while clocks were computed
    anew. BehindError, UnclearError when time runs out."""  # fmt: skip
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        at = clock.now() - SETTLED
        await until_applied(pool, ends, seconds)
        found = await _before_spans(pool, at)
        if at - found <= NEAR:
            return found
        if asyncio.get_running_loop().time() >= deadline:
            raise UnclearError(
                f"much was taken in at once, and what was known since {found.isoformat()} cannot be told yet: try again soon"
            )
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def clear(pool: Pool, ends: Ends, at: datetime, seconds: float) -> None:
    """Return when everything received by an instant is applied. UnclearError where what was known then cannot be told."""
    await until_applied(pool, ends, seconds)
    if (before := await _before_spans(pool, at)) != at:
        after = at
        while (end := await pool.fetchval(SQL["clear_after"], after)) is not None:
            after = end
        instead = f"name {before.isoformat()} or {after.isoformat()}"
        raise UnclearError(f"what was known at {at.isoformat()} was taken in together with what came after it: {instead}")


async def _before_spans(pool: Pool, at: datetime) -> datetime:
    while (first := await pool.fetchval(SQL["blurred"], at)) is not None:
        at = first - MOMENT
    return at


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
