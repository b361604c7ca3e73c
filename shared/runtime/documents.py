"""What is known of each person, one document in the service's table `pathway`: locked with the batch, folded anew from the ledger."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import orjson

from shared import clock
from shared.runtime.database import Connection, Pool, queries
from shared.runtime.stated import microseconds
from shared.versions import MOVED, Document, Said, Version, fold

SQL = queries("shared.runtime", "sql/documents.sql")


def loaded(text: str) -> Document:
    """A document as it is stored."""
    document: Document = orjson.loads(text)
    return document


async def lock(connection: Connection, people: Sequence[str]) -> dict[str, Document]:
    """Lock the documents of these people, made where there is none."""
    await connection.execute(SQL["new"], people)
    return {person: loaded(text) for person, text in (await lock_known(connection, people)).items()}


async def lock_known(connection: Connection, people: Sequence[str]) -> dict[str, str]:
    """Lock the documents of those of these people who have one: as stored."""
    return {row["personkey"]: row["document"] for row in await connection.fetch(SQL["lock"], people)}


async def lock_free(connection: Connection, people: Sequence[str]) -> dict[str, str]:
    """Lock those documents of these people that nobody else has locked: as stored."""
    return {row["personkey"]: row["document"] for row in await connection.fetch(SQL["lock_free"], people)}


async def stored(db: Connection | Pool, people: Sequence[str]) -> dict[str, Document]:
    """The documents of these people as they stand; who has none is left out."""
    return {row["personkey"]: loaded(row["document"]) for row in await db.fetch(SQL["documents"], people)}


async def people_after(db: Connection | Pool, after: str, at_most: int) -> list[str]:
    """Those who come next in the order of their keys."""
    return [row["personkey"] for row in await db.fetch(SQL["people"], after, at_most)]


async def ledger_people_after(db: Connection | Pool, after: str, at_most: int, known_at: datetime | None) -> list[str]:
    """Those of whom the ledger held anything by `known_at`, in the order of their keys."""
    return [row["personkey"] for row in await db.fetch(SQL["ledger_people"], after, at_most, known_at)]


EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
SETTLED = timedelta(seconds=20)
"""What was received at an instant is in the ledger so long after it: the server ends a transaction that takes longer (FENCED)."""


def not_known(instant: datetime) -> tuple[str, str] | None:
    """Why nothing can be said as known at an instant, and what to do; None when something can."""
    if instant < EARLIEST:
        return f"{instant.isoformat()} lies before anything was known", f"name an instant from {EARLIEST.year} on"
    if instant > clock.now() - SETTLED:
        told = f"name one at least {SETTLED.seconds} seconds ago, or leave it out to see what is known now"
        return f"{instant.isoformat()} is too recent: what was received then may still be on its way", told
    return None


class Rebuilt(NamedTuple):
    """One person's document, folded anew from the ledger."""

    personkey: str
    document: Document


async def from_ledger(
    connection: Connection, people: Sequence[str], kinds: Collection[str], known_at: datetime | None = None
) -> list[Rebuilt]:
    """Fold every version of these kinds that the ledger holds of these people, or of them those received by `known_at`."""
    documents: dict[str, Document] = {person: {} for person in people}
    for person, said in (await said_of(connection, people, kinds, known_at)).items():
        for one in said:
            fold(documents[person], *one)
    return [Rebuilt(person, document) for person, document in documents.items()]


async def said_of(
    connection: Connection, people: Sequence[str], kinds: Collection[str], known_at: datetime | None = None
) -> Mapping[str, list[Said]]:
    """Every version of these kinds that the ledger holds of these people, in the order received; until `known_at`, if given."""
    said: dict[str, list[Said]] = {person: [] for person in people}
    for event in await connection.fetch(SQL["ledger_of"], people, sorted(kinds), known_at):
        data = None if event["data"] is None else MOVED if event["voided"] else orjson.loads(event["data"])
        version: Version = [microseconds(event["recordedtime"]), microseconds(event["receivedtime"]), event["source"], event["id"], data]
        said[event["personkey"]].append((event["kind"], event["provider"], event["record_id"], version))
    return said
