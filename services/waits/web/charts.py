"""Where the marks of a chart stand: plain numbers that a template writes into SVG attributes. Every chart has a table beside it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

WEEKS = 53
"""Bars of the histogram: weeks 1 to 52, and everything longer."""


class Bar(NamedTuple):
    """One bar from the baseline up: those seen below, those not seen yet above. `cut`: it is longer than it is drawn."""

    x: float
    width: float
    lower_top: float
    lower: float
    upper_top: float
    upper: float
    seen: int
    not_seen: int
    label: str
    cut: bool


class Histogram(NamedTuple):
    width: int
    height: int
    bars: list[Bar]
    target_x: float
    lines: list[tuple[float, int]]  # gridlines: y, count


def sparkline(values: Sequence[float], width: int, height: int) -> str:
    """Points of a polyline that fills its box, from the least value to the greatest; flat in the middle when all are alike."""
    low, high = min(values), max(values)
    step = width / max(len(values) - 1, 1)
    return " ".join(
        f"{index * step:.1f},{height - height * ((value - low) / (high - low) if high > low else 0.5):.1f}"
        for index, value in enumerate(values)
    )


def histogram(weeks: Mapping[tuple[int, bool], int], target_weeks: float, width: int, height: int) -> Histogram:
    """Bars by week of wait; the target line stands after `target_weeks` bars.

    The last bar gathers years, so it would press the others flat: the axis fits the weeks, and a longer tail is cut.
    """
    step = width / WEEKS
    counts = [(weeks.get((week, True), 0), weeks.get((week, False), 0)) for week in range(1, WEEKS + 1)]
    top = round_up(max(sum(pair) for pair in counts[:-1]))
    bars = []
    for index, (seen, not_seen) in enumerate(counts):
        scale = height / max(top, seen + not_seen)
        lower, upper = seen * scale, not_seen * scale
        label = f"week {index + 1}" if index + 1 < WEEKS else "over 52 weeks"
        bars.append(
            Bar(
                index * step + 1,
                step - 2,
                height - lower,
                lower,
                height - lower - upper,
                upper,
                seen,
                not_seen,
                label,
                seen + not_seen > top,
            )
        )
    return Histogram(width, height, bars, target_weeks * step, [(height - height * part / 2, top * part // 2) for part in (1, 2)])


class Day(NamedTuple):
    """One day's bar of a small chart."""

    on: date
    spells: int
    x: float
    y: float
    height: float


def days(counts: Mapping[date, int], after: date, number: int, step: int, height: int) -> list[Day]:
    """A bar for each of the `number` days after `after`, the highest as tall as the chart."""
    top = max(counts.values(), default=0) or 1
    found = []
    for index in range(number):
        on = after + timedelta(days=index + 1)
        tall = counts.get(on, 0) / top * height
        found.append(Day(on, counts.get(on, 0), index * step, height - tall, tall))
    return found


def round_up(value: int) -> int:
    """The next even number of one or two significant digits, for the top of an axis."""
    size = int("1" + "0" * max(len(str(value)) - 2, 0))
    return max(-(-value // (2 * size)) * 2 * size, 2)
