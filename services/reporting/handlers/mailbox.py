"""Our mailbox at MESH: shown to be alive, and read for reports of what could not be delivered. What is not ours stays in it."""

import asyncio

import structlog

from services.reporting.handlers.submitting import ASK_SECONDS
from services.reporting.publish.mesh import Mesh, Received
from services.reporting.rules.submissions import HANDSHAKE_EVERY
from services.reporting.store import submissions as store
from services.reporting.store.submissions import SQL
from shared import clock as wall
from shared.runtime.database import Connection

AT_ONCE = 5
"""Messages read in one transaction."""


class Mailbox:
    """Three jobs of the worker. An error of MESH ends a job, which runs again."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh

    async def handshake(self, connection: Connection) -> int:
        """At the start of each process, and then twice a day."""
        now = wall.now()
        if self._mesh.is_open(now) and self._mesh.is_open(now + HANDSHAKE_EVERY):
            return 0
        await connection.fetchrow(SQL["patient"])
        async with asyncio.timeout(ASK_SECONDS):
            await self._mesh.handshake(now)
        await connection.execute(SQL["shaken"], self._mesh.mailbox, now)
        return 0

    async def read(self, connection: Connection) -> int:
        """Note what came: a report on a submission changes its state; anything else is named, once."""
        now = wall.now()
        if not self._mesh.is_open(now):
            return 0
        await connection.fetchrow(SQL["patient"])
        async with asyncio.timeout(ASK_SECONDS):
            there = await self._mesh.inbox(now)
            new = [row["id"] for row in await connection.fetch(SQL["unread"], there)][:AT_ONCE]
            received = [one for one in [await self._mesh.read(message_id, now) for message_id in new] if one is not None]
        await connection.execute(SQL["not_there"], there)
        for one in received:
            await self._take(connection, one)
        await connection.execute(SQL["mailbox_read"], self._mesh.mailbox, now)
        return len(received)

    async def _take(self, connection: Connection, one: Received) -> None:
        now = wall.now()
        row = await connection.fetchrow(SQL["reported_on"], one.about, one.local_id) if one.is_report else None
        named = row and row["local_id"]
        await connection.execute(SQL["note_message"], one.message_id, named, one.sender, one.workflow, one.detail, now)
        if row is None:
            structlog.get_logger().warning("a message in our mailbox is not ours to take", **one._asdict())
        else:
            await store.move(connection, row, "undeliverable", why=one.detail, message_id=one.about or None)

    async def acknowledge(self, connection: Connection) -> int:
        """Take a report out of our mailbox: what it says is committed."""
        message_id = await connection.fetchval(SQL["to_acknowledge"])
        if message_id is None:
            return 0
        await connection.fetchrow(SQL["patient"])
        now = wall.now()
        async with asyncio.timeout(ASK_SECONDS):
            await self._mesh.acknowledge(message_id, now)
        await connection.execute(SQL["acknowledged"], message_id, now)
        return 1
