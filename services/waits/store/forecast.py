"""What the forecast reads: the course of each recent spell, and what each team does in a week."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from statistics import median
from typing import NamedTuple

import orjson

from services.waits.rules.definition import Definition
from services.waits.rules.forecast import WINDOW, Course, Team
from services.waits.store.pages import Question, snapshot
from services.waits.store.trends import SQL
from shared.runtime.database import Pool

WEEKS = WINDOW // 7


class Known(NamedTuple):
    """Courses of spells recent enough; `alive` says of each whether the person lives."""

    courses: list[Course]
    alive: list[bool]


async def courses(pool: Pool, question: Question, definition: Definition, back: int) -> Known:
    """Courses for a forecast as at the question's date and, for the look back, `back` days before it."""
    days = back + WINDOW + definition.target_days + 1
    async with snapshot(pool, question.then) as db:
        rows = await db.fetch(question.spells + SQL["courses"], *question.arguments(), definition.target_days, days)
    at, stop, team_types = question.at, definition.stop, question.team_type
    known = Known([], [])
    for row in rows:
        met = orjson.loads(row["components"])
        begin, teams = row["begin"], [team_types] if team_types else row["team_types"]
        waived = "assessment" if row["assessment_waived"] else None
        days_met = tuple(
            [
                begin if name == waived else (date.fromisoformat(met[name]["met_on"]) - at).days if name in met else None
                for name in stop.components
            ]
        )
        known.courses.append(Course(tuple([(row["provider"], team) for team in teams]), begin, row["left_on"], days_met))
        known.alive.append(row["alive"])
    return known


class Doing(NamedTuple):
    """How many of a team type wait now, and the median of what was done in a week, by line (see the query `flows`)."""

    waiting: int
    weekly: Mapping[str, float]


async def flows(pool: Pool, question: Question) -> dict[Team, Doing]:
    """Medians of the last 13 weeks; a week in which nothing was done counts."""
    counts: defaultdict[tuple[Team, str], list[int]] = defaultdict(lambda: [0] * WEEKS)
    waiting: Counter[Team] = Counter()
    async with snapshot(pool, question.then) as db:
        for row in await db.fetch(question.spells + SQL["flows"], *question.arguments(), WINDOW):
            for team_type in row["team_types"]:
                team = row["provider"], team_type
                if question.team_type not in {None, team_type}:
                    continue
                if row["line"] == "waiting":
                    waiting[team] += row["spells"]
                else:
                    counts[team, row["line"]][row["weeks_ago"]] += row["spells"]
    weekly: defaultdict[Team, dict[str, float]] = defaultdict(dict)
    for (team, line), numbers in counts.items():
        weekly[team][line] = float(median(numbers))
    return {team: Doing(waiting[team], weekly[team]) for team in sorted(waiting.keys() | weekly.keys())}
