"""Signals to look at: counted for one provider and quarter at a time, kept, and judged when they are read."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

import asyncpg
import orjson

from services.waits.rules import gaming
from services.waits.rules.definition import Definition
from services.waits.rules.gaming import SIGNALS, Tally, Verdict, Wait, quarters, verdict
from shared import clock as wall
from shared.runtime.database import Connection, Pool, columns, queries
from shared.runtime.documents import stored
from shared.versions import Document

SQL = queries("services.waits", "sql/signals.sql")
QUARTERS = 5
"""The one that is on and the year before it: what is usual for a team itself."""
AGAIN = timedelta(hours=6)
AT_ONCE = 500


class Signal(NamedTuple):
    """One signal of one provider's team type in one quarter, and what to think of it."""

    provider: str
    quarter: date
    team_type: str
    signal: str
    tally: Tally
    verdict: Verdict

    @property
    def share(self) -> float:
        return self.tally.seen / self.tally.of if self.tally.of else 0.0


class Signals:
    """A job: each provider's quarters, counted anew every few hours, and sooner while much comes."""

    def __init__(self, definition: Definition) -> None:
        self._clock = definition.id, definition.version

    async def count_due(self, connection: Connection) -> int:
        """Due date: count one provider's quarter."""
        now = wall.now()
        at = wall.london_date(now)
        due = await connection.fetchrow(SQL["quarters_due"], quarters(at, QUARTERS), now - AGAIN, now)
        if due is None or not await connection.fetchval(SQL["claim_quarter"], due["provider"], due["quarter"]):
            return 0
        await self.count(connection, due["provider"], due["quarter"], now)
        return 1

    async def count(self, connection: Connection, provider: str, quarter: date, now: datetime) -> None:
        """Count one provider's quarter, as known now."""
        rows = await connection.fetch(SQL["waits"], provider, *self._clock, quarter, gaming.after(quarter))
        waits: list[Wait] = []
        for place in range(0, len(rows), AT_ONCE):
            part = rows[place : place + AT_ONCE]
            people = sorted({row["personkey"] for row in part})
            documents = await stored(connection, people)
            waits += [_wait(row, provider, documents[row["personkey"]]) for row in part]
        found, shown = gaming.tallies(waits, quarter, wall.london_date(now))
        await connection.execute(SQL["forget"], provider, quarter)
        if found:
            counts = columns((*key, *tally) for key, tally in sorted(found.items()))
            await connection.execute(SQL["write_counts"], provider, quarter, *counts)
        if shown:
            await connection.execute(SQL["write_spells"], provider, quarter, *columns(sorted(shown)))
        await connection.execute(SQL["looked"], provider, quarter, now)


def _wait(row: asyncpg.Record, provider: str, known: Document) -> Wait:
    told, redated = None, 0
    if row["stop"]:
        told = gaming.told_on(row["stop"], orjson.loads(row["components"]))
        redated = gaming.redated_days(known, provider, row["start"])
    return Wait(**{name: row[name] for name in Wait._fields if name not in {"told_on", "redated_days"}}, told_on=told, redated_days=redated)


async def of_quarter(connection: Connection | Pool, providers: Iterable[str], quarter: date) -> list[Signal]:
    """Every signal of these providers that could have been seen in a quarter: those that stand out first, the least likely first."""
    four = quarters(quarter, QUARTERS)
    tallies: defaultdict[tuple[date, str], dict[tuple[str, str], Tally]] = defaultdict(dict)
    for row in await connection.fetch(SQL["counts"], four):
        tallies[row["quarter"], row["signal"]][row["provider"], row["team_type"]] = Tally(row["of"], row["seen"], row["most"], row["days"])
    allowed = set(providers)
    found = []
    for signal in SIGNALS:
        now = tallies[quarter, signal]
        for team, own in now.items():
            if team[0] in allowed:
                others = [tally for other, tally in now.items() if other != team]
                past = [tallies[before, signal][team] for before in four[1:] if team in tallies[before, signal]]
                found.append(Signal(team[0], quarter, team[1], signal, own, verdict(signal, own, others, past)))
    return sorted(found, key=_order)


def _order(one: Signal) -> tuple[bool, float, str, str, str]:
    chance = 1.0 if one.verdict.chance is None else one.verdict.chance
    return not one.verdict.stands_out, chance, one.provider, one.team_type, one.signal


async def standing(
    connection: Connection | Pool, providers: Iterable[str], at: date, provider: str | None = None, team_type: str | None = None
) -> list[Signal]:
    """Those that stand out, of this quarter and the one before."""
    whose = [provider] if provider else list(providers)
    return [
        one
        for quarter in quarters(at, 2)
        for one in await of_quarter(connection, whose, quarter)
        if one.verdict.stands_out and team_type in {None, one.team_type}
    ]


async def spells(
    pool: Pool, providers: frozenset[str], definition: Definition, quarter: date, signal: str, provider: str, team_type: str
) -> list[asyncpg.Record]:
    """The spells that show a signal, by day."""
    return await pool.fetch(SQL["spells"], sorted(providers), quarter, signal, provider, team_type, definition.id, definition.version)


async def looked_at(pool: Pool, providers: frozenset[str], quarter: date) -> datetime | None:
    """When all of these providers had been counted; None: not all have been."""
    rows = await pool.fetch(SQL["looks"], sorted(providers), quarter)
    return min(row["looked_at"] for row in rows) if len(rows) == len(providers) else None
