"""Looking whether a rule's thresholds are reached: what stands, what is to be sent, and what is kept of it, in one transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import orjson
import structlog

from services.waits.rules.alerts import Measure, Rule, step
from services.waits.store import definitions, pages, quality, signals, silence
from services.waits.store.definitions import DefinitionError
from services.waits.store.pages import Question
from shared import clock as wall
from shared.runtime import metrics
from shared.runtime.database import Connection, Pool, columns, queries

SQL = queries("services.waits", "sql/alerts.sql")
MAKERS = frozenset({"team-manager", "pcn-lead", "icb-manager"})
"""Roles that make rules, acknowledge and snooze."""
EVERY = timedelta(seconds=30)
STALE = timedelta(minutes=5)
"""A number is looked up anew after so long even where nothing seems to have moved."""
STATES: dict[str, str] = {
    "waiting": "waiting", "past-target": "past-target", "due-7": "due-7", "share-within": "stopped-quarter", "median-days": "waiting",
    "longest-days": "waiting",
}  # fmt: skip
"""Measures that are numbers of spells, and the state of those spells."""


class Alerts:
    """A job: each rule every half minute, one at a time, so that one that fails keeps no other waiting."""

    def __init__(self) -> None:
        self._definitions = definitions.cached()

    async def look(self, connection: Connection) -> int:
        """Due date: look at one rule. Whoever else looks passes over it."""
        now = wall.now()
        rule = await connection.fetchrow(SQL["claim_rule"], now)
        if rule is None:
            return 0
        standing = await connection.fetch(SQL["standing"], rule["id"])
        waking = [alert for alert in standing if alert["snoozed_until"] and alert["snoozed_until"] <= now]
        trouble = unseen(rule)
        moved = await connection.fetchval(SQL["moved"], rule["providers"])
        seen = f"{wall.london_date(now)} {now.timestamp() // STALE.total_seconds():.0f} {moved}"
        if trouble is None and seen == rule["seen"] and not waking:
            await connection.execute(SQL["postpone"], rule["id"], now + EVERY, now)
            return 1
        value = None
        if trouble is None:
            try:
                async with connection.transaction():
                    value = await self.value(connection, rule, now)
            except DefinitionError as error:
                trouble = f"{error}: change the rule"
            except asyncpg.PostgresError as error:
                trouble = "the number could not be read; it is tried again"
                structlog.get_logger().warning("rule not looked at", rule=rule["id"], error=type(error).__name__, detail=str(error)[:300])
        if trouble is None:
            await self._act(connection, rule, standing, waking, value, now)
        await connection.execute(SQL["looked"], rule["id"], now + EVERY, now, None if trouble else seen, value, trouble)
        return 1

    async def value(self, connection: Connection, rule: asyncpg.Record, now: datetime) -> float | None:
        """The number that the rule watches; None where there is none, as a share of nothing."""
        measure: Measure = rule["measure"]
        providers = frozenset(rule["providers"])
        match measure:
            case "silent-feeds":
                return float(len(await silence.silent(connection, frozenset({rule["provider"]}) if rule["provider"] else providers)))
            case "gaps":
                wanting = quality.Wanting(providers, rule["provider"])
                return float(await connection.fetchval(quality.SQL["gaps"] + quality.SQL["gap_total"], *wanting.arguments()))
            case "signals":
                return float(len(await signals.standing(connection, providers, wall.london_date(now), rule["provider"], rule["team_type"])))
        definition = (await self._definitions.get(connection)).named(rule["definition"] or definitions.MAIN)
        question = Question(providers, wall.london_date(now), definition.key, rule["provider"], rule["team_type"], state=STATES[measure])
        await connection.execute(SQL["bounded"])
        figures = await connection.fetchrow(pages.SQL["spells"] + SQL["figures"], *question.arguments())
        if figures is None or (measure in {"share-within", "median-days", "longest-days"} and not figures["spells"]):
            return None
        match measure:
            case "share-within":
                return 100.0 * float(figures["within_target"]) / float(figures["spells"])
            case "median-days":
                return float(figures["median"])
            case "longest-days":
                return float(figures["longest"])
        return float(figures["spells"])

    async def _act(
        self,
        connection: Connection,
        row: asyncpg.Record,
        standing: Sequence[asyncpg.Record],
        waking: Sequence[asyncpg.Record],
        value: float | None,
        now: datetime,
    ) -> None:
        """What is reached stands and is to be told, what is let go stands no more, what was snoozed for long enough is told again."""
        rule = rule_of(row)
        held = {alert["threshold"]: alert["id"] for alert in standing}
        changes = step(rule, held, value)
        gone = [held[line] for line in changes.resolved]
        said: list[Said] = [(row["id"], alert, "resolved", None, None, None, value) for alert in gone]
        await connection.execute(SQL["resolve"], gone, now)
        fired = await connection.fetch(SQL["fire"], row["id"], list(changes.fired), now, value)
        said += [(row["id"], alert["id"], "fired", None, None, None, value) for alert in fired]
        woken = [alert for alert in waking if alert["id"] not in gone]
        await connection.execute(SQL["wake"], [alert["id"] for alert in waking])
        said += [(row["id"], alert["id"], "woken", None, None, None, value) for alert in woken]
        told = [alert for alert in (*woken, *fired) if not (alert in fired and alert["snoozed_until"])]
        await note(connection, now, said)
        ways = [*(("mail", address) for address in row["emails"]), *([(row["form"], row["webhook"])] if row["webhook"] else [])]
        if told and ways:
            last = max(told, key=lambda alert: rule.thresholds.index(alert["threshold"]))
            facts = await self._facts(connection, row, rule, [alert["threshold"] for alert in told], value, now)
            await connection.execute(SQL["intend"], row["id"], last["id"], *columns(ways), orjson.dumps(facts).decode(), now)

    async def _facts(
        self, connection: Connection, row: asyncpg.Record, rule: Rule, thresholds: Sequence[float], value: float | None, now: datetime
    ) -> dict[str, Any]:
        """What a message says: counts, names of organisations and teams. Nothing of a person."""
        names = await pages.organisations(connection, frozenset({row["provider"]} if row["provider"] else row["providers"]))
        teams = await pages.team_types(connection, frozenset({row["team_type"]})) if row["team_type"] else {}
        return {
            "rule": row["id"],
            "title": row["title"],
            "measure": rule.measure,
            "direction": rule.direction,
            "thresholds": [line for line in rule.thresholds if line in thresholds],
            "value": value,
            "providers": names,
            "provider": row["provider"],
            "team_type": row["team_type"],
            "definition": row["definition"],
            "team": teams.get(row["team_type"]) if row["team_type"] else None,
            "at": now,
        }


Said = tuple[int, int | None, str, str | None, str | None, str | None, float | None]
"""Rule, alert, what happened, who did it (username and name; None: by itself), their note, the number then."""


async def note(connection: Connection, now: datetime, said: Iterable[Said]) -> None:
    """Keep what happened."""
    rows = [(now, *one) for one in said]
    if rows:
        await connection.execute(SQL["note"], *columns(rows))


def rule_of(row: asyncpg.Record) -> Rule:
    return Rule(row["measure"], row["direction"], tuple(row["thresholds"]))


def unseen(row: asyncpg.Record) -> str | None:
    """Why nobody may look for this rule, from `claim_rule`; None: its maker may see everything that it looks at."""
    if row["sees"] is None or not MAKERS & set(row["roles"]):
        return f"{row['name']}, who answers for it, may not make rules any more: change it to answer for it yourself"
    hidden = sorted(set(row["providers"]) - set(row["sees"]))
    return f"{row['name']}, who answers for it, does not see {', '.join(hidden)} any more: change it" if hidden else None


async def measure(pool: Pool) -> None:
    """Render how many messages wait to be sent, and how many were given up."""
    for state, number in (await pool.fetchrow(SQL["messages_waiting"]) or {}).items():
        metrics.ALERT_MESSAGES.labels(state).set(number)
