"""The report of rows that files were not taken for: made with the first of them; the first few are shown too."""

import csv
import sys
from collections.abc import Sequence
from pathlib import Path

from shared.runtime.errors import CommandError

SHOWN = 20
COLUMNS = ("provider", "month", "file", "line", "column", "reason", "detail", "taken")
Row = tuple[object, ...]
"""The cells of COLUMNS; `month` is blank of a register extract, `file` where a whole month is refused."""


class Refused:
    """Counts them. `path`: where they are written."""

    def __init__(self, path: Path) -> None:
        self.path, self.rows, self.written = path, 0, False

    def add(self, rows: Sequence[Row]) -> None:
        """Append to the report; raises CommandError when it cannot be written."""
        if not rows:
            return
        for row in rows[: max(0, SHOWN - self.rows)]:
            provider, month, file, line, column, _, detail, _ = row
            if file:
                place = f"{provider}/{month}/{file}.csv" if month else file
                print(f"{place}, line {line}" + (f", column {column}" if column else "") + f": {detail}", file=sys.stderr)
        self.rows += len(rows)
        self.note(rows)

    def note(self, rows: Sequence[Row]) -> None:
        """Append to the report what is no fault, and not shown."""
        if not rows:
            return
        new, self.written = not self.written, True
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("w" if new else "a", encoding="utf-8", newline="") as report:
                writer = csv.writer(report, lineterminator="\n")
                if new:
                    writer.writerow(COLUMNS)
                writer.writerows(rows)
        except OSError as error:
            taken = f"{' '.join(map(str, rows[0][:2])).strip()} was taken: make room and run the command again"
            raise CommandError(f"--report: cannot write {self.path}: {error.strerror}; {taken}") from None
