"""Annual recall: each of the six elements again 12 months after its last record, for people on a register (P1 to P3)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from services.outreach.rules.calendar import months_on
from services.outreach.rules.facts import Check
from services.outreach.rules.findings import found
from services.outreach.rules.membership import Run, ethnicity
from services.outreach.rules.schedule import ELEMENTS, Point
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
    said: dict[str, list[Said]] = {element: [] for element in ELEMENTS}
    for check in terms.checks:
        if check.element in said:
            said[check.element].append(Said(check.on, int(check.status != "recorded"), check.key, check.status, check.event_id, None))
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
    first = run.leading(run.start)
    before = next((one for one in reversed(said) if one.on <= run.start), None)
    point = before and _next(terms, run, element, before, run.start)
    origin = before.key if before and point else first.key
    if point is None or point.due_on <= run.start:
        origin, point = first.key, Point(run.start, months_on(run.start, terms.own(first.provider, run.start).annual.first_months))
    opened_on = run.start
    for one in said:
        if one.on <= run.start:
            continue
        if run.end is not None and one.on >= run.end:
            break
        outcome: Outcome = "superseded" if one.on < point.invite_from else "done"
        if one.status != "recorded":
            outcome = "unsuitable" if one.status == "unsuitable" else "declined"
        _add(terms, run, element, origin, opened_on, point, Close(one.on, outcome, one.by))
        opened_on, origin, point = one.on, one.key, _next(terms, run, element, one, one.on)
    _add(terms, run, element, origin, opened_on, point, Close(run.end, "stopped", None, run.ended_by) if run.end else None)


def _next(terms: Terms, run: Run, element: str, said: Said, on: date) -> Point:
    """When the element is asked for after this."""
    own = terms.own(run.leading(on).provider, on)
    schedule = own.annual
    ahead = timedelta(schedule.invite_days)
    if said.status != "recorded":
        until = said.until or months_on(said.on, own.declined_months)
        return Point(until, until + ahead)
    months = schedule.months
    if element == LIPIDS and own.low_risk_lipids_months > months and low_risk(terms, own, said.on):
        months = own.low_risk_lipids_months
    due_on = months_on(said.on, months)
    return Point(due_on - ahead, due_on)


def _add(terms: Terms, run: Run, element: str, origin: str, opened_on: date, point: Point, close: Close | None) -> None:
    schedule = terms.own(run.leading(opened_on).provider, opened_on).annual
    anchor = run.leading(close.on if close else terms.at)
    terms.add(terms.name(schedule, element, origin), schedule, anchor, origin, opened_on, point, close, element)


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
