"""The drawing of one spell to scale: days since its start from left to right, events above the line, clocks as bars below."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

WIDTH, LANE, MARGIN = 1000, 22, 12
RADIUS, LETTER = 8, 6.5  # room of a mark, and of one letter of its words
STEPS = (7, 28, 91, 182, 364)  # days between ticks: the smallest that leaves them legible
AXIS, BAR = 28, 34  # room of the axis with its numbers, and of one bar with its words above
Look = Literal["met", "missed", "uncounted"]


class Event(NamedTuple):
    """Something that happened on a day of the spell. `look`: met a component, a missed appointment, or did not count."""

    on: date
    look: Look
    words: str


class Bar(NamedTuple):
    """One clock: from its start until it stopped, ended, or today; `target_on` is the last day within the target."""

    words: str
    start: date
    until: date
    target_on: date
    within: bool


class Mark(NamedTuple):
    x: float
    y: float
    event: Event
    day: int
    leftwards: bool  # its words stand on its left, where the right edge is near


class Drawn(NamedTuple):
    """A bar in its place; `y` is the top of its row."""

    bar: Bar
    x: float
    width: float
    y: float
    target_x: float
    leftwards: bool


class Timeline(NamedTuple):
    width: int
    height: int
    axis_y: float
    marks: list[Mark]
    ticks: list[tuple[float, int]]  # x, days since the start
    bars: list[Drawn]


def timeline(bars: Sequence[Bar], events: Iterable[Event]) -> Timeline:
    """The first bar is the spell's own clock: days are counted from its start, and events outside it are not drawn (the table names
    them). What would touch stands one above the other."""
    own = bars[0]
    first = min(bar.start for bar in bars)
    last = max(max(bar.until, bar.target_on) for bar in bars) + timedelta(7)
    span = (last - first).days
    drawn = sorted(event for event in events if own.start <= event.on <= max(own.until, own.target_on + timedelta(7)))

    def across(on: date) -> float:
        return MARGIN + (on - first).days / span * (WIDTH - 2 * MARGIN)

    lanes: list[float] = []  # where the last thing in each lane ends
    placed = []
    for event in drawn:
        x = across(event.on)
        room = RADIUS + (LETTER * len(event.words) if event.look == "met" else 0)  # the others' words show on focus only
        leftwards = x > WIDTH * 0.7
        left, right = (x - room, x + RADIUS) if leftwards else (x - RADIUS, x + room)
        lane = next((number for number, taken in enumerate(lanes) if taken <= left), len(lanes))
        lanes[lane : lane + 1] = [right]
        placed.append((x, lane, event, leftwards))
    axis_y = max(len(lanes), 1) * LANE + MARGIN
    step = next((step for step in STEPS if span / step <= 16), STEPS[-1])
    before = (own.start - first).days // step * step
    return Timeline(
        width=WIDTH,
        height=axis_y + AXIS + BAR * len(bars),
        axis_y=axis_y,
        marks=[Mark(x, axis_y - LANE * (lane + 0.5), event, (event.on - own.start).days, left) for x, lane, event, left in placed],
        ticks=[(across(own.start + timedelta(day)), day) for day in range(-before, (last - own.start).days + 1, step)],
        bars=[
            Drawn(
                bar,
                x=across(bar.start),
                width=max(across(bar.until) - across(bar.start), 2.0),
                y=axis_y + AXIS + BAR * row,
                target_x=across(bar.target_on),
                leftwards=across(bar.start) > WIDTH * 0.6,
            )
            for row, bar in enumerate(bars)
        ],
    )
