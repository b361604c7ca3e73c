"""What is wrong with a filled return, or must be explained: judged on what leaves, so that no message tells more than the return."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from services.reporting.rules.disclosure import HIDDEN
from services.reporting.rules.returns.compose import NIL, Cell, Row, number
from services.reporting.rules.returns.definition import Definition
from services.reporting.rules.returns.entries import entry
from services.reporting.rules.returns.lines import Entered, Line, Measured
from services.reporting.rules.returns.tables import Place

BLOCKING = frozenset({"syntax", "validity"})
UNKNOWN_PERCENT = 10
"""Of a line by groups, the share of UNKNOWN above which somebody has to say why."""
Before = Mapping[tuple[str, Place], str]
"""What was shown of the previous version, or else period, by line and place."""


class Edit(NamedTuple):
    """`kind`: syntax (not what its type says) and validity (missing, or at odds) block; quality and macro must be explained."""

    id: str
    kind: str
    line: str
    message: str

    @property
    def blocks(self) -> bool:
        return self.kind in BLOCKING


def before(rows: Iterable[Row]) -> Before:
    return {(row.line, row.place): row.shown for row in rows}


def edits(definition: Definition, cells: Sequence[Cell], earlier: Before | None = None) -> list[Edit]:
    """In the order of the lines. `earlier`: what this return said before; None: it is the first."""
    of = {line.id: [cell.row() for cell in cells if cell.line == line.id] for line in definition.lines}
    found = [edit for line in definition.lines for edit in _line(definition, line, of, earlier or {})]
    if not any(_says_something(row) for line in definition.lines if isinstance(line.source, Measured) for row in of[line.id]):
        found.append(Edit("nil-return", "quality", "", "no figure above nothing: a nil return is made knowingly; say why it is one"))
    return found


def _line(definition: Definition, line: Line, of: Mapping[str, Sequence[Row]], earlier: Before) -> Iterator[Edit]:
    if isinstance(line.source, Entered):
        for row in of[line.id]:
            yield from _entered(line, line.source, row)
    if line.at_most:
        yield from _at_most(line, definition.line(line.at_most), of[line.id], of[line.at_most])
    if isinstance(line.source, Measured) and "UNKNOWN" in line.source.values:
        yield from _unknown(line, of[line.id])
    for row in of[line.id]:
        yield from _changed(definition, line, row, earlier)


def _entered(line: Line, source: Entered, row: Row) -> Iterator[Edit]:
    if not row.shown:
        if source.required:
            yield Edit(_id("missing", row), "validity", line.id, f"{_of(row)}nothing is entered: {source.owner} enters it, or nil")
    elif row.shown != HIDDEN:
        try:
            entry(line, row.shown)
        except ValueError as error:
            yield Edit(_id("malformed", row), "syntax", line.id, f"{_of(row)}{error}")


def _at_most(line: Line, limiting: Line, rows: Sequence[Row], limits: Sequence[Row]) -> Iterator[Edit]:
    """Rounding keeps order, so what is more when it is shown is more. What nobody enters nobody can correct: it is to be explained."""
    kind = "validity" if isinstance(line.source, Entered) or isinstance(limiting.source, Entered) else "quality"
    by_place = {(row.code, row.by, row.value): row for row in limits}
    for row in rows:
        limit = by_place.get((row.code, row.by, row.value)) or (limits[0] if len(limits) == 1 else None)
        value, most = number(row.shown), limit and number(limit.shown)
        if value is not None and most is not None and value > most:
            yield Edit(_id("too-many", row), kind, line.id, f"{_of(row)}{row.shown} is more than {line.at_most}, {most}")


def _unknown(line: Line, rows: Sequence[Row]) -> Iterator[Edit]:
    for unknown in (row for row in rows if row.value == "UNKNOWN"):
        numbers = [number(row.shown) for row in rows if row.place._replace(value="") == unknown.place._replace(value="")]
        total, many = sum((one for one in numbers if one), Decimal(0)), number(unknown.shown)
        if many and 100 * many > UNKNOWN_PERCENT * total:
            share = round(100 * many / total)
            yield Edit(_id("unknown", unknown), "quality", line.id, f"{_of(unknown)}{share} percent have no {unknown.by} recorded")


def _changed(definition: Definition, line: Line, row: Row, earlier: Before) -> Iterator[Edit]:
    was, now = earlier.get((row.line, row.place), ""), row.shown
    least = definition.change_least if row.kind in {"count", "money"} else 0
    percent = line.change_percent or definition.change_percent
    old, new = _amount(was), _amount(now)
    if row.kind in {"text", "date"} or old is None or new is None or abs(new - old) <= least or 100 * abs(new - old) <= percent * abs(old):
        return
    change = f"{round(100 * (new - old) / old):+} percent" if old else "from nothing"
    yield Edit(_id("changed", row), "macro", line.id, f"{_of(row)}{was} before, {now} now: {change}, more than {percent}")


def _amount(shown: str) -> Decimal | None:
    return Decimal(0) if shown == NIL else number(shown)


def _says_something(row: Row) -> bool:
    value = number(row.shown)
    return value is not None and value > 0


def _id(rule: str, row: Row) -> str:
    """The same in each check of the same return, so that an explanation stays with what it explains."""
    return ":".join(part for part in (rule, row.line, row.code, row.by, row.value) if part)


def _of(row: Row) -> str:
    return f"{row.value or row.code}: "
