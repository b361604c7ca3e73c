"""What workers enter: attempts, what came of them, answers to offers; idempotent by the id that the page gives, one transaction each.

Whoever enters something may act on the task (`may_act`, by its provider, owner and practice); what they may not see is not there.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Literal, NamedTuple

from services.outreach.handlers import CareEvents
from services.outreach.handlers.writing import About
from services.outreach.publish import Told
from services.outreach.rules.entered import Answer, Attempt
from services.outreach.rules.facts import facts
from services.outreach.rules.ladder import RESULTS, may_contact
from services.outreach.rules.schedule import ELEMENTS
from services.outreach.rules.settings import CHANNELS
from services.outreach.store import due, entered, rows
from services.outreach.store.rows import Row
from shared import clock as wall
from shared.events.outreach import TaskCause
from shared.runtime.database import Connection
from shared.runtime.documents import lock
from shared.versions import Document
from shared.web.errors import FieldError

MayAct = Callable[[Row], bool]
ANSWERS = ("accepted", "declined", "later")
REASON_MOST = 500


class Result(NamedTuple):
    """What came of an attempt."""

    result: str
    reason: str
    part: tuple[str, ...] = ()  # elements that were declined; none: all
    until: date | None = None  # ask again from then on


class Tried(NamedTuple):
    """An attempt as a page states it. `task_id`: one of the tasks that it is about."""

    attempt_id: str
    personkey: str
    task_id: str
    channel: str
    made_on: date
    result: Result | None = None


class Answered(NamedTuple):
    """A person's answer to one task as a page states it."""

    answer_id: str
    personkey: str
    task_id: str
    answer: str
    reason: str
    on: date
    destination: str | None = None


class Entering:
    """What the pages and the API call. Raises FieldError, and then nothing is kept."""

    def __init__(self, care: CareEvents) -> None:
        self.care = care

    async def enter_attempt(self, connection: Connection, tried: Tried, by: str, may_act: MayAct) -> Attempt:
        """Keep an attempt, with its result if that is known. The same again changes nothing."""
        now = wall.now()
        document = (await lock(connection, [tried.personkey]))[tried.personkey]
        kept = await entered.attempt(connection, tried.attempt_id)
        task = await _task(connection, tried.personkey, tried.task_id, may_act, live=kept is None)
        head = tried.attempt_id, tried.personkey, task["anchor"], task["schedule"], tried.channel, tried.made_on, now, by
        one = _with(Attempt(*head, None, None, (), None, automatic=False, entered_at=now), tried.result)
        if kept is not None:
            if replace(one, made_at=kept.made_at, entered_at=kept.entered_at, voided_at=kept.voided_at) == kept:
                return kept
            raise FieldError("attempt_id", f"{tried.attempt_id} was entered already, with other content", "record a new attempt")
        today = await due.day(connection, now)
        _one_of("channel", tried.channel, CHANNELS)
        _dated("made_on", tried.made_on, task["opened_on"], today)
        if tried.result is None and may_contact(facts(document), today) == "died":
            raise FieldError("channel", "this person has died", "contact nobody about this any more")
        await entered.add_attempt(connection, one)
        await self._after(connection, one.personkey, document, one.attempt_id, now, _attempted(one))
        return one

    async def enter_result(self, connection: Connection, attempt_id: str, result: Result, may_act: MayAct) -> Attempt:
        """What came of an attempt entered before. It is stated once: to correct it, take the attempt back."""
        now = wall.now()
        one, document = await _attempt(connection, attempt_id, may_act)
        told = _with(one, result)
        if one == told:
            return one
        if one.result is not None:
            raise FieldError("result", f"this attempt has the result {one.result!r} already", "take the attempt back and record it anew")
        if one.voided_at is not None:
            raise FieldError("attempt_id", "this attempt was taken back", "record a new one")
        await entered.set_result(connection, told)
        await self._after(connection, one.personkey, document, attempt_id, now, _attempted(told))
        return told

    async def enter_answer(self, connection: Connection, answered: Answered, by: str, may_act: MayAct) -> Answer:
        """Keep an answer to one live task. The same again changes nothing."""
        now = wall.now()
        document = (await lock(connection, [answered.personkey]))[answered.personkey]
        kept = await entered.answer(connection, answered.answer_id)
        task = await _task(connection, answered.personkey, answered.task_id, may_act, live=kept is None)
        said = answered.answer, answered.destination, _reason(answered.reason), answered.on
        one = Answer(answered.answer_id, task["anchor"], answered.task_id, *said, by, now)
        if kept is not None:
            if replace(one, entered_at=kept[1].entered_at, voided_at=kept[1].voided_at) == kept[1]:
                return kept[1]
            raise FieldError("answer_id", f"{answered.answer_id} was entered already, with other content", "record a new answer")
        _one_of("answer", answered.answer, ANSWERS)
        _dated("on", answered.on, task["opened_on"], await due.day(connection, now))
        await entered.add_answer(connection, answered.personkey, one)
        told = Told("answered", None, answered.answer)
        await self._after(
            connection, answered.personkey, document, one.answer_id, now, lambda row: told if row["task_id"] == one.task_id else None
        )
        return one

    async def void_entry(self, connection: Connection, kind: Literal["attempt", "answer"], entry_id: str, by: str, may_act: MayAct) -> None:
        """Take back what one entered oneself on the same London day: it is kept, and counts for nothing. Twice: no harm."""
        now = wall.now()
        one: Attempt | Answer
        if kind == "attempt":
            one, document = await _attempt(connection, entry_id, may_act)
            personkey = one.personkey
        else:
            personkey, one, document = await _answer(connection, entry_id, may_act)
        if one.voided_at is not None:
            return
        if one.by != by or wall.london_date(one.entered_at) != wall.london_date(now):
            raise FieldError(f"{kind}_id", "only who entered it takes it back, and on the same day", "record what happened since")
        await (entered.void_attempt if kind == "attempt" else entered.void_answer)(connection, entry_id, now)
        await self._after(connection, personkey, document, entry_id, now, None)

    async def _after(
        self, connection: Connection, personkey: str, document: Document, entry_id: str, now: datetime, about: About | None
    ) -> None:
        cause = TaskCause(kind="entry", id=entry_id, receivedtime=now)
        changed = await self.care.recompute(connection, {personkey: document}, {personkey: cause}, now, stand=True, about=about)
        await rows.heard(connection, {}, changed)


def _attempted(one: Attempt) -> About:
    """Of the tasks that the attempt may have moved: those of its schedule and record that somebody could be asked about by then."""
    told = Told("attempted", one.channel, one.result, one.made_on)

    def about(row: Row) -> Told | None:
        meant = (row["anchor"], row["schedule"]) == (one.anchor, one.schedule) and row["invite_from"] <= one.made_on
        return told if meant or row["closed_by"] == one.attempt_id else None

    return about


async def _task(connection: Connection, personkey: str, task_id: str, may_act: MayAct, *, live: bool) -> Row:
    task = (await rows.tasks_of(connection, [personkey])).get((personkey, task_id))
    if task is None or not may_act(task):
        raise FieldError("task_id", "there is no such task that you may act on", "open the person's page again from the worklist")
    if live and task["closed_on"] is not None:
        told = task["stopped_because"] or task["outcome"]
        raise FieldError("task_id", f"this task is closed already: {told}", "open the person's page again to see what is left to do")
    return task


async def _attempt(connection: Connection, attempt_id: str, may_act: MayAct) -> tuple[Attempt, Document]:
    """An attempt, and the document of its person, locked: the document first, as everybody does."""
    found = await entered.attempt(connection, attempt_id, locked=False)
    if found is not None:
        document = (await lock(connection, [found.personkey]))[found.personkey]
        again = await entered.attempt(connection, attempt_id)
        if again is not None and again.personkey == found.personkey and await _may(connection, found.personkey, found.anchor, may_act):
            return again, document
    raise FieldError("attempt_id", "there is no such attempt that you may act on", "open the person's page again from the worklist")


async def _answer(connection: Connection, answer_id: str, may_act: MayAct) -> tuple[str, Answer, Document]:
    found = await entered.answer(connection, answer_id, locked=False)
    if found is not None:
        person = found[0]
        document = (await lock(connection, [person]))[person]
        again = await entered.answer(connection, answer_id)
        if again is not None and again[0] == person and await _may(connection, person, again[1].anchor, may_act):
            return person, again[1], document
    raise FieldError("answer_id", "there is no such answer that you may act on", "open the person's page again from the worklist")


async def _may(connection: Connection, personkey: str, anchor: str, may_act: MayAct) -> bool:
    return any(row["anchor"] == anchor and may_act(row) for row in (await rows.tasks_of(connection, [personkey])).values())


def _with(one: Attempt, result: Result | None) -> Attempt:
    if result is None:
        return one
    _one_of("result", result.result, RESULTS)
    declines = RESULTS[result.result].declines
    if (result.part or result.until) and not declines:
        raise FieldError("part" if result.part else "until", f"{result.result!r} declines nothing", "leave it out, or choose declined")
    for element in result.part:
        _one_of("part", element, ELEMENTS)
    if result.until is not None and result.until <= one.made_on:
        raise FieldError("until", f"{result.until} is not after the attempt", "name the day from which to ask again")
    return replace(one, result=result.result, reason=_reason(result.reason), part=result.part, until=result.until)


def _reason(text: str) -> str:
    words = " ".join(text.split())
    if not words or len(words) > REASON_MOST:
        said = "a reason is needed" if not words else f"{len(words)} characters are too many"
        raise FieldError("reason", said, f"say in up to {REASON_MOST} characters why")
    return words


def _one_of(field: str, value: str, known: Iterable[str]) -> None:
    if value not in known:
        raise FieldError(field, f"{value!r} is not known", f"use one of {', '.join(known)}")


def _dated(field: str, day: date, opened_on: date, today: date) -> None:
    if not opened_on <= day <= today:
        said = "lies ahead" if day > today else "lies before this task was opened"
        raise FieldError(field, f"{day} {said}", f"name a day from {opened_on} to {today}")
