"""What pages and API read of people on registers. Every read takes what the reader may see."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import asyncpg

from services.outreach.store.seeing import Seeing
from shared.runtime.database import Connection, Pool, queries, snapshot

SQL = queries("services.outreach", "sql/worklist.sql")


class Question(NamedTuple):
    """Who asks, as at which London date, about which people. None: any."""

    seeing: Seeing
    at: date
    provider: str | None = None
    owner: str | None = None
    practice: str | None = None
    pcn: str | None = None
    state: str | None = "register"
    missing: tuple[str, ...] | None = None
    status: str | None = None
    schedule: str | None = None
    finding: str | None = None
    follow_up: str | None = None
    ethnicity: str | None = None
    age: int | None = None
    deprivation: int | None = None
    next_by: date | None = None
    search: str | None = None
    result: str | None = None
    vaccine: str | None = None
    tried: str | None = None
    came: bool | None = None

    def arguments(self) -> list[Any]:
        """$1 to $22 of the query `people`."""
        seeing, at, *rest = self
        return [sorted(seeing.own), at, sorted(seeing.owners), *(list(value) if isinstance(value, tuple) else value for value in rest)]


class Place(NamedTuple):
    """The last row seen of a sorted list, and how many rows came up to it."""

    sort_text: str
    sort_date: str
    personkey: str
    rows: int


async def listed(
    pool: Pool, question: Question, sort: str, after: Place | None, rows: int
) -> tuple[int, list[asyncpg.Record], Place | None]:
    """A page of the list: how many there are in all, at most `rows` of them, and the place to go on from (None: this is the end)."""
    arguments = question.arguments()
    async with snapshot(pool) as db:
        total = await db.fetchval(SQL["people"] + SQL["counted"], *arguments)
        found = await db.fetch(SQL["people"] + SQL["listed"], *arguments, sort, *_start(after), rows + 1)
    return total, found[:rows], _place(found, rows, after.rows if after else 0)


async def every(pool: Pool, question: Question, sort: str) -> AsyncIterator[asyncpg.Record]:
    """All rows of the list, from one snapshot."""
    async with snapshot(pool) as db:
        async for row in db.cursor(SQL["people"] + SQL["listed"], *question.arguments(), sort, *_start(None), None, prefetch=1000):
            yield row


async def counted(pool: Pool, question: Question) -> int:
    """How many people `question` asks about."""
    async with snapshot(pool) as db:
        return int(await db.fetchval(SQL["people"] + SQL["counted"], *question.arguments()))


async def names(pool: Pool | Connection, codes: Sequence[str]) -> dict[str, str]:
    """Code -> name of organisations, practices and PCNs, in the order of names; what is not known has its code for a name."""
    known = {row["code"]: row["name"] for row in await pool.fetch(SQL["organisations_named"], list(codes))}
    return dict(sorted(((code, known.get(code) or code) for code in set(codes)), key=lambda pair: (pair[1], pair[0])))


class Kinds(NamedTuple):
    """Codes among the people who may be seen."""

    owners: set[str]
    practices: set[str]
    pcns: set[str]


async def choices(pool: Pool, seeing: Seeing, at: date) -> Kinds:
    """Owners, practices and PCNs of the people who may be seen."""
    rows = await pool.fetch(SQL["choices"], sorted(seeing.own), sorted(seeing.owners), at)
    return Kinds(*({row[name] for row in rows if row[name]} for name in ("owner", "practice", "pcn")))


def _place(found: Sequence[asyncpg.Record], rows: int, before: int) -> Place | None:
    if len(found) <= rows:
        return None
    last = found[rows - 1]
    return Place(last["sort_text"], last["sort_date"].isoformat(), last["personkey"], before + rows)


def _start(after: Place | None) -> tuple[str | None, date | None, str | None]:
    """$24 to $26 of the query `listed`."""
    return (after.sort_text, date.fromisoformat(after.sort_date), after.personkey) if after else (None,) * 3
