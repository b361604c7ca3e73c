"""Sending what is signed: intended and committed first, then handed over once, then noted; what is in doubt is asked for before a new try.

The licence to hand one over lies in this process's memory alone, made with the intent and used up before the call. So no crash, lost reply,
second process or restart hands one over twice; one whose licence is lost is in doubt, and the other side is asked for our local id.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import asyncpg
import structlog

from services.reporting.publish.transport import CannotTellError, DoubtError, Known, Letter, NotTakenError, Transport
from services.reporting.rules.submissions import (
    DOUBTFUL,
    KEPT,
    PATIENCE,
    TRY_SECONDS,
    dropped_name,
    fate,
    next_look,
    next_question,
    next_try,
)
from services.reporting.store import submissions as store
from services.reporting.store.submissions import SQL
from shared import clock as wall
from shared.runtime.database import Connection

AT_ONCE = 5
"""Intents at a time: what can be handed over before they lapse."""
YOUNG = timedelta(seconds=3)
"""So long an intent that cannot be seen yet may just not be committed."""
SEND_SECONDS, ASK_SECONDS = 45.0, 60.0
"""Together with TRY_SECONDS below DOUBTFUL: while somebody may be sending it, nobody asks."""


class Licence(NamedTuple):
    """To hand one over, once."""

    local_id: str
    intent: UUID
    at: datetime


class Submitting:
    """Four jobs of the worker. `transports`: by name, as a submission names its own."""

    def __init__(self, transports: Mapping[str, Transport]) -> None:
        self._transports = transports
        self._licences: deque[Licence] = deque()

    async def intend_due(self, connection: Connection) -> int:
        """Decide which queued submissions go now."""
        now = wall.now()
        ways = [name for name, transport in self._transports.items() if transport.is_open(now)]
        rows = await connection.fetch(SQL["due"], ways, now, AT_ONCE - len(self._licences))
        for row in rows:
            if (refused := self._transports[row["transport"]].refusal(row["recipient"])) is not None:
                await self._put_off(connection, row, refused, now)
                continue
            licence = Licence(row["local_id"], uuid4(), now)
            await connection.execute(SQL["intend"], licence.local_id, licence.intent, now, now + DOUBTFUL)
            self._licences.append(licence)
        return len(rows)

    async def send_intended(self, connection: Connection) -> int:
        """Hand one over."""
        if not self._licences:
            return 0
        licence = self._licences.popleft()
        now = wall.now()
        if not licence.at <= now <= licence.at + timedelta(seconds=TRY_SECONDS):
            return 1
        await connection.fetchrow(SQL["patient"])
        row = await connection.fetchrow(SQL["intended"], licence.local_id, licence.intent)
        if row is None and now < licence.at + YOUNG:
            self._licences.append(licence)  # not used: its intent is about to be committed
            return 0
        if row is None:
            return 1
        try:
            async with asyncio.timeout(SEND_SECONDS):
                known = await self._transports[row["transport"]].send(_letter(row))
        except NotTakenError as error:
            await self._put_off(connection, row, str(error), wall.now())
        except (DoubtError, TimeoutError) as error:
            _warn("a return is in doubt: it will be asked for", row, str(error) or "no answer in time")
        else:
            await self._known(connection, row, known, wall.now())
        return 1

    async def settle_doubtful(self, connection: Connection) -> int:
        """Ask about one in doubt: it is there, or goes back into the queue; where nobody can tell, somebody decides."""
        now = wall.now()
        row = await connection.fetchrow(SQL["doubtful"], now, [*self._transports])
        if row is None:
            return 0
        await connection.fetchrow(SQL["patient"])
        transport, letter, age = self._transports[row["transport"]], _letter(row), now - row["intended_at"]
        why = ""
        try:
            async with asyncio.timeout(ASK_SECONDS):
                if row["message_id"] is not None:
                    known = await transport.track(row["message_id"], now)
                else:
                    known = await transport.find(letter, await connection.fetchval(SQL["witness"], row["local_id"], now), now)
                if known is not None and known.status == "uploading":
                    await transport.complete(known.message_id, letter._replace(signed_at=now))
                    known = await transport.track(known.message_id, now)
        except (DoubtError, TimeoutError) as error:
            known, why = None, str(error) or "no answer in time"
            patience = transport.certain_after if isinstance(error, CannotTellError) else PATIENCE
        else:
            patience = transport.certain_after
        if known is not None:
            await self._known(connection, row, known, now)
        elif abs(age) <= patience:
            await connection.execute(SQL["look_again"], row["local_id"], next_question(row["looks"], now))
        elif why or age > KEPT or row["message_id"] is not None:
            await store.move(connection, row, "unknown", why=why or "not known any more")
            _warn("nobody knows whether a return went: somebody decides", row, why)
        else:
            await self._put_off(connection, row, "it did not arrive", now)
        return 1

    async def look(self, connection: Connection) -> int:
        """Ask what became of one that arrived."""
        now = wall.now()
        row = await connection.fetchrow(SQL["undecided"], now, [*self._transports])
        if row is None:
            return 0
        await connection.fetchrow(SQL["patient"])
        transport = self._transports[row["transport"]]
        again = next_look(row["sent_at"], row["looks"] + 1, now)
        try:
            async with asyncio.timeout(ASK_SECONDS):
                known = await (transport.track(row["message_id"], now) if row["message_id"] else transport.find(_letter(row), None, now))
        except CannotTellError:
            known = None
        except (DoubtError, TimeoutError):
            known = Known(row["message_id"], "accepted")
        await connection.execute(SQL["look_again"], row["local_id"], again if known is not None else None)
        if known is not None and (state := fate(known.status)) != "sent":
            await store.move(connection, row, state, why=known.detail, message_id=known.message_id)
        return 1

    async def _known(self, connection: Connection, row: asyncpg.Record, known: Known, now: datetime) -> None:
        if known.status == "uploading":
            await connection.execute(SQL["begun"], row["local_id"], known.message_id, now)
            return
        state = fate(known.status)
        look_at = next_look(now, 0, now) if state == "sent" and self._transports[row["transport"]].tracks else None
        await store.move(connection, row, state, why=known.detail, message_id=known.message_id, look_at=look_at)

    async def _put_off(self, connection: Connection, row: asyncpg.Record, why: str, now: datetime) -> None:
        """It certainly did not go, and may another time."""
        _warn("a return did not go", row, why)
        await connection.execute(SQL["put_off"], row["local_id"], row["intent"], why, next_try(row["tries"], now))


def _letter(row: asyncpg.Record) -> Letter:
    named = dropped_name(row["return_id"], row["version"], row["recipient"], row["sha256"], row["file_name"])
    return Letter(row["local_id"], row["recipient"], named, row["file_name"], row["sha256"], row["content"], row["intended_at"])


def _warn(what: str, row: asyncpg.Record, why: str) -> None:
    structlog.get_logger().warning(what, return_id=row["return_id"], version=row["version"], recipient=row["recipient"], detail=why)
