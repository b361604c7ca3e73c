"""The facts of the pages of trends: charts with icons in words, internal waits, differences between groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from services.waits.rules.definition import Definition
from services.waits.rules.inequality import LEAST, Gap, Interval, gap, wilson
from services.waits.rules.trends import BETTER, SHARES, STAGES, Measure, periods
from services.waits.store import decisions, trends
from services.waits.store.decisions import Decision
from services.waits.store.pages import Question, organisations, rolling_quarter
from services.waits.store.trends import Group, Hidden, Stage
from services.waits.web.desk import Desk
from services.waits.web.filters import AsKnown
from services.waits.web.then import asked
from services.waits.web.trends_filters import Trending
from shared.web.people import Person
from shared.web.xmr_picture import BETTERS, Picture, picture
from shared.xmr import LEAST_AFTER_REBASE, Assurance, Chart, Period, Value, Variation, xmr

NUMBER = {"week": 52, "month": 24}
"""Periods that are looked at."""
SIZE = (560, 150)
VARIATIONS = {
    Variation.COMMON: "Common cause: nothing but chance",
    Variation.IMPROVEMENT_HIGH: "Improvement: higher than chance explains",
    Variation.IMPROVEMENT_LOW: "Improvement: lower than chance explains",
    Variation.CONCERN_HIGH: "Concern: higher than chance explains",
    Variation.CONCERN_LOW: "Concern: lower than chance explains",
    Variation.NEITHER_HIGH: "Change: higher than chance explains, neither better nor worse in itself",
    Variation.NEITHER_LOW: "Change: lower than chance explains, neither better nor worse in itself",
}
ASSURANCES = {
    Assurance.HIT: "Target: met whatever chance does",
    Assurance.MISS: "Target: missed whatever chance does, until something changes",
    Assurance.HIT_AND_MISS: "Target: met or missed by chance",
}
STATES = {
    Measure.WAITING: "waiting-on",
    Measure.PAST_TARGET: "past-on",
    Measure.STARTED: "started",
    Measure.SEEN_WITHIN: "seen",
    Measure.STOPPED: "stopped",
    Measure.SHARE_WITHIN: "stopped-within",
    Measure.MEDIAN_DAYS: "stopped",
    Measure.CLOSED: "closed",
}
"""Whose list stands behind the spells."""


class Row(NamedTuple):
    """One period of one measure, as the table has it. `link`: the list of its spells; of `seen-within`, of all that were seen."""

    value: Value
    says: Variation | None
    rules: list[str]
    link: str


@dataclass(frozen=True, slots=True)
class Trend:
    """One measure over time."""

    measure: Measure
    title: str
    percent: bool
    better: str
    chart: Chart
    picture: Picture | None
    rows: list[Row]  # the latest first
    target: Decision | None
    limits: list[Decision]
    said: list[Decision]  # everything decided of it, the latest first
    may_rebase: list[Period]

    @property
    def variation(self) -> str | None:
        return VARIATIONS[self.chart.variation] if self.chart.variation else None

    @property
    def assurance(self) -> str | None:
        return ASSURANCES[self.chart.assurance] if self.chart.assurance else None


@dataclass(frozen=True, slots=True)
class Seen:
    """What every page of trends says of what it shows."""

    at: date
    filters: AsKnown
    definition: Definition
    definitions: Mapping[str, str]
    providers: Mapping[str, str]
    teams: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TrendsPage:
    seen: Seen
    trends: list[Trend]


async def seen(desk: Desk, person: Person, filters: AsKnown) -> tuple[Question, Seen]:
    """Raises FieldError for a filter that `person` cannot use, NotMadeError while an answer about the past is being made."""
    then = filters.known_at
    definition = await desk.definition(filters.definition, known_at=then)
    question = await asked(desk, person, filters, definition)
    providers = await organisations(desk.pool, person.providers, then)
    teams = await desk.team_types(definition, known_at=then)
    return question, Seen(question.at, filters, definition, await desk.titles(), providers, teams)


def subject(measure: Measure, filters: Trending) -> str:
    """What a decision on this measure's chart is about: a number a week is none a month."""
    within = f"-{filters.seen_within}" if measure is Measure.SEEN_WITHIN else ""
    return f"{filters.by}:{measure.value}{within}"


def titles(target: int, filters: Trending) -> dict[Measure, str]:
    """What each measure is called."""
    return {
        Measure.WAITING: f"Waiting at the end of the {filters.by}",
        Measure.PAST_TARGET: f"Past {target} days at the end of the {filters.by}",
        Measure.STARTED: "Started to wait",
        Measure.SEEN_WITHIN: f"First contacts within {filters.seen_within} days, of all first contacts",
        Measure.STOPPED: "Clocks stopped",
        Measure.SHARE_WITHIN: f"Stopped within {target} days, of all stopped",
        Measure.MEDIAN_DAYS: "Median days waited, of those stopped",
        Measure.CLOSED: "Closed without help",
    }


async def trends_page(desk: Desk, person: Person, filters: Trending) -> TrendsPage:
    """Every measure over the last whole weeks or months."""
    question, around = await seen(desk, person, filters)
    whole = periods(question.at, filters.by, NUMBER[filters.by])
    found = await trends.trends(desk.pool, question, whole, filters.seen_within)
    said = [one for kind in ("target", "limits") for one in await decisions.decisions(desk.pool, question, kind)]
    named = titles(around.definition.target_days, filters)
    return TrendsPage(
        seen=around,
        trends=[_trend(measure, named[measure], values, said, filters) for measure, values in found.items()],
    )


def _trend(measure: Measure, title: str, values: Sequence[Value], said: Sequence[Decision], filters: Trending) -> Trend:
    about = subject(measure, filters)
    own = sorted((one for one in said if one.subject == about), key=lambda one: one.said_at, reverse=True)
    target, limits = decisions.target([one for one in own if one.since is None], about), decisions.new_limits(own, about)
    known = [value for value in values if value.value is not None]
    rebased = [next((index for index, value in enumerate(known) if value.period.since >= one.since), 0) for one in limits if one.since]
    wanted = target.number if target else None
    chart = xmr([value.value for value in known if value.value is not None], BETTER[measure], rebased, wanted)
    judged = dict(zip([value.period for value in known], chart.points, strict=True))
    rows = []
    for value in reversed(values):
        point = judged.get(value.period)
        says = point.variation if point and point.limits else None
        rows.append(Row(value, says, [rule.value for rule in point.rules] if point else [], _link(measure, value, filters)))
    return Trend(
        measure=measure,
        title=title,
        percent=measure in SHARES,
        better=BETTERS[BETTER[measure]],
        chart=chart,
        picture=picture(known, chart, wanted, measure in SHARES, *SIZE),
        rows=rows,
        target=target,
        limits=limits,
        said=own,
        may_rebase=[value.period for value in known[1 : len(known) - LEAST_AFTER_REBASE + 1]][::-1],
    )


def _link(measure: Measure, value: Value, filters: Trending) -> str:
    return AsKnown.model_validate(filters.model_dump()).to(
        "/waits/list", state=STATES[measure], since=value.period.since if measure not in ENDS else None, until=value.period.until
    )


ENDS = frozenset({Measure.WAITING, Measure.PAST_TARGET})
"""Measures as at the last day of a period."""


@dataclass(frozen=True, slots=True)
class StagesPage:
    seen: Seen
    quarter_from: date
    stages: list[tuple[str, str]]  # (milestone, milestone)
    rows: list[tuple[str, bool, dict[tuple[str, str], Stage]]]  # name, whether a sum, stages
    hidden: Mapping[bool, Hidden]


async def stages_page(desk: Desk, person: Person, filters: AsKnown) -> StagesPage:
    """Internal waits of what was reached in the rolling quarter, by team."""
    question, around = await seen(desk, person, filters)
    found = await trends.stages(desk.pool, question)
    named = stage_rows(found, around)
    return StagesPage(
        seen=around,
        quarter_from=rolling_quarter(question.at),
        stages=[pair for pair in STAGES if any(pair in stages for _, _, stages in named)],
        rows=named,
        hidden=await trends.hidden(desk.pool, question, around.definition.target_days),
    )


def stage_rows(found: Sequence[Stage], around: Seen) -> list[tuple[str, bool, dict[tuple[str, str], Stage]]]:
    """The whole view, then each provider followed by its team types."""
    by: dict[tuple[str | None, str | None], dict[tuple[str, str], Stage]] = {}
    for stage in found:
        by.setdefault((stage.provider, stage.team_type), {})[stage.since, stage.until] = stage
    rows = []
    for (provider, team), stages in sorted(by.items(), key=lambda item: (item[0][0] or "", item[0][1] or "")):
        name = around.teams.get(team, team) if team else around.providers.get(provider or "", "All providers")
        rows.append((name, team is None, stages))
    return rows


class GroupRow(NamedTuple):
    """One group of people. `share` and `gap` are None where too few stopped to say anything."""

    name: str
    group: Group
    share: Interval | None
    gap: Gap | None


@dataclass(frozen=True, slots=True)
class GroupsPage:
    seen: Seen
    quarter_from: date
    traits: list[tuple[str, str, list[GroupRow]]]  # id, title, groups
    least: int = LEAST


TRAITS = {"ethnicity": "Ethnic group", "deprivation": "Deprivation of the area", "age": "Age when the wait began"}
VALUES = {
    "1": "most deprived fifth", "2": "second fifth", "3": "third fifth", "4": "fourth fifth", "5": "least deprived fifth",
    "18": "18 to 25", "26": "26 to 39", "40": "40 to 64", "65": "65 and over",
}  # fmt: skip
UNKNOWN = ("Not known", "Not stated")


async def groups_page(desk: Desk, person: Person, filters: AsKnown) -> GroupsPage:
    """How the clock went for groups of people, in the rolling quarter."""
    question, around = await seen(desk, person, filters)
    found = await trends.groups(desk.pool, question)
    return GroupsPage(
        seen=around,
        quarter_from=rolling_quarter(question.at),
        traits=[(trait, title, group_rows(found.get(trait, []))) for trait, title in TRAITS.items()],
    )


def group_rows(groups: Sequence[Group]) -> list[GroupRow]:
    """Each group against everyone else of whom it is known; those of whom it is not come last, and are compared with nobody."""
    told = [group for group in groups if group.value not in UNKNOWN]
    stopped, within = sum(group.stopped for group in told), sum(group.within_target for group in told)
    rows = []
    for group in sorted(groups, key=lambda one: (one.value in UNKNOWN, one.value)):
        share = wilson(group.within_target, group.stopped) if group.stopped >= LEAST else None
        others = stopped - group.stopped, within - group.within_target
        apart = None if group.value in UNKNOWN else gap(group.within_target, group.stopped, others[1], others[0])
        rows.append(GroupRow(VALUES.get(group.value, group.value), group, share, apart))
    return rows
