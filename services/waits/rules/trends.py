"""What is followed over time: whole weeks or months, the measures, and their values from counts of each."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from math import ceil
from typing import Literal

from shared.xmr import Better, Period, Value

By = Literal["week", "month"]


class Measure(StrEnum):
    WAITING = "waiting"
    PAST_TARGET = "past-target"
    STARTED = "started"
    SEEN_WITHIN = "seen-within"
    STOPPED = "stopped"
    SHARE_WITHIN = "share-within"
    MEDIAN_DAYS = "median-days"
    CLOSED = "closed"


BETTER = {
    Measure.WAITING: Better.LOWER,
    Measure.PAST_TARGET: Better.LOWER,
    Measure.STARTED: Better.NEITHER,
    Measure.SEEN_WITHIN: Better.HIGHER,
    Measure.STOPPED: Better.HIGHER,
    Measure.SHARE_WITHIN: Better.HIGHER,
    Measure.MEDIAN_DAYS: Better.LOWER,
    Measure.CLOSED: Better.NEITHER,  # people lost, or a list put in order: the chart cannot tell
}
SHARES = frozenset({Measure.SEEN_WITHIN, Measure.SHARE_WITHIN})
"""Measures in percent."""


STAGES = (
    ("received", "accepted"),
    ("accepted", "first-contact"),
    ("received", "first-contact"),
    ("first-contact", "assessment"),
    ("assessment", "care-plan"),
    ("care-plan", "intervention"),
    ("first-contact", "intervention"),
    ("intervention", "psychological-therapy"),
)
"""As a pathway goes through them; two reach over others: the wait that everybody sees, and the one behind it."""


Counts = Mapping[str, Sequence[int]]
"""By line (see the query `series`): spells before the first period, then in each."""


def periods(at: date, by: By, number: int) -> list[Period]:
    """The last `number` whole weeks (Monday to Sunday) or months that ended before `at`, the oldest first."""
    found: list[Period] = []
    until = at - timedelta(at.weekday() + 1) if by == "week" else at.replace(day=1) - timedelta(1)
    for _ in range(number):
        since = until - timedelta(6) if by == "week" else until.replace(day=1)
        found.append(Period(since, until))
        until = since - timedelta(1)
    return found[::-1]


def series(whole: Sequence[Period], counts: Counts, medians: Sequence[float | None]) -> dict[Measure, list[Value]]:
    """Every measure in every period. Waiting and past the target are as at the period's last day."""
    flows = {
        Measure.STARTED: counts["started"][1:],
        Measure.STOPPED: counts["stopped"][1:],
        Measure.CLOSED: counts["closed"][1:],
        Measure.WAITING: _standing(counts["started"], counts["left"]),
        Measure.PAST_TARGET: _standing(counts["past"], counts["past-left"]),
    }
    found = {
        measure: [Value(period, float(count), count, None) for period, count in zip(whole, numbers, strict=True)]
        for measure, numbers in flows.items()
    }
    for measure, line, of in ((Measure.SHARE_WITHIN, "within", "stopped"), (Measure.SEEN_WITHIN, "seen-within", "seen")):
        found[measure] = [
            Value(period, 100 * count / all_ if all_ else None, count, all_)
            for period, count, all_ in zip(whole, counts[line][1:], counts[of][1:], strict=True)
        ]
    found[Measure.MEDIAN_DAYS] = [
        Value(period, days, count, None) for period, days, count in zip(whole, medians, counts["stopped"][1:], strict=True)
    ]
    return {measure: found[measure] for measure in Measure}


def centile(days: Mapping[int, int], part: float) -> float | None:
    """W24: exact, with linear interpolation, of so many of each number of days. `part` is 0.5 for the median; None of nothing."""
    place = (sum(days.values()) - 1) * part
    if place < 0:
        return None
    below = _at(days, int(place))
    return below + (_at(days, ceil(place)) - below) * (place - int(place))


def _at(days: Mapping[int, int], index: int) -> int:
    """The value with this index, from 0, when all stand in order."""
    passed = 0
    for value in sorted(days):
        passed += days[value]
        if passed > index:
            return value
    raise IndexError(index)


def _standing(came: Sequence[int], went: Sequence[int]) -> list[int]:
    """How many there were at the end of each period, of those that came and went by then."""
    numbers: list[int] = []
    total = 0
    for plus, minus in zip(came, went, strict=True):
        total += plus - minus
        numbers.append(total)
    return numbers[1:]
