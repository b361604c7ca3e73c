"""Baselines: figures of a month kept for good, with the version of the definition that they were counted by."""

from collections.abc import Collection
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

from services.reporting.rules.measures import Family
from services.reporting.store import figures, measures
from services.reporting.store.measures import EIP, MAIN, NOW, statement
from shared.runtime.database import Connection, Pool, columns, queries

SQL = queries("services.reporting", "sql/baselines.sql")
CLOCKS = {"mrs": MAIN, "spell_quality": MAIN, "signals": MAIN, "early_intervention": EIP}
"""The definition of clocks that a query counts by."""


class Baseline(NamedTuple):
    """One measure at one place. `shown`: as a wider audience saw it; `own`: as it is; None: it is not there."""

    measure: str
    shown: str | None
    own: str | None
    month: date
    definition: str
    rules: str
    by: str
    said_at: datetime

    @property
    def words(self) -> str:
        """When, by what definition, and by whom."""
        by = f"by {self.definition}, rules {self.rules}" if self.definition else f"by rules {self.rules}"
        return f"{self.month:%B %Y}, {by}; set by {self.by} on {self.said_at:%Y-%m-%d}"


class Told(NamedTuple):
    """One measure at one place, as it is written."""

    level: str
    code: str
    measure: str
    shown: str | None
    own: str | None


class Kept(NamedTuple):
    """What is kept of a family in a month. `current`: counted under the versions of definitions that hold now."""

    id: int
    last: date
    counted_at: datetime
    current: bool


async def kept(connection: Connection, month: date, family: Family) -> Kept | None:
    row = await connection.fetchrow(SQL["kept"], month, family.name, MAIN, await figures.mark(connection))
    return Kept(*row) if row else None


async def add(
    connection: Connection, family: Family, month: date, counted_at: datetime, by: str, at: datetime, why: str, told: Collection[Told]
) -> None:  # fmt: skip
    """Keep a baseline, in the caller's transaction."""
    made = family.name, month, await clocks(connection, family), rules(family), counted_at, by, at, why
    number = await connection.fetchval(SQL["add"], *made)
    await connection.execute(SQL["write"], number, *columns(told))


async def standing(
    db: Connection | Pool, level: str, code: str, of: Collection[str], known_at: datetime | None = None
) -> dict[str, Baseline]:  # fmt: skip
    """The baselines of a place that stand, by measure."""
    return {row["measure"]: Baseline(*row) for row in await db.fetch(SQL["standing"], level, code, list(of), known_at)}


async def clocks(db: Connection | Pool, family: Family) -> str:
    """The version of the definition of clocks by which a family is counted now; '' of one without."""
    name = CLOCKS.get(family.query)
    return "" if name is None else f"{name}@{await db.fetchval(measures.SQL['definition_version'], name, NOW) or 0}"


@cache
def rules(family: Family) -> str:
    """A hash over what counts a family: its measures in words, its query, and the migrations that its functions are in."""
    found = sha256(f"{family.measures}\n{sorted(family.levels)}\n{statement(family)}".encode())
    for file in sorted(files("services.reporting").joinpath("sql", "migrations").iterdir(), key=lambda one: one.name):
        text = file.read_text("utf-8")
        if f"{family.query}_units" in text:
            found.update(text.encode())
    return found.hexdigest()[:12]
