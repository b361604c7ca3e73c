"""What pages and API read of spells: who asks about which ones, lists, one spell. Every read takes the providers the reader may see."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import asyncpg

from shared.runtime import database
from shared.runtime.database import Connection, Pool, queries
from shared.runtime.documents import loaded

SQL = queries("services.waits", "sql/pages.sql")


def rolling_quarter(at: date) -> date:
    """The first day of (month - 2): with `at` it is the quarter of W19."""
    months = at.year * 12 + at.month - 1 - 2
    return date(months // 12, months % 12 + 1, 1)


class Then(NamedTuple):
    """What a question about the past is answered from: the number of an answer (see answers.py), or one person's clocks as JSON."""

    known_at: datetime
    answer: int = 0
    clocks: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks (whose providers), as at which London date, under which definition, about which spells. None: any."""

    providers: frozenset[str]
    at: date
    definition: str  # id@version
    provider: str | None = None
    team_type: str | None = None
    state: str | None = None
    missing: tuple[str, ...] | None = None  # these components and no others, in the definition's order
    not_seen: bool | None = None
    due_on: date | None = None
    search: str | None = None
    mark: str | None = None  # what was said of it; "none": nothing that stands
    pathway: str | None = None
    since: date | None = None  # with `until`: when it came to its state
    until: date | None = None
    then: Then | None = None  # as known at an instant; None: as everything stands now

    @property
    def spells(self) -> str:
        """The query `spells`, over what it is answered from."""
        if self.then is None:
            return SQL["spells"]
        clocks = "waits.answered_clock c" if self.then.clocks is None else "waits.stated_clock c"
        return SQL["spells"].replace("waits.clock c", clocks).replace("waits.validation v", "waits.validation_then v")

    @property
    def one_spell(self) -> str:
        """The query `spell`: through the `case` that hides ids the planner sees no index."""
        return self.spells.replace("waits.clock c", "(select * from waits.clock where spell_id = $16) c") + SQL["spell"]

    def arguments(self) -> list[Any]:
        """$1 to $15 of the query `spells`."""
        missing = None if self.missing is None else list(self.missing)
        whose = [sorted(self.providers), self.at, self.definition, rolling_quarter(self.at)]
        which = self.provider, self.team_type, self.state, missing, self.not_seen, self.due_on, self.search, self.mark
        return [*whose, *which, self.pathway, self.since, self.until]


class Place(NamedTuple):
    """The last row seen of a sorted list, and how many rows came up to it."""

    sort_text: str
    sort_date: str
    spell_id: str
    personkey: str
    rows: int


class Feed(NamedTuple):
    """When a provider's last event came; None when none ever did."""

    provider: str
    last_received_at: datetime | None


@asynccontextmanager
async def snapshot(pool: Pool, then: Then | None = None) -> AsyncIterator[Connection]:
    """One consistent view of the data, now or then, with plans made for the values given (see pages.sql)."""
    async with database.snapshot(pool) as connection:
        if then is not None:
            await connection.execute(SQL["then"], then.known_at.isoformat(), str(then.answer), then.clocks or "[]")
        yield connection


async def counted(pool: Pool, question: Question) -> int:
    """How many spells `question` asks about."""
    async with snapshot(pool, question.then) as db:
        return int(await db.fetchval(question.spells + SQL["counted"], *question.arguments()))


async def listed(
    pool: Pool, question: Question, sort: str, after: Place | None, rows: int
) -> tuple[int, list[asyncpg.Record], Place | None]:
    """A page of the list: how many there are in all, at most `rows` of them, and the place to go on from (None: this is the end)."""
    arguments = question.arguments()
    async with snapshot(pool, question.then) as db:
        total = await db.fetchval(question.spells + SQL["counted"], *arguments)
        found = await db.fetch(question.spells + SQL["listed"], *arguments, sort, *_start(after), rows + 1)
    return total, found[:rows], _place(found, rows, after.rows if after else 0)


async def every(pool: Pool, question: Question, sort: str) -> AsyncIterator[asyncpg.Record]:
    """All rows of the list, from one snapshot."""
    async with snapshot(pool, question.then) as db:
        query = question.spells + SQL["listed"]
        async for row in db.cursor(query, *question.arguments(), sort, *_start(None), None, prefetch=1000):
            yield row


async def spell(
    pool: Pool, question: Question, spell_id: str, document: dict[str, Any] | None = None
) -> tuple[asyncpg.Record, dict[str, Any]] | None:
    """The clock row of one spell and the records of its person, at every provider; None when the reader sees no such spell.

    What a provider outside `question.providers` recorded may be computed with, never shown.
    """
    if question.then is None:  # one statement is one view of the data; and that of one spell is planned once
        row = await pool.fetchrow(question.one_spell, *question.arguments(), spell_id)
    else:
        async with snapshot(pool, question.then) as db:
            row = await db.fetchrow(question.one_spell, *question.arguments(), spell_id)
    if row is None:
        return None
    if document is None:
        document = loaded(row["document"] or "{}")
    return row, document


async def feeds(pool: Pool, providers: frozenset[str]) -> list[Feed]:
    """When each provider's last event came."""
    return [Feed(*row) for row in await pool.fetch(SQL["feeds"], sorted(providers))]


async def watermark(pool: Pool, looked_since: datetime) -> tuple[object, ...]:
    """Differs whenever a clock changed, an event came, a feed fell silent or was heard, or feeds were not looked at since then."""
    return tuple(await pool.fetchrow(SQL["watermark"], looked_since) or ())


async def organisations(pool: Pool | Connection, providers: frozenset[str], known_at: datetime | None = None) -> dict[str, str]:
    """ODS code -> name, in the order of names; a provider that reference data does not know has its code for a name."""
    return await _names(pool, "organisations", "organisations_then", providers, known_at)


async def team_types(pool: Pool | Connection, codes: frozenset[str], known_at: datetime | None = None) -> dict[str, str]:
    """Team type code -> name, in the order of names."""
    return await _names(pool, "team_types", "team_types_then", codes, known_at)


async def _names(pool: Pool | Connection, query: str, then: str, codes: frozenset[str], known_at: datetime | None) -> dict[str, str]:
    """As they are called now, or were then."""
    if known_at is None:
        rows = await pool.fetch(SQL[query], sorted(codes))
    else:
        rows = await pool.fetch(SQL[then], sorted(codes), known_at)
    known = dict.fromkeys(codes, "") | {code: name for code, name in rows}  # noqa: C416  # dict() would not type a Record
    return dict(sorted(((code, name or code) for code, name in known.items()), key=lambda pair: (pair[1], pair[0])))


def _place(found: Sequence[asyncpg.Record], rows: int, before: int) -> Place | None:
    if len(found) <= rows:
        return None
    last = found[rows - 1]
    return Place(last["sort_text"], last["sort_date"].isoformat(), last["spell_id"] or "", last["personkey"], before + rows)


def _start(after: Place | None) -> tuple[str | None, date | None, str | None, str | None]:
    """$17 to $20 of the query `listed`."""
    return (after.sort_text, date.fromisoformat(after.sort_date), after.spell_id, after.personkey) if after else (None,) * 4
