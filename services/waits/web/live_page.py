"""The facts of the live page: numbers with the links behind them, in the words and pictures that the template shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from services.waits.store import silence
from services.waits.store.pages import Feed, feeds, organisations, rolling_quarter, team_types
from services.waits.store.silence import Watch
from services.waits.store.summary import Share, Summary, TeamCount, summary
from services.waits.web import charts
from services.waits.web.desk import Desk
from services.waits.web.filters import Order, Overview
from services.waits.web.words import together
from shared.clock import today
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
    name: str
    link: str
    numbers: TeamCount
    last_event_at: datetime | None


@dataclass(frozen=True, slots=True)
class LivePage:
    at: date
    quarter_from: date
    providers: dict[str, str]
    teams: dict[str, str]
    filters: Overview
    counts: Summary
    cards: list[Card]
    missing: list[Lacking]
    due: list[DueDay]
    histogram: charts.Histogram
    rows: list[TeamRow]
    feeds: list[Feed]  # of the providers in view
    watch: Watch
    seen: int
    not_seen: int

    @property
    def last_event_at(self) -> datetime | None:
        return max((feed.last_received_at for feed in self.feeds if feed.last_received_at), default=None)


async def live_page(desk: Desk, person: Person, filters: Overview) -> LivePage:
    """Read everything that the page shows. Raises FieldError for a filter that `person` cannot use."""
    question = filters.question(person, today(), desk.definition)
    counts = await summary(desk.pool, question)
    providers = await organisations(desk.pool, person.providers)
    teams = await team_types(desk.pool, frozenset(desk.definition.team_types.values()))
    seen = frozenset({filters.provider}) if filters.provider else person.providers
    last = await feeds(desk.pool, seen)
    heard = {feed.provider: feed.last_received_at for feed in last}
    return LivePage(
        at=question.at,
        quarter_from=rolling_quarter(question.at),
        providers=providers,
        teams=teams,
        filters=filters,
        counts=counts,
        cards=_cards(counts, filters),
        missing=[
            Lacking(spells, together(components), filters.to("/waits/list", missing=components)) for components, spells in counts.missing
        ],
        due=[DueDay(day, filters.to("/waits/list", due_on=day.on)) for day in charts.days(counts.due, question.at, 14, 30, 56)],
        histogram=charts.histogram(counts.weeks, desk.definition.target_days // 7, 848, 132),
        rows=[
            TeamRow(
                name=teams.get(count.team_type, count.team_type) if count.team_type else providers[count.provider],
                link=filters.to("/waits", provider=count.provider, team_type=count.team_type),
                numbers=count,
                last_event_at=None if count.team_type else heard.get(count.provider),
            )
            for count in ordered(counts.teams, filters.order)
        ],
        feeds=last,
        watch=await silence.watch(desk.pool, seen),
        seen=sum(spells for (_, seen), spells in counts.weeks.items() if seen),
        not_seen=sum(spells for (_, seen), spells in counts.weeks.items() if not seen),
    )


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


def _cards(counts: Summary, filters: Overview) -> list[Card]:
    plain = [
        ("waiting", counts.waiting, "waiting now"),
        ("past-target", counts.past_target, "past 28 days"),
        ("due-7", counts.due_7, "pass 28 days within 7 days"),
        ("due-14", counts.due_14, "pass 28 days within 14 days"),
    ]
    cards = [
        Card(f"{number:,}", words, filters.to("/waits/list", state=state), charts.sparkline(line, *SPARK), line[0])
        for state, number, words in plain
        if (line := counts.trends[state])
    ]
    weekly = [_percent(share) for share in counts.shares]
    words = f"of {counts.share.stopped:,} stopped, within 28 days, this quarter"
    link = filters.to("/waits/list", state="stopped-quarter-within")
    number = f"{_percent(counts.share):.0f}%" if counts.share.stopped else "none"
    return [*cards, Card(number, words, link, charts.sparkline(weekly, *SPARK), weekly[0])]


def _percent(share: Share) -> float:
    return 100 * share.within_target / share.stopped if share.stopped else 0.0
