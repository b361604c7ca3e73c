"""What the pages of trends read: series over time, internal waits, differences between people; and the decisions about them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple

from services.waits.rules.trends import Measure, Period, Value, series
from services.waits.store.pages import snapshot
from shared.runtime.database import Pool, queries

SQL = queries("services.waits", "sql/trends.sql")
LINES = ("started", "left", "past", "past-left", "stopped", "within", "closed", "seen", "seen-within")
Kind = Literal["target", "limits", "capacity"]


@dataclass(frozen=True, slots=True)
class View:
    """Which part is looked at: providers (sorted), one definition, and narrower; None: any."""

    providers: tuple[str, ...]
    definition: str
    version: int
    team_type: str | None = None
    pathway: str | None = None

    def arguments(self) -> list[Any]:
        """$1 to $5."""
        return [list(self.providers), self.definition, self.version, self.team_type, self.pathway]


class Stage(NamedTuple):
    """Days between two milestones, of the spells that reached the later one. `before`: it came first; provider None: the whole view."""

    provider: str | None
    team_type: str | None
    since: str
    until: str
    spells: int
    before: int
    median: float | None
    ninetieth: float | None


class Hidden(NamedTuple):
    """First waits that were short, and then? `reached`: an intervention came; otherwise it is still wanting."""

    reached: bool
    spells: int
    long: int
    median: float | None


class Group(NamedTuple):
    """What people have in common, and how they waited."""

    trait: str
    value: str
    stopped: int
    within_target: int
    median_wait: float | None
    waiting: int
    past_target: int
    median_waited: float | None


class Decision(NamedTuple):
    """What somebody decided. `stands` False: it was taken back."""

    said_at: datetime
    name: str
    subject: str
    number: float | None
    since: date | None
    stands: bool
    reason: str


async def trends(pool: Pool, view: View, whole: Sequence[Period], seen_within: int) -> dict[Measure, list[Value]]:
    """Every measure in those of the periods that began after the first spell at these providers did."""
    async with snapshot(pool) as db:
        first = await db.fetchval(SQL["first_start"], *view.arguments()[:3])
        known = [period for period in whole if first is not None and period.since >= first]
        if not known:
            return {measure: [] for measure in Measure}
        bounds = [*(period.since for period in known), known[-1].until + timedelta(1)]
        rows = await db.fetch(SQL["series"], *view.arguments(), bounds, seen_within)
    counts = {line: [0] * (len(known) + 1) for line in LINES}
    medians: list[float | None] = [None] * len(known)
    for row in rows:
        period = row["period"]
        if row["line"] == "median" and 0 < period <= len(known):
            medians[period - 1] = row["days"]
        elif row["line"] != "median" and period <= len(known):
            counts[row["line"]][period] = row["spells"]
    return series(known, counts, medians)


async def stages(pool: Pool, view: View, since: date, until: date) -> list[Stage]:
    """Internal waits whose later milestone was reached in these days, both included."""
    async with snapshot(pool) as db:
        return [Stage(*row) for row in await db.fetch(SQL["stages"], *view.arguments(), since, until)]


async def hidden(pool: Pool, view: View, since: date, until: date, days: int) -> dict[bool, Hidden]:
    """Long waits behind first waits of at most `days`: by whether the intervention came in these days, or is wanting on the last."""
    async with snapshot(pool) as db:
        rows = [Hidden(*row) for row in await db.fetch(SQL["hidden"], *view.arguments(), since, until, days)]
    return {reached: Hidden(reached, 0, 0, None) for reached in (True, False)} | {row.reached: row for row in rows}


async def groups(pool: Pool, view: View, since: date, until: date) -> dict[str, list[Group]]:
    """Groups of people by trait: clocks that stopped in these days, waits that are open."""
    found = defaultdict(list)
    async with snapshot(pool) as db:
        for row in await db.fetch(SQL["groups"], *view.arguments(), since, until):
            found[row["trait"]].append(Group(*row))
    return dict(found)


async def decisions(pool: Pool, view: View, kind: Kind) -> list[Decision]:
    """Everything that was decided of exactly this view, the latest first."""
    scope = list(view.providers), view.definition, view.team_type, view.pathway
    return [Decision(*row) for row in await pool.fetch(SQL["decisions"], *scope, kind)]


async def decide(pool: Pool, username: str, view: View, kind: Kind, decision: Decision) -> None:
    """Keep a decision about this view; `said_at` is the database's."""
    scope = view.definition, list(view.providers), view.team_type, view.pathway
    said = decision.subject, decision.number, decision.since, decision.stands, decision.reason
    await pool.execute(SQL["decide"], username, decision.name, kind, *scope, *said)


def narrowed(view: View, provider: str, team_type: str | None) -> View:
    """The part of a view that is one provider's, or one of its team types."""
    return replace(view, providers=(provider,), team_type=team_type)
