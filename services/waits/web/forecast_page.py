"""The facts of the forecast: who is expected to pass the target, what was said four weeks ago, and the clock stops that are needed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import NamedTuple

from services.waits.rules.capacity import Flow, Need, need, weeks_to_reach
from services.waits.rules.definition import Stop
from services.waits.rules.forecast import Calibration, Chance, Expected, Team, calibration, chances, expected, passed
from services.waits.store import forecast
from services.waits.store.decisions import Capacity, capacities
from services.waits.store.forecast import Doing, Known
from services.waits.web.desk import Desk
from services.waits.web.filters import AsKnown
from services.waits.web.trends_filters import Ahead
from services.waits.web.trends_page import Seen, seen
from services.waits.web.words import together
from shared.web.formats import counted, day, number
from shared.web.people import Person

HORIZONS = (7, 14, 28)
BACK = 28
"""Days of the look back: then it can be seen what came."""


class Outlook(NamedTuple):
    """What is expected of some waits in each of HORIZONS. `links`: the lists of those that may pass the target."""

    name: str
    provider: str | None
    team_type: str | None
    lacking: tuple[str, ...] | None
    expected: list[Expected]
    links: list[str]


class TeamNeed(NamedTuple):
    """One team type's clock stops a week: what it does or is said to be able to do, and what is needed."""

    name: str
    provider: str
    team_type: str
    doing: Doing
    capacity: Capacity | None
    stops: float  # a week, as observed or as somebody said
    need: Need
    weeks: float | None  # after which nobody is past the target at so many stops; None: never
    words: str
    narrowest: tuple[str, float] | None  # the component that the fewest a week get, when fewer than needed
    link: str  # the list of those waiting

    @property
    def gap(self) -> float:
        """Stops a week that are wanting."""
        return max(0.0, self.need.reach - self.stops)


@dataclass(frozen=True, slots=True)
class ForecastPage:
    seen: Seen
    outlooks: list[Outlook]  # the whole view, then by provider and team type
    by_missing: list[Outlook]  # the largest first
    looked_back: date
    said: list[tuple[str, list[tuple[Expected, int]]]]  # name, then for each horizon what was said and what came
    calibration: list[Calibration]
    needs: list[TeamNeed]  # the most wanting first
    by: date


async def forecast_page(desk: Desk, person: Person, filters: Ahead) -> ForecastPage:
    """Everything that the page shows. Raises FieldError for a filter that `person` cannot use."""
    question, around = await seen(desk, person, filters)
    target, stop = around.definition.target_days, around.definition.stop
    known = await forecast.courses(desk.pool, question, around.definition, BACK)
    now = _of_the_living(known, chances(known.courses, 0, target))
    then = chances(known.courses, -BACK, target)
    doing = await forecast.flows(desk.pool, question)
    said = await capacities(desk.pool, question)
    by = question.at + timedelta(7 * filters.weeks)
    return ForecastPage(
        seen=around,
        outlooks=_by_team(now, around, filters),
        by_missing=_by_missing(now, stop, filters),
        looked_back=question.at - timedelta(BACK),
        said=[(name, _came(found, target)) for name, found in _grouped(then, around)],
        calibration=calibration(then, target),
        needs=sorted((_need(team, one, said.get(team), around, filters, by) for team, one in doing.items()), key=lambda one: -one.gap),
        by=by,
    )


def _of_the_living(known: Known, found: Sequence[Chance]) -> list[Chance]:
    """What is due is for people to act on."""
    alive = {id(course) for course, alive in zip(known.courses, known.alive, strict=True) if alive}
    return [one for one in found if id(one.course) in alive]


def _grouped(found: Sequence[Chance], around: Seen) -> list[tuple[str, list[Chance]]]:
    return [(name, waits) for name, _, _, waits in _teams(found, around)]


def _teams(found: Sequence[Chance], around: Seen) -> list[tuple[str, str | None, str | None, list[Chance]]]:
    """The whole view, then each provider followed by its team types; a wait with two team types stands in both."""
    by: defaultdict[tuple[str, str | None], list[Chance]] = defaultdict(list)
    for one in found:
        by[one.course.teams[0][0], None].append(one)
        for provider, team in one.course.teams:
            by[provider, team].append(one)
    rows: list[tuple[str, str | None, str | None, list[Chance]]] = []
    providers = {provider for provider, _ in by}
    if len(providers) != 1:
        rows.append(("All providers", None, None, list(found)))
    for (provider, team_type), waits in sorted(by.items(), key=lambda item: (item[0][0], item[0][1] or "")):
        name = around.teams.get(team_type, team_type) if team_type else around.providers[provider]
        rows.append((name, provider, team_type, waits))
    return rows


def _by_team(found: Sequence[Chance], around: Seen, filters: Ahead) -> list[Outlook]:
    return [
        Outlook(
            name,
            provider,
            team,
            None,
            [expected(waits, days) for days in HORIZONS],
            [_list(filters, f"due-{days}", provider, team) for days in HORIZONS],
        )
        for name, provider, team, waits in _teams(found, around)
    ]


def _by_missing(found: Sequence[Chance], stop: Stop, filters: Ahead) -> list[Outlook]:
    by: defaultdict[int, list[Chance]] = defaultdict(list)
    for one in found:
        if one.past_in <= HORIZONS[-1]:
            by[one.lacking].append(one)
    rows = []
    for bits, waits in by.items():
        lacking = tuple(name for bit, name in enumerate(stop.components) if bits >> bit & 1)
        links = [_list(filters, f"due-{days}", None, None, missing=lacking) for days in HORIZONS]
        rows.append(Outlook(together(lacking, stop), None, None, lacking, [expected(waits, days) for days in HORIZONS], links))
    return sorted(rows, key=lambda row: -row.expected[-1].expected)


def _list(filters: Ahead, state: str, provider: str | None, team_type: str | None, **more: object) -> str:
    where = AsKnown.model_validate(filters.model_dump())
    return where.to("/waits/list", state=state, provider=provider or where.provider, team_type=team_type or where.team_type, **more)


def _came(found: Sequence[Chance], target: int) -> list[tuple[Expected, int]]:
    return [(expected(found, days), sum(passed(one.course, target) for one in found if one.past_in <= days)) for days in HORIZONS]


def _need(team: Team, doing: Doing, said: Capacity | None, around: Seen, filters: Ahead, by: date) -> TeamNeed:
    target, stop = around.definition.target_days, around.definition.stop
    weekly = doing.weekly
    flow = Flow(weekly.get("started", 0.0), weekly.get("stopped", 0.0), weekly.get("closed", 0.0))
    needed = need(doing.waiting, flow, target, filters.weeks)
    stops = said.number if said else flow.stopped
    name = f"{around.providers[team[0]]}, {around.teams.get(team[1], team[1])}"
    each = [(component, weekly.get(component, 0.0)) for component in stop.components if component in COUNTED]
    narrowest = min(each, key=lambda one: one[1], default=None)
    return TeamNeed(
        name,
        *team,
        doing=doing,
        capacity=said,
        stops=stops,
        need=needed,
        weeks=weeks_to_reach(needed, stops),
        words=_words(team, stops, needed, around, by, said=said is not None),
        narrowest=narrowest if narrowest and narrowest[1] < needed.reach else None,
        link=_list(filters, "waiting", *team),
    )


COUNTED = ("first-contact", "baseline-outcome", "assessment", "care-plan-or-intervention")
"""Components of which the query `flows` counts how many a team gives a week."""


def _words(team: Team, stops: float, needed: Need, around: Seen, by: date, *, said: bool) -> str:
    """ "Westside A06 stops 41 a week; 52 a week are needed to have nobody past 28 days by 1 March 2026"."""
    target, rate, hold = around.definition.target_days, number(round(stops, 1)), number(ceil(needed.hold))
    whose = f"{around.providers[team[0]]} {team[1]} {'can stop' if said else 'stops'} {rate} a week"
    if needed.excess <= 0:
        enough = "that is enough" if stops >= needed.hold else f"{hold} a week are needed to keep it so"
        return f"{whose}; no more wait than come in {target} days: {enough}"
    reach = f"{number(ceil(needed.reach))} a week are needed to have nobody past {target} days by {day(by)}, then {hold} to keep it so"
    if stops >= needed.reach:
        return f"{whose}; {reach}"
    weeks = weeks_to_reach(needed, stops)
    return f"{whose}; {reach}. At {rate} a week it " + (
        "never comes to that" if weeks is None else f"takes {counted(round(weeks), 'week')}"
    )
