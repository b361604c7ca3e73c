"""Submissions in the database: what is queued, how its state moves, and the steps that its return takes with it."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import asyncpg
import structlog

from services.reporting.rules.submissions import FROM, local_id, steps
from shared import clock as wall
from shared.runtime import metrics
from shared.runtime.database import Connection, Pool, queries

SQL = queries("services.reporting", "sql/submissions.sql")
BY = "reporting"
"""Who takes the steps that follow from news."""
LARGEST = 100_000_000
"""Bytes of one return."""
Step = Callable[[Connection, str, int, str, str, str], Awaitable[None]]
"""`step(connection, return_id, version, change, by, detail)`: a return takes a step of its life, in the caller's transaction."""


class RefusedError(Exception):
    """It cannot be sent like this; the message is one line, and nothing was changed."""


async def queue(
    connection: Connection, return_id: str, version: int, recipient: str, transport: str, file_name: str, content: bytes
) -> str:
    """Queue a signed version for one recipient in the caller's transaction; returns its local id. Twice with the same content is once.

    Raises RefusedError.
    """
    if transport not in {"mesh", "drop"}:
        raise RefusedError(f"transport: {transport!r} is none: there are mesh and drop")
    if not 0 < len(content) <= LARGEST:
        raise RefusedError(f"content: {len(content):,} bytes: a return has 1 to {LARGEST:,}")
    if transport == "mesh" and not await connection.fetchval(SQL["is_recipient"], recipient):
        known = ", ".join(await recipients(connection)) or "nobody"
        raise RefusedError(f"recipient: mailbox {recipient!r} is not on the allow list: MESH_RECIPIENTS of the worker names {known}")
    named, digest = local_id(return_id, version, recipient), hashlib.sha256(content).hexdigest()
    row = return_id, version, recipient, transport, named, file_name, content, digest, wall.now()
    if await connection.fetchval(SQL["queue"], *row) is None:
        there = await connection.fetchrow(SQL["queued_as"], named)
        if there is None or (there["transport"], there["sha256"]) != (transport, digest):
            raise RefusedError(f"{return_id} version {version} is queued for {recipient} already, with other content: make a new version")
    return named


async def recipients(db: Connection | Pool) -> list[str]:
    """To whom the worker may send by MESH."""
    return [row["recipient"] for row in await db.fetch(SQL["recipients"])]


async def allow(pool: Pool, mailboxes: Sequence[str]) -> None:
    """Let these, and no others, be recipients by MESH: as the worker starts."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(SQL["forget_recipients"], list(mailboxes))
        await connection.execute(SQL["allow_recipients"], list(mailboxes))


async def move(
    connection: Connection,
    row: asyncpg.Record,
    state: str,
    step: Step,
    *,
    now: datetime,
    why: str = "",
    message_id: str | None = None,
    look_at: datetime | None = None,
    by: str = BY,
) -> bool:
    """Let news of a submission stand, and its return take the steps that follow; False where the news changes nothing."""
    before = {one["local_id"]: str(one["state"]) for one in await connection.fetch(SQL["states"], row["return_id"], row["version"])}
    if before[row["local_id"]] not in FROM[state]:
        return False
    await connection.execute(SQL["settle"], row["local_id"], state, why or None, message_id, look_at, now)
    after = before | {row["local_id"]: state}
    for change in steps([*before.values()], [*after.values()]):
        detail = f"{row['recipient']}, {row['transport']} {message_id or row['message_id'] or row['local_id']}" + (
            f": {why}" if why else ""
        )
        await step(connection, row["return_id"], row["version"], change, by, detail)
    structlog.get_logger().info("a return is on its way", return_id=row["return_id"], version=row["version"], state=state, detail=why)
    return True


async def decide(connection: Connection, return_id: str, step: Step, *, sent: bool, why: str, by: str, now: datetime) -> int:
    """What a person found out about the submissions of a return that rest in `unknown`; returns how many. One that did not go is queued
    again, and goes under the same local id."""  # fmt: skip
    rows = await connection.fetch(SQL["unknown_submissions"], return_id)
    for row in rows:
        said = f"{by}: {why}"
        if sent:
            await move(connection, row, "sent", step, now=now, why=said, look_at=now if row["transport"] == "mesh" else None, by=by)
        else:
            await connection.execute(SQL["decided_not_sent"], row["local_id"], said, now)
    return len(rows)


async def of(db: Connection | Pool, return_id: str) -> list[asyncpg.Record]:
    """The submissions of a return, by version and recipient."""
    return await db.fetch(SQL["submissions_of"], return_id)


async def measure(pool: Pool) -> None:
    """Submissions that wait for something, by state; our mailbox's last handshake; what lies in it and is not ours."""
    rows = {row["state"]: row for row in await pool.fetch(SQL["waiting"])}
    for state in ("queued", "intended", "unknown", "undeliverable"):
        metrics.SUBMISSIONS.labels(state).set(rows[state]["count"] if state in rows else 0)
    for state in ("queued", "intended"):
        metrics.SUBMISSION_AGE_SECONDS.labels(state).set(rows[state]["oldest"] if state in rows else 0)
    for row in await pool.fetch(SQL["mailboxes"]):
        metrics.MESH_HANDSHAKE_AGE_SECONDS.labels(row["mailbox"]).set(row["handshake_age"])
    metrics.MESH_FOREIGN_MESSAGES.labels("inbox").set(await pool.fetchval(SQL["foreign_messages"]))
