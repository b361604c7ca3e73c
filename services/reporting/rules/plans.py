"""What was planned, beside what is: a trajectory is a minimum, and not yet what the people here need."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from services.reporting.rules.disclosure import Disclosed
from services.reporting.rules.period import Period, parse

LABEL = "planned minimum"
COUNTED_AS = {"smi-health-checks": "All6PHC"}
HELD_TO = {"smi-health-checks": "All6PHC share", "eip-2016": "EIP23i"}
"""The measures of trajectories and targets that are not called by the id of one of ours."""


class Planned(NamedTuple):
    """One line of the reference data's trajectories."""

    measure: str
    organisation: str
    period: str
    planned: Decimal
    source: str


class Target(NamedTuple):
    """What a measure is to reach from one day to another; `target` in its own unit: of a share, percent."""

    measure: str
    target: Decimal
    valid_from: date | None
    valid_to: date | None
    source: str


class Against(NamedTuple):
    """`difference`: actual less plan, of the actual figure as it is shown; None where it is hidden."""

    label: str
    plan: Decimal
    source: str
    actual: Disclosed
    difference: Decimal | None


def planned(lines: Iterable[Planned], measure: str, organisation: str, period: Period) -> Planned | None:
    """The line of a measure, an organisation and a period, whatever the period is called. ValueError names a line whose period is none."""
    for line in lines:
        if COUNTED_AS.get(line.measure, line.measure) == measure and line.organisation == organisation:
            try:
                of = parse(line.period)
            except ValueError as error:
                raise ValueError(f"trajectories: {line.measure} of {line.organisation}: {error}") from None
            if (of.first, of.last) == (period.first, period.last):
                return line
    return None


def target(lines: Iterable[Target], measure: str, last: date) -> Target | None:
    """What a measure is to reach on a day; of several the newest."""
    holding = [
        line
        for line in lines
        if HELD_TO.get(line.measure, line.measure) == measure
        and (line.valid_from or date.min) <= last <= (line.valid_to or date.max)
    ]  # fmt: skip
    return max(holding, key=lambda line: line.valid_from or date.min, default=None)


def against(line: Planned, actual: Disclosed) -> Against:
    """Plan and actual side by side."""
    difference = None if actual.hidden else Decimal(str(actual)) - line.planned
    return Against(LABEL, line.planned, line.source, actual, difference)
