"""Submissions in the database: what is queued, how its state moves, and the steps that its return takes with it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import asyncpg
import structlog

from services.reporting.rules.life import SERVICE, StepError
from services.reporting.rules.submissions import FROM, local_id, steps
from services.reporting.store import returns
from shared import clock
from shared.runtime import metrics, trail
from shared.runtime.database import Connection, Pool, queries

SQL = queries("services.reporting", "sql/submissions.sql")
LARGEST = 100_000_000
"""Bytes of one return."""


async def queue(
    connection: Connection, return_id: str, version: int, recipient: str, transport: str, file_name: str, content: bytes
) -> str:
    """Queue a signed version for one recipient in the caller's transaction; returns its local id. Twice with the same content is once.

    StepError, in one line, where it may not go like this; nothing has changed then.
    """
    named, digest = local_id(return_id, version, recipient), hashlib.sha256(content).hexdigest()
    before = await returns.lock(connection, return_id, version)
    there = await connection.fetchrow(SQL["queued_as"], named)
    if there is not None:
        if (there["transport"], there["sha256"]) == (transport, digest):
            return named
        raise StepError(f"{return_id} version {version} is queued for {recipient} already, with other content: make a new version")
    if before["state"] != "signed":
        raise StepError(f"{return_id} version {version}: it is {before['state']}: to be sent it must be signed")
    if transport not in {"mesh", "drop"}:
        raise StepError(f"transport: {transport!r} is none: there are mesh and drop")
    if not 0 < len(content) <= LARGEST:
        raise StepError(f"content: {len(content):,} bytes: a return has 1 to {LARGEST:,}")
    if transport == "mesh" and not await connection.fetchval(SQL["is_recipient"], recipient):
        known = ", ".join(await recipients(connection)) or "nobody"
        raise StepError(f"recipient: mailbox {recipient!r} is not on the allow list: MESH_RECIPIENTS of reporting's worker names {known}")
    await connection.execute(SQL["queue"], return_id, version, recipient, transport, named, file_name, content, digest, clock.now())
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
    *,
    why: str = "",
    message_id: str | None = None,
    look_at: datetime | None = None,
    by: str = SERVICE,
) -> bool:
    """Let news of a submission stand, and its return take the steps that follow; False where the news changes nothing."""
    named = row["return_id"], row["version"]
    states = {one["local_id"]: str(one["state"]) for one in await connection.fetch(SQL["states"], *named)}
    if states[row["local_id"]] not in FROM[state]:
        return False
    await connection.execute(SQL["settle"], row["local_id"], state, why or None, message_id, look_at, clock.now())
    states[row["local_id"]] = state
    detail = f"{row['transport']} to {row['recipient']}, {message_id or row['message_id'] or row['local_id']}" + (f": {why}" if why else "")
    try:
        for change in steps((await returns.lock(connection, *named))["state"], [*states.values()]):
            await returns.step(connection, *named, change, by, detail)
    except StepError as error:  # what became of it is so all the same
        structlog.get_logger().error("a return cannot take the step that follows from its submission", detail=str(error))
    return True


async def decide(connection: Connection, return_id: str, *, sent: bool, why: str, by: str) -> int:
    """What a person found out about the submissions of a return that rest in `unknown`; returns how many. One that did not go is queued
    again, and goes under the same local id."""  # fmt: skip
    rows = await connection.fetch(SQL["unknown_submissions"], return_id)
    for row in rows:
        now, said = clock.now(), f"{by}: {why}"
        if sent:
            await move(connection, row, "sent", why=said, look_at=now if row["transport"] == "mesh" else None, by=by)
        else:
            await connection.execute(SQL["decided_not_sent"], row["local_id"], said, now)
        about = {"return": return_id, "version": row["version"], "recipient": row["recipient"], "sent": sent, "why": why}
        await trail.note(connection, now, by, "submission resolved", about)
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
    metrics.MESH_FOREIGN_MESSAGES.labels("foreign").set(await pool.fetchval(SQL["foreign_messages"]))
