"""The national layout: figures as NHS England publishes them, and its files read back."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import NamedTuple

from services.reporting.rules.disclosure import HIDDEN, Disclosed, Exact, national
from services.reporting.rules.period import rolling
from services.reporting.rules.published import Kind, Published

COLUMNS = (
    "REPORTING_PERIOD_START", "REPORTING_PERIOD_END", "STATUS", "BREAKDOWN", "PRIMARY_LEVEL", "PRIMARY_LEVEL_DESCRIPTION",
    "SECONDARY_LEVEL", "SECONDARY_LEVEL_DESCRIPTION", "MEASURE_ID", "MEASURE_NAME", "MEASURE_VALUE",
)  # fmt: skip
NONE = "NONE"


class Breakdown(StrEnum):
    ENGLAND = "England"
    PROVIDER = "Provider"
    ICB = "ICB of GP Practice or Residence"
    PCN = "PCN"


class Place(NamedTuple):
    """One line of a breakdown: an organisation, `ENGLAND`, or `UNKNOWN`, an ICB that is not known."""

    breakdown: Breakdown
    code: str
    name: str


ENGLAND = Place(Breakdown.ENGLAND, "England", "England")
UNKNOWN = Place(Breakdown.ICB, "UNKNOWN", "UNKNOWN")


class Key(NamedTuple):
    """What one figure of a file is of."""

    end: date
    breakdown: str
    primary: str
    secondary: str
    measure_id: str


class Row(NamedTuple):
    """One line of the layout; ours holds a figure that went through disclosure control."""

    start: date
    end: date
    status: str
    breakdown: str
    primary: str
    primary_description: str
    secondary: str
    secondary_description: str
    measure_id: str
    measure_name: str
    value: Disclosed

    @property
    def key(self) -> Key:
        return Key(self.end, self.breakdown, self.primary, self.secondary, self.measure_id)


class Values(NamedTuple):
    """What the measures of one place are made of: counts by measure, and medians and percentiles by measure."""

    counts: Mapping[str, int]
    days: Mapping[str, float | None]


def figure(measure: Published, values: Values, compat: bool = False) -> Exact | None:
    """The exact figure of a measure; None where it does not occur. `compat` hides as the published code does (Q6)."""
    on = values.counts.get(measure.hidden_by(compat))
    if measure.kind is Kind.COUNT:
        return None if on is None else Exact.count(on)
    of = values.counts.get(measure.numerator)
    if on is None or of is None:
        return None
    if measure.kind is Kind.DAYS:
        return Exact.centile(values.days.get(measure.measure_id), of, on)
    whole = values.counts.get(measure.denominator)
    return None if whole is None else Exact.rate(of, whole, measure.per, on)


def rows(
    last: date, places: Mapping[Place, Values], measures: Sequence[Published], status: str = "Performance", compat: bool = False
) -> list[Row]:
    """Every measure of every place for the periods that end at a month's end, rounded and hidden by the national rules, in their order."""
    found = [
        Row(
            rolling(last, measure.months).first, last, status, place.breakdown, place.code, place.name, NONE, NONE,
            measure.measure_id, measure.name, national(figure(measure, values, compat), england=place == ENGLAND),
        )
        for place, values in places.items()
        for measure in measures
    ]  # fmt: skip
    return in_order(found)


def in_order(found: Iterable[Row]) -> list[Row]:
    """As published files are sorted."""
    return sorted(found, key=lambda row: (row.start, row.status, row.breakdown, row.primary, row.secondary, row.measure_id))


def lines(found: Iterable[Row]) -> Iterator[str]:
    """The lines of a CSV file, the first its columns."""
    writer = csv.writer(_Line(), lineterminator="\n")
    yield str(writer.writerow(COLUMNS))
    for row in found:
        yield str(writer.writerow([f"{row.start:%d/%m/%Y}", f"{row.end:%d/%m/%Y}", *map(str, row[2:])]))


class _Line:
    """A file of one line: writing it is having it."""

    def write(self, text: str) -> str:
        return text


class Theirs(NamedTuple):
    """A figure of a published file: a number, or None where it is hidden."""

    line: int
    key: Key
    start: date
    status: str
    primary_description: str
    measure_name: str
    value: Decimal | None


class Fault(NamedTuple):
    """What is wrong in one line of a file."""

    line: int
    column: str
    remedy: str


def read(text: str) -> tuple[list[Theirs], list[Fault]]:
    """A published file, whatever the order of its columns; a line with a fault is left out and named, the others are taken."""
    reader = csv.reader(re.findall(r"[^\n]*\n|[^\n]+", text.removeprefix("\ufeff")), strict=True)
    found: dict[Key, Theirs] = {}
    faults: list[Fault] = []
    try:
        header = [name.strip().strip("\ufeff").upper() for name in next(reader, [])]
        missing = [name for name in COLUMNS if header.count(name) != 1]
        if missing:
            return [], [Fault(1, missing[0], f"the first line must name each column of the published layout once: {', '.join(missing)}")]
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                faults.append(Fault(reader.line_num, COLUMNS[0], f"{len(cells)} cells where the first line has {len(header)}"))
                continue
            taken = _row(reader.line_num, {name: cell.strip() for name, cell in zip(header, cells, strict=True)})
            if isinstance(taken, Fault):
                faults.append(taken)
            elif (before := found.get(taken.key)) is not None:
                if before.value != taken.value:
                    faults.append(Fault(taken.line, "MEASURE_VALUE", f"line {before.line} says something else of the same figure"))
            else:
                found[taken.key] = taken
    except csv.Error as wrong:
        faults.append(Fault(reader.line_num, COLUMNS[0], f"not CSV from here on: {wrong}"))
    return list(found.values()), faults


def _row(line: int, cells: Mapping[str, str]) -> Theirs | Fault:
    empty = next((name for name in ("STATUS", "BREAKDOWN", "PRIMARY_LEVEL", "MEASURE_ID", "MEASURE_VALUE") if not cells[name]), None)
    if empty is not None:
        return Fault(line, empty, "is empty")
    days = []
    for name in COLUMNS[:2]:
        on = _date(cells[name])
        if on is None:
            return Fault(line, name, f"{cells[name]!r} is no date: write it as 30/09/2024")
        days.append(on)
    value = _number(cells["MEASURE_VALUE"])
    if value is None and cells["MEASURE_VALUE"] != HIDDEN:
        return Fault(line, "MEASURE_VALUE", f"{cells['MEASURE_VALUE']!r} is neither a number nor *")
    key = Key(days[1], cells["BREAKDOWN"], cells["PRIMARY_LEVEL"], cells["SECONDARY_LEVEL"] or NONE, cells["MEASURE_ID"])
    return Theirs(line, key, days[0], cells["STATUS"], cells["PRIMARY_LEVEL_DESCRIPTION"], cells["MEASURE_NAME"], value)


def _date(text: str) -> date | None:
    """dd/mm/yyyy, or yyyy-mm-dd."""
    parts = text.split("/")[::-1] if "/" in text else text.split("-")
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day) if len(parts[0]) == 4 else None
    except ValueError:
        return None


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    return value if value.is_finite() and value >= 0 else None
