"""Every national clock recounted in DuckDB SQL from an export of the ledger; shares no code with the rules it checks.

`EXPORT_DIR` holds `events` (the view `referrals.events`) and the reference tables `refset_members`, `assessment_tools` and
`excluded_providers`, each as CSV with a header (PostgreSQL's `COPY ... CSV HEADER`) or as Parquet.
`python -m tests.support.recount EXPORT_DIR --at DATE` prints the columns and order of `clockstop clocks`.
"""

import argparse
import csv
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

NATIONAL = ("national-2024", "national-2024-compat", "eip-2016")
"""The definitions that feed a national measure."""
DEFINITIONS = (*NATIONAL, "first-contact", "second-contact", "consultation-2021")
"""Those that the recount knows."""
COLUMNS = (
    "provider",
    "referral_ids",
    "spell_start",
    "spell_end",
    "open",
    "first_contact",
    "second_contact",
    "baseline_outcome",
    "assessment",
    "care_plan_or_intervention",
    "clock_stop",
    "wait_days",
    "waited_days",
    "within_target",
)
TABLES = ("events", "refset_members", "assessment_tools", "excluded_providers")
REFERENCE = TABLES[1:]
SQL = Path(__file__).with_name("recount.sql")
LEDGER_SQL = Path(__file__).with_name("recount_ledger.sql")


class Recount:
    """An export of the ledger, read once. `clocks` answers for any definition it knows and any day."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        connection.execute(LEDGER_SQL.read_text(encoding="utf-8"))
        for view in ("latest", "evidence"):
            connection.execute(f"CREATE TEMP TABLE kept AS FROM {view}; DROP VIEW {view}; ALTER TABLE kept RENAME TO {view}")

    @classmethod
    @contextmanager
    def of(cls, export_dir: Path) -> "Iterator[Recount]":
        with duckdb.connect() as connection:
            views(connection, export_dir, TABLES)
            yield cls(connection)

    def clocks(self, definition: str, at: date) -> list[tuple[object, ...]]:
        """One row for each in-scope spell started by `at`, in `COLUMNS`: dates, integers of days, booleans, None where absent."""
        return self._connection.execute(SQL.read_text(encoding="utf-8"), asked(definition, at)).fetchall()


def asked(definition: str, at: date) -> dict[str, object]:
    """The parameters of `recount.sql`."""
    return {"at": at, "definition": definition, "compat": definition == "national-2024-compat", "eip": definition == "eip-2016"}


def recount(export_dir: Path, at: date, definition: str = "national-2024") -> list[tuple[object, ...]]:
    """The clocks of one definition as at one day."""
    with Recount.of(export_dir) as export:
        return export.clocks(definition, at)


def views(connection: duckdb.DuckDBPyConnection, folder: Path, tables: Iterable[str]) -> None:
    """A view of each `<table>.parquet` or `<table>.csv`."""
    for table in tables:
        parquet = folder / f"{table}.parquet"
        read = connection.read_parquet(str(parquet)) if parquet.exists() else _csv(connection, folder / f"{table}.csv")
        read.create_view(table)


def _csv(connection: duckdb.DuckDBPyConnection, path: Path) -> duckdb.DuckDBPyRelation:
    """Nothing guessed: everything is text, quotes are doubled, and a line may be as long as the largest event (256 KiB, quotes doubled)."""
    return connection.read_csv(
        str(path), header=True, all_varchar=True, delimiter=",", quotechar='"', escapechar='"', max_line_size=4_194_304
    )


def as_csv(rows: list[tuple[object, ...]]) -> list[list[str]]:
    """Rows as `clockstop clocks` writes them: ISO dates, `true` and `false`, empty when absent."""
    return [["" if value is None else str(value).lower() if isinstance(value, bool) else str(value) for value in row] for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description="Recount every national clock from an export of the ledger.")
    parser.add_argument("export_dir", type=Path)
    parser.add_argument("--at", type=date.fromisoformat, required=True)
    chosen = parser.parse_args()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(as_csv(recount(chosen.export_dir, chosen.at)))


if __name__ == "__main__":
    main()
