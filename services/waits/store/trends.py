"""What the pages of trends read: series over time, internal waits, differences between people. All count what the lists hold."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from services.waits.rules.trends import STAGES, Measure, centile, series
from services.waits.store.pages import Question, snapshot
from shared.runtime.database import Pool, queries
from shared.xmr import Period, Value

SQL = queries("services.waits", "sql/trends.sql")
_Stages = tuple[tuple[str | None, str | None], tuple[str, str]]
"""Provider and team type (None: all), and the two milestones."""
LINES = ("started", "left", "past", "past-left", "stopped", "within", "closed", "seen", "seen-within")


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


async def trends(pool: Pool, question: Question, whole: Sequence[Period], seen_within: int) -> dict[Measure, list[Value]]:
    """Every measure in those of the periods that began after the first spell in view did."""
    arguments = question.arguments()
    async with snapshot(pool, question.then) as db:
        first = await db.fetchval(question.spells + SQL["first_start"], *arguments)
        known = [period for period in whole if first is not None and period.since >= first]
        if not known:
            return {measure: [] for measure in Measure}
        bounds = [*(period.since for period in known), known[-1].until + timedelta(1)]
        rows = await db.fetch(question.spells + SQL["series"], *arguments, bounds, seen_within)
    counts = {line: [0] * (len(known) + 1) for line in LINES}
    medians: list[float | None] = [None] * len(known)
    for row in rows:
        period = row["period"]
        if row["line"] == "median" and 0 < period <= len(known):
            medians[period - 1] = row["days"]
        elif row["line"] != "median" and period <= len(known):
            counts[row["line"]][period] = row["spells"]
    return series(known, counts, medians)


async def stages(pool: Pool, question: Question) -> list[Stage]:
    """Internal waits whose later milestone was reached in the rolling quarter: the whole view, each provider, each of its team types."""
    days: defaultdict[_Stages, Counter[int]] = defaultdict(Counter)
    async with snapshot(pool, question.then) as db:
        for row in await db.fetch(question.spells + SQL["stages"], *question.arguments()):
            provider, stage = row["provider"], STAGES[row["stage"]]
            teams = (team for team in row["team_types"] if question.team_type in {None, team})
            for whose in ((None, None), (provider, None), *((provider, team) for team in teams)):
                days[whose, stage][row["days"]] += row["spells"]
    found = []
    for (whose, stage), counts in days.items():
        in_order = {waited: spells for waited, spells in counts.items() if waited >= 0}
        before = counts.total() - sum(in_order.values())
        found.append(Stage(*whose, *stage, counts.total(), before, centile(in_order, 0.5), centile(in_order, 0.9)))
    return found


async def hidden(pool: Pool, question: Question, days: int) -> dict[bool, Hidden]:
    """Long waits behind first waits of at most `days`: by whether the intervention came in the quarter, or is wanting."""
    async with snapshot(pool, question.then) as db:
        rows = [Hidden(*row) for row in await db.fetch(question.spells + SQL["hidden"], *question.arguments(), days)]
    return {reached: Hidden(reached, 0, 0, None) for reached in (True, False)} | {row.reached: row for row in rows}


NOT_KNOWN = "Not known"
_UNKNOWN = {"ethnicity": "99", "deprivation": "0", "age": "-1"}


async def groups(pool: Pool, question: Question) -> dict[str, list[Group]]:
    """Groups of people by trait: clocks that stopped in the rolling quarter, waits that are open. Age: from that many years."""
    days: defaultdict[tuple[str, str], defaultdict[int, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    async with snapshot(pool, question.then) as db:
        broad = {row["code"]: row["name"] for row in await db.fetch(SQL["ethnic_groups"])}
        for row in await db.fetch(question.spells + SQL["groups"], *question.arguments()):
            trait, value = row["trait"], row["value"]
            named = broad.get(value, NOT_KNOWN) if trait == "ethnicity" else value
            known = NOT_KNOWN if value == _UNKNOWN[trait] else named
            days[trait, known][row["waited"] % 4][row["waited"] // 4] += row["spells"]
    found = defaultdict(list)
    for (trait, value), waited in days.items():
        stopped, waiting = waited[2] + waited[3], waited[0] + waited[1]
        told = (stopped.total(), waited[3].total(), centile(stopped, 0.5)), (waiting.total(), waited[0].total(), centile(waiting, 0.5))
        found[trait].append(Group(trait, value, *told[0], *told[1]))
    return dict(found)
