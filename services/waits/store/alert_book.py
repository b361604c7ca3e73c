"""Rules and alerts as people read and change them. Every read takes the providers that the reader may see: a rule that looks at any other
is not there for them."""  # fmt: skip

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import asyncpg

from services.waits.rules.alerts import Rule
from services.waits.store.alerts import SQL, note
from shared import clock as wall
from shared.runtime.database import Pool

MOST_RULES = 100
"""Of one person."""
KEPT_SHOWN = 200


class Draft(NamedTuple):
    """A rule as somebody wants it."""

    title: str
    rule: Rule
    providers: Sequence[str]  # named one by one: `provider`, or everything that they may see
    provider: str | None
    team_type: str | None
    definition: str | None
    emails: Sequence[str]
    webhook: str | None
    form: str

    def values(self) -> list[object]:
        measure, direction, thresholds = self.rule
        whose = [sorted(self.providers), self.provider, self.team_type, self.definition]
        return [self.title, measure, direction, list(thresholds), *whose, list(self.emails), self.webhook, self.form]


class Author(NamedTuple):
    """Who does something to a rule or an alert."""

    username: str
    name: str
    providers: frozenset[str]


async def rules(pool: Pool, providers: frozenset[str], rule: int | None = None) -> list[asyncpg.Record]:
    """Those that are on first."""
    return await pool.fetch(SQL["rules"], sorted(providers), rule)


async def alerts(pool: Pool, providers: frozenset[str], *, standing: bool, rule: int | None = None) -> list[asyncpg.Record]:
    """Those that stand, or the latest that stand no more."""
    return await pool.fetch(SQL["alerts"], sorted(providers), rule, standing, None if standing else KEPT_SHOWN)


async def history(pool: Pool, rule: int) -> list[asyncpg.Record]:
    """What happened to a rule and its alerts, the latest first."""
    return await pool.fetch(SQL["history"], rule, KEPT_SHOWN)


async def messages(pool: Pool, rule: int) -> list[asyncpg.Record]:
    """What was sent of a rule, or is to be, the latest first."""
    return await pool.fetch(SQL["messages"], rule, KEPT_SHOWN)


async def secret(pool: Pool, rule: int, username: str) -> str | None:
    """What signs the calls of a webhook: for whoever answers for the rule."""
    found: str | None = await pool.fetchval(SQL["secret"], rule, username)
    return found


async def add(pool: Pool, author: Author, draft: Draft) -> int | None:
    """A new rule, looked at at once; returns its id, None when this person has as many as there may be."""
    now = wall.now()
    async with pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(SQL["rules_of"], author.username) >= MOST_RULES:
            return None
        values = author.username, author.name, *draft.values(), secrets.token_urlsafe(24), now
        rule: int = await connection.fetchval(SQL["add_rule"], *values)
        await note(connection, now, [(rule, None, "made", author.username, author.name, None, None)])
    return rule


async def change(pool: Pool, author: Author, rule: int, draft: Draft) -> None:
    """Whoever changes a rule answers for it from then on. It is looked at at once."""
    now = wall.now()
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(SQL["change_rule"], rule, author.username, author.name, *draft.values(), now)
        await note(connection, now, [(rule, None, "changed", author.username, author.name, None, None)])


async def turn(pool: Pool, author: Author, rule: int, *, on: bool) -> None:
    """Turn a rule on, or off: then what stands stands no more."""
    now = wall.now()
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(SQL["turn_rule"], rule, on, now)
        said = [(rule, None, "turned on" if on else "turned off", author.username, author.name, None, None)]
        if not on:
            gone = [alert["id"] for alert in await connection.fetch(SQL["standing"], rule)]
            await connection.execute(SQL["resolve"], gone, now)
            said += [(rule, alert, "resolved", author.username, author.name, None, None) for alert in gone]
        await note(connection, now, said)


async def acknowledge(pool: Pool, author: Author, alert: int, words: str | None) -> int | None:
    """Note that somebody has seen an alert that stands; returns its rule, None when it does not stand or is not theirs to see."""
    return await _act(pool, author, alert, "acknowledged", words, None)


async def snooze(pool: Pool, author: Author, alert: int, until: datetime) -> int | None:
    """Say nothing of an alert until then; returns its rule, None when it does not stand or is not theirs to see."""
    return await _act(pool, author, alert, "snoozed", None, until)


async def _act(pool: Pool, author: Author, alert: int, what: str, words: str | None, until: datetime | None) -> int | None:
    now = wall.now()
    async with pool.acquire() as connection, connection.transaction():
        found = await connection.fetchrow(SQL["alert_of"], alert, sorted(author.providers))
        if found is None:
            return None
        if until is None:
            await connection.execute(SQL["acknowledge"], alert, now, author.name, words)
        else:
            await connection.execute(SQL["snooze"], alert, until)
            words = until.isoformat()
        rule: int = found["rule_id"]
        await note(connection, now, [(rule, alert, what, author.username, author.name, words, found["value"])])
    return rule
