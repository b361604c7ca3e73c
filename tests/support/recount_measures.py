"""The national measures recounted in DuckDB SQL from an export of the ledger; shares no code with the service it checks.

`EXPORT_DIR` holds what `recount` wants, and the reference tables `practices`, `lsoas` and `pcn_criteria`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from tests.support.recount import SQL as CLOCKS_SQL
from tests.support.recount import TABLES, Recount, asked, views

PLACES = ("practices", "lsoas", "pcn_criteria")
SQL = Path(__file__).with_name("recount_measures.sql")
_OF_PEOPLE = re.sub(r"^SELECT provider,", "SELECT personkey, provider,", CLOCKS_SQL.read_text("utf-8"), flags=re.MULTILINE)
"""The recounted clocks, with whose they are."""
Figures = dict[tuple[str, str, str], float]
"""(level, code, measure) -> what is counted there; nothing where nothing is."""


class RecountMeasures(Recount):
    """An export, read once."""

    @classmethod
    @contextmanager
    def of(cls, export_dir: Path) -> "Iterator[RecountMeasures]":
        with duckdb.connect() as connection:
            views(connection, export_dir, (*TABLES, *PLACES))
            yield cls(connection)

    def measures(self, at: date, definition: str = "national-2024") -> Figures:
        """The figures of the periods that end on `at`."""
        for name, under in (("clock", definition), ("eip", "eip-2016")):
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {_OF_PEOPLE}", asked(under, at))
        compat = definition == "national-2024-compat"
        rows = self._connection.execute(SQL.read_text("utf-8"), {"at": at, "compat": compat}).fetchall()
        return {(level, code, measure): value for level, code, measure, value in rows}
