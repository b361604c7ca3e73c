"""Schedules: what is to be done when. Data with a version, a source and a date; they set dates, and are never clinical advice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from services.outreach.rules.calendar import months_on
from shared.fields import Fields

ELEMENTS = ("alcohol", "blood glucose", "blood pressure", "bmi", "blood lipids", "smoking")
"""The six whose record within 12 months makes the annual physical health check complete (P2, P3)."""
CHECKED = (*ELEMENTS, "weight", "blood count")
MEDICINES = ("antipsychotic", "clozapine")
PROTOCOLS = ("eating disorder", "antipsychotic", "clozapine", "other")
MISSED = ("2", "3", "7")


class Point(NamedTuple):
    """When something is asked for: from `invite_from`, until `due_on`."""

    invite_from: date
    due_on: date


class Phase(NamedTuple):
    """One stretch of a course, in days or months from its start: on one day, or every so often up to a day (None = for good)."""

    on_day: int | None
    every_days: int | None
    every_months: int | None
    until_day: int | None
    invite_days: int


@dataclass(frozen=True, eq=False)
class Item:
    """One element of a schedule of a medicine; a record of any of `met_by` counts as one of it."""

    element: str
    met_by: frozenset[str]
    phases: tuple[Phase, ...]


@dataclass(frozen=True)
class Schedule:
    """One version of one schedule."""

    id: str
    version: int
    title: str
    source: str
    date: date


@dataclass(frozen=True)
class Annual(Schedule):
    """Each element again so many months after its last record, for people on a register. Who enters without it is given `first_months`."""

    months: int
    first_months: int
    invite_days: int


@dataclass(frozen=True)
class Medicine(Schedule):
    """From the start of a medicine until its end; each start begins anew."""

    course: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Protocol(Schedule):
    """A person's own protocol, by its `every_days`; a record of any of `met_by` counts."""

    courses: frozenset[str]
    met_by: frozenset[str]
    invite_days: int


@dataclass(frozen=True)
class FollowUp(Schedule):
    """After a finding past its threshold. An answer of the last `answered_days` stands for the same finding."""

    days: int
    answered_days: int


@dataclass(frozen=True)
class Offer(Schedule):
    """After each completed check."""

    days: int


@dataclass(frozen=True)
class PlanReview(Schedule):
    """On the day that the plan itself names."""

    invite_days: int


@dataclass(frozen=True)
class Missed(Schedule):
    """A next step after a contact with one of these attendances."""

    attendance: frozenset[str]
    days: int


@lru_cache(1 << 16)
def first_after(item: Item, start: date, day: date) -> Point | None:
    """The first point of a course begun on `start` that nobody is asked for until after `day`; None when the course asks no more."""
    since, reached = (day - start).days, 0
    for phase in item.phases:
        point: Point | None = None
        if phase.on_day is not None:
            point, reached = _on(start, phase.on_day, phase.invite_days), phase.on_day
        elif phase.every_days is not None:
            passed = max(0, (since + phase.invite_days - reached) // phase.every_days)
            number = reached + (passed + 1) * phase.every_days
            if phase.until_day is None or number <= phase.until_day:
                return _on(start, number, phase.invite_days)
            reached = phase.until_day
        elif phase.every_months is not None:
            count = max(1, (since + phase.invite_days) // 31 // phase.every_months)
            while (point := months_after(start, count * phase.every_months, phase.invite_days)).invite_from <= day or (
                point.due_on - start
            ).days <= reached:
                count += 1
        if point is not None and point.invite_from > day:
            return point
    return None


def _on(start: date, number: int, invite_days: int) -> Point:
    due_on = start + timedelta(number)
    return Point(due_on - timedelta(invite_days), due_on)


@lru_cache(1 << 16)
def months_after(start: date, months: int, invite_days: int) -> Point:
    """The point so many months after a day."""
    due_on = months_on(start, months)
    return Point(due_on - timedelta(invite_days), due_on)


def parse(table: Mapping[str, Any]) -> Schedule:
    """The schedule that a TOML table (or JSON, with its date as a text) states.

    ValueError, one line naming the field and the remedy.
    """
    stated = dict(table)
    if isinstance(stated.get("date"), str):
        try:
            stated["date"] = date.fromisoformat(stated["date"])
        except ValueError:
            raise ValueError(f"date: {stated['date']!r} is no date: write it as 2024-07-01") from None
    fields = Fields(stated)
    rule = fields.one_of("rule", tuple(_RULES))
    head = fields.words("id"), fields.number("version", 1), fields.words("title"), fields.words("source"), fields.take("date", date)
    schedule = _RULES[rule](head, fields)
    fields.end()
    return schedule


_Head = tuple[str, int, str, str, date]


def _annual(head: _Head, fields: Fields) -> Schedule:
    return Annual(*head, fields.number("months", 1), fields.number("first_months", 0), fields.number("invite_days", 0))


def _medicine(head: _Head, fields: Fields) -> Schedule:
    course = fields.one_of("course", MEDICINES)
    items = tuple(_item(one) for one in fields.tables("items"))
    if len({one.element for one in items}) != len(items) or not items:
        raise fields.wrong("items", "each element once, and at least one, is needed")
    return Medicine(*head, course, items)


def _item(fields: Fields) -> Item:
    element = fields.one_of("element", CHECKED)
    item = Item(element, frozenset(fields.names("met_by", CHECKED, (element,))), tuple(_phase(one) for one in fields.tables("phases")))
    fields.end()
    for place, phase in enumerate(item.phases):
        if place + 1 < len(item.phases) and phase.on_day is None and phase.until_day is None:
            raise fields.wrong("phases", "one that never ends stands last: give it until_day, or move it")
    if not item.phases:
        raise fields.wrong("phases", "at least one is needed")
    return item


def _phase(fields: Fields) -> Phase:
    kinds = [name for name in ("on_day", "every_days", "every_months") if fields.has(name)]
    if len(kinds) != 1:
        raise fields.wrong("on_day", "exactly one of on_day, every_days and every_months is needed")
    on_day, every_days, every_months = (fields.maybe_number(name, 1) for name in ("on_day", "every_days", "every_months"))
    until_day = fields.number("until_day", every_days) if every_days is not None and fields.has("until_day") else None
    phase = Phase(on_day, every_days, every_months, until_day, fields.number("invite_days", 0))
    if every_days is not None and phase.invite_days >= every_days:
        raise fields.wrong("invite_days", f"{phase.invite_days} is too many: fewer than every_days, {every_days}")
    fields.end()
    return phase


def _protocol(head: _Head, fields: Fields) -> Schedule:
    courses = frozenset(fields.some("courses", PROTOCOLS))
    return Protocol(*head, courses, frozenset(fields.some("met_by", CHECKED)), fields.number("invite_days", 0))


def _follow_up(head: _Head, fields: Fields) -> Schedule:
    return FollowUp(*head, fields.number("days", 0), fields.number("answered_days", 0))


def _offer(head: _Head, fields: Fields) -> Schedule:
    return Offer(*head, fields.number("days", 0))


def _plan_review(head: _Head, fields: Fields) -> Schedule:
    return PlanReview(*head, fields.number("invite_days", 0))


def _missed(head: _Head, fields: Fields) -> Schedule:
    return Missed(*head, frozenset(fields.some("attendance", MISSED)), fields.number("days", 0))


_RULES: dict[str, Callable[[_Head, Fields], Schedule]] = {
    "annual": _annual,
    "medicine": _medicine,
    "protocol": _protocol,
    "finding": _follow_up,
    "offer": _offer,
    "plan-review": _plan_review,
    "missed": _missed,
}
