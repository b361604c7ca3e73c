"""Asking as known at an instant: what may be asked, and the answer of everybody's clocks, waited for while it is made."""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from services.waits.rules.definition import Definition
from services.waits.store import answers
from services.waits.store.pages import Feed, Question, Then, feeds
from services.waits.web.desk import Desk
from services.waits.web.filters import AsKnown
from shared.clock import london_date, today
from shared.runtime.documents import not_known
from shared.web.errors import FieldError
from shared.web.formats import instant as in_words
from shared.web.people import Person

LOOKS, EVERY_SECONDS = 15, 0.2


class NotMadeError(FieldError):
    """The answer is being made: a browser comes again by itself, a program when it is told to."""

    status = 503
    headers: ClassVar = {"Retry-After": "3", "Refresh": "3"}


def check(known_at: datetime | None) -> None:
    """Raises FieldError for an instant of which nothing can be said."""
    if known_at is not None and (problem := not_known(known_at)) is not None:
        raise FieldError("known_at", *problem)


async def asked(
    desk: Desk, person: Person, filters: AsKnown, definition: Definition, team_types: Collection[str] | None = None
) -> Question:
    """What the filters ask of the store, now or then. Raises FieldError; NotMadeError while an answer about the past is being made."""
    instant = filters.known_at
    if instant is None:
        return filters.question(person, today(), definition, team_types)
    check(instant)
    question = filters.question(person, london_date(instant), definition, team_types)
    return replace(question, then=Then(instant, await _answer(desk, question, instant, definition)))


async def _answer(desk: Desk, question: Question, instant: datetime, definition: Definition) -> int:
    """The number of the answer, as soon as it is made. A small community's is made while its first reader waits."""
    answer = None
    for _ in range(LOOKS):
        answer = await answers.ask(desk.pool, question, instant, definition)
        if answer is None:
            raise NotMadeError(None, "other answers about the past are being made", "this one comes after them: ask again in a minute")
        if answer.made:
            return answer.number
        await asyncio.sleep(EVERY_SECONDS)
    done = f"{answer.share:.0%} of the people are done" if answer else ""
    told = f"what was known at {in_words(instant)} is being put together: {done}"
    raise NotMadeError(None, told, "it is made once and then kept: ask again in a few seconds; a page does so by itself")


async def feeds_of(desk: Desk, question: Question, providers: frozenset[str]) -> list[Feed]:
    """When each provider's last event came, now or then."""
    if question.then is None:
        return await feeds(desk.pool, providers)
    return await answers.feeds(desk.pool, question.then.answer, providers)
