"""Who shares their people with whom: agreements with their dates, and the account of what was done about them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

import asyncpg
import orjson

from shared.runtime.database import Connection, Pool, queries

SQL = queries("services.referrals", "sql/agreements.sql")
PURPOSES = ("health-checks",)
FIELDS = ("worklist", "readings", "contact")
"""What can be shared: who is to be reached and when; what was measured; name and contact for whoever reaches them."""


class Agreement(NamedTuple):
    """`valid_to` is the last day; None: until somebody ends it."""

    owner: str
    partner: str
    purpose: str
    fields: Sequence[str]
    valid_from: date
    valid_to: date | None
    made_by: str
    reason: str


async def make(connection: Connection, one: Agreement, now: datetime) -> int:
    """Keep an agreement, and that it was made, in one transaction; returns its number."""
    async with connection.transaction():
        number: int = await connection.fetchval(SQL["make_agreement"], *one, now)
        await _note(connection, now, one.made_by, "agreement made", {"number": number} | one._asdict())
    return number


async def end(connection: Connection, number: int, last_day: date, by: str, reason: str, now: datetime) -> bool:
    """Let an agreement end with a day; False where there is none, or it ends before."""
    async with connection.transaction():
        done = bool(await connection.fetchval(SQL["end_agreement"], number, last_day))
        if done:
            await _note(connection, now, by, "agreement ended", {"number": number, "valid_to": last_day, "reason": reason})
    return done


async def every(pool: Pool) -> list[asyncpg.Record]:
    """All that were ever made, the latest first."""
    return await pool.fetch(SQL["agreements"])


async def _note(connection: Connection, now: datetime, by: str, what: str, about: object) -> None:
    await connection.execute(SQL["audit_access"], now, by, what, orjson.dumps(about).decode())
