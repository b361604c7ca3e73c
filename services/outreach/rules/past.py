"""How a person stood on every day until now, as the records of today tell: what shares of past months are counted from."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from services.outreach.rules.calendar import months_on
from services.outreach.rules.facts import Life
from services.outreach.rules.membership import death_date, runs
from services.outreach.rules.schedule import ELEMENTS
from services.outreach.rules.uptake import YEAR

Span = tuple[date, date | None]
"""From a day until the day before another (None = it goes on)."""


class Past(NamedTuple):
    """Spans stand in order, apart from each other. `checked_on`: days on which any element of a check was recorded."""

    registered: Sequence[Span]  # on a register
    complete: Sequence[Span]  # and all six recorded within the 12 months before
    checked_on: Sequence[date]
    influenza_on: date | None  # last given
    covid_19_on: date | None


def past(life: Life, at: date) -> Past:
    """What is dated until `at`."""
    died = death_date(life)
    held = [(run.start, min([day for day in (run.end, died) if day is not None], default=None)) for run in runs(life.entries, at)]
    registered = [span for span in held if span[1] is None or span[0] < span[1]]
    recorded: dict[str, list[date]] = {}
    for check in life.checks:
        if check.status == "recorded" and check.on <= at:
            recorded.setdefault(check.element, []).append(check.on)
    complete = registered if all(element in recorded for element in ELEMENTS) else []
    for element in ELEMENTS:
        complete = complete and common(complete, _covered(recorded[element]))
    given = {one.vaccine: one.on for one in life.vaccinations if one.status == "given" and one.on <= at}
    return Past(registered, complete, sorted({on for of in recorded.values() for on in of}), given.get("influenza"), given.get("covid-19"))


def _covered(recorded: Iterable[date]) -> list[Span]:
    """The days within 12 months of any of these, which stand in order."""
    found: list[Span] = []
    for on in recorded:
        until = months_on(on, YEAR)
        if found and (last := found[-1][1]) is not None and on <= last:
            found[-1] = found[-1][0], until
        else:
            found.append((on, until))
    return found


def common(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """The days that both cover."""
    found = []
    for since, until in one:
        for begin, end in other:
            first, last = max(since, begin), min([day for day in (until, end) if day is not None], default=None)
            if last is None or first < last:
                found.append((first, last))
    return found
