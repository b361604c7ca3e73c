"""What a measure asks of clocks: its period, who is open at its end, percentiles (W19, W21, W24)."""

from collections.abc import Sequence
from datetime import date, timedelta

GRACE = timedelta(5)


def quarter(period_end: date) -> tuple[date, date]:
    """W19: from the first day of the month two months before to the last of the period, a month's end."""
    months = period_end.year * 12 + period_end.month - 3
    return date(months // 12, months % 12 + 1, 1), period_end


def in_quarter(on: date, period_end: date) -> bool:
    first, last = quarter(period_end)
    return first <= on <= last


def open_at(end: date | None, period_end: date) -> bool:
    """W21: not ended, or not before the last 5 days of the period."""
    return end is None or end >= period_end - GRACE


def percentile(values: Sequence[float], share: float) -> float | None:
    """W24: exact, by linear interpolation; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = (len(ordered) - 1) * share
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
