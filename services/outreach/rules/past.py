"""How a person stood on every day, as far as the records of today tell: spans of days from which any day's share can be counted."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from services.outreach.rules.calendar import months_on
from services.outreach.rules.facts import Check, Entry, Life
from services.outreach.rules.schedule import ELEMENTS

Span = tuple[date, date | None]
"""From a day until the day before another (None = it goes on)."""
MONTHS = 12
"""A record of an element holds for so many months."""


class Past(NamedTuple):
    """`checked_on`: days on which any of the six was recorded. Spans stand in order, apart from each other."""

    registered: tuple[Span, ...]
    complete: tuple[Span, ...]
    checked_on: tuple[date, ...]
    influenza_on: date | None  # last given
    covid_19_on: date | None


def past(life: Life) -> Past | None:
    """None for somebody who was never on a register."""
    if not life.entries:
        return None
    recorded = [check for check in life.checks if check.status == "recorded" and check.element in ELEMENTS]
    given = {name: max((one.on for one in life.vaccinations if one.vaccine == name and one.status == "given"), default=None) for name in VACCINES}
    return Past(
        united(_registered(life.entries, min((one.death_date for one in life.persons if one.death_date), default=None))),
        _complete(recorded),
        tuple(sorted({check.on for check in recorded})),
        *given.values(),
    )


VACCINES = ("influenza", "covid-19")


def united(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The days that any of them covers."""
    found: list[Span] = []
    for since, until in sorted(spans, key=lambda span: span[0]):
        if until is not None and until <= since:
            continue
        if found and (found[-1][1] is None or since <= found[-1][1]):
            last = found[-1][1]
            found[-1] = found[-1][0], None if last is None or until is None else max(last, until)
        else:
            found.append((since, until))
    return tuple(found)


def common(one: Sequence[Span], other: Sequence[Span]) -> tuple[Span, ...]:
    """The days that both cover; each stands in order, apart."""
    found = []
    for since, until in one:
        for begin, end in other:
            ends = [day for day in (until, end) if day is not None]
            first, last = max(since, begin), min(ends, default=None)
            if last is None or first < last:
                found.append((first, last))
    return tuple(found)


def _registered(entries: Iterable[Entry], died: date | None) -> Iterable[Span]:
    for entry in entries:
        ends = [day for day in (entry.ended_on, died) if day is not None]
        yield entry.entered_on, min(ends, default=None)


def _complete(recorded: Sequence[Check]) -> tuple[Span, ...]:
    held: tuple[Span, ...] | None = None
    for element in ELEMENTS:
        covered = united((check.on, months_on(check.on, MONTHS)) for check in recorded if check.element == element)
        held = covered if held is None else common(held, covered)
    return held or ()
