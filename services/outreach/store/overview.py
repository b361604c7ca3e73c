"""The numbers of the overview, from one snapshot; each is the length of a list."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import asyncpg

from services.outreach.rules.calendar import months_on
from services.outreach.store.worklist import SQL as LISTS
from services.outreach.store.worklist import Question
from shared.runtime.database import Connection, Pool, queries, snapshot

SQL = queries("services.outreach", "sql/overview.sql")
MONTHS = 24


class Group(NamedTuple):
    """People on the register of one trait (all, practice, pcn, ethnicity, age, deprivation), and how many of them are complete."""

    trait: str
    value: str | None
    people: int
    complete: int


class Lacking(NamedTuple):
    element: str
    people: int


class Due(NamedTuple):
    """People with something to be done that is so; `schedule` None: of any."""

    status: str
    schedule: str | None
    people: int


class FollowUp(NamedTuple):
    """People by what became of follow-ups of one finding, in 12 months; days from the finding until it was answered."""

    finding: str
    open: int
    opened: int
    done: int
    declined: int
    median_days: float | None


class Effect(NamedTuple):
    """People tried in 12 months, by trait (all, channel, ethnicity, deprivation); those who came; and of these the first-time attenders."""

    trait: str
    value: str | None
    tried: int
    came: int
    first_tried: int
    first_came: int


class Month(NamedTuple):
    """The register on the last day of a month."""

    until: date
    people: int
    complete: int


class Target(NamedTuple):
    share: float  # 0 to 1
    since: date | None
    source: str


class Overview(NamedTuple):
    groups: list[Group]
    answered: int
    missing: list[Lacking]
    due: list[Due]
    follow_ups: list[FollowUp]
    vaccinated: dict[str, int]
    effect: list[Effect]
    months: list[Month]
    target: Target | None

    @property
    def all(self) -> Group:
        return next((group for group in self.groups if group.trait == "all"), Group("all", None, 0, 0))


async def overview(pool: Pool, question: Question) -> Overview:
    """All of it, for the people `question` asks about; months for everybody who was on the register then."""
    arguments = question.arguments()
    async with snapshot(pool) as db:

        async def told(name: str) -> list[asyncpg.Record]:
            return await db.fetch(LISTS["people"] + SQL[name], *arguments)

        missing = [Lacking(*row) for row in await told("missing")]
        vaccinated = await db.fetchrow(LISTS["people"] + SQL["vaccinated"], *arguments)
        answered = await db.fetchval(LISTS["people"] + LISTS["counted"], *question._replace(state="answered").arguments())
        moves = await db.fetch(LISTS["people"] + SQL["moves"], *question._replace(state="everyone").arguments())
        return Overview(
            [Group(*row) for row in await told("groups")],
            int(answered),
            sorted(missing, key=lambda one: -one.people),
            [Due(*row) for row in await told("due")],
            sorted((FollowUp(*row) for row in await told("follow_ups")), key=lambda one: -one.opened),
            dict(vaccinated or {}),
            [Effect(*row) for row in await told("effect")],
            months([tuple(row) for row in moves], question.at),
            await target(db, question.at),
        )


def months(moves: Sequence[tuple[str, date, int]], at: date) -> list[Month]:
    """The register at the end of each of the last whole months; months before anybody was on it are left out."""
    first = at.replace(day=1)
    found = []
    for number in range(MONTHS - 1, -1, -1):
        begin = months_on(first, -number)  # the day after the month
        counts = {kind: sum(change for of, day, change in moves if of == kind and day < begin) for kind in ("register", "complete")}
        if counts["register"] > 0:
            found.append(Month(date.fromordinal(begin.toordinal() - 1), counts["register"], counts["complete"]))
    return found


async def target(db: Connection, at: date) -> Target | None:
    """What the share complete is to reach on a day, as reference data has it."""
    row = await db.fetchrow(SQL["targets"], at)
    return Target(*row) if row else None
