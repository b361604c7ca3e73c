"""The drawing of one spell to scale: days since its start from left to right, events above the line, the clock as a bar below."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal, NamedTuple

WIDTH, LANE, MARGIN = 1000, 22, 12
RADIUS, LETTER = 8, 6.5  # room of a mark, and of one letter of its words
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
    leftwards: bool  # its words stand on its left, where the right edge is near


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
    """Events outside the spell are not drawn (the table names them); what would touch stands one above the other."""
    days = (until - start).days
    span = max(days, target_days + 7)
    drawn = sorted(event for event in events if start <= event.on <= start + timedelta(days=span))

    def across(day: float) -> float:
        return MARGIN + day / span * (WIDTH - 2 * MARGIN)

    lanes: list[float] = []  # where the last thing in each lane ends
    placed = []
    for event in drawn:
        x = across((event.on - start).days)
        room = RADIUS + (LETTER * len(event.words) if event.look == "met" else 0)  # the others' words show on focus only
        leftwards = x > WIDTH * 0.7
        first, last = (x - room, x + RADIUS) if leftwards else (x - RADIUS, x + room)
        lane = next((number for number, taken in enumerate(lanes) if taken <= first), len(lanes))
        lanes[lane : lane + 1] = [last]
        placed.append((x, lane, event, leftwards))
    axis_y = max(len(lanes), 1) * LANE + MARGIN
    step = next((step for step in STEPS if span / step <= 16), STEPS[-1])
    return Timeline(
        width=WIDTH,
        height=axis_y + 64,
        axis_y=axis_y,
        marks=[Mark(x, axis_y - LANE * (lane + 0.5), event, (event.on - start).days, left) for x, lane, event, left in placed],
        ticks=[(across(day), day) for day in range(0, span + 1, step)],
        bar_end=across(days),
        target_x=across(target_days),
        days=days,
        ends=ends,
    )
