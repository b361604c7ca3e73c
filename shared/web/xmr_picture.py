"""Where the marks of an XmR or run chart stand: plain numbers that a template writes into SVG attributes."""

from collections.abc import Sequence
from datetime import date
from math import ceil, floor, log10
from typing import NamedTuple

from shared.xmr import Better, Chart, Judged, Value, Variation

VARIATIONS = {
    Variation.COMMON: "common cause",
    Variation.IMPROVEMENT_HIGH: "improvement, high",
    Variation.IMPROVEMENT_LOW: "improvement, low",
    Variation.CONCERN_HIGH: "concern, high",
    Variation.CONCERN_LOW: "concern, low",
    Variation.NEITHER_HIGH: "change, high",
    Variation.NEITHER_LOW: "change, low",
}
"""What an icon says, in short."""
BETTERS = {Better.HIGHER: "higher is better", Better.LOWER: "lower is better", Better.NEITHER: "neither way is better in itself"}


class Mark(NamedTuple):
    """One point; `shape` goes with what it says, so that colour is never alone."""

    x: float
    y: float
    shape: str  # common, improvement, concern, neither
    value: Value
    judged: Judged


class Part(NamedTuple):
    """The limits between two re-basings, or the median of a run chart (`lower` and `upper` None)."""

    since_x: float
    until_x: float
    middle: float
    lower: float | None
    upper: float | None


class Picture(NamedTuple):
    width: int
    height: int
    marks: list[Mark]
    line: str
    parts: list[Part]
    target: float | None
    lines: list[tuple[float, float]]  # gridlines: y, value
    dates: list[tuple[float, date]]


def picture(values: Sequence[Value], chart: Chart, target: float | None, percent: bool, width: int, height: int) -> Picture | None:
    """`values` are those that have a value, as many as the chart has points. None: there is nothing to draw."""
    if not values:
        return None
    step = width / max(len(values), 2)
    xs = [step * (index + 0.5) for index in range(len(values))]
    numbers = [judged.value for judged in chart.points] + ([target] if target is not None else [])
    for judged in chart.points:
        numbers += [judged.limits.lower, judged.limits.upper] if judged.limits else []
    low, high, lines = scale(max(0.0, min(numbers)), min(100.0, max(numbers)) if percent else max(numbers))

    def y(value: float) -> float:
        return height - height * (min(max(value, low), high) - low) / (high - low)

    marks = [
        Mark(x, y(judged.value), judged.variation.value.partition("-")[0], value, judged)
        for x, value, judged in zip(xs, values, chart.points, strict=True)
    ]
    dated = sorted({0, len(values) // 3, 2 * len(values) // 3, len(values) - 1})
    return Picture(
        width,
        height,
        marks,
        " ".join(f"{mark.x:.1f},{mark.y:.1f}" for mark in marks),
        [
            Part(
                xs[first] - step / 2,
                xs[last] + step / 2,
                y(limits.mean if limits else chart.median or 0.0),
                y(limits.lower) if limits else None,
                y(limits.upper) if limits else None,
            )
            for first, last in _parts(chart.points)
            for limits in [chart.points[first].limits]
        ],
        None if target is None else y(target),
        [(y(line), line) for line in lines],
        [(xs[index], values[index].period.until) for index in dated],
    )


def _parts(points: Sequence[Judged]) -> list[tuple[int, int]]:
    """First and last index of each run of points with the same limits."""
    starts = [index for index, point in enumerate(points) if index == 0 or point.limits is not points[index - 1].limits]
    return list(zip(starts, [start - 1 for start in starts[1:]] + [len(points) - 1], strict=True))


def scale(low: float, high: float) -> tuple[float, float, list[float]]:
    """Round ends that hold both values, and the round numbers between them: about four."""
    span = high - low if high - low > 1e-9 * max(high, 1.0) else max(high, 1.0)
    size = 10 ** floor(log10(span / 4))
    step = next(size * times for times in (1, 2, 5, 10) if span / (size * times) <= 4)
    first, last = floor(low / step), max(ceil(high / step), floor(low / step) + 1)
    return first * step, last * step, [round(index * step, 10) for index in range(first, last + 1)]
