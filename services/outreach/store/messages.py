"""Messages in the database: what is queued, how its state moves, and the attempt that a message is once it was sent.

Whoever locks a person's document and a message locks the document first: a batch of care events does so too.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import asyncpg

from services.outreach.rules.messages import AUTOMATIC, Fate, follows
from shared.clock import london_date
from shared.runtime import metrics
from shared.runtime.database import Connection, Pool, columns, queries

SQL = queries("services.outreach", "sql/messages.sql")
EXPIRES = timedelta(14)
FAILED_BY = "GOV.UK Notify: "


class Wanted(NamedTuple):
    """A message to be sent. `key` names what it is about, as `annual:2026-03-01:2`: while a message with it stands for this person no
    second one is queued. It goes while one of `task_ids` is live. `owner`: in whose name; `telephone`: the team's, that the text names."""

    personkey: str
    key: str
    anchor: str
    schedule: str
    task_ids: Sequence[str]
    owner: str
    channel: str
    template: str
    not_before: datetime
    asked_by: str = AUTOMATIC
    telephone: str | None = None
    expires_on: date | None = None  # None: 14 days after `not_before`


async def queue(connection: Connection, wanted: Wanted, now: datetime) -> UUID | None:
    """Queue a message in the caller's transaction; returns its id, None where one with this key stands already."""
    expires_on = wanted.expires_on or london_date(wanted.not_before) + EXPIRES
    row = uuid4(), wanted.personkey, wanted.key, wanted.anchor, wanted.schedule, list(wanted.task_ids), wanted.owner, wanted.channel
    rest = wanted.template, wanted.telephone, wanted.asked_by, now, wanted.not_before, expires_on
    found: UUID | None = await connection.fetchval(SQL["queue"], *row, *rest)
    return found


async def stop(connection: Connection, people: Mapping[str, str], now: datetime) -> None:
    """Let no queued message of these people go any more; person -> why. In the transaction that learns of it, after their documents are
    locked. One on its way at this moment is held back if it was not handed over yet."""  # fmt: skip
    if people:
        told = columns(sorted(people.items()))
        await connection.execute(SQL["stop_queued"], *told, now)
        await connection.execute(SQL["stop_intended"], *told)


async def sent(connection: Connection, row: asyncpg.Record, notify_id: str, look_at: datetime, now: datetime) -> None:
    """Note that Notify has it: from then on it is an attempt."""
    await connection.execute(SQL["work_out_anew"], row["personkey"], row["anchor"])
    if await connection.execute(SQL["sent"], row["id"], row["intent"], notify_id, now, look_at) == "UPDATE 1":
        await _attempt(connection, row, now)


async def hear(
    connection: Connection, message_id: UUID, news: Fate, notify_id: str | None, look_at: datetime | None, now: datetime
) -> bool:
    """Take news of a message in the caller's transaction; False where no such message is known. Twice, late or in any order: no harm."""
    whose = await connection.fetchrow(SQL["whose"], message_id)
    if whose is None:
        return False
    await connection.execute(SQL["work_out_anew"], *whose)
    row = await connection.fetchrow(SQL["one_message"], message_id)
    if row is None or row["intended_at"] is None or not follows(row["state"], row["why"], news):
        return row is not None
    attempt_id = str(message_id)
    if news.happened:
        await _attempt(connection, row, now)
        if news.result is not None:
            await connection.execute(SQL["attempt_failed"], attempt_id, news.result, f"{FAILED_BY}{news.why}")
        elif news.state == "delivered":
            await connection.execute(SQL["attempt_arrived"], attempt_id, f"{FAILED_BY}temporary-failure")
    else:
        await connection.execute(SQL["attempt_did_not_happen"], attempt_id, now)
    await connection.execute(SQL["settle"], message_id, news.state, news.why, now, look_at if news.state == "sent" else None, notify_id)
    return True


async def decide(connection: Connection, message_id: UUID, *, went: bool, by: str, now: datetime) -> str | None:
    """Note what somebody found out about a message in `unknown`; returns its new state, None where it is in no such doubt."""
    whose = await connection.fetchrow(SQL["whose"], message_id)
    if whose is None:
        return None
    await connection.execute(SQL["work_out_anew"], *whose)
    row = await connection.fetchrow(SQL["one_message"], message_id)
    if row is None or row["state"] != "unknown":
        return None
    if went:
        await _attempt(connection, row, now)
    state = "delivered" if went else "cancelled"
    await connection.execute(SQL["settle"], message_id, state, f"so says {by}", now, None, None)
    return state


async def not_sent(connection: Connection, row: asyncpg.Record, why: str, result_reason: str | None, now: datetime) -> None:
    """Note that an intended message certainly does not go. `result_reason`: because of the contact that is recorded, and so in the words
    of the attempt that it was, which takes this channel out of the ladder."""  # fmt: skip
    await connection.execute(SQL["work_out_anew"], row["personkey"], row["anchor"])
    if result_reason is not None:
        await _attempt(connection, row, now)
        await connection.execute(SQL["attempt_failed"], str(row["id"]), "wrong number", result_reason)
    await connection.execute(SQL["settle"], row["id"], "cancelled" if result_reason is None else "failed", why, now, None, None)


async def by_hand(connection: Connection, row: asyncpg.Record, why: str, now: datetime) -> None:
    """Leave a queued message to somebody: it cannot go by itself, today or ever."""
    await connection.execute(SQL["by_hand"], row["id"], why, now)


async def cancel(connection: Connection, row: asyncpg.Record, why: str, now: datetime) -> None:
    """Cancel a queued message, so that the next step is worked out anew."""
    await connection.execute(SQL["work_out_anew"], row["personkey"], row["anchor"])
    await connection.execute(SQL["cancel"], row["id"], why, now)


async def _attempt(connection: Connection, row: asyncpg.Record, now: datetime) -> None:
    at = row["intended_at"]
    said = str(row["id"]), row["personkey"], row["anchor"], row["schedule"], row["channel"], london_date(at), at, row["asked_by"]
    await connection.execute(SQL["write_attempt"], *said, row["asked_by"] == AUTOMATIC, now)


async def of(db: Connection | Pool, personkey: str) -> list[asyncpg.Record]:
    """The messages of one person, the newest first, for their history."""
    return await db.fetch(SQL["messages_of"], personkey)


async def measure(pool: Pool) -> None:
    """Messages that wait, by state, and since when the oldest does."""
    rows = {row["state"]: row for row in await pool.fetch(SQL["messages_waiting"])}
    for state in ("queued", "intended", "unknown"):
        metrics.MESSAGES.labels(state).set(rows[state]["count"] if state in rows else 0)
        metrics.MESSAGE_AGE_SECONDS.labels(state).set(rows[state]["oldest"] if state in rows else 0)
