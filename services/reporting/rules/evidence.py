"""What a frozen return stands on, as lines with one order and one spelling: exact figures and the units behind them, and their hash."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from services.reporting.rules.members import Member
from services.reporting.rules.returns.compose import Row


class Figure(NamedTuple):
    """A row that leaves, with the measure that it shows and the figure as it is; None of what no measure says."""

    row: Row
    measure: str | None
    exact: str | None


def lines(figures: Iterable[Figure], members: Iterable[Member]) -> Iterator[str]:
    """Every exact figure and every unit, in order."""
    yield from sorted(_line({**one.row._asdict(), "measure": one.measure, "exact": one.exact}) for one in figures)
    yield from sorted(unit_of(one) for one in members)


def digest(figures: Iterable[Figure], members: Iterable[Member]) -> str:
    """SHA-256 of them, in hexadecimal."""
    found = hashlib.sha256()
    for line in lines(figures, members):
        found.update(line.encode() + b"\n")
    return found.hexdigest()


def unit_of(member: Member) -> str:
    """A unit as one line."""
    return _line({name: sorted(value) if isinstance(value, tuple | frozenset) else value for name, value in member._asdict().items()})


def member_of(line: str) -> Member:
    """The unit that a line says."""
    fields = json.loads(line)
    lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return Member(**{**fields, **lists, "counted": frozenset(fields["counted"])})


def _line(fields: dict[str, Any]) -> str:
    return json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
