"""What is known of each person, and the rows that follow from it. Everything in the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

from services.reporting.rules.records import Row
from shared.runtime.database import Connection, queries
from shared.versions import Document

SQL = queries("services.reporting", "sql/queries.sql")


class Part(NamedTuple):
    """Rows of one person that are replaced together, and the instant at which what they follow from was received."""

    personkey: str
    part: str
    instant: datetime


async def write(connection: Connection, documents: Mapping[str, Document]) -> None:
    """Write documents back."""
    people = list(documents)
    await connection.execute(SQL["write_pathways"], people, [orjson.dumps(documents[person]).decode() for person in people])


async def keep(connection: Connection, table: str, parts: Sequence[Part], rows: Iterable[tuple[Part, Row]]) -> int:
    """Let these rows, each named by its `fact`, stand in the place of all that stood in these parts. Returns how many changed."""
    if not parts:
        return 0
    asked = orjson.dumps([one._asdict() for one in parts]).decode()
    told = [_stamped(part, row) for part, row in rows]
    changed: int = await connection.fetchval(SQL["keep"], table, asked, orjson.dumps(told).decode())
    return changed


def _stamped(part: Part, row: Row) -> dict[str, Any]:
    digest = int.from_bytes(blake2b(orjson.dumps(row), digest_size=8).digest(), signed=True)
    return {"personkey": part.personkey, "part": part.part, "digest": digest, "known_from": part.instant, **row}


async def newer(connection: Connection, revisions: Mapping[tuple[str, str], int]) -> set[tuple[str, str]]:
    """Take these revisions by person and part; returns those that are greater than any read before."""
    if not revisions:
        return set()
    people, parts = [person for person, _ in revisions], [part for _, part in revisions]
    rows = await connection.fetch(SQL["newer"], people, parts, list(revisions.values()))
    return {(row["personkey"], row["part"]) for row in rows}


async def changed(connection: Connection, changes: Mapping[str, int]) -> None:
    """Note how many rows changed by provider."""
    if changes:
        await connection.execute(SQL["changed"], list(changes), list(changes.values()))
