"""When providers were heard, the rhythms learned from that, and which feeds are silent. Everything in the caller's transaction."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple

import asyncpg
import holidays

from services.waits.rules.silence import WINDOW, Hour, Rhythm, expected_by, learn
from shared import clock as wall
from shared.runtime import metrics
from shared.runtime.database import Connection, Pool, columns, queries

SQL = queries("services.waits", "sql/silence.sql")
ANY = "any"
"""The kind that stands for a provider's events of all kinds together."""
LEARN_AFTER = timedelta(hours=6)
AT_ONCE = 5
WATCHED = timedelta(minutes=2)
"""Nobody looks for silence when the last look is older."""
LOOKING = timedelta(seconds=60)
"""Feeds are judged once looks have followed one another for so long, and nothing older than this is being read: what is silent then is
a provider, not we."""  # fmt: skip


_BANK_HOLIDAYS = holidays.country_holidays("GB", subdiv="ENG")


@cache
def is_rest_day(day: date) -> bool:
    """A weekend day or bank holiday in England."""
    return day.weekday() >= 5 or day in _BANK_HOLIDAYS


class Feed(NamedTuple):
    """One provider's events of one kind: when the last came, its rhythm (None: not looked at yet), and whether it is silent."""

    provider: str
    kind: str
    last_received_at: datetime
    rhythm: Rhythm | None
    silent: bool

    def expected_by(self) -> datetime | None:
        """The instant from which its silence is too long; None while learning."""
        return expected_by(self.rhythm, self.last_received_at, is_rest_day) if self.rhythm else None


class Silent(NamedTuple):
    """A silent feed, and when it was last heard; kind `any`: the provider as a whole."""

    provider: str
    kind: str
    last_received_at: datetime


class Watch(NamedTuple):
    """When feeds were last looked at (None: never) and whether that was just now, whether any rhythm is known yet, and who is silent."""

    looked_at: datetime | None
    now: bool
    knows: bool
    silent: list[Silent]


async def learn_due(connection: Connection) -> int:
    """Due date: learn some rhythms that are new or some hours old; forget the hours that none is learned from any more."""
    now = wall.now()
    due = await connection.fetch(SQL["claim_rhythms"], now - LEARN_AFTER, AT_ONCE)
    for provider, kind, last, days in due:
        hours = await connection.fetch(SQL["hours_heard"], provider, kind, ANY, last - WINDOW)
        await _write(connection, provider, kind, _learned(hours, days), now)
        await connection.execute(SQL["forget_hours"], provider, kind, last - WINDOW - timedelta(days=1))
    return len(due)


def _learned(hours: Sequence[asyncpg.Record], days: Sequence[date]) -> Rhythm:
    heard: list[Hour] = [(row["hour"], row["quarters"]) for row in hours]
    return learn(heard, days, is_rest_day)


async def _write(connection: Connection, provider: str, kind: str, rhythm: Rhythm, now: datetime) -> None:
    manner, weights, limit, days = rhythm
    await connection.execute(SQL["write_rhythm"], provider, kind, manner, list(weights), limit, list(days), now)


async def look(connection: Connection) -> int:
    """Due date: note which feeds fell silent and which are heard again; returns how many."""
    now = wall.now()
    since = await connection.fetchval(SQL["look"], now, LOOKING)
    behind = await connection.fetchval(SQL["behind"], now, LOOKING)
    may_fall_silent = now - since >= LOOKING and not behind
    changed = []
    for feed in await feeds(connection, None):
        by = feed.expected_by()
        silent = by is not None and now >= by
        if silent != feed.silent and (may_fall_silent or not silent):
            changed.append((feed.provider, feed.kind, silent))
    if changed:
        await connection.execute(SQL["turn"], *columns(changed))
    return len(changed)


async def feeds(connection: Connection | Pool, providers: frozenset[str] | None) -> list[Feed]:
    """Every feed of these providers (None: of all), by provider, all kinds together first."""
    rows = await connection.fetch(SQL["feeds"], None if providers is None else sorted(providers), ANY)
    return [Feed(row["provider"], row["kind"], row["last_received_at"], _rhythm(row), row["silent"]) for row in rows]


async def silent(pool: Pool | Connection, providers: frozenset[str]) -> list[Silent]:
    """The silent feeds of these providers, the longest silent first; of a provider that is silent as a whole, only that."""
    found = [Silent(*row) for row in await pool.fetch(SQL["silent"], sorted(providers))]
    whole = {feed.provider for feed in found if feed.kind == ANY}
    return [feed for feed in found if feed.kind == ANY or feed.provider not in whole]


def _rhythm(row: asyncpg.Record) -> Rhythm | None:
    if row["manner"] is None:
        return None
    return Rhythm(row["manner"], tuple(row["weights"]), row["usual"], tuple(row["days"]))


async def watch(pool: Pool, providers: frozenset[str]) -> Watch:
    """How the feeds of these providers are watched."""
    row = await pool.fetchrow(SQL["watch"], sorted(providers)) or (None, False)
    return Watch(row[0], row[0] is not None and row[0] >= wall.now() - WATCHED, row[1], await silent(pool, providers))


async def measure(pool: Pool) -> None:
    """Render the gauges of silence."""
    now = wall.now()
    metrics.SILENCE_SECONDS.clear()
    metrics.SILENCE_OVERDUE_SECONDS.clear()
    for feed in await feeds(pool, None):
        metrics.SILENCE_SECONDS.labels(feed.provider, feed.kind).set((now - feed.last_received_at).total_seconds())
        if (by := feed.expected_by()) is not None:
            overdue = (now - by).total_seconds() if feed.silent else 0.0
            metrics.SILENCE_OVERDUE_SECONDS.labels(feed.provider, feed.kind).set(max(0.0, overdue))
