"""Sending what was intended: read, send, mark, in one transaction. A message may come twice, under one key, never not at all."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from urllib.parse import urlsplit

import orjson

from services.waits.rules.alerts import next_attempt
from services.waits.rules.messages import Message
from services.waits.store.alerts import SQL, note
from shared import clock as wall
from shared.runtime.database import Connection

SEND_SECONDS = 4.0
"""Below the time after which the database ends a transaction that does nothing."""


class Messages:
    """A job. `send` raises when the other side did not take the message."""

    def __init__(self, send: Callable[[Message], Awaitable[None]]) -> None:
        self._send = send

    async def send_due(self, connection: Connection) -> int:
        """Due date: send one message; the row stays locked meanwhile, and free again, still due, if this process ends."""
        now = wall.now()
        row = await connection.fetchrow(SQL["claim_message"], now)
        if row is None:
            return 0
        message = Message(str(row["id"]), row["way"], row["target"], orjson.loads(row["facts"]), row["secret"])
        shown = shown_target(row["target"])
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._send(message)
        except Exception as error:  # noqa: BLE001  # whatever the other side does, the next message is not to wait for it
            trouble = f"{type(error).__name__}: {error}".removesuffix(": ")[:300]
            wait = next_attempt(row["attempts"] + 1)
            await connection.execute(SQL["failed"], row["id"], None if wait is None else now + timedelta(seconds=wait), trouble)
            if wait is None:
                await note(connection, now, [(row["rule_id"], row["alert_id"], "given up", None, None, f"{shown}: {trouble}", None)])
        else:
            await connection.execute(SQL["sent"], row["id"], now)
            await note(connection, now, [(row["rule_id"], row["alert_id"], "sent", None, None, shown, None)])
        return 1


def shown_target(target: str) -> str:
    """An e-mail address as it is; of a webhook the host alone: the rest of its address may be a secret."""
    return urlsplit(target).hostname or target
