"""The measures recounted in DuckDB SQL from an export of the ledger, by code that shares nothing with the service it checks.

`EXPORT_DIR` holds what `recount` wants, and the reference tables of PLACES and, as `told_by_outreach`, what outreach said
(personkey, data of the event).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TypeVar

import duckdb

from services.reporting.store.measures import Asked, counted
from shared.runtime.database import Pool
from tests.support.recount import SQL as CLOCKS_SQL
from tests.support.recount import TABLES, Recount, asked, views

PLACES = ("practices", "lsoas", "pcn_criteria", "organisations", "dedicated_pathways")
SQL, CARE_SQL, MORE_SQL = (Path(__file__).with_name(f"recount_{name}.sql") for name in ("measures", "care", "more"))
_OF_PEOPLE = re.sub(r"^SELECT provider,", "SELECT personkey, provider,", CLOCKS_SQL.read_text("utf-8"), flags=re.MULTILINE)
"""The recounted clocks, with whose they are."""
Cells = dict[tuple[str, str, str, str, str, str], float]
"""(level, code, team, by, value, measure) -> what is counted there; nothing where nothing is."""
Figures = dict[tuple[str, str, str], float]
"""(level, code, measure) -> what is counted there; nothing where nothing is."""
K = TypeVar("K", bound=tuple[str, ...])
NOT_RECOUNTED = {"Adult population", "MHSPOPALL", "Stops within 28 days", "Stops within 28 days told late"}
"""Populations are reference data as they stand; when a stop was told is what `waits` says of it (docs/measures.md)."""


async def figures(pool: Pool, asked: Asked) -> Figures:
    """What the service counts, of whole places."""
    found: Figures = {}
    for _, rows in await counted(pool, asked):
        for one in rows:
            if not one.by and not one.team:
                told = {name: value for name, value in {**one.counts, **one.days}.items() if value}
                found |= {(one.level, one.code, name): value for name, value in told.items()}
    return found


def differing(ours: dict[K, float], theirs: dict[K, float]) -> dict[K, tuple[float | None, float | None]]:
    """Where they are not alike: both. The measure comes last in the key."""
    keys = [key for key in ours.keys() | theirs.keys() if key[-1] not in NOT_RECOUNTED]
    return {key: (ours.get(key), theirs.get(key)) for key in keys if abs((ours.get(key) or 0) - (theirs.get(key) or 0)) >= 1e-6}


class RecountMeasures(Recount):
    """An export, read once."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(connection)
        self._cared: dict[tuple[date, str], Cells] = {}

    @classmethod
    @contextmanager
    def of(cls, export_dir: Path) -> "Iterator[RecountMeasures]":
        with duckdb.connect() as connection:
            views(connection, export_dir, (*TABLES, *PLACES, "told_by_outreach"))
            yield cls(connection)

    def measures(self, at: date, today: date, definition: str = "national-2024") -> Figures:
        """The figures of the periods that end on `at`; signals as the clocks of `today` tell them."""
        for name, under, day in (("clock", definition, at), ("eip", "eip-2016", at), ("clocks_now", "national-2024", today)):
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {_OF_PEOPLE}", asked(under, day))
        compat = definition == "national-2024-compat"
        rows = self._connection.execute(SQL.read_text("utf-8"), {"at": at, "compat": compat}).fetchall()
        rows += self._connection.execute(MORE_SQL.read_text("utf-8"), {"at": at}).fetchall()
        whole = {
            (level, code, measure): amount
            for (level, code, team, by, _, measure), amount in self.care(at, definition).items()
            if not team + by
        }
        return {(level, code, measure): value for level, code, measure, value in rows} | whole

    def care(self, at: date, definition: str = "national-2024") -> Cells:
        """The measures of care, at every place and in every group."""
        if (at, definition) not in self._cared:
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE clock AS {_OF_PEOPLE}", asked(definition, at))
            compat = definition == "national-2024-compat"
            rows = self._connection.execute(CARE_SQL.read_text("utf-8"), {"at": at, "compat": compat}).fetchall()
            self._cared[at, definition] = {(*cell, measure): amount for *cell, measure, amount in rows if amount}
        return self._cared[at, definition]
