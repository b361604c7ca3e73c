"""As known at an instant: only what had been received by then, read from the ledger, and the reference data of then."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import asyncpg
import orjson

from services.waits.rules.clock import clocks
from services.waits.rules.definition import Definition
from services.waits.rules.facts import facts
from services.waits.rules.reference import Reference
from services.waits.rules.versions import Document
from services.waits.store import pages, pathways
from services.waits.store import reference as reference_store
from services.waits.store.pages import Question, Then
from services.waits.store.pathways import SQL
from shared.runtime.database import Connection, Pool

AT_ONCE = 500
UNTOLD: pathways.Row = {"spell_revision": 0, "told": 0}
"""Columns of a clock that no answer about the past reads."""
SETTLED = timedelta(seconds=20)
"""What was received at an instant is in the ledger so long after it: the server ends a transaction that takes longer (FENCED)."""


async def reference(connection: Connection, instant: datetime | None) -> Reference:
    """The reference data that was loaded by then; of now without an instant."""
    return await reference_store.load(connection, None if instant is None else await reference_store.load_at(connection, instant))


async def people(pool: Pool, instant: datetime | None = None) -> AsyncIterator[list[str]]:
    """Everybody of whom the ledger holds something, or held it at `instant`; some at a time, in order."""
    after = ""
    while found := [row["personkey"] for row in await pool.fetch(SQL["ledger_people"], after, AT_ONCE, instant)]:
        yield found
        after = found[-1]


async def everybody(pool: Pool, instant: datetime) -> AsyncIterator[list[pathways.Rebuilt]]:
    """What was known of each person, some at a time."""
    async for some in people(pool, instant):
        async with pool.acquire() as connection:
            yield await pathways.from_ledger(connection, some, instant)


async def holder(connection: Connection, instant: datetime, spell_id: str) -> tuple[str, Document] | None:
    """Under whom the first referral of a spell stood, and what was known of that person; None when nobody had it yet."""
    provider, _, referral_id = spell_id.partition(":")
    holders = [row["personkey"] for row in await connection.fetch(SQL["holders"], provider, referral_id)]
    for person, document in await pathways.from_ledger(connection, holders, instant):
        records = facts(document).get(provider)
        if records is not None and any(referral.id == referral_id for referral in records.referrals):
            return person, document
    return None


async def spell(
    pool: Pool, question: Question, reference: Reference, definition: Definition, known_at: datetime, spell_id: str
) -> tuple[asyncpg.Record, Document] | None:
    """As `pages.spell` reads it, but as known at an instant: the one person is computed from the ledger."""
    async with pool.acquire() as connection:
        found = await holder(connection, known_at, spell_id)
    if found is None:
        return None
    person, document = found
    told = [pathways.row(person, clock) | UNTOLD for clock in clocks(facts(document), reference, definition, question.at)]
    rows = orjson.dumps([row | {"components": orjson.Fragment(row["components"])} for row in told]).decode()
    return await pages.spell(pool, replace(question, then=Then(known_at, clocks=rows)), spell_id, document)
