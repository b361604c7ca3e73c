"""Answers about the past: everybody's clocks as they stood at an instant, made once from the ledger and kept while somebody asks."""

from datetime import datetime, timedelta
from typing import NamedTuple

import asyncpg

from services.waits.rules.definition import Definition
from services.waits.rules.facts import READ, facts
from services.waits.rules.reference import Reference
from services.waits.store import definitions, known, pathways
from services.waits.store import reference as reference_store
from services.waits.store.pages import Feed, Question
from shared import clock as wall
from shared.runtime.database import Connection, Pool, queries
from shared.runtime.documents import from_ledger, ledger_people_after

SQL = queries("services.waits", "sql/known.sql")
KEPT = 8
"""Answers that are kept; an ICB's takes about 100 MB."""
KEPT_FOR = timedelta(days=1)
WAITED_FOR = 4
"""So many may be in the making at once."""
AT_ONCE = 100
"""People of one transaction: few enough that events need not wait long for the worker."""


class Answer(NamedTuple):
    """An answer that was asked for: its number, whether it can be read, and the share of the people that are in it."""

    number: int
    made: bool
    share: float


async def ask(pool: Pool, question: Question, known_at: datetime, definition: Definition) -> Answer | None:
    """Ask for an answer, which the worker then makes; None when too many are being made. What months of files changed is made anew."""
    key = known_at, question.at, definition.id, definition.version
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(SQL["ask"], *key, wall.now(), WAITED_FOR)
        if row is not None and not row["holds"]:
            await connection.execute(SQL["forget"], KEPT, wall.now() - KEPT_FOR, row["number"])
            row = await connection.fetchrow(SQL["ask"], *key, wall.now(), WAITED_FOR)
    return None if row is None else Answer(row["number"], row["made"], _share(row["made_to"]))


def _share(personkey: str) -> float:
    """Keys are random hexadecimal digits: the place of one among all keys is its share of the people."""
    try:
        return int(personkey[:6].ljust(6, "0"), 16) / 16**6
    except ValueError:
        return 0.0


async def feeds(pool: Pool, answer: int, providers: frozenset[str]) -> list[Feed]:
    """When each provider had last been heard; of those that ever were."""
    return [Feed(*row) for row in await pool.fetch(SQL["feeds"], answer, sorted(providers))]


class Making:
    """The worker's job: makes the answers that were asked for, some people at a time, and forgets those that nobody asks for."""

    def __init__(self) -> None:
        self._definitions = definitions.cached()
        self._reference: tuple[int, Reference] | None = None

    async def make_due(self, connection: Connection) -> int:
        """Go on with the first that is not made. Returns how many people were done, and 1 for the end; 0: none is wanted."""
        wanted = await connection.fetchrow(SQL["claim"])
        if wanted is None:
            await connection.execute(SQL["forget"], KEPT, wall.now() - KEPT_FOR, None)
            return 0
        number, instant = wanted["number"], wanted["known_at"]
        people = await ledger_people_after(connection, wanted["made_to"], AT_ONCE, instant)
        if not people:
            await connection.execute(SQL["made"], number)
            return 1
        held = (await self._definitions.get(connection)).held
        found = await self._clocks(connection, wanted, held[wanted["definition"], wanted["definition_version"]].definition, people)
        if found:
            await connection.copy_records_to_table(
                "known_clock", records=[(number, *row.values()) for row in found], columns=["answer", *found[0]]
            )
        await connection.execute(SQL["heard"], number, people, instant)
        await connection.execute(SQL["made_to"], number, people[-1])
        return len(people)

    async def _clocks(
        self, connection: Connection, wanted: asyncpg.Record, definition: Definition, people: list[str]
    ) -> list[pathways.Row]:
        reference = await self._as_loaded(connection, wanted["known_at"])
        told = await from_ledger(connection, people, READ, wanted["known_at"])
        return [
            row | known.UNTOLD
            for one in told
            for row in pathways.rows(one.personkey, facts(one.document), [definition], reference, wanted["at"])
        ]

    async def _as_loaded(self, connection: Connection, instant: datetime) -> Reference:
        """The reference data of an instant, kept from step to step."""
        version = await reference_store.load_at(connection, instant)
        if self._reference is None or self._reference[0] != version:
            self._reference = version, await reference_store.load(connection, version)
        return self._reference[1]
