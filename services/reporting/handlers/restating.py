"""A return as submitted against what it would say now, why it differs, and its next version."""

from datetime import datetime
from typing import Any

import asyncpg
import orjson

from services.reporting.handlers import returning
from services.reporting.handlers.filling import Filled, units
from services.reporting.handlers.waits import DEFINITIONS
from services.reporting.rules.life import StepError
from services.reporting.rules.members import Member
from services.reporting.rules.restatement import REFERENCE, RULE, Changed, Compared, compare
from services.reporting.rules.returns.book import definition as stated
from services.reporting.store import frozen, returns
from services.reporting.store.measures import Asked
from shared.runtime.broker import Ends
from shared.runtime.database import Connection, Pool
from shared.web.people import Person


async def compared(
    pool: Pool, ends: Ends, return_id: str, version: int | None, by: Person, known_at: datetime | None = None, seconds: float = 30
) -> tuple[Compared, Filled]:
    """A frozen version against now; what is material asks for a resubmission, as a notice does. StepError where nothing was frozen."""
    row = await returning.one(pool, return_id, version)
    if row["frozen_at"] is None:
        raise StepError(f"{return_id} version {row['version']}: it is {row['state']}: there is nothing to compare until it is frozen")
    now = await returning.filled(pool, ends, returning.asked_of(row), row["version"] + 1, by, known_at, seconds)
    was = await frozen.figures(pool, return_id, row["version"]), await frozen.members(pool, return_id, row["version"])
    concerned = {one.personkey for one in set(was[1]) ^ set(now.members)}
    told = await frozen.told_since(pool, concerned, row["frozen_at"], now.known_at)
    changed, without = await _other(pool, row, now)
    percent = stated(row["definition"], row["definition_version"]).materiality_percent
    found = compare(was, (now.figures, now.members), told, changed, percent, without)
    if found.material and row["signed_at"] is not None:
        text = f"{len(found.material)} figures differ by more than {percent} percent from what was submitted: restate it"
        async with pool.acquire() as connection, connection.transaction():
            await returns.notify(connection, return_id, row["version"], "restate", "analyst", text)
    return found, now


async def _other(pool: Pool, row: asyncpg.Record, now: Filled) -> tuple[Changed, dict[str, list[Member]]]:
    """What else is another than it was, and the units there would be now without it: with the reference data of then, under the definitions
    of clocks of then while they are kept."""  # fmt: skip
    rules: dict[str, Any] = orjson.loads(row["rules"])
    clocks = {name: rules[name] for name in DEFINITIONS & rules.keys() & now.rules.keys() if rules[name] != now.rules[name]}
    asked, without = Asked(row["last"], known_at=now.known_at), {}
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        if row["load"] != now.load:
            without[REFERENCE] = await units(connection, now.definition, row["organisation"], asked._replace(load=row["load"]))
        kept = clocks and all([await frozen.has_clocks(connection, *one, now.known_at) for one in clocks.items()])
        if kept:
            without[RULE] = await units(connection, now.definition, row["organisation"], asked._replace(versions=clocks))
    told = {name: version for name, version in rules.items() if not (kept and name in clocks)}
    return Changed(row["load"] != now.load, any(now.rules.get(name) != version for name, version in told.items())), without


async def restate(connection: Connection, return_id: str, version: int, by: Person, why: str) -> asyncpg.Record:
    """Close a version that has left and draft the next one."""
    row = await returns.lock(connection, return_id, version)
    if len(why.strip()) < 10:
        raise StepError("say in a few words why it is restated (at least ten characters)")
    await returns.step(connection, return_id, version, "restated", by.username, why.strip())
    return await returning.draft(connection, returning.asked_of(row), by, f"restates version {version}: {why.strip()}")
