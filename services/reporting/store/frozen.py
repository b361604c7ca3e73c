"""What a version of a return said when it was frozen: its rows, figures, units and edits; and what it was computed by."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

import asyncpg

from services.reporting.rules.evidence import Figure, member_of, unit_of
from services.reporting.rules.members import Member
from services.reporting.rules.restatement import Told
from services.reporting.rules.returns.compose import Row
from services.reporting.rules.returns.edits import Edit
from shared.runtime.database import Connection, Pool, columns, queries
from shared.runtime.stated import MADE_HERE

SQL = queries("services.reporting", "sql/frozen.sql")
AT_ONCE = 20_000
"""Units of one statement."""


class Frozen(NamedTuple):
    """The instant as known at which, the versions of data and rules, the two hashes."""

    known_at: datetime
    by: str
    entered_at: datetime
    load: int
    position: int
    rules: str
    figures: str
    hash: str
    evidence_hash: str


async def write(
    connection: Connection,
    return_id: str,
    version: int,
    of: Frozen,
    figures: Sequence[Figure],
    members: Sequence[Member],
    edits: Iterable[Edit],
) -> None:
    """In the place of what was frozen before, in the caller's transaction."""
    named = return_id, version
    for query in ("forget_rows", "forget_units", "forget_edits"):
        await connection.execute(SQL[query], *named)
    await connection.execute(SQL["froze"], *named, *of)
    if rows := [(*one.row, one.measure, one.exact) for one in figures]:
        await connection.execute(SQL["write_rows"], *named, *columns(rows))
    for start in range(0, len(members), AT_ONCE):
        some = members[start : start + AT_ONCE]
        await connection.copy_records_to_table(
            "frozen_unit", records=[(*named, *one[:3], unit_of(one)) for one in some], columns=["return_id", "version", *_KEY, "unit"]
        )
    if told := [(one.id, one.kind, one.line or None, one.message) for one in edits]:
        await connection.execute(SQL["write_edits"], *named, *columns(told))


_KEY = Member._fields[:3]


async def figures(db: Connection | Pool, return_id: str, version: int) -> list[Figure]:
    """The rows in the definition's order."""
    rows = await db.fetch(SQL["rows"], return_id, version)
    return [Figure(Row(*(row[name] for name in Row._fields)), row["measure"], row["exact"]) for row in rows]


async def members(db: Connection | Pool, return_id: str, version: int) -> list[Member]:
    """Every unit behind it."""
    return [member_of(row["unit"]) for row in await db.fetch(SQL["units"], return_id, version)]


async def edits(db: Connection | Pool, return_id: str, version: int) -> list[Edit]:
    return [Edit(row["id"], row["kind"], row["line"] or "", row["message"]) for row in await db.fetch(SQL["edits"], return_id, version)]


async def explanations(db: Connection | Pool, return_id: str, version: int) -> dict[str, asyncpg.Record]:
    """By edit, the last that was said of it as it stands."""
    return {row["edit"]: row for row in await db.fetch(SQL["explanations"], return_id, version)}


async def rows_before(db: Connection | Pool, return_id: str, version: int, first: date) -> list[Row]:
    """What the version before this one that was signed said, or else the newest one of the period before."""
    return [Row(*(row[name] for name in Row._fields)) for row in await db.fetch(SQL["rows_before"], return_id, version, first)]


async def versions_before(db: Connection | Pool, return_id: str, version: int) -> list[asyncpg.Record]:
    """The versions before this one that may have left, the oldest first."""
    return await db.fetch(SQL["versions_before"], return_id, version)


async def position(db: Connection | Pool, known_at: datetime) -> int:
    """The greatest position of the ledger received by then."""
    return await db.fetchval(SQL["position"], known_at) or 0


async def clocks(db: Connection | Pool, known_at: datetime) -> dict[str, int]:
    """The versions of the definitions of clocks that had spells then."""
    return {row["definition"]: row["version"] for row in await db.fetch(SQL["clocks"], known_at)}


async def has_clocks(db: Connection | Pool, definition: str, version: int, known_at: datetime) -> bool:
    """Whether clocks under this version of a definition were kept then."""
    return bool(await db.fetchval(SQL["has_clocks"], definition, version, known_at))


async def told_since(db: Connection | Pool, people: Iterable[str], since: datetime, by: datetime) -> dict[str, list[Told]]:
    """What the ledger received of these people after an instant and by another."""
    found: dict[str, list[Told]] = {}
    for row in await db.fetch(SQL["told_since"], sorted(people), since, by, MADE_HERE):
        found.setdefault(row["personkey"], []).append(Told(row["kind"], row["voided"], row["known"], row["moved"]))
    return found


def hash_of(content: bytes) -> str:
    """SHA-256 of what leaves, in hexadecimal."""
    return sha256(content).hexdigest()


@cache
def software() -> str:
    """What computes: a hash over this service's rules, queries and migrations."""
    found = sha256()
    for folder in ("rules", "sql"):
        for name, content in _texts(files("services.reporting").joinpath(folder), folder):
            found.update(f"{name}\n{content}\n".encode())
    return found.hexdigest()[:16]


def _texts(folder: Traversable, named: str) -> Iterable[tuple[str, str]]:
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.is_dir():
            yield from _texts(file, f"{named}/{file.name}")
        elif file.name.endswith((".py", ".sql", ".toml")):
            yield f"{named}/{file.name}", file.read_text("utf-8")
