"""Checking the rows of a reference table: dates, numbers, duplicate keys, periods that overlap. Pure; the first fault is named by line."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from math import isfinite
from typing import Any, NamedTuple

Cells = Mapping[str, str]


class RowFault(NamedTuple):
    """What is wrong, and in which line of the file (1 is the header)."""

    line: int
    column: str
    detail: str


class Period(NamedTuple):
    """First and last day, inclusive; absent means always."""

    first: date
    last: date
    line: int


def _day(text: str) -> date:
    if len(text) != 10:  # date.fromisoformat also takes 20240701
        raise ValueError(text)
    return date.fromisoformat(text)


def _number(text: str) -> float:
    if not isfinite(number := float(text)):
        raise ValueError(text)
    return number


def typed(cells: Cells, line: int, columns: Iterable[str], required: Iterable[str], numbers: Iterable[str]) -> dict[str, Any] | RowFault:
    """A row's values by column: text, dates (columns ending in _from or _to), numbers, None where blank."""
    wanted, numeric = set(required), set(numbers)
    row: dict[str, Any] = {}
    for column in columns:
        text = (cells.get(column) or "").strip()
        if not text:
            if column in wanted:
                return RowFault(line, column, "is empty: fill it")
            row[column] = None
            continue
        convert: Callable[[str], Any] = _day if column.endswith(("_from", "_to")) else _number if column in numeric else str
        try:
            row[column] = convert(text)
        except ValueError:
            return RowFault(line, column, f"{text[:40]!r} is not a {'date YYYY-MM-DD' if convert is _day else 'number'}")
    return row


def clash(rows: Iterable[tuple[int, Mapping[str, Any]]], key: tuple[str, ...], period: tuple[str, str] | None) -> RowFault | None:
    """The first two rows of one key that are both there on some day."""
    seen: dict[tuple[Any, ...], list[Period]] = {}
    for line, row in rows:
        first = row[period[0]] or date.min if period else date.min
        last = row[period[1]] or date.max if period else date.max
        if last < first and period:
            return RowFault(line, period[1], f"{last} is before {period[0]} {first}")
        named = tuple(row[column] for column in key)
        for other in seen.setdefault(named, []):
            if first <= other.last and other.first <= last:
                detail = f"{' '.join(str(part) for part in named)} stands in line {other.line} too"
                return RowFault(line, key[0], detail + (", for days that overlap" if period else ""))
        seen[named].append(Period(first, last, line))
    return None


def succession(rows: Iterable[tuple[int, Mapping[str, Any]]]) -> RowFault | None:
    """The first organisation whose successor cannot be followed: no last day, days after it, or a circle. Keys are clear of clashes."""
    known = list(rows)
    following: dict[str, tuple[int, str]] = {}
    for line, row in known:
        if row["successor"] is None:
            continue
        if row["valid_to"] is None:
            return RowFault(line, "valid_to", "is empty: an organisation with a successor needs its last day")
        if any(other["ods"] == row["ods"] and (other["valid_from"] or date.min) > row["valid_to"] for _, other in known):
            return RowFault(
                line, "successor", f"{row['ods']} stands again after {row['valid_to']}: only its last line may name a successor"
            )
        following[row["ods"]] = line, row["successor"]
    for ods, (line, successor) in following.items():
        passed, place = {ods}, successor
        while place not in passed and place in following:
            passed.add(place)
            place = following[place][1]
        if place in passed:
            return RowFault(line, "successor", f"{ods} follows itself in the end: name the organisation that goes on")
    return None
