"""How a person on a register stands on a day: one row of the worklist."""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from services.outreach.rules.calendar import months_on
from services.outreach.rules.entered import Attempt, Entered
from services.outreach.rules.facts import Check, Life
from services.outreach.rules.ladder import Step, hidden_until, next_step, why_not, wishes
from services.outreach.rules.membership import FIRST_YEAR, death_date, ethnicity, owner, runs
from services.outreach.rules.reference import Reference
from services.outreach.rules.schedule import ELEMENTS
from services.outreach.rules.settings import Own, Settings
from services.outreach.rules.task import Task


class ElementState(NamedTuple):
    """One of the six. `status`: recorded, due soon, due, overdue, declined, unsuitable; of somebody who left, missing."""

    on: date | None  # last recorded
    status: str
    due_on: date | None
    provider: str | None  # who recorded it last


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody who is or was on a register, as at a day."""

    providers: tuple[str, ...]  # who may see it: those with an entry or a task, and who is responsible
    on_register: bool
    conditions: tuple[str, ...]
    entered_on: date
    left_on: date | None
    practice: str | None
    owner: str
    birth_date: date | None
    death_date: date | None
    ethnicity: str | None
    lsoa: str | None
    elements: Mapping[str, ElementState]
    missing: tuple[str, ...]  # not recorded within the last 12 months
    declined: tuple[str, ...]  # declined or unsuitable, not to be asked again yet
    complete: bool  # all six recorded within the last 12 months
    complete_until: date | None  # the first day on which it is so no longer
    due_on: date | None  # of the earliest live task
    next_step: Step | None
    hidden_until: date | None
    attempts: int  # in this round
    last_channel: str | None
    last_result: str | None
    last_attempt_on: date | None
    channels: tuple[str, ...]
    formats: tuple[str, ...]
    language: str | None
    contact_stopped: str | None  # died, moved, transferred, left, remission, restricted: none at all; opted out: no messages
    next_change: date | None  # the first later day on which time alone changes anything here, or the status of a task


def standing(life: Life, tasks: Sequence[Task], entered: Entered, settings: Settings, reference: Reference, at: date) -> Standing | None:
    """`tasks`: those of the same day. None for somebody who was never on a register; when to look at them again `next_change` says."""
    held = runs(life.entries, at)
    if not held:
        return None
    run = held[-1]
    lead = run.leading(at)
    now = [one for one in run.entries if one.ended_on is None or at < one.ended_on] or [lead]
    died_on, wanted = death_date(life), wishes(life)
    own = settings.of(lead.provider, at)
    live = [one for one in tasks if one.closed_on is None]
    attempts = attempts_until(entered, at)
    last = attempts[-1] if attempts else None
    covered = _recorded(life, at)
    elements = _elements(life, live, covered, own, at)
    missing = tuple([element for element in ELEMENTS if element not in covered or months_on(covered[element].on, YEAR) <= at])
    stopped = why_not(life, at, entered, None, held, wanted)
    began = round_from(live, own, at)
    this_round = [one for one in attempts if began is not None and one.made_on >= began]
    step = next_step(began, this_round, wanted, life, own) if began is not None and stopped is None else None
    hidden = hidden_until(this_round)
    owned = owner(lead, life.referrals, reference, at)
    may_see = {owned, *[one.provider for one in now], *[one.provider for one in live], *[one.owner for one in live]}
    newest = life.persons[::-1]
    return Standing(
        providers=tuple(sorted(may_see)),
        on_register=run.end is None and (died_on is None or died_on > at),
        conditions=tuple(sorted({one.condition for one in now})),
        entered_on=run.start,
        left_on=run.end,
        practice=lead.practice,
        owner=owned,
        birth_date=next((one.birth_date for one in newest if one.birth_date), None),
        death_date=died_on,
        ethnicity=ethnicity(life),
        lsoa=next((one.lsoa for one in newest if one.lsoa), None),
        elements=elements,
        missing=missing,
        declined=tuple([element for element in ELEMENTS if elements[element].status in REFUSED]),
        complete=not missing,
        complete_until=None if missing else min(months_on(one.on, YEAR) for one in covered.values()),
        due_on=min((one.due_on for one in live), default=None),
        next_step=step,
        hidden_until=hidden if hidden is not None and at < hidden else None,
        attempts=len(this_round),
        last_channel=last.channel if last else None,
        last_result=last.result if last else None,
        last_attempt_on=last.made_on if last else None,
        channels=wanted.channels,
        formats=wanted.formats,
        language=next((one.language for one in newest if one.language), None),
        contact_stopped=stopped or ("opted out" if wanted.opt_out else None),
        next_change=_next_change(life, live, {one.provider for one in tasks}, entered, settings, at, covered, began, hidden, lead.provider),
    )


def next_change(life: Life, tasks: Sequence[Task], entered: Entered, settings: Settings, at: date) -> date | None:
    """The first day after `at` on which time alone may change a task's status, or how the person stands.

    A fact dated ahead, a day of a live task, the end of an element's year, of a hiding, of a round, of the first year under a trust; a
    setting that begins. None: nothing does.
    """
    live = [one for one in tasks if one.closed_on is None]
    covered, held = _recorded(life, at), runs(life.entries, at)
    began, hidden, lead = None, None, None
    if held:
        lead = held[-1].leading(at).provider
        began = round_from(live, settings.of(lead, at), at)
        hidden = hidden_until([one for one in attempts_until(entered, at) if began is not None and one.made_on >= began])
    return _next_change(life, live, {one.provider for one in tasks}, entered, settings, at, covered, began, hidden, lead)


def _next_change(
    life: Life,
    live: Sequence[Task],
    providers: Collection[str],
    entered: Entered,
    settings: Settings,
    at: date,
    covered: Mapping[str, Check],
    began: date | None,
    hidden: date | None,
    lead: str | None,
) -> date | None:
    ahead = life.days[bisect_right(life.days, at) :][:1]
    for task in live:
        if task.due_on >= at:
            ahead += (task.invite_from, task.due_on, task.due_on + _ONE_DAY)
        elif task.invite_from > at:
            ahead.append(task.invite_from)
    starts = (settings.change_after(provider, at) for provider in {*providers, lead} if provider)
    ahead += [day for day in (*starts, hidden, began and months_on(began, YEAR)) if day is not None]
    ahead += [months_on(one.on, YEAR) for one in covered.values()]
    ahead += [one.made_on for one in entered.attempts] + [one.on for one in entered.answers]
    ahead += [months_on(one.received_on, FIRST_YEAR) for one in life.referrals]
    return min([day for day in ahead if day > at], default=None)


def round_from(live: Sequence[Task], own: Own, at: date) -> date | None:
    """When this round of invitations began: the first day on which anything live may be asked for, and each year of it anew."""
    first = min((one.invite_from for one in live if one.schedule in own.checks), default=None)
    if first is None or first > at:
        return first
    years = at.year - first.year
    began = months_on(first, YEAR * years)
    return began if began <= at else months_on(first, YEAR * (years - 1))


def attempts_until(entered: Entered, at: date) -> list[Attempt]:
    """Those that stand, in order."""
    if not entered.attempts:
        return []
    return sorted((one for one in entered.attempts if one.voided_at is None and one.made_on <= at), key=_as_made)


def _as_made(one: Attempt) -> tuple[date, datetime, str]:
    return one.made_on, one.made_at, one.attempt_id


def _recorded(life: Life, at: date) -> dict[str, Check]:
    """By element of the six, its last record."""
    return {one.element: one for one in life.checks if one.status == "recorded" and one.on <= at and one.element in _SIX}


def _elements(life: Life, live: Sequence[Task], covered: Mapping[str, Check], own: Own, at: date) -> dict[str, ElementState]:
    asked = {one.element: one for one in live if one.schedule == own.annual.id}
    refused = {one.key: one.status for one in life.checks if one.status in REFUSED}
    states: dict[str, ElementState] = {}
    for element in ELEMENTS:
        check, task = covered.get(element), asked.get(element)
        on, by = (check.on, check.provider) if check else (None, None)
        status: str = "recorded" if on is not None and at < months_on(on, YEAR) else "missing"
        if task is not None:
            asked_now = task.status(at)
            if asked_now != "not yet":
                status = asked_now
            elif "|attempt|" in task.origin or task.origin in refused:
                status = refused.get(task.origin, "declined")
        states[element] = ElementState(on, status, task.due_on if task else None, by)
    return states


YEAR = 12
REFUSED = frozenset({"declined", "unsuitable"})
_SIX = frozenset(ELEMENTS)
_ONE_DAY = timedelta(1)
