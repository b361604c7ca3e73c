"""How many clock stops a week are needed to have nobody past the target, and to keep it so: backlog and inflow against capacity."""

from typing import NamedTuple

DAYS = 7


class Flow(NamedTuple):
    """People a week: the median of the last weeks."""

    started: float
    stopped: float
    closed: float  # without help: they need no stop


class Need(NamedTuple):
    """Stops a week. `reach`: to have nobody past the target by then; `hold`: to keep it so; `excess`: how many wait too many today."""

    reach: float
    hold: float
    excess: float


def need(waiting: int, flow: Flow, target: int, weeks: float) -> Need:
    """Of a team with so many `waiting`, over `weeks` (more than the target), when those who wait longest are helped first.

    Nobody is past the target when all who wait came within target + 1 days: as many as come in these days. What waits beyond that is
    excess; the rest of the need is that as many leave as come.
    """
    hold = max(0.0, flow.started - flow.closed)
    excess = waiting - flow.started * (target + 1) / DAYS
    return Need(max(0.0, hold + excess / weeks), hold, excess)


def weeks_to_reach(needed: Need, stops: float) -> float | None:
    """After how many weeks nobody is past the target at so many stops a week; 0: now; None: never, the list does not become shorter."""
    if needed.excess <= 0:
        return 0.0
    return needed.excess / (stops - needed.hold) if stops > needed.hold else None
