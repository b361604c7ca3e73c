"""What the data-quality page reads: gaps in records, late events, old open waits, and what people said of these."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

import asyncpg

from services.waits.rules.lateness import ONCE
from services.waits.store import pages
from services.waits.store.pages import Question, snapshot
from shared.runtime.database import Pool, queries

SQL = queries("services.waits", "sql/quality.sql")


@dataclass(frozen=True, slots=True)
class Wanting:
    """Who asks (whose providers) about which gaps. None: any."""

    providers: frozenset[str]
    provider: str | None = None
    what: str | None = None
    kind: str | None = None

    def arguments(self) -> list[object]:
        """$1 to $4 of the query `gaps`."""
        return [sorted(self.providers), self.provider, self.what, self.kind]


class Place(NamedTuple):
    """The last row seen of a list of gaps, and how many rows came up to it."""

    sort_number: int
    provider: str
    kind: str
    record_id: str
    personkey: str
    what: str
    rows: int


class Late(NamedTuple):
    """What a provider's events received in one London month were: all that happen once, and those told of late."""

    provider: str
    month: date
    events: int
    late: int


class Validation(NamedTuple):
    """What somebody said of an open wait, and whether it stands: nothing happened since."""

    said_at: datetime
    username: str
    name: str
    verdict: str
    reason: str
    stands: bool


async def gap_counts(pool: Pool, wanting: Wanting) -> dict[tuple[str, str, str], int]:
    """(provider, what, kind) -> records."""
    async with snapshot(pool) as db:
        rows = await db.fetch(SQL["gaps"] + SQL["gap_counts"], *wanting.arguments())
    return {(row["provider"], row["what"], row["kind"]): row["records"] for row in rows}


async def gap_list(pool: Pool, wanting: Wanting, after: Place | None, rows: int) -> tuple[int, list[asyncpg.Record], Place | None]:
    """A page of the list: how many there are in all, at most `rows` of them, and the place to go on from (None: this is the end)."""
    async with snapshot(pool) as db:
        total = await db.fetchval(SQL["gaps"] + SQL["gap_total"], *wanting.arguments())
        found = await db.fetch(SQL["gaps"] + SQL["gap_list"], *wanting.arguments(), *(after[:6] if after else [None] * 6), rows + 1)
    if len(found) <= rows:
        return total, found, None
    last = found[rows - 1]
    key = last["sort_number"], last["provider"], last["kind"], last["record_id"], last["personkey"], last["what"]
    return total, found[:rows], Place(*key, (after.rows if after else 0) + rows)


async def every_gap(pool: Pool, wanting: Wanting) -> AsyncIterator[asyncpg.Record]:
    """All rows of the list, from one snapshot."""
    async with snapshot(pool) as db:
        async for row in db.cursor(SQL["gaps"] + SQL["gap_list"], *wanting.arguments(), *[None] * 7, prefetch=1000):
            yield row


async def late(pool: Pool, wanting: Wanting) -> list[Late]:
    """By month, the latest first, and provider."""
    return [Late(*row) for row in await pool.fetch(SQL["late"], *wanting.arguments()[:2], sorted(ONCE))]


async def inactive(pool: Pool, question: Question) -> dict[tuple[int, str], int]:
    """(90, 180 or 365 days, what was said or "none") -> open waits in which nothing happened for so long."""
    async with snapshot(pool) as db:
        rows = await db.fetch(pages.SQL["spells"] + SQL["inactive"], *replace(question, state="inactive-90").arguments())
    return {(row["days"], row["verdict"]): row["spells"] for row in rows}


async def validations(pool: Pool, personkey: str, spell_id: str, last_activity: date | None) -> list[Validation]:
    """Everything that was said of a spell, the latest first."""
    return [Validation(*row) for row in await pool.fetch(SQL["validations"], personkey, spell_id, last_activity)]


async def validate(pool: Pool, username: str, name: str, spell: asyncpg.Record, verdict: str, reason: str) -> None:
    """Note what somebody says of this spell, as it is now."""
    of = spell["provider"], spell["personkey"], spell["spell_id"]
    await pool.execute(SQL["validate"], username, name, *of, verdict, reason, spell["last_activity"])
