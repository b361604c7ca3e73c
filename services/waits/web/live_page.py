"""The facts of the live page: numbers with the links behind them, in the words and pictures that the template shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from services.waits.rules.definition import Definition
from services.waits.store import silence
from services.waits.store.pages import Feed, Question, organisations, rolling_quarter
from services.waits.store.silence import Watch
from services.waits.store.summary import Share, Summary, TeamCount, summary
from services.waits.web import charts
from services.waits.web.desk import Desk
from services.waits.web.filters import Order, Overview
from services.waits.web.then import asked, feeds_of
from services.waits.web.words import together
from shared.web.people import Person

SPARK = (120, 24)


class Card(NamedTuple):
    """One number, the list behind it, and how it moved in 12 weeks."""

    number: str
    words: str
    link: str
    points: str
    was: float


class Lacking(NamedTuple):
    """Waits that lack the same components."""

    spells: int
    words: str
    link: str


class DueDay(NamedTuple):
    bar: charts.Day
    link: str


class TeamRow(NamedTuple):
    """A provider, or one of its team types: its numbers under each definition shown (None: it has no wait there)."""

    name: str
    link: str
    provider: str
    team_type: str | None
    numbers: tuple[TeamCount | None, ...]
    last_event_at: datetime | None


@dataclass(frozen=True, slots=True)
class View:
    """The waits under one definition."""

    definition: Definition
    filters: Overview  # of the lists behind its numbers
    counts: Summary
    cards: list[Card]
    missing: list[Lacking]
    due: list[DueDay]
    histogram: charts.Histogram

    @property
    def seen(self) -> int:
        return sum(spells for (_, seen), spells in self.counts.weeks.items() if seen)

    @property
    def not_seen(self) -> int:
        return sum(spells for (_, seen), spells in self.counts.weeks.items() if not seen)


@dataclass(frozen=True, slots=True)
class LivePage:
    at: date
    quarter_from: date
    definitions: dict[str, str]  # what may be picked: title by name
    providers: dict[str, str]
    teams: dict[str, str]
    filters: Overview
    views: list[View]  # one, or two side by side
    rows: list[TeamRow]
    feeds: list[Feed]  # of the providers in view
    watch: Watch

    @property
    def main(self) -> View:
        return self.views[0]

    @property
    def last_event_at(self) -> datetime | None:
        return max((feed.last_received_at for feed in self.feeds if feed.last_received_at), default=None)


async def questions(desk: Desk, person: Person, filters: Overview) -> list[tuple[Definition, Question]]:
    """What the page asks for, under one definition or two. Raises FieldError for a filter that `person` cannot use."""
    picked = [await desk.definition(filters.definition, known_at=filters.known_at)]
    if filters.beside is not None:
        picked.append(await desk.definition(filters.beside, "beside", filters.known_at))
    codes = {code for one in picked for code in one.team_types.values()}
    return [(one, await asked(desk, person, filters, one, codes)) for one in picked]


async def live_page(desk: Desk, person: Person, filters: Overview) -> LivePage:
    """Read everything that the page shows. Raises FieldError for a filter that `person` cannot use."""
    under = await questions(desk, person, filters)
    at = under[0][1].at
    views = [
        _view(definition, await summary(desk.pool, question), at, filters.model_copy(update={"definition": name}))
        for name, (definition, question) in zip((filters.definition, filters.beside), under, strict=False)
    ]
    providers = await organisations(desk.pool, person.providers, filters.known_at)
    seen = frozenset({filters.provider}) if filters.provider else person.providers
    last = await feeds_of(desk, under[0][1], seen)
    teams = await desk.team_types(*[view.definition for view in views], known_at=filters.known_at)
    return LivePage(
        at=at,
        quarter_from=rolling_quarter(at),
        definitions=await desk.titles(),
        providers=providers,
        teams=teams,
        filters=filters,
        views=views,
        rows=_rows(views, filters, providers, teams, {feed.provider: feed.last_received_at for feed in last}),
        feeds=last,
        watch=await silence.watch(desk.pool, seen),
    )


def _view(definition: Definition, counts: Summary, at: date, filters: Overview) -> View:
    stop = definition.stop
    return View(
        definition=definition,
        filters=filters,
        counts=counts,
        cards=_cards(counts, filters, definition.target_days),
        missing=[
            Lacking(spells, together(lacking, stop), filters.to("/waits/list", missing=lacking)) for lacking, spells in counts.missing
        ],
        due=[DueDay(day, filters.to("/waits/list", due_on=day.on)) for day in charts.days(counts.due, at, 14, 30, 56)],
        histogram=charts.histogram(counts.weeks, definition.target_days / 7, 848, 132),
    )


def _rows(
    views: Sequence[View], filters: Overview, providers: Mapping[str, str], teams: Mapping[str, str], heard: Mapping[str, datetime | None]
) -> list[TeamRow]:
    """In the order of the first definition's numbers; what only the second has comes last."""
    of = [{(count.provider, count.team_type): count for count in view.counts.teams} for view in views]
    keys = dict.fromkeys((count.provider, count.team_type) for count in ordered(views[0].counts.teams, filters.order))
    keys |= dict.fromkeys(key for counts in of[1:] for key in counts)
    if len(views) > 1:  # a team type of the second definition alone stands with its provider
        places = {provider: place for place, provider in enumerate(dict.fromkeys(provider for provider, _ in keys))}
        keys = dict.fromkeys(sorted(keys, key=lambda key: places[key[0]]))
    return [
        TeamRow(
            name=teams.get(team_type, team_type) if team_type else providers[provider],
            link=filters.to("/waits", provider=provider, team_type=team_type),
            provider=provider,
            team_type=team_type,
            numbers=tuple(counts.get((provider, team_type)) for counts in of),
            last_event_at=None if team_type else heard.get(provider),
        )
        for provider, team_type in keys
    ]


def ordered(teams: Sequence[TeamCount], order: Order | None) -> list[TeamCount]:
    """Providers in this order, the largest number first, each followed by its team types in the same order; None or name: as they are."""
    if order in {None, "name"}:
        return list(teams)

    def number(count: TeamCount) -> float:
        value = count.share.within_target if order == "within_target" else getattr(count, str(order))
        return -1.0 if value is None else float(value)

    totals = sorted((count for count in teams if count.team_type is None), key=number, reverse=True)
    return [
        count
        for total in totals
        for count in (total, *sorted((c for c in teams if c.team_type and c.provider == total.provider), key=number, reverse=True))
    ]


def _cards(counts: Summary, filters: Overview, target: int) -> list[Card]:
    plain = [
        ("waiting", counts.waiting, "waiting then" if filters.known_at else "waiting now"),
        ("past-target", counts.past_target, f"past {target} days"),
        ("due-7", counts.due_7, f"pass {target} days within 7 days"),
        ("due-14", counts.due_14, f"pass {target} days within 14 days"),
    ]
    cards = [
        Card(f"{number:,}", words, filters.to("/waits/list", state=state), charts.sparkline(line, *SPARK), line[0])
        for state, number, words in plain
        if (line := counts.trends[state])
    ]
    weekly = [_percent(share) for share in counts.shares]
    words = f"of {counts.share.stopped:,} stopped, within {target} days, this quarter"
    link = filters.to("/waits/list", state="stopped-quarter-within")
    number = f"{_percent(counts.share):.0f}%" if counts.share.stopped else "none"
    return [*cards, Card(number, words, link, charts.sparkline(weekly, *SPARK), weekly[0])]


def _percent(share: Share) -> float:
    return 100 * share.within_target / share.stopped if share.stopped else 0.0
