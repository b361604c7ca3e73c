"""What workers entered, by person; it hangs on a record and follows it. Everything in the caller's transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import asyncpg

from services.outreach.rules.entered import Answer, Attempt, Entered
from shared.runtime.database import Connection, columns, queries

SQL = queries("services.outreach", "sql/entered.sql")


class Placed(NamedTuple):
    """A word on who holds a record: received at this microsecond."""

    anchor: str
    personkey: str
    received: int
    event_id: str


async def of(connection: Connection, people: Sequence[str], known_at: datetime | None = None) -> Mapping[str, Entered]:
    """What stands of each person who has any; or stood at an instant."""
    attempts: defaultdict[str, list[Attempt]] = defaultdict(list)
    answers: defaultdict[str, list[Answer]] = defaultdict(list)
    for row in await connection.fetch(SQL["attempts_of"], people, known_at):
        attempts[row["personkey"]].append(attempt_of(row))
    for row in await connection.fetch(SQL["answers_of"], people, known_at):
        answers[row["personkey"]].append(answer_of(row))
    return {person: Entered(attempts.get(person, ()), answers.get(person, ())) for person in {*attempts, *answers}}


def attempt_of(row: asyncpg.Record) -> Attempt:
    """A row of `attempt`."""
    return Attempt(
        row["attempt_id"], row["personkey"], row["anchor"], row["schedule"], row["channel"], row["made_on"], row["made_at"], row["made_by"],
        row["result"], row["reason"], tuple(row["part"]), row["until"], row["automatic"], row["entered_at"], row["voided_at"],
    )  # fmt: skip


def answer_of(row: asyncpg.Record) -> Answer:
    """A row of `answer`."""
    return Answer(
        row["answer_id"], row["anchor"], row["task_id"], row["answer"], row["destination"], row["reason"], row["answered_on"],
        row["made_by"], row["entered_at"], row["voided_at"],
    )  # fmt: skip


async def attempt(connection: Connection, attempt_id: str, *, locked: bool = True) -> Attempt | None:
    """One attempt, voided or not."""
    row = await connection.fetchrow(SQL["attempt" if locked else "attempt_now"], attempt_id)
    return None if row is None else attempt_of(row)


async def answer(connection: Connection, answer_id: str, *, locked: bool = True) -> tuple[str, Answer] | None:
    """One answer, voided or not, and whose it is."""
    row = await connection.fetchrow(SQL["answer" if locked else "answer_now"], answer_id)
    return None if row is None else (row["personkey"], answer_of(row))


async def add_attempt(connection: Connection, one: Attempt) -> None:
    """Keep a new attempt."""
    values = one.attempt_id, one.personkey, one.anchor, one.schedule, one.channel, one.made_on, one.made_at, one.by, one.result, one.reason
    await connection.execute(SQL["add_attempt"], *values, list(one.part), one.until, one.automatic, one.entered_at)


async def set_result(connection: Connection, one: Attempt) -> None:
    """What came of an attempt that is kept."""
    await connection.execute(SQL["set_result"], one.attempt_id, one.result, one.reason, list(one.part), one.until)


async def add_answer(connection: Connection, personkey: str, one: Answer) -> None:
    """Keep a new answer."""
    values = one.answer_id, personkey, one.anchor, one.task_id, one.answer, one.destination, one.reason, one.on, one.by, one.entered_at
    await connection.execute(SQL["add_answer"], *values)


async def void_attempt(connection: Connection, attempt_id: str, at: datetime) -> None:
    """It was entered by mistake; it is kept, and counts for nothing."""
    await connection.execute(SQL["void_attempt"], attempt_id, at)


async def void_answer(connection: Connection, answer_id: str, at: datetime) -> None:
    """The same of an answer."""
    await connection.execute(SQL["void_answer"], answer_id, at)


async def follow(connection: Connection, words: Iterable[Placed]) -> None:
    """Records went to other persons: what hangs on them goes along. The latest word on a record counts, whatever order words come in."""
    found = list(words)
    if not found:
        return
    moved = [(row["anchor"], row["personkey"]) for row in await connection.fetch(SQL["placed"], *columns(found))]
    if moved:
        await connection.execute(SQL["attempts_follow"], *columns(moved))
        await connection.execute(SQL["answers_follow"], *columns(moved))
