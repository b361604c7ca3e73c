"""Vaccination uptake, and the second half of the national aim: complete, with every follow-up that the check asked for done."""

from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

from services.outreach.rules.calendar import months_on
from services.outreach.rules.facts import Life
from services.outreach.rules.schedule import ELEMENTS
from services.outreach.rules.task import Task

VACCINES = ("influenza", "covid-19")
Uptake = Literal["given", "declined", "unsuitable", "offered", "not offered"]
_BEST: tuple[Uptake, ...] = ("given", "unsuitable", "declined", "offered")
YEAR = 12


class Season(NamedTuple):
    """Days, both inclusive, in which a vaccination counts."""

    first: date
    last: date


def season(at: date) -> Season:
    """The one that a day belongs to: 1 September to 31 August, as seasonal vaccination is counted."""
    year = at.year if at.month >= 9 else at.year - 1
    return Season(date(year, 9, 1), date(year + 1, 8, 31))


def vaccinated(life: Life, vaccine: str, within: Season, at: date) -> Uptake:
    """What came of it: given wins over all, then the last word."""
    told = [one for one in life.vaccinations if one.vaccine == vaccine and within.first <= one.on <= min(within.last, at)]
    if any(one.status == "given" for one in told):
        return "given"
    return next((status for status in _BEST if told and told[-1].status == status), "not offered")


def complete(life: Life, at: date) -> bool:
    """All six recorded within the 12 months to that day (P3)."""
    since = {one.element: one.on for one in life.checks if one.status == "recorded" and one.on <= at}
    return all(element in since and at < months_on(since[element], YEAR) for element in ELEMENTS)


def complete_with_follow_ups(life: Life, tasks: Sequence[Task], at: date) -> bool:
    """Complete, and each follow-up that is open or was opened within the 12 months to that day is done; one that was declined is not.

    `tasks`: those of the same day. A finding that was answered already opened none (rules of `follow_ups`).
    """
    return complete(life, at) and all(
        one.outcome == "done" for one in tasks if one.finding and (one.closed_on is None or at < months_on(one.opened_on, YEAR))
    )
