"""As known at an instant: only what had been received by then, read from the ledger, and the reference data of then."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from services.waits.rules.facts import facts
from services.waits.rules.reference import Reference
from services.waits.rules.versions import Document
from services.waits.store import pathways
from services.waits.store import reference as reference_store
from services.waits.store.pathways import SQL
from shared.runtime.database import Connection, Pool

AT_ONCE = 500
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
