"""The drawing of one spell to scale: days since its start from left to right, events above the line, the clock as a bar below."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal, NamedTuple

WIDTH, LANE, MARGIN = 1000, 22, 12
CLEARANCE = 14  # between two marks of one lane
STEPS = (7, 28, 91, 182, 364)  # days between ticks: the smallest that leaves them legible
Look = Literal["met", "missed", "uncounted"]


class Event(NamedTuple):
    """Something that happened on a day of the spell. `look`: met a component, a missed appointment, or did not count."""

    on: date
    look: Look
    words: str


class Mark(NamedTuple):
    x: float
    y: float
    event: Event
    day: int


class Timeline(NamedTuple):
    width: int
    height: int
    axis_y: float
    marks: list[Mark]
    ticks: list[tuple[float, int]]  # x, days since the start
    bar_end: float
    target_x: float
    days: int  # from start to stop, end or today
    ends: str  # what the bar ends with


def timeline(start: date, until: date, ends: str, target_days: int, events: Iterable[Event]) -> Timeline:
    """Events outside the spell are not drawn (the table names them); marks that would touch stand one above the other."""
    days = (until - start).days
    span = max(days, target_days + 7)
    drawn = sorted(event for event in events if start <= event.on <= start + timedelta(days=span))

    def across(day: float) -> float:
        return MARGIN + day / span * (WIDTH - 2 * MARGIN)

    lanes: list[float] = []
    placed = []
    for event in drawn:
        x = across((event.on - start).days)
        lane = next((number for number, last in enumerate(lanes) if x - last >= CLEARANCE), len(lanes))
        lanes[lane : lane + 1] = [x]
        placed.append((x, lane, event))
    axis_y = max(len(lanes), 1) * LANE + MARGIN
    step = next((step for step in STEPS if span / step <= 16), STEPS[-1])
    return Timeline(
        width=WIDTH,
        height=axis_y + 64,
        axis_y=axis_y,
        marks=[Mark(x, axis_y - LANE * (lane + 0.5), event, (event.on - start).days) for x, lane, event in placed],
        ticks=[(across(day), day) for day in range(0, span + 1, step)],
        bar_end=across(days),
        target_x=across(target_days),
        days=days,
        ends=ends,
    )
