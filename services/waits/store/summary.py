"""The numbers of the live page."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from statistics import median
from typing import NamedTuple

import asyncpg

from services.waits.store.pages import SQL, Question, snapshot
from shared.runtime.database import Pool

TREND_WEEKS = 12
TRENDS = ("waiting", "past-target", "due-7", "due-14")
ALL, BY_MISSING, BY_WEEK, BY_DUE = 0b111, 0b011, 0b101, 0b110
"""Values of `part` in the query `parts`: a bit for each of missing, week and due_on that the row is not grouped by."""


class Share(NamedTuple):
    """Clock stops, and how many of them were within the target."""

    stopped: int
    within_target: int


class TeamCount(NamedTuple):
    """One provider (team_type None) or one of its team types; `median_days` is of those who wait (None: nobody does)."""

    provider: str
    team_type: str | None
    waiting: int
    past_target: int
    due_7: int
    median_days: float | None
    share: Share


class Summary(NamedTuple):
    """What is due or missing is for people to act on, so it leaves out those who died (`waiting` - `alive`)."""

    waiting: int
    past_target: int
    alive: int
    due_7: int
    due_14: int
    share: Share  # of the rolling quarter
    missing: list[tuple[tuple[str, ...], int]]  # components missing together, largest count first
    weeks: dict[tuple[int, bool], int]  # (week of wait, seen) -> spells
    due: dict[date, int]  # first day past the target -> spells
    teams: list[TeamCount]
    trends: dict[str, list[int]]  # state -> its count at the end of each of the last 12 weeks, today last
    shares: list[Share]  # of each of the last 12 weeks, oldest first


async def summary(pool: Pool, question: Question) -> Summary:
    """The numbers for all spells that `question` asks about, from one snapshot; its own state does not matter."""
    waiting = replace(question, state="waiting").arguments()
    stopped = replace(question, state="stopped-quarter").arguments()
    every = replace(question, state=None).arguments()
    async with snapshot(pool, question.then) as db:
        parts = await db.fetch(question.spells + SQL["parts"], *waiting)
        teams = await db.fetch(question.spells + SQL["teams"], *waiting)
        stops = await db.fetch(question.spells + SQL["teams"], *stopped)
        trend = await db.fetch(question.spells + SQL["trend"], *every)
        shares = await db.fetch(question.spells + SQL["shares"], *every)
    [total] = (row for row in parts if row["part"] == ALL)
    lacking = [(tuple(row["missing"]), row["alive"]) for row in parts if row["part"] == BY_MISSING and row["alive"] and row["missing"]]
    changes = {(row["line"], row["weeks_ago"]): row["change"] for row in trend}
    weekly = {row["weeks_ago"]: Share(row["stopped"], row["within_target"]) for row in shares}
    return Summary(
        **{name: total[name] for name in ("waiting", "past_target", "alive", "due_7", "due_14")},
        share=_share(stops),
        missing=sorted(lacking, key=lambda item: (-item[1], item[0])),
        weeks={(row["week"], row["seen"]): row["waiting"] for row in parts if row["part"] == BY_WEEK},
        due={row["due_on"]: row["alive"] for row in parts if row["part"] == BY_DUE and row["due_on"]},
        teams=_teams(teams, stops, question.team_type),
        trends={line: _backwards(total[line.replace("-", "_")], line, changes) for line in TRENDS},
        shares=[weekly.get(ago, Share(0, 0)) for ago in reversed(range(TREND_WEEKS))],
    )


def _teams(waiting: list[asyncpg.Record], stopped: list[asyncpg.Record], team_type: str | None) -> list[TeamCount]:
    """A row for each provider, then one for each of its team types (or the one asked for)."""
    waits, stops = _by_team(waiting), _by_team(stopped)
    return [
        TeamCount(
            provider=provider,
            team_type=team,
            waiting=sum(row["spells"] for row in waits[provider, team]),
            past_target=sum(row["past_target"] for row in waits[provider, team]),
            due_7=sum(row["due_7"] for row in waits[provider, team]),
            median_days=_median([days for row in waits[provider, team] for days in row["waited"]]),
            share=_share(stops[provider, team]),
        )
        for provider, team in sorted(waits.keys() | stops.keys(), key=lambda key: (key[0], key[1] or ""))
        if team is None or team_type in (None, team)
    ]


def _by_team(rows: list[asyncpg.Record]) -> defaultdict[tuple[str, str | None], list[asyncpg.Record]]:
    found = defaultdict(list)
    for row in rows:
        for team in (None, *row["team_types"]):
            found[row["provider"], team].append(row)
    return found


def _share(rows: Collection[asyncpg.Record]) -> Share:
    return Share(sum(row["spells"] for row in rows), sum(row["within_target"] for row in rows))


def _median(days: list[int]) -> float | None:
    """Exact (W24); None of nothing."""
    return float(median(days)) if days else None


def _backwards(today: int, line: str, changes: Mapping[tuple[str, int], int]) -> list[int]:
    """Today's count, and from it what it was at the end of each week before: less that week's change."""
    counts = [today]
    for weeks_ago in range(TREND_WEEKS - 1):
        counts.append(counts[-1] - changes.get((line, weeks_ago), 0))
    return counts[::-1]
