"""What the ledger says of one event: which it is, and every version received of its person's records at its provider."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import orjson

from services.waits.rules.effects import Cause, Known, Name
from services.waits.rules.facts import READ
from services.waits.store.pages import snapshot
from services.waits.store.pathways import SQL
from shared.runtime.database import Connection, Pool
from shared.runtime.documents import from_ledger
from shared.runtime.stated import microseconds
from shared.versions import MOVED, Document


@dataclass(frozen=True, slots=True)
class Sent:
    """An accepted event, and the versions among which it stands. `persons`: those under whom its record ever stood, its own first.

    `elsewhere`: what is known of each of them at other providers.
    """

    provider: str
    type: str
    received: datetime
    known: Known
    persons: dict[str, list[Known]]
    elsewhere: dict[str, Document]


async def sent(pool: Pool, event_id: str, providers: frozenset[str], known_at: datetime | None = None) -> list[Sent]:
    """Every accepted event of this id that one of `providers` sent: an id is unique within a source alone.

    With `known_at`, the versions among which it stands are those received by then.
    """
    async with snapshot(pool) as db:
        return [await _sent(db, row, known_at) for row in await db.fetch(SQL["sent"], event_id, sorted(providers))]


async def versions(connection: Connection, personkey: str, provider: str, known_at: datetime | None = None) -> list[Known]:
    """All versions received of one person's records at one provider; until `known_at`, if given."""
    return [_known(row) for row in await connection.fetch(SQL["versions"], personkey, provider, known_at)]


async def received(pool: Pool, personkey: str, providers: Iterable[str]) -> dict[str, list[Known]]:
    """All versions received of one person's records at these providers, by provider."""
    async with pool.acquire() as connection:
        return {provider: await versions(connection, personkey, provider) for provider in sorted(providers)}


async def _sent(db: Connection, row: asyncpg.Record, known_at: datetime | None) -> Sent:
    known, provider = _known(row), row["provider"]
    persons: dict[str, list[Known]] = {}
    to_read = [row["personkey"]]
    while to_read:
        person = to_read.pop()
        persons[person] = await versions(db, person, provider, known_at)
        moves = {one.moved_to for one in persons[person] if (one.kind, one.record_id) == (known.kind, known.record_id)}
        to_read += [other for other in moves if other and other not in persons]
    elsewhere = {
        one.personkey: {key: held for key, held in one.document.items() if not key.startswith(f"{provider}|")}
        for one in await from_ledger(db, list(persons), READ, known_at)
    }
    return Sent(provider, row["type"], row["receivedtime"], known, persons, elsewhere)


def _known(row: asyncpg.Record) -> Known:
    instants = microseconds(row["recordedtime"]), microseconds(row["receivedtime"])
    data = orjson.loads(row["data"])
    moved_to = data.get("moved_to") if row["voided"] else None
    told = (MOVED if moved_to else None) if row["voided"] else data
    because = orjson.loads(row["cause"]) if row["cause"] else {}
    cause = Cause(because["kind"], Name(because["source"], because["id"])) if because.get("id") else None
    return Known(row["kind"], row["record_id"], [*instants, row["source"], row["id"], told], cause, moved_to)
