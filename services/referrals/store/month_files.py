"""The CSV files of one provider and month: `DIR/<provider ODS>/<YYYY-MM>/<table>.csv`."""

import csv
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from services.referrals.rules.mhsds.layout import Table
from services.referrals.rules.mhsds.writing import Row


class MonthFiles:
    """Writes rows as they come, each to its table's file, which is made with the first: UTF-8, commas, LF, one header line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[str, int] = {}
        self._stack = ExitStack()
        self._writers: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def write(self, rows: Iterable[Row]) -> None:
        for table, cells in rows:
            writer = self._writers.get(table.name) or self._open(table)
            writer.writerow([cells.get(column.name, "") for column in table.columns])
            self.rows[table.name] += 1

    def table(self, table: Table) -> None:
        """Make a table's file even if no row comes: a month's files always hold persons and referrals."""
        if table.name not in self._writers:
            self._open(table)

    def _open(self, table: Table) -> Any:
        path = self.folder / f"{table.name}.csv"
        writer = csv.writer(self._stack.enter_context(path.open("w", encoding="utf-8", newline="")), lineterminator="\n")
        writer.writerow([column.name for column in table.columns])
        self.rows[table.name] = 0
        self._writers[table.name] = writer
        return writer
