"""Differences between groups of people, and whether chance alone explains them."""

from math import sqrt
from typing import NamedTuple

LEAST = 5
"""People of a group, below which nothing is said of it."""
SURE = 1.959964
"""Standard deviations of 95% confidence."""


class Interval(NamedTuple):
    """Shares, 0 to 1: an estimate and where the truth lies 19 times in 20."""

    share: float
    low: float
    high: float


class Gap(NamedTuple):
    """A group's share less everyone else's. `real`: chance alone would hardly make it."""

    difference: float
    low: float
    high: float

    @property
    def real(self) -> bool:
        return self.low > 0 or self.high < 0


def wilson(hits: int, of: int) -> Interval:
    """Wilson's score interval; `of` is at least 1."""
    share, square = hits / of, SURE * SURE
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = SURE * sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def gap(hits: int, of: int, other_hits: int, others: int) -> Gap | None:
    """Newcombe's interval of the difference of two shares; None when either group has fewer than LEAST people."""
    if min(of, others) < LEAST:
        return None
    group, rest = wilson(hits, of), wilson(other_hits, others)
    difference = group.share - rest.share
    low = difference - sqrt((group.share - group.low) ** 2 + (rest.high - rest.share) ** 2)
    high = difference + sqrt((group.high - group.share) ** 2 + (rest.share - rest.low) ** 2)
    return Gap(difference, low, high)
