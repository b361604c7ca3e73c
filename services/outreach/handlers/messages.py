"""Sending what is queued: intended and committed first, then handed over once, then noted; what is in doubt is asked for before a new try.

The licence to hand a message over lies in this process's memory alone, made with the intent and used up before the call. So no crash, lost
reply, second process or restart hands one over twice; one whose licence is lost is in doubt, and Notify is asked for our reference. Notify
refuses what was signed long before it arrives (publish/notify.py), so what it then does not know will not come any more.
"""

import asyncio
from collections import deque
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import asyncpg
import structlog

from services.outreach.publish.notify import DoubtError, Message, Notify, NotTakenError, WrongRecipientError
from services.outreach.publish.vault import Vault, VaultError
from services.outreach.rules.entered import NOTHING
from services.outreach.rules.facts import facts
from services.outreach.rules.ladder import may_contact, wishes
from services.outreach.rules.messages import DOUBTFUL, KEPT, PARTS, PATIENCE, TRY_SECONDS, Queued, fate, lines, next_look, obstacle
from services.outreach.rules.quiet import first_instant
from services.outreach.rules.templates import Variant
from services.outreach.rules.wording import chosen, filled
from services.outreach.store import entered as entered_store
from services.outreach.store import messages as store
from services.outreach.store.messages import SQL
from services.outreach.store.wording import templates
from shared import clock as wall
from shared.clock import london_date
from shared.runtime.database import Connection
from shared.runtime.documents import loaded, lock_free

AT_ONCE = 20
"""Intents at a time: what can be handed over before they lapse."""
PAUSE = timedelta(minutes=1)
"""After Notify or the vault did not do as asked, nothing new is intended for so long."""
YOUNG = timedelta(seconds=3)
"""So long an intent that cannot be seen yet may just not be committed."""
VAULT_SECONDS = 1.5
NOTIFY_SECONDS = 2.8
"""Together below the time after which the database ends a transaction that does nothing."""


class Licence(NamedTuple):
    """To hand one message over, once."""

    message: UUID
    personkey: str
    intent: UUID
    at: datetime


class Messages:
    """Four jobs of the worker. `per_minute`: of all workers together."""

    def __init__(self, notify: Notify, vault: Vault, per_minute: int) -> None:
        self._notify, self._vault, self._per_minute = notify, vault, per_minute
        self._licences: deque[Licence] = deque()
        self._paused_at: datetime | None = None

    async def intend_due(self, connection: Connection) -> int:
        """Decide which queued messages go now. Each is judged anew by what is known at this moment, its person locked."""
        now = wall.now()
        if (self._paused_at and self._paused_at <= now < self._paused_at + PAUSE) or not await connection.fetchval(SQL["alone"]):
            return 0
        room = self._per_minute - await connection.fetchval(SQL["intended_between"], now - timedelta(minutes=1), now)
        at_most = min(room, AT_ONCE - len(self._licences))
        due = await connection.fetch(SQL["due"], now, at_most) if at_most > 0 else []
        if not due:
            return 0
        documents = await lock_free(connection, sorted({row["personkey"] for row in due}))
        rows = await connection.fetch(SQL["claim"], [row["id"] for row in due if row["personkey"] in documents])
        entered = await entered_store.of(connection, list(documents))
        for row in rows:
            life = facts(loaded(documents[row["personkey"]]))
            template, wanted = templates()[row["template"]], wishes(life)
            language = next((one.language for one in reversed(life.persons) if one.language), None)
            variant = chosen(template, row["channel"], wanted.formats, language)
            why = obstacle(_queued(row), life, entered.get(row["personkey"], NOTHING), london_date(now))
            first = now if row["channel"] == "letter" else first_instant(now, wanted.quiet_hours)  # a letter wakes nobody
            if why is not None:
                await store.cancel(connection, row, why, now)
            elif isinstance(variant, str):
                await store.by_hand(connection, row, f"a letter is wanted in {variant}", now)
            elif first is None:
                await store.by_hand(connection, row, "the whole day is quiet", now)
            elif first > now:
                await connection.execute(SQL["postpone"], row["id"], first)
            else:
                licence = Licence(row["id"], row["personkey"], uuid4(), now)
                shown = "/".join(variant)
                await connection.execute(SQL["intend"], licence.message, licence.intent, now, template.version, shown, now + DOUBTFUL)
                self._licences.append(licence)
        return len(rows)

    async def send_intended(self, connection: Connection) -> int:
        """Hand one message over. Its person stays locked meanwhile: who learns that they died, or want none, comes before that or after."""
        if not self._licences:
            return 0
        licence = self._licences.popleft()
        now = wall.now()
        if not licence.at <= now <= licence.at + timedelta(seconds=TRY_SECONDS):
            return 1
        document = (await lock_free(connection, [licence.personkey])).get(licence.personkey)
        row = await connection.fetchrow(SQL["intended"], licence.message, licence.intent) if document else None
        if document is None or (row is None and now < licence.at + YOUNG):
            self._licences.append(licence)  # not used: the person is busy, or the intent is about to be committed
            return 0
        if row is None:
            return 1
        entered = await entered_store.of(connection, [licence.personkey])
        stopped = row["why"] or may_contact(
            facts(loaded(document)), london_date(now), entered.get(licence.personkey, NOTHING), row["channel"]
        )
        if stopped is not None:
            await store.not_sent(connection, row, stopped, None, now)
        else:
            await self._hand_over(connection, row, licence)
        return 1

    async def _hand_over(self, connection: Connection, row: asyncpg.Record, licence: Licence) -> None:
        channel, provider = row["channel"], row["anchor"].partition("|")[0]
        try:
            async with asyncio.timeout(VAULT_SECONDS):
                told = await self._vault.ask(
                    row["personkey"], provider, PARTS[channel], purpose="message", asked_by=row["asked_by"], reference=str(row["id"])
                )
        except (VaultError, TimeoutError) as error:
            return await self._later(connection, row, str(error) or "the vault does not answer")
        to = lines(told) if channel == "letter" else [told[part] for part in PARTS[channel] if told.get(part)]
        if not to:
            missing = "full address" if channel == "letter" else PARTS[channel][0]
            reason = f"{provider} has recorded no {missing}"
            return await store.not_sent(connection, row, f"no {missing}", reason, wall.now())
        text = filled(
            templates()[row["template"]],
            Variant(*row["variant"].split("/")),
            channel,
            row["sender"] or provider,
            row["telephone"],
            told.get("name"),
        )
        message = Message(str(row["id"]), channel, "\n".join(to), text.subject, text.body, licence.at)
        try:
            async with asyncio.timeout(NOTIFY_SECONDS):
                notify_id = await self._notify.send(message)
        except NotTakenError as error:
            return await self._later(connection, row, str(error))
        except WrongRecipientError as error:
            return await store.not_sent(connection, row, "validation-failed", f"{store.FAILED_BY}{error}", wall.now())
        except (DoubtError, TimeoutError) as error:
            self._pause(row, str(error) or "no answer in time")
            return None
        now = wall.now()
        return await store.sent(connection, row, notify_id, next_look(now, 0, now) or now, now)

    async def _later(self, connection: Connection, row: asyncpg.Record, why: str) -> None:
        """It certainly did not go, and may another time."""
        self._pause(row, why)
        await connection.execute(SQL["queue_again"], row["id"], row["intent"])

    def _pause(self, row: asyncpg.Record, why: str) -> None:
        self._paused_at = wall.now()
        structlog.get_logger().warning("a message did not go, or is in doubt", message=str(row["id"]), detail=why)

    async def settle_doubtful(self, connection: Connection) -> int:
        """Ask Notify about one message in doubt: it has it, or it goes back into the queue; where it cannot tell, somebody decides."""
        now = wall.now()
        row = await connection.fetchrow(SQL["doubtful"], now - DOUBTFUL, now)
        if row is None:
            return 0
        age = now - row["intended_at"]
        try:
            async with asyncio.timeout(VAULT_SECONDS + NOTIFY_SECONDS):
                known = None if age > KEPT else await self._notify.find(str(row["id"]), now)
        except (DoubtError, TimeoutError):
            if age <= PATIENCE:
                await connection.execute(SQL["look_again"], row["id"], now + min(PAUSE * 2 ** min(row["looks"], 6), timedelta(hours=1)))
                return 1
            known, age = None, KEPT + PAUSE
        if known is not None:
            await store.sent(connection, row, known.notify_id, now, now)
        elif age > KEPT:
            await connection.execute(SQL["give_up"], row["id"], row["intent"], now)
        elif row["why"] is not None:
            await store.not_sent(connection, row, row["why"], None, now)
        else:
            await connection.execute(SQL["queue_again"], row["id"], row["intent"])
        return 1

    async def look(self, connection: Connection) -> int:
        """Ask Notify what became of one message that it has, in case no callback comes: none does for letters."""
        now = wall.now()
        row = await connection.fetchrow(SQL["undecided"], now)
        if row is None:
            return 0
        again = next_look(row["sent_at"], row["looks"] + 1, now)
        try:
            async with asyncio.timeout(VAULT_SECONDS + NOTIFY_SECONDS):
                status = await self._notify.status(row["notify_id"], now)
        except (DoubtError, TimeoutError):
            status, again = "", again or now + PAUSE
        await connection.execute(SQL["look_again"], row["id"], again if status is not None else None)
        if status:
            await store.hear(connection, row["id"], fate(status), row["notify_id"], again, now)
        return 1


def _queued(row: asyncpg.Record) -> Queued:
    return Queued(*(row[name] for name in Queued._fields))
