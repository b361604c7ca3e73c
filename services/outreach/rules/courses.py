"""Schedules of medicines, and people's own protocols."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from services.outreach.rules.facts import Course
from services.outreach.rules.schedule import Item, Medicine, Point, Protocol, first_after
from services.outreach.rules.task import Outcome
from services.outreach.rules.terms import Close, Terms

MEDICINE_STOPPED, PROTOCOL_ENDED = "medicine stopped", "protocol ended"


class Done(NamedTuple):
    """What was recorded or said of a day; of one day a record wins."""

    on: date
    rank: int
    outcome: Outcome
    key: str
    by: str
    until: date | None


def medicines(terms: Terms) -> None:
    """Open the tasks of every medicine that has a schedule; records that overlap are one time on it, and each start begins anew."""
    for kind in sorted({one.course for one in terms.life.medications}):
        taken = [one for one in terms.life.medications if one.course == kind and one.started_on <= terms.at]
        for several in _together(taken):
            begun = several[0]
            for schedule in terms.own(begun.provider, begun.started_on).all_of(Medicine):
                if schedule.course == kind:
                    for item in schedule.items:
                        _medicine(terms, schedule, item, several)


def _together(courses: Iterable[Course]) -> list[list[Course]]:
    """Courses in order, those that overlap or meet together; of those begun on one day the first."""
    found: list[list[Course]] = []
    until: date | None = None
    for one in courses:
        if one.ended_on is not None and one.ended_on <= one.started_on:
            continue
        if found and (until is None or one.started_on <= until):
            found[-1].append(one)
            until = None if until is None or one.ended_on is None else max(until, one.ended_on)
        else:
            found.append([one])
            until = one.ended_on
    return found


def _medicine(terms: Terms, schedule: Medicine, item: Item, courses: Sequence[Course]) -> None:
    ends = [one.ended_on for one in courses]
    end = max(one for one in ends if one is not None) if None not in ends else None
    if end is not None and end > terms.at:
        end = None
    starts = {one.started_on: one for one in reversed(courses)}
    events: list[tuple[date, int, Course | Done]] = [(on, 1, one) for on, one in starts.items()]
    events += [(done.on, 0, done) for done in _done(terms, item.met_by, schedule.id, courses[0].started_on)]
    course, origin, opened_on, point = courses[0], "", courses[0].started_on, None
    for on, _, event in sorted(events, key=lambda one: one[:2]):
        if end is not None and on >= end:
            break
        if isinstance(event, Course):
            if point is not None:
                _add(terms, schedule, item, course, origin, opened_on, point, Close(on, "superseded", event.event_id))
            course, origin, opened_on, point = event, event.key, on, first_after(item, on, on)
        elif point is not None and on >= point.invite_from:
            _add(terms, schedule, item, course, origin, opened_on, point, Close(on, event.outcome, event.by))
            origin, opened_on = event.key, on
            point = first_after(item, course.started_on, max(on, event.until - _ONE_DAY) if event.until else on)
    if point is not None:
        close = Close(end, "stopped", None, MEDICINE_STOPPED) if end else None
        _add(terms, schedule, item, course, origin, opened_on, point, close)


def _add(
    terms: Terms, schedule: Medicine, item: Item, course: Course, origin: str, opened_on: date, point: Point, close: Close | None
) -> None:
    terms.add(terms.name(schedule, item.element, origin), schedule, course, origin, opened_on, point, close, item.element)


def protocols(terms: Terms) -> None:
    """Open the tasks of every protocol: each record is one by itself, its interval counts from the last check that met it."""
    for course in terms.life.protocols:
        if course.started_on > terms.at or (course.ended_on is not None and course.ended_on <= course.started_on):
            continue
        for schedule in terms.own(course.provider, course.started_on).all_of(Protocol):
            if course.course in schedule.courses:
                _protocol(terms, schedule, course)


def _protocol(terms: Terms, schedule: Protocol, course: Course) -> None:
    record_id = course.key.split("|", 2)[2]
    every = course.every_days or 1
    ahead = timedelta(min(schedule.invite_days, every // 2))
    end = course.ended_on if course.ended_on is not None and course.ended_on <= terms.at else None
    origin, opened_on = course.key, course.started_on
    due_on = opened_on + timedelta(every)
    for done in _done(terms, schedule.met_by, schedule.id, course.started_on):
        if end is not None and done.on >= end:
            break
        if done.on >= due_on - ahead:
            close = Close(done.on, done.outcome, done.by)
            task_id = terms.name(schedule, record_id, origin)
            terms.add(task_id, schedule, course, origin, opened_on, Point(due_on - ahead, due_on), close)
            origin, opened_on = done.key, done.on
            due_on = max(done.on + timedelta(every), done.until or done.on)
    last = Close(end, "stopped", None, PROTOCOL_ENDED) if end else None
    terms.add(terms.name(schedule, record_id, origin), schedule, course, origin, opened_on, Point(due_on - ahead, due_on), last)


def _done(terms: Terms, met_by: frozenset[str], schedule: str, after: date) -> list[Done]:
    """One for each day after the start, in order; what a worker entered counts for the schedule that it was entered under."""
    told = [
        Done(one.on, int(one.status != "recorded"), _OUTCOMES[one.status], one.key, one.event_id, None)
        for element in met_by
        for one in terms.by_element.get(element, ())
        if one.on > after
    ]
    told += [
        Done(one.made_on, 2, "declined", one.key, one.attempt_id, one.until)
        for one in terms.attempts
        if one.result == "declined" and one.schedule == schedule and one.made_on > after and (not one.part or met_by & set(one.part))
    ]
    if len(told) > 1:
        told.sort()
    return [one for place, one in enumerate(told) if not place or told[place - 1].on != one.on]


_ONE_DAY = timedelta(1)
_OUTCOMES: dict[str, Outcome] = {"recorded": "done", "declined": "declined", "unsuitable": "unsuitable"}
