"""Signals to look at: their filters and the facts of their pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal

import asyncpg
from pydantic import Field

from services.waits.rules.gaming import BULK, SIGNALS, quarters
from services.waits.store import signals as store
from services.waits.store.definitions import MAIN
from services.waits.store.pages import organisations
from services.waits.store.signals import QUARTERS, Signal
from services.waits.web.desk import Desk
from services.waits.web.filters import Narrowing
from shared.clock import today
from shared.web.errors import FieldError
from shared.web.filters import known
from shared.web.formats import number
from shared.web.people import Person

Name = Literal[
    "edge-stops", "told-late", "received-again", "closed-before", "one-day", "hidden-wait", "plan-re-dated", "bulk-scores"
]  # fmt: skip


class Quarter(Narrowing):
    """Which quarter, and which part of what the reader may see."""

    quarter: Annotated[date | None, Field(description="its first day; of the five latest. None: the one that is on")] = None

    def first_day(self) -> date:
        """Raises FieldError for a day that begins none of the quarters that are counted, or another definition."""
        if self.definition not in {None, MAIN}:
            raise FieldError("definition", "signals are counted under the national definition alone", "leave it out")
        there = quarters(today(), QUARTERS)
        known("quarter", self.quarter.isoformat() if self.quarter else None, [day.isoformat() for day in there])
        return self.quarter or there[0]


class Listing(Quarter):
    """The spells behind one signal of one provider's team type."""

    signal: Annotated[Name, Field(description="which signal")]
    provider: Annotated[str, Field(description="ODS code, one of the reader's providers")]
    team_type: Annotated[str, Field(description="team type code in the scope of the national definition, such as A06")]


@dataclass(frozen=True, slots=True)
class SignalsPage:
    at: date
    filters: Quarter
    quarter: date
    quarters: dict[str, str]  # first day -> words
    providers: dict[str, str]
    teams: dict[str, str]
    every: list[Signal]  # those that stand out first
    looked_at: datetime | None

    @property
    def standing(self) -> list[Signal]:
        return [one for one in self.every if one.verdict.stands_out]


@dataclass(frozen=True, slots=True)
class SignalList:
    at: date
    filters: Listing
    quarter: date
    provider_name: str
    team_name: str
    rows: list[asyncpg.Record]


async def signals_page(desk: Desk, person: Person, filters: Quarter) -> SignalsPage:
    """Raises FieldError for a filter that `person` cannot use."""
    definition = await desk.definition(None)
    filters.question(person, today(), definition)
    quarter = filters.first_day()
    seen = frozenset({filters.provider}) if filters.provider else person.providers
    found = await store.of_quarter(desk.pool, seen, quarter)
    return SignalsPage(
        at=today(),
        filters=filters,
        quarter=quarter,
        quarters={day.isoformat(): quarter_words(day) for day in quarters(today(), QUARTERS)},
        providers=await organisations(desk.pool, person.providers),
        teams=await desk.team_types(definition),
        every=[one for one in found if filters.team_type in {None, one.team_type}],
        looked_at=await store.looked_at(desk.pool, seen, quarter),
    )


async def signal_list(desk: Desk, person: Person, filters: Listing) -> SignalList:
    """Raises FieldError for a filter that `person` cannot use."""
    definition = await desk.definition(None)
    filters.question(person, today(), definition)
    quarter = filters.first_day()
    names = await organisations(desk.pool, person.providers)
    teams = await desk.team_types(definition)
    rows = await store.spells(desk.pool, person.providers, definition, quarter, filters.signal, filters.provider, filters.team_type)
    return SignalList(today(), filters, quarter, names[filters.provider], teams[filters.team_type], rows)


def signal_facts(one: Signal) -> dict[str, Any]:
    """The fields of the API's Signal."""
    words, method = SIGNALS[one.signal]
    return {
        "quarter": one.quarter,
        "provider": one.provider,
        "team_type": one.team_type,
        "signal": one.signal,
        "words": words,
        "seen": one.tally.seen,
        "of": one.tally.of,
        "usual": None if one.verdict.usual is None else round(one.verdict.usual, 2),
        "compared_with": one.verdict.source,
        "chance": one.verdict.chance,
        "stands_out": one.verdict.stands_out,
        "method": method,
    }


def spell_facts(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the API's SignalSpell."""
    named = ("provider", "team_type", "spell_id", "on", "days", "start", "stop", "end")
    return {name: row[name] for name in named} | {"person": row["personkey"]}


def quarter_words(day: date) -> str:
    """ "January to March 2026"."""
    return f"{day:%B} to {day.replace(month=day.month + 2):%B} {day.year}"


def seen_words(one: Signal) -> str:
    """ "41 of 120 (34%)"."""
    if one.signal == BULK:
        return f"{number(one.tally.most)} on one day, of {number(one.tally.of)}"
    return f"{number(one.tally.seen)} of {number(one.tally.of)} ({one.share:.0%})"


def usual_words(one: Signal) -> str:
    """ "12% at all other teams"."""
    verdict = one.verdict
    if verdict.usual is None:
        return "too few to compare with"
    if one.signal == BULK:
        return f"{verdict.usual:.1f} on a day"
    return f"{verdict.usual:.0%} {'at all other teams' if verdict.source == 'others' else 'in its own past year'}"


def chance_words(chance: float | None) -> str:
    """ "1 in 1,200"."""
    if chance is None:
        return ""
    if chance < 1e-6:
        return "less than 1 in a million"
    return f"1 in {number(round(1 / chance))}" if chance < 0.1 else f"{chance:.0%}"
