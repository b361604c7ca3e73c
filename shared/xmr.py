"""XmR charts to the rules of NHS England's Making Data Count: limits, special cause, and what the two icons say.

Where its tools differ from each other, this is what is chosen: moving ranges are not screened for outliers; a target on a limit counts
as beyond it; a point is special by the side of the mean on which it stands, or, when a run up or down alone makes it so, by the run's way.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from statistics import fmean, median
from typing import NamedTuple

LEAST = 15
"""Points of a chart with limits and icons; fewer make a run chart."""
LEAST_AFTER_REBASE = 12
"""Points that new limits need."""
RUN = 7
LIMIT = 2.66  # times the average moving range: three sigma
NEAR = LIMIT * 2 / 3


class Better(StrEnum):
    """Which way a measure improves."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


class Rule(StrEnum):
    """Why a point is no chance."""

    BEYOND = "beyond a limit"
    SHIFT = "7 or more in a row on one side of the mean"
    TREND = "7 or more in a row rising or falling"
    NEAR_LIMIT = "2 of 3 in a row close to a limit"


class Variation(StrEnum):
    """What a point says; of the latest point it is the variation icon."""

    COMMON = "common-cause"
    IMPROVEMENT_HIGH = "improvement-high"
    IMPROVEMENT_LOW = "improvement-low"
    CONCERN_HIGH = "concern-high"
    CONCERN_LOW = "concern-low"
    NEITHER_HIGH = "neither-high"
    NEITHER_LOW = "neither-low"


class Assurance(StrEnum):
    """Whether the process, as it is, meets its target: the assurance icon."""

    HIT = "consistently-hits"
    MISS = "consistently-misses"
    HIT_AND_MISS = "hit-and-miss"


class Period(NamedTuple):
    """Whole London days, both ends included."""

    since: date
    until: date


class Value(NamedTuple):
    """One measure in one period. `value` is None where there is none: a share or a median of nothing. `of`: what a share is of."""

    period: Period
    value: float | None
    spells: int
    of: int | None


class Limits(NamedTuple):
    mean: float
    lower: float
    upper: float
    points: int  # that they are computed from


class Judged(NamedTuple):
    """A point between its limits; a run chart's has none and is never special."""

    value: float
    limits: Limits | None
    rules: tuple[Rule, ...]
    variation: Variation


@dataclass(frozen=True, slots=True)
class Chart:
    """`median` is of a run chart alone; the icons are None where there is none to show."""

    points: list[Judged]
    median: float | None
    variation: Variation | None
    assurance: Assurance | None


def xmr(values: Sequence[float], better: Better, rebased: Sequence[int] = (), target: float | None = None) -> Chart:
    """Judge values in the order of time. `rebased`: indexes from which new limits hold, ascending.

    Fewer than LEAST values make a run chart. Without LEAST_AFTER_REBASE points since the latest re-basing there are limits, and no icons.
    """
    if len(values) < LEAST:
        unjudged = [Judged(value, None, (), Variation.COMMON) for value in values]
        return Chart(unjudged, median(values) if values else None, None, None)
    points: list[Judged] = []
    cuts = sorted({0, len(values), *(index for index in rebased if 0 < index < len(values))})
    for since, until in pairwise(cuts):
        points += _part(values[since:until], better)
    latest = points[-1]
    if latest.limits is None or latest.limits.points < (LEAST_AFTER_REBASE if len(cuts) > 2 else LEAST):
        return Chart(points, None, None, None)
    return Chart(points, None, latest.variation, _assurance(latest.limits, better, target))


def limits(values: Sequence[float]) -> Limits:
    """Mean +/- 2.66 x the average moving range."""
    mean = fmean(values)
    moving = fmean(abs(after - before) for before, after in pairwise(values)) if len(values) > 1 else 0.0
    return Limits(mean, mean - LIMIT * moving, mean + LIMIT * moving, len(values))


def _part(values: Sequence[float], better: Better) -> Iterator[Judged]:
    """The points between two re-basings, against limits of their own."""
    held = limits(values)
    least = 1e-9 * max(1.0, abs(held.mean))  # equal values must not differ by the last bit of their mean
    side = [0 if abs(value - held.mean) <= least else 1 if value > held.mean else -1 for value in values]
    beyond = [value > held.upper + least or value < held.lower - least for value in values]
    near_by = (held.upper - held.mean) * NEAR / LIMIT
    near = [not out and abs(value - held.mean) > near_by + least for value, out in zip(values, beyond, strict=True)]
    shift, trend, close = _shifts(side), _trends(values), _two_of_three(near, side)
    for index, value in enumerate(values):
        rules = [
            rule
            for rule, holds in (
                (Rule.BEYOND, beyond[index]),
                (Rule.SHIFT, shift[index]),
                (Rule.TREND, trend[index] != 0),
                (Rule.NEAR_LIMIT, close[index]),
            )
            if holds
        ]
        way = trend[index] if rules == [Rule.TREND] else side[index]
        yield Judged(value, held, tuple(rules), _variation(way, better) if rules else Variation.COMMON)


def _shifts(side: Sequence[int]) -> list[bool]:
    """Every point of a run of RUN or more on one side."""
    found = [False] * len(side)
    for end in range(RUN, len(side) + 1):
        run = side[end - RUN : end]
        if run[0] and len(set(run)) == 1:
            found[end - RUN : end] = [True] * RUN
    return found


def _trends(values: Sequence[float]) -> list[int]:
    """Every point of a run of RUN or more that rises (1) or falls (-1), its ends included."""
    found = [0] * len(values)
    for end in range(RUN, len(values) + 1):
        run = list(pairwise(values[end - RUN : end]))
        for way in (1, -1):
            if all((after - before) * way > 0 for before, after in run):
                found[end - RUN : end] = [way] * RUN
    return found


def _two_of_three(near: Sequence[bool], side: Sequence[int]) -> list[bool]:
    """The points close to a limit, of three in a row on one side of which two or more are."""
    found = [False] * len(near)
    for start in range(len(near) - 2):
        three = range(start, start + 3)
        if abs(sum(side[index] for index in three)) == 3 and sum(near[index] for index in three) >= 2:
            for index in three:
                found[index] = found[index] or near[index]
    return found


def _variation(way: int, better: Better) -> Variation:
    high = way > 0
    if better is Better.NEITHER:
        return Variation.NEITHER_HIGH if high else Variation.NEITHER_LOW
    if high == (better is Better.HIGHER):
        return Variation.IMPROVEMENT_HIGH if high else Variation.IMPROVEMENT_LOW
    return Variation.CONCERN_HIGH if high else Variation.CONCERN_LOW


def _assurance(held: Limits, better: Better, target: float | None) -> Assurance | None:
    """By where the target stands against the latest limits."""
    if target is None or better is Better.NEITHER:
        return None
    if target >= held.upper:
        return Assurance.MISS if better is Better.HIGHER else Assurance.HIT
    if target <= held.lower:
        return Assurance.HIT if better is Better.HIGHER else Assurance.MISS
    return Assurance.HIT_AND_MISS
