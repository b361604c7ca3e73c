"""Returns that run by themselves: drafted when their period is over, frozen some days before the deadline, checked, signed under a standing
authorisation or laid before a signatory, sent, chased. Each act is a transaction of its own and finds out anew what is next: started again
at any point it goes on from there."""  # fmt: skip

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta

import asyncpg
import structlog

from services.reporting.handlers import returning
from services.reporting.handlers.returning import NOBODY
from services.reporting.rules import life
from services.reporting.rules.life import SERVICE, StepError
from services.reporting.rules.period import Period, following
from services.reporting.rules.returns.book import definition as stated
from services.reporting.store import definitions, frozen, returns, submissions
from shared import clock
from shared.runtime.broker import Ends, log_ends
from shared.runtime.database import Connection, Pool, connect_pool

LOOK_SECONDS = 30.0
BEFORE = frozenset({"draft", "frozen", "checked", "signed"})
"""States of a return that nobody has got yet."""


@asynccontextmanager
async def counting(database_url: str, kafka: str) -> AsyncIterator[tuple[Pool, Ends]]:
    """What filling in a return takes: a pool for long reads, and where the logs end."""
    async with await connect_pool(database_url, "reporting", size=2, fenced=False) as pool, log_ends(kafka) as ends:
        await definitions.load(pool)
        yield pool, ends


class Running:
    """A job of the worker."""

    def __init__(self, database_url: str, kafka: str) -> None:
        self._where = database_url, kafka

    async def act(self, connection: Connection) -> int:
        """Let every return that runs by itself take the steps that are due; returns how many. One worker does at a time."""
        if not await connection.fetchval(returns.SQL["alone"], "returns") or not await connection.fetch(returns.SQL["automatic"]):
            return 0
        await connection.execute(returns.SQL["take_time"])
        async with counting(*self._where) as (pool, ends):
            return await run_due(pool, ends)


async def run_due(pool: Pool, ends: Ends, seconds: float = 10) -> int:
    """What is due by today. What cannot be done now is tried again another time, and keeps nothing else from going on."""
    taken = 0
    async for named in _due(pool):
        try:
            while await _advance(pool, ends, *named, seconds):
                taken += 1
        except StepError as error:
            structlog.get_logger().warning("a return waits", return_id=":".join([named[0], named[1], named[2].name]), detail=str(error))
    return taken


async def _due(pool: Pool) -> AsyncIterator[tuple[str, str, Period]]:
    today = clock.today()
    for row in await pool.fetch(returns.SQL["automatic"]):
        period = stated(row["definition"]).period_of(row["since"])
        while period.last < today:
            yield row["definition"], row["organisation"], period
            period = following(period)


async def _advance(pool: Pool, ends: Ends, definition: str, organisation: str, period: Period, seconds: float) -> bool:
    """Take the next step of a return, if one is due; True: look again."""
    today = clock.today()
    asked = await returning.wanted(pool, definition, organisation, period.name)
    versions = await returns.versions(pool, asked.return_id)
    if not versions:
        async with pool.acquire() as connection, connection.transaction():
            await returning.draft(connection, asked, NOBODY, f"{period.name} is over")
        return True
    row = versions[-1]
    await _chase(pool, row, today)
    if row["state"] == "draft" or (row["state"] == "frozen" and await _entered_since(pool, row)):
        if today < life.freezes_on(row["last"], row["due_on"]):
            return False
        await returning.freeze(pool, ends, row["return_id"], row["version"], NOBODY, seconds=seconds)
        return True
    async with pool.acquire() as connection, connection.transaction():
        return await _step(connection, row)


async def _step(connection: Connection, row: asyncpg.Record) -> bool:
    named = row["return_id"], row["version"]
    match row["state"]:
        case "frozen":
            found = await frozen.edits(connection, *named)
            waiting = life.open_edits(found, await frozen.explanations(connection, *named))
            if not waiting:
                await returning.check(connection, *named, NOBODY)
                return True
            blocking = sum(one.blocks for one in found)
            text = f"{len(waiting)} edits are open" + (f", {blocking} of them to be corrected" if blocking else ": explain them")
            await returns.notify(connection, *named, "to explain", "analyst", text)
        case "checked":
            if await returning.sign_standing(connection, *named):
                return True
            await returns.notify(connection, *named, "to sign", "signatory", f"it is to be signed by {row['due_on']}")
        case "signed":
            await returning.send(connection, *named, row["signed_by"])
        case "acknowledged":
            await returns.step(connection, *named, "closed", SERVICE)
        case "undeliverable" | "unknown" as state:
            text = {"undeliverable": "a recipient did not get it", "unknown": "whether a recipient got it cannot be told: decide"}[state]
            await returns.notify(connection, *named, state, "icb-manager", text)
    return False


async def _entered_since(pool: Pool, row: asyncpg.Record) -> bool:
    """Whether somebody has entered a line since the service froze it: then it freezes anew."""
    ours = row["frozen_by"] == SERVICE
    return ours and bool(await pool.fetchval(returns.SQL["entered_since"], row["return_id"], row["entered_at"]))


async def _chase(pool: Pool, row: asyncpg.Record, today: date) -> None:
    """Remind some days before the deadline, and say once that it has passed; with the recipients who have not got it."""
    about = stated(row["definition"], row["definition_version"])
    if row["state"] not in BEFORE or today < row["due_on"] - timedelta(about.reminder_days):
        return
    got = {one["recipient"] for one in await submissions.of(pool, row["return_id"]) if one["version"] == row["version"] and one["sent_at"]}
    lacking = ", ".join(one.name for one in about.recipients if (one.mailbox or one.name) not in got)
    role = "signatory" if row["state"] == "checked" else "analyst"
    kind, text = ("overdue", "was due on") if today > row["due_on"] else ("reminder", "is due on")
    told = f"{row['period']} {text} {row['due_on']} at {lacking}: it is {row['state']}"
    async with pool.acquire() as connection, connection.transaction():
        await returns.notify(connection, row["return_id"], row["version"], kind, role, told)
