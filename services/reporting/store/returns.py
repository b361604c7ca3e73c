"""Returns in the database: their versions, and each step with its history, audit and event, in the caller's transaction."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

import asyncpg

from services.reporting.rules.life import SERVICE, Authorisation, StepError, after
from shared import clock
from shared.events.returns import SOURCE, TOPIC, Return, ReturnChange, ReturnChanged
from shared.runtime import trail
from shared.runtime.batch import write_outbox
from shared.runtime.database import Connection, Pool, queries

SQL = queries("services.reporting", "sql/returns.sql")
LOOK_AGAIN, LOOKED_AT_FOR = timedelta(days=1), timedelta(days=500)
"""How often a return that has left is compared with what it would say now, and for how long after its period."""


class Wanted(NamedTuple):
    """A return to be made: of a definition, an organisation and a period, due on a day."""

    definition: str
    definition_version: int
    organisation: str
    period: str
    first: date
    last: date
    due_on: date

    @property
    def return_id(self) -> str:
        return f"{self.definition}:{self.organisation}:{self.period}"


async def draft(connection: Connection, wanted: Wanted, by: str, detail: str = "") -> asyncpg.Record:
    """Make the next version of a return. StepError while another is at work."""
    made = wanted.return_id, *wanted[:7], by, clock.now()
    try:
        async with connection.transaction():
            [row] = await connection.fetch(SQL["draft"], *made)
    except asyncpg.UniqueViolationError:
        raise StepError(f"{wanted.return_id}: a version of it is at work already") from None
    await _told(connection, row, "drafted", by, detail)
    return row


async def step(connection: Connection, return_id: str, version: int, change: str, by: str, detail: str = "") -> None:
    """Let a version take a step. StepError, in one line, where it may not; nothing has changed then."""
    before = await lock(connection, return_id, version)
    try:
        state = after(before["state"], change)
    except StepError as error:
        raise StepError(f"{return_id} version {version}: {error}") from None
    [row] = await connection.fetch(SQL["stepped"], return_id, version, state)
    await _told(connection, row, change, by, detail)


async def lock(connection: Connection, return_id: str, version: int) -> asyncpg.Record:
    """One version, locked. StepError where there is none."""
    row = await connection.fetchrow(SQL["lock_version"], return_id, version)
    if row is None:
        raise StepError(f"{return_id} has no version {version}")
    return row


async def versions(db: Connection | Pool, return_id: str) -> list[asyncpg.Record]:
    """Every version, the oldest first."""
    return await db.fetch(SQL["versions"], return_id)


async def steps(db: Connection | Pool, return_id: str, version: int | None = None) -> list[asyncpg.Record]:
    """What a version, or every one, went through."""
    return await db.fetch(SQL["steps"], return_id, version)


async def notices(db: Connection | Pool, return_id: str, version: int | None = None) -> list[asyncpg.Record]:
    """What people were told of a version, or of every one."""
    return await db.fetch(SQL["notices"], return_id, version)


async def authorisations(db: Connection | Pool, definition: str, organisation: str) -> list[Authorisation]:
    """The standing ones that nobody withdrew."""
    rows = await db.fetch(SQL["authorisations"], definition, organisation)
    return [Authorisation(*(row[name] for name in Authorisation._fields)) for row in rows]


async def notify(connection: Connection, return_id: str, version: int, kind: str, role: str, text: str) -> bool:
    """Tell people of a role something about a version, once of each kind; False: they were told."""
    now = clock.now()
    if await connection.fetchval(SQL["notify"], return_id, version, kind, role, text, now) is None:
        return False
    await trail.note(connection, now, SERVICE, f"notice {kind}", {"return": return_id, "version": version, "to": role})
    return True


async def to_look_at(connection: Connection, now: datetime) -> asyncpg.Record | None:
    """The version that has left and has waited longest to be compared with what it would say now; None: none is due."""
    return await connection.fetchrow(SQL["to_look_at"], now - LOOK_AGAIN, (now - LOOKED_AT_FOR).date())


async def looked(
    connection: Connection, return_id: str, version: int, at: datetime, differences: int | None, material: int | None, problem: str
) -> None:
    """Note what was found, or why nothing could be."""
    await connection.execute(SQL["looked"], return_id, version, at, differences, material, problem)


async def _told(connection: Connection, row: asyncpg.Record, change: str, by: str, detail: str) -> None:
    now = clock.now()
    named = row["return_id"], row["version"]
    await connection.execute(SQL["step"], *named, change, row["state"], now, by, detail)
    about = {"return": row["return_id"], "version": row["version"], "hash": row["hash"], "detail": detail}
    await trail.note(connection, now, by, f"return {change}", about)
    await write_outbox(connection, [_event(row, change, by, now)])


def _event(row: asyncpg.Record, change: ReturnChange | str, by: str, now: datetime) -> tuple[str, bytes, bytes]:
    copied = {name: row[name] for name in ("return_id", "revision", "definition", "period", "version", "hash")}
    data = Return.model_validate({**copied, "change": change, "by": by})
    event = ReturnChanged(id=f"return-{row['revision']}", source=SOURCE, time=now, data=data)
    return TOPIC, row["return_id"].encode(), event.model_dump_json(exclude_none=True).encode()
