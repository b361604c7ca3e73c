"""As known at an instant: only what had been received by then, read from the ledger, and the reference data of then."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

import asyncpg

from services.waits.rules.definition import Definition
from services.waits.rules.facts import READ, facts
from services.waits.rules.reference import Reference
from services.waits.store import pages, pathways
from services.waits.store import reference as reference_store
from services.waits.store.pages import Question, Then
from services.waits.store.pathways import SQL
from shared.runtime.database import Connection, Pool
from shared.runtime.documents import Rebuilt, from_ledger, ledger_people_after
from shared.versions import Document

AT_ONCE = 500
UNTOLD: pathways.Row = {"spell_revision": 0, "told": 0}
"""Columns of a clock that no answer about the past reads."""


async def reference(connection: Connection, instant: datetime | None) -> Reference:
    """The reference data that was loaded by then; of now without an instant."""
    return await reference_store.load(connection, None if instant is None else await reference_store.load_at(connection, instant))


async def people(pool: Pool, instant: datetime | None = None) -> AsyncIterator[list[str]]:
    """Everybody of whom the ledger holds something, or held it at `instant`; some at a time, in order."""
    after = ""
    while found := await ledger_people_after(pool, after, AT_ONCE, instant):
        yield found
        after = found[-1]


async def everybody(pool: Pool, instant: datetime) -> AsyncIterator[list[Rebuilt]]:
    """What was known of each person, some at a time."""
    async for some in people(pool, instant):
        async with pool.acquire() as connection:
            yield await from_ledger(connection, some, READ, instant)


async def holders(connection: Connection, instant: datetime, spell_id: str) -> list[Rebuilt]:
    """What was known of those under whom the first referral of a spell ever stood; usually one person."""
    provider, _, referral_id = spell_id.partition(":")
    people = [row["personkey"] for row in await connection.fetch(SQL["holders"], provider, referral_id)]
    return await from_ledger(connection, people, READ, instant)


async def spell(
    pool: Pool, question: Question, reference: Reference, definition: Definition, known_at: datetime, spell_id: str
) -> tuple[asyncpg.Record, Document] | None:
    """As `pages.spell` reads it, but as known at an instant: its person alone is computed from the ledger."""
    async with pool.acquire() as connection:
        found = await holders(connection, known_at, spell_id)
    for person, document in found:
        told = pathways.as_json(row | UNTOLD for row in pathways.rows(person, facts(document), [definition], reference, question.at))
        read = await pages.spell(pool, replace(question, then=Then(known_at, clocks=told)), spell_id, document)
        if read is not None:
            return read
    return None
