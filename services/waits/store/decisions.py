"""What people decide about trends and capacity: only ever added, and taken back by another row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

from services.waits.store.pages import Question
from services.waits.store.trends import SQL
from shared.runtime.database import Pool

Kind = Literal["target", "limits", "capacity"]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a decision is about: the same data, whoever looks at it. `definition` is an id: a new version keeps the decisions."""

    providers: tuple[str, ...]  # in view, sorted
    definition: str
    team_type: str | None
    pathway: str | None

    @classmethod
    def of(cls, question: Question) -> "Scope":
        providers = (question.provider,) if question.provider else tuple(sorted(question.providers))
        return cls(providers, question.definition.partition("@")[0], question.team_type, question.pathway)


class Decision(NamedTuple):
    """What somebody decided of `subject`, with a number or from a day on. `stands` False: it was taken back."""

    said_at: datetime
    name: str
    subject: str
    number: float | None
    since: date | None
    stands: bool
    reason: str


class Capacity(NamedTuple):
    """Clock stops a week that somebody said a team type can do."""

    said_at: datetime
    name: str
    number: float
    reason: str


async def decisions(pool: Pool, question: Question, kind: Kind) -> list[Decision]:
    """Everything that was decided of exactly what is asked about, the latest first; by then, when it is asked as known then."""
    scope = Scope.of(question)
    where = list(scope.providers), scope.definition, scope.team_type, scope.pathway
    return [Decision(*row) for row in await pool.fetch(SQL["decisions"], *where, kind, _by(question))]


def _by(question: Question) -> datetime | None:
    return question.then.known_at if question.then else None


def target(said: Sequence[Decision], subject: str) -> Decision | None:
    """The target that stands, of decisions with the latest first."""
    latest = next((one for one in said if one.subject == subject), None)
    return latest if latest and latest.stands else None


def new_limits(said: Sequence[Decision], subject: str) -> list[Decision]:
    """What stands of new limits, by their day; of each day the latest word counts."""
    latest: dict[date | None, Decision] = {}
    for one in said:
        if one.subject == subject:
            latest.setdefault(one.since, one)
    return sorted((one for one in latest.values() if one.stands), key=lambda one: one.since or date.min)


async def capacities(pool: Pool, question: Question) -> dict[tuple[str, str], Capacity]:
    """What was last said of each team type's capacity, and stands; by then, when it is asked as known then."""
    rows = await pool.fetch(SQL["capacities"], sorted(question.providers), question.definition.partition("@")[0], _by(question))
    return {
        (row["provider"], row["team_type"]): Capacity(row["said_at"], row["name"], row["number"], row["reason"])
        for row in rows
        if row["stands"]
    }


async def decide(pool: Pool, username: str, scope: Scope, kind: Kind, decision: Decision) -> None:
    """Keep a decision; when it was said is for the database to note."""
    where = scope.definition, list(scope.providers), scope.team_type, scope.pathway
    said = decision.subject, decision.number, decision.since, decision.stands, decision.reason
    await pool.execute(SQL["decide"], username, decision.name, kind, *where, *said)
