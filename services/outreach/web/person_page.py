"""The facts of one person's page: what is to be done and when, what was recorded, tried, answered and sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import asyncpg

from services.outreach.rules.calendar import months_on
from services.outreach.rules.facts import Check, facts
from services.outreach.rules.tasks import Task
from services.outreach.store import person as store
from services.outreach.store.worklist import Question, names
from services.outreach.web import words
from services.outreach.web.desk import Desk, may_act
from services.outreach.web.list_page import Row, row
from shared import clock as wall
from shared.web.people import Person

WIDTH, LANE = 1000, 20
BACK, AHEAD = timedelta(182), timedelta(366)
"""How far a time line reaches around today, unless something live lies further back."""


class Shown(NamedTuple):
    """One task in words."""

    task: Mapping[str, Any]
    words: str
    status: str
    past: bool
    why: str


class Drawn(NamedTuple):
    """A task on the time line: from when one may ask until it is due, and `late` from then until today."""

    shown: Shown
    x: float
    width: float
    late: float
    y: int
    leftwards: bool


class TimeLine(NamedTuple):
    width: int
    height: int
    today: float
    bars: list[Drawn]
    ticks: list[tuple[float, date]]


class Recorded(NamedTuple):
    """One record of an element. `readings` empty where another provider's readings are not shared with the reader."""

    on: date
    element: str
    status: str
    where: str
    readings: str
    own: bool


@dataclass(frozen=True, slots=True)
class PersonPage:
    at: date
    row: Row
    live: list[Shown]
    closed: list[Shown]
    line: TimeLine | None
    records: list[Recorded]
    attempts: list[asyncpg.Record]
    answers: list[asyncpg.Record]
    messages: list[asyncpg.Record]
    destinations: list[str]
    names: dict[str, str]
    undo: frozenset[str]  # entries that the reader may still take back
    may_see_contact: bool

    @property
    def offers(self) -> list[Shown]:
        """Live tasks that an answer of the person closes."""
        return [one for one in self.live if one.task["schedule"] != "annual-recall"]

    @property
    def about(self) -> list[tuple[str, str]]:
        """What an attempt can be about: one live task for each schedule."""
        first = {one.task["schedule"]: one for one in reversed(self.live)}
        return [(one.task["task_id"], words.SCHEDULES.get(schedule, schedule)) for schedule, one in sorted(first.items())]


async def person_page(desk: Desk, reader: Person, personkey: str) -> PersonPage | None:
    """None when there is no such person among those whom `reader` may see."""
    at, seen = wall.today(), await desk.seeing(reader)
    found = await store.person(desk.pool, Question(seen, at, state="everyone"), personkey)
    if found is None:
        return None
    tasks = [shown(dict(task), at) for task in found.tasks]
    live = [one for one in tasks if one.task["closed_on"] is None]
    named = await names(desk.pool, sorted({found.row["owner"], found.row["practice"] or "", *(one.task["provider"] for one in tasks)}))
    readable = seen.sharing("readings")
    acts = may_act(reader, seen, found.row["owner"])
    today = wall.today()
    own = {
        one[key]
        for key, entries in (("attempt_id", found.attempts), ("answer_id", found.answers))
        for one in entries
        if one["made_by"] == reader.username and one["voided_at"] is None and wall.london_date(one["entered_at"]) == today
    }
    return PersonPage(
        at=at,
        row=row(found.row, at, may=acts),
        live=live,
        closed=[one for one in tasks if one.task["closed_on"] is not None][::-1],
        line=time_line(live, at),
        records=records(facts(found.document).checks, readable),
        attempts=found.attempts,
        answers=found.answers,
        messages=found.messages,
        destinations=[f"{one['name']} ({one['kind']})" for one in found.destinations],
        names=named,
        undo=frozenset(own),
        may_see_contact=acts and found.row["owner"] in seen.sharing("contact"),
    )


def shown(row: Mapping[str, Any], at: date) -> Shown:
    """A task in words."""
    task = Task(**{name: row[name] for name in Task.__dataclass_fields__})
    about = words.SCHEDULES.get(task.schedule, task.schedule).capitalize()
    what = words.ELEMENTS.get(task.element or "") or words.OTHERS.get(task.element or "") or words.FINDINGS.get(task.finding or "")
    status = task.status(at)
    why = task.stopped_because or ""
    return Shown(dict(row), f"{about}: {what}" if what else about, words.OUTCOMES.get(status, status), status == "overdue", why)


def records(checks: Iterable[Check], readable: frozenset[str]) -> list[Recorded]:
    """Every record of an element, the latest first."""
    told = words.ELEMENTS | words.OTHERS
    found = []
    for one in sorted(checks, key=lambda one: (one.on, one.element), reverse=True):
        own = one.provider in readable
        readings = [" ".join(str(part) for part in reading if part is not None) for reading in one.readings if own]
        status = words.RECORDED.get(one.status, one.status)
        found.append(Recorded(one.on, told.get(one.element, one.element), status, one.setting or "", ", ".join(readings), own))
    return found


def time_line(live: Sequence[Shown], at: date) -> TimeLine | None:
    """What is to be done, drawn to scale: each from when one may ask until it is due, with today across all of them."""
    if not live:
        return None
    begin: date = min([at - BACK, *(one.task["invite_from"] for one in live if one.task["invite_from"] > at - 3 * BACK)])
    end: date = max(at + AHEAD // 3, *(one.task["due_on"] + timedelta(30) for one in live if one.task["due_on"] < at + 2 * AHEAD), at)
    span: int = (end - begin).days

    def across(day: date) -> float:
        return (min(max(day, begin), end) - begin).days / span * WIDTH

    bars = []
    for place, one in enumerate(sorted(live, key=lambda one: (one.task["due_on"], one.words))):
        since, until = across(one.task["invite_from"]), across(one.task["due_on"])
        width = max(until - since, 3.0)
        late = max(across(at) - since - width, 0.0) if one.past else 0.0
        bars.append(Drawn(one, since, width, late, 14 + place * LANE, until > WIDTH * 0.6))
    quarters = (months_on(begin.replace(day=1), number) for number in range(1, 60, 3))
    ticks = [(across(day), day) for day in quarters if day < end]
    return TimeLine(WIDTH, 14 + LANE * len(bars) + 22, across(at), bars, ticks)
