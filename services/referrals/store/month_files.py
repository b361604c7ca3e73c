"""The CSV files of one provider and month: `DIR/<provider ODS>/<YYYY-MM>/<table>.csv`."""

import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from services.referrals.rules.mhsds.layout import Table
from services.referrals.rules.mhsds.months import Month
from services.referrals.rules.mhsds.writing import Row

_ODS = re.compile(r"[A-Z0-9]{3,10}")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class FileFaultError(Exception):
    """A file, or a folder, cannot be read on; the message says why and what to do. `line`: from where."""

    def __init__(self, detail: str, line: int = 1) -> None:
        super().__init__(detail)
        self.line = line


class MonthFolder(NamedTuple):
    """One provider's month on disk. `fault`: why it is no month."""

    provider: str
    name: str
    path: Path
    month: Month
    fault: str | None = None

    def file(self, table: Table) -> Path | None:
        """The table's file, whatever the case of its name; None when it is absent."""
        wanted = f"{table.name}.csv".casefold()
        return next((path for path in sorted(self.path.iterdir()) if path.name.casefold() == wanted), None)


def month_folders(root: Path) -> list[MonthFolder]:
    """Every month in a folder, by provider and month; what is hidden is passed over."""
    found = []
    for provider in sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")):
        for path in sorted(path for path in provider.iterdir() if path.is_dir() and not path.name.startswith(".")):
            fault = None
            try:
                month = Month.parse(path.name)
            except ValueError:
                month, fault = Month.parse("2000-01"), f"{path.name!r} is no month: name the folder as 2024-07"
            if not _ODS.fullmatch(provider.name):
                fault = f"{provider.name!r} is no ODS code: three to ten capital letters and digits, as RXA"
            found.append(MonthFolder(provider.name, path.name, path, month, fault))
    return found


class TableFile:
    """A table's file, read line by line: memory does not grow with it. FileFaultError when it cannot be read on."""

    def __init__(self, path: Path) -> None:
        self.size = path.stat().st_size
        self._raw = path.open("rb")
        if self._raw.peek(2)[:2] in _UTF16:
            self._raw.close()
            raise FileFaultError("is UTF-16: save it as UTF-8 (in a spreadsheet: CSV UTF-8)")
        # a byte that is not UTF-8 spoils its own cell alone
        self._text = TextIOWrapper(self._raw, encoding="utf-8-sig", errors="surrogateescape", newline="")
        self._reader = csv.reader(self._text, strict=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._text.close()

    @property
    def done(self) -> int:
        """Bytes read so far."""
        return self._raw.tell()

    def heading(self) -> list[str]:
        """The first line's cells."""
        try:
            return next(self._reader)
        except StopIteration:
            raise FileFaultError("is empty: not even a heading") from None
        except csv.Error as error:
            raise FileFaultError(f"the heading cannot be read: {error}") from None

    def lines(self) -> Iterator[tuple[int, list[str]]]:
        """(number of its first line, cells) of each row after the heading; empty lines are passed over."""
        while True:
            number = self._reader.line_num + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise FileFaultError(
                    f"cannot be read on from here ({error}): a quote that is never closed, or opened inside a cell", number
                ) from None
            if cells:
                yield number, cells


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
