"""What the ledger says of one event: which it is, and every version received of its person's records at its provider."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg
import orjson

from services.waits.rules.effects import Cause, Known, Name
from services.waits.store.pages import snapshot
from services.waits.store.pathways import SQL, microseconds
from shared.runtime.database import Connection, Pool


@dataclass(frozen=True, slots=True)
class Sent:
    """An accepted event, and the versions among which it stands; where its record was moved, those of the person it belongs to now."""

    provider: str
    type: str
    received: datetime
    known: Known
    versions: list[Known]
    after_move: list[Known]


async def sent(pool: Pool, event_id: str, providers: frozenset[str]) -> list[Sent]:
    """Every accepted event of this id that one of `providers` sent: an id is unique within a source alone."""
    async with snapshot(pool) as db:
        return [await _sent(db, row) for row in await db.fetch(SQL["sent"], event_id, sorted(providers))]


async def versions(connection: Connection, personkey: str, provider: str) -> list[Known]:
    """All versions received of one person's records at one provider."""
    return [_known(row) for row in await connection.fetch(SQL["versions"], personkey, provider)]


async def _sent(db: Connection, row: asyncpg.Record) -> Sent:
    known, provider = _known(row), row["provider"]
    there = await versions(db, row["personkey"], provider)
    holder = row["holder"] or await _moved_to(db, known, there, provider) or row["personkey"]
    after = there if holder == row["personkey"] else await versions(db, holder, provider)
    return Sent(provider, row["type"], row["receivedtime"], known, there, after)


async def _moved_to(db: Connection, known: Known, there: list[Known], provider: str) -> str | None:
    """The person whose it is now, by the event that caused the move: for records without an id of their own."""
    causes = [one.cause.event for one in there if one.cause and (one.kind, one.record_id) == (known.kind, known.record_id)]
    rows = await db.fetch(SQL["sent"], causes[-1].id, [provider]) if causes else []
    return next((row["holder"] or row["personkey"] for row in rows if row["source"] == causes[-1].source), None)


def _known(row: asyncpg.Record) -> Known:
    instants = microseconds(row["recordedtime"]), microseconds(row["receivedtime"])
    data = None if row["data"] is None else orjson.loads(row["data"])
    cause = None if row["cause"] is None else orjson.loads(row["cause"])
    made = Cause(cause["kind"], Name(cause["source"], cause["id"])) if cause else None
    return Known(row["kind"], row["record_id"], [*instants, row["source"], row["id"], data], made)
