"""The waits inside a spell, between any two milestones: a short first wait followed by a long hidden one must be visible."""

from collections.abc import Mapping
from datetime import date
from itertools import combinations, pairwise
from typing import NamedTuple

from services.waits.rules.clock import Clock


class InternalWait(NamedTuple):
    """Whole days between two milestones of a spell, both reached."""

    since: str
    until: str
    days: int


def internal_waits(milestones: Mapping[str, date]) -> list[InternalWait]:
    """Between every two; `milestones` in the order of time."""
    return [InternalWait(since, until, (milestones[until] - milestones[since]).days) for since, until in combinations(milestones, 2)]


def hidden_wait(milestones: Mapping[str, date], clock: Clock, at: date) -> InternalWait | None:
    """The longest time after the first contact in which no milestone was reached; None before it, and where none took a day.

    While the clock runs, the time up to now counts: `until` is then "end" of a spell that ended, else "today".
    """
    if clock.first_contact is None:
        return None
    after = {name: on for name, on in milestones.items() if on >= clock.first_contact}
    if clock.stop is None:
        after["today" if clock.end is None else "end"] = clock.end or at
    gaps = [InternalWait(since, until, (after[until] - after[since]).days) for since, until in pairwise(after)]
    longest = max(gaps, key=lambda gap: gap.days, default=None)
    return longest if longest and longest.days > 0 else None
