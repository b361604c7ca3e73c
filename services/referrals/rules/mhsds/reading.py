"""Cells as sent -> cells in one notation, or why a row is refused, by column. Pure; files are opened elsewhere.

A good row is a list of text in the order of the table's columns: "" where absent, dates `YYYY-MM-DD`, times `HH:MM:SS`, stamps with an
offset. So rows compare, sort and travel as text.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from math import isfinite
from typing import NamedTuple

from services.referrals.rules.mhsds.layout import Column, Table

EARLIEST = "1901-01-01"
"""1900-01-01 is the classic placeholder of systems that know no date."""
PROVIDER_COLUMNS = ("orgidprov", "orgidprovider")
"""Returned extracts name the provider in every row."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_UK = re.compile(r"(\d\d)/(\d\d)/(\d{4})", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", re.ASCII)
_STAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)", re.ASCII)
_ID = re.compile(r"[^\s|;]+( [^\s|;]+)*")
_CODE = re.compile(r"[A-Za-z0-9-]+")
_TEAM = re.compile(r"[A-Z]\d\d", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,9}(\.\d{1,6})?", re.ASCII)
_PROCEDURE = re.compile(r"[A-Za-z0-9-]+\s*(\|[^|]*\|\s*)?(:.*)?")


class Fault(NamedTuple):
    """Why a row, or one cell of it, was not taken: a reason of the closed list and one plain sentence."""

    column: str
    reason: str
    detail: str


class Read(NamedTuple):
    """A row as read. `fault` refuses it; `warnings` name cells that were left out. `key`: its key's cells, None where unreadable."""

    cells: list[str]
    key: tuple[str, ...] | None
    fault: Fault | None
    warnings: list[Fault]


@dataclass(frozen=True)
class Reading:
    """How files are read: `uk` takes dd/mm/yyyy too; nothing may have happened after `latest`; nothing is planned after `planned`."""

    provider: str
    uk: bool
    latest: str
    planned: str

    @staticmethod
    def on(provider: str, day: date, *, uk: bool) -> "Reading":
        """What is known on the day of receipt: a day's grace for what happened, three years for what is planned."""
        return Reading(provider, uk, str(day + timedelta(days=1)), str(day + timedelta(days=3 * 366)))


class _BadError(Exception):
    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class TableReader:
    """Reads the rows of one file, whose heading it was given. `fault` says why the file cannot be read at all."""

    def __init__(self, table: Table, heading: Sequence[str], reading: Reading) -> None:
        names = [name.strip().casefold() for name in heading]
        self._table = table
        self._width = len(names)
        self._reading = reading
        self.fault = _heading_fault(table, names)
        wanted = [(names.index(name) if (name := column.name.casefold()) in names else None) for column in table.columns]
        self._checks = [
            (place, source, column, _check(column, reading))
            for place, (source, column) in enumerate(zip(wanted, table.columns, strict=True))
            if source is not None
        ]
        own = {column.name.casefold() for column in table.columns}
        self._provider = next((names.index(name) for name in PROVIDER_COLUMNS if name in names and name not in own), None)
        self._blank = [""] * len(table.columns)
        self._keys = table.keys

    def read(self, sent: Sequence[str]) -> Read:
        """One line's cells."""
        if len(sent) != self._width:
            detail = f"{len(sent)} cells, the heading has {self._width}: half a row, or a comma that is not quoted"
            return Read([], None, Fault("", "cut-short", detail), [])
        cells = self._blank.copy()
        fault: Fault | None = None
        warnings: list[Fault] = []
        bad: set[int] = set()
        for place, source, column, check in self._checks:
            text = sent[source].strip()
            if not text:
                if column.required and fault is None:
                    fault = Fault(column.name, "missing-field", "is empty: fill it")
                continue
            try:
                cells[place] = check(text)
            except _BadError as error:
                found = Fault(column.name, error.reason, error.detail)
                if column.spares or (column.warns and error.reason == "unknown-code"):
                    warnings.append(found._replace(detail=f"{error.detail}; the row was taken without it"))
                else:
                    fault = fault or found
                    bad.add(place)
        if self._provider is not None and (named := sent[self._provider].strip()) not in {"", self._reading.provider}:
            fault = Fault(self._table.columns[0].name, "provider-mismatch", f"the row is of {_shown(named)}, not {self._reading.provider}")
            return Read(cells, None, fault, warnings)
        readable = not bad.intersection(self._keys) and (not self._table.key or cells[self._keys[0]] != "")
        return Read(cells, tuple(cells[place] for place in self._keys) if readable else None, fault, warnings)


def _heading_fault(table: Table, names: Sequence[str]) -> Fault | None:
    for column in table.columns:
        times = names.count(column.name.casefold())
        if times > 1:
            return Fault(column.name, "duplicate-key", "stands twice in the heading: name each column once")
        if column.required and not times:
            return Fault(column.name, "missing-field", "is missing from the heading: add the column")
    return None


def _check(column: Column, reading: Reading) -> Callable[[str], str]:
    """What turns a cell of this column, not blank, into its one notation. It raises _BadError."""
    if column.kind == "date":
        latest = reading.planned if column.ahead else reading.latest
        return lru_cache(maxsize=8192)(lambda text: _date(text, reading.uk, latest))
    pattern, wanted = _PATTERNS[column.kind]

    def check(text: str) -> str:
        if not text.isprintable():
            raise _unprintable(text)
        if len(text) > column.longest:
            raise _BadError("too-long", f"{len(text)} characters, at most {column.longest} are taken")
        if pattern is not None and not pattern.fullmatch(text):
            raise _BadError("bad-value", f"{_shown(text)} is no {wanted}")
        if column.allowed is not None and text not in column.allowed:
            raise _BadError("unknown-code", f"{_shown(text)} is none of {', '.join(sorted(column.allowed))}")
        return text

    if column.kind == "time":
        return lambda text: f"{check(text)}:00"[:8]
    if column.kind == "stamp":
        return lambda text: _stamp(check(text), reading.latest)
    if column.kind == "number":
        return lambda text: _number(check(text))
    # ids and long texts differ from row to row: remembering them would only cost
    return check if column.kind in {"id", "text"} else lru_cache(maxsize=8192)(check)


_PATTERNS: dict[str, tuple[re.Pattern[str] | None, str]] = {
    "id": (_ID, "identifier: up to 64 characters, single spaces inside, no bars and no semicolons"),
    "code": (_CODE, "code: letters, digits and hyphens"),
    "text": (None, ""),
    "number": (_NUMBER, "number: write it as 12 or 12.5"),
    "procedure": (_PROCEDURE, "procedure: a concept, then perhaps |a term|, then perhaps a colon and a refinement"),
    "team": (_TEAM, "team type: a letter and two digits, as A06"),
    "time": (_TIME, "time: write it as 09:30:00"),
    "stamp": (_STAMP, "time stamp: write it as 2024-07-29T11:00:00+01:00, with its offset or Z"),
}


def _date(text: str, uk: bool, latest: str) -> str:
    if not text.isprintable():
        raise _unprintable(text)
    if match := _UK.fullmatch(text):
        if not uk:
            raise _BadError(
                "bad-value", f"{text} is written dd/mm/yyyy: write it as {match[3]}-{match[2]}-{match[1]}, or import with --dates uk"
            )
        text = f"{match[3]}-{match[2]}-{match[1]}"
    if not _DAY.fullmatch(text):
        raise _BadError("bad-value", f"{_shown(text)} is no date: write it as 2024-07-01")
    try:
        date.fromisoformat(text)
    except ValueError:
        raise _BadError("impossible-date", f"{text} is no day of the calendar") from None
    if text < EARLIEST:
        raise _BadError("impossible-date", f"{text} is before {EARLIEST[:4]}: leave an unknown date blank")
    if text > latest:
        raise _BadError("impossible-date", f"{text} lies in the future: send it when it has happened")
    return text


def _stamp(text: str, latest: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _BadError("impossible-date", f"{text} is no instant of the calendar") from None
    if text < EARLIEST or text[:10] > latest:
        raise _BadError("impossible-date", f"{text} lies before {EARLIEST[:4]} or in the future")
    return moment.isoformat()


def _number(text: str) -> str:
    number = float(text)
    if not isfinite(number):  # pragma: no cover  # the pattern bounds it
        raise _BadError("bad-number", "is not finite")
    return repr(number)


def _unprintable(text: str) -> _BadError:
    odd = next(mark for mark in text if not mark.isprintable())
    if "\udc80" <= odd <= "\udcff":
        return _BadError("not-utf8", f"byte 0x{ord(odd) - 0xDC00:02X} is not UTF-8: save the file as UTF-8")
    return _BadError("bad-text", f"character U+{ord(odd):04X} is not printable: send plain text")


def _shown(text: str) -> str:
    """A cell as it may be told; what has the digits of an NHS number is told without them."""
    return repr(re.sub(r"\d", "#", text[:40]) if len(re.sub(r"\D", "", text)) == 10 else text[:40])
