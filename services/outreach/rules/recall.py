"""Annual recall: each of the six elements again 12 months after its last record, for people on a register (P1 to P3)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from services.outreach.rules.calendar import months_on
from services.outreach.rules.facts import Check
from services.outreach.rules.findings import found
from services.outreach.rules.membership import Run, ethnicity
from services.outreach.rules.schedule import ELEMENTS, Point, months_after
from services.outreach.rules.settings import Own
from services.outreach.rules.task import Outcome
from services.outreach.rules.terms import Close, Terms

LIPIDS = "blood lipids"
RISK_MONTHS = 6
"""An antipsychotic of the last six months keeps lipids at 12 months (P8)."""


class Said(NamedTuple):
    """What was recorded or said of an element on a day; of one day the record wins."""

    on: date
    rank: int  # 0 recorded
    key: str
    status: str  # recorded, declined, unsuitable
    by: str
    until: date | None


def recall(terms: Terms) -> None:
    """Open the tasks of every time on a register."""
    if not terms.runs:
        return
    said = _said(terms)
    for run in terms.runs:
        for element in ELEMENTS:
            _chain(terms, run, element, said[element])


def _said(terms: Terms) -> dict[str, list[Said]]:
    """By element, one for each day, in order."""
    said = {
        element: [
            Said(one.on, 0 if one.status == "recorded" else 1, one.key, one.status, one.event_id, None)
            for one in terms.by_element.get(element, ())
        ]
        for element in ELEMENTS
    }
    declined = [one for one in terms.attempts if one.result == "declined"]
    for attempt in declined:
        for element in attempt.part or ELEMENTS:
            if element in said:
                said[element].append(Said(attempt.made_on, 2, attempt.key, "declined", attempt.attempt_id, attempt.until))
    if declined or any(one.status != "recorded" for one in terms.checks):
        for several in said.values():
            several.sort()
    return {element: [one for place, one in enumerate(of) if not place or of[place - 1].on != one.on] for element, of in said.items()}


def _chain(terms: Terms, run: Run, element: str, said: Sequence[Said]) -> None:
    lead = run.leading(run.start)
    own = terms.own(lead.provider, run.start)
    before = next((one for one in reversed(said) if one.on <= run.start), None)
    origin, point = lead.key, Point(run.start, months_on(run.start, own.annual.first_months))
    if before is not None:
        asked_again = _next(terms, own, element, before)
        if asked_again.due_on > run.start:
            origin, point = before.key, asked_again
    opened_on = run.start
    for one in said:
        if one.on <= run.start:
            continue
        if run.end is not None and one.on >= run.end:
            break
        lead = run.leading(one.on)
        outcome: Outcome = "superseded" if one.on < point.invite_from else "done"
        if one.status != "recorded":
            outcome = "unsuitable" if one.status == "unsuitable" else "declined"
        task_id = terms.name(own.annual, element, origin)
        terms.add(task_id, own.annual, lead, origin, opened_on, point, Close(one.on, outcome, one.by), element)
        own = terms.own(lead.provider, one.on)
        opened_on, origin, point = one.on, one.key, _next(terms, own, element, one)
    close = Close(run.end, "stopped", None, run.ended_by) if run.end else None
    anchor = run.leading(run.end or terms.at)
    terms.add(terms.name(own.annual, element, origin), own.annual, anchor, origin, opened_on, point, close, element)


def _next(terms: Terms, own: Own, element: str, said: Said) -> Point:
    """When the element is asked for after this."""
    schedule = own.annual
    if said.status != "recorded":
        until = said.until or months_on(said.on, own.declined_months)
        return Point(until, until + timedelta(schedule.invite_days))
    months = schedule.months
    if element == LIPIDS and own.low_risk_lipids_months > months and low_risk(terms, own, said.on):
        months = own.low_risk_lipids_months
    return months_after(said.on, months, schedule.invite_days)


def low_risk(terms: Terms, own: Own, on: date) -> bool:
    """Whether lipids may wait 24 months (P8), by what is recorded until that day: no antipsychotic within six months, known not to smoke,
    a known BMI below its threshold, no reading to refer for. What no record tells (heart disease, stroke, kidneys) the setting answers
    for: whoever chooses 24 months says so."""
    since = months_on(on, -RISK_MONTHS)
    if any(one.started_on <= on and (one.ended_on is None or one.ended_on > since) for one in terms.life.medications):
        return False
    latest: dict[str, Check] = {one.element: one for one in terms.checks if one.on <= on and one.status == "recorded"}
    if any(not latest[known].readings if known in latest else True for known in ("smoking", "bmi")):
        return False
    looked_at = [latest[element] for element in ("smoking", "bmi", "blood glucose") if element in latest]
    told = [found(one, (), ethnicity(terms.life), own.findings) for one in looked_at]
    return not any(told)
