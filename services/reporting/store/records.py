"""What is known of each person, and the rows that follow from it. Everything in the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

import orjson

from services.reporting.rules.records import Row
from shared.runtime.database import Connection, columns, queries
from shared.versions import Document

SQL = queries("services.reporting", "sql/queries.sql")


Fact = tuple[str, str, str]
"""Person, part and name of a row."""


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
    instants = {(one.personkey, one.part): one.instant for one in parts}
    told = {(part.personkey, part.part, row["fact"]): row for part, row in rows}
    digests = {fact: _digest(row) for fact, row in told.items()}
    stands: dict[Fact, int] = {}
    until: dict[Fact, datetime] = {}
    for personkey, part, fact, digest, known_to in await connection.fetch(SQL["stood"], table, *columns(parts)):
        if digest is None:
            until[personkey, part, fact] = known_to
        else:
            stands[personkey, part, fact] = digest
    ended = [fact for fact, digest in stands.items() if digests.get(fact) != digest]
    begun = [fact for fact, digest in digests.items() if stands.get(fact) != digest]
    if ended:
        await connection.execute(SQL["end_facts"], table, *columns((*fact, instants[fact[:2]]) for fact in ended))
    if begun:
        stamped = [
            {"personkey": fact[0], "part": fact[1], "digest": digests[fact], "known_to": "infinity", **told[fact]}
            | {"known_from": max(instants[fact[:2]], until.get(fact, instants[fact[:2]]))}
            for fact in begun
        ]
        await connection.execute(SQL["begin_facts"], table, orjson.dumps(stamped).decode())
    return len(ended) + len(begun)


def _digest(row: Row) -> int:
    return int.from_bytes(blake2b(orjson.dumps(row), digest_size=8).digest(), signed=True)


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
