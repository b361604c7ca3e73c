"""What `waits` says: `cmh.wait.changed.v1`, the whole clock of a spell each time something about it changed; and messages of alerts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import httpx
import orjson

from services.waits.rules import messages
from services.waits.rules.messages import Message
from shared.events.topics import TOPICS
from shared.events.waits import Cause, Change
from shared.runtime.post import MailServer, RefusedError, post, send_mail

TOPIC = next(topic.name for topic in TOPICS if topic.name == "waits.v1")
SOURCE = "/clockstop/waits"
_COPIED = (
    "spell_id",
    "personkey",
    "provider",
    "referral_ids",
    "definition",
    "definition_version",
    "start",
    "end",
    "stop",
    "wait_days",
    "breach_on",
    "closed",
)


def change(before: dict[str, Any] | None, after: dict[str, Any]) -> Change:
    """The most telling thing that changed between two rows of one clock."""
    if before is None:
        return "started"
    if before["stop"] is None and after["stop"] is not None:
        return "stopped"
    if before["end"] is None and after["end"] is not None:
        return "closed"
    return "component-met" if _met(after) - _met(before) else "revised"


def _met(row: dict[str, Any]) -> set[str]:
    return set(orjson.loads(row["components"]))


def wait_changed(row: dict[str, Any], what: Change, cause: Cause, revision: int, now: datetime) -> tuple[str, bytes, bytes]:
    """(topic, key, value) of the event; the shape is held against `WaitChanged` by a test."""
    event = {
        "specversion": "1.0",
        "id": f"wait-{revision}",
        "source": SOURCE,
        "type": "cmh.wait.changed.v1",
        "time": now,
        "datacontenttype": "application/json",
        "personkey": row["personkey"],
        "data": {name: row[name] for name in _COPIED}
        | {
            "revision": revision,
            "components": orjson.Fragment(row["components"]),
            "parts": orjson.Fragment(row["parts"]),
            "change": what,
            "cause": _said(cause),
        },
    }
    return TOPIC, row["personkey"].encode(), orjson.dumps(event)


def past_changed(row: Mapping[str, Any], cause: Cause, revision: int, now: datetime) -> tuple[str, bytes, bytes]:
    """(topic, key, value) of the event that says how a person's clocks stood in the past, of a row of `past`."""
    event = {
        "specversion": "1.0",
        "id": f"past-{revision}",
        "source": SOURCE,
        "type": "cmh.past-waits.changed.v1",
        "time": now,
        "datacontenttype": "application/json",
        "personkey": row["personkey"],
        "data": {
            "personkey": row["personkey"],
            "definition": row["definition"],
            "definition_version": row["definition_version"],
            "revision": revision,
            "periods": orjson.Fragment(row["periods"]),
            "cause": _said(cause),
        },
    }
    return TOPIC, row["personkey"].encode(), orjson.dumps(event)


def _said(cause: Cause) -> dict[str, Any]:
    return {name: value for name, value in cause.__dict__.items() if value is not None}


def dated(day: date, now: datetime) -> Cause:
    """The cause of what time alone brings about."""
    return Cause(kind="date", id=day.isoformat(), receivedtime=now)


@dataclass(frozen=True, slots=True)
class Outlets:
    """The ways in which messages leave: the mail server if there is one, the hosts whose webhooks may be called, and the address of the
    pages, which their links begin with."""  # fmt: skip

    mail: MailServer | None = None
    hosts: frozenset[str] = frozenset()
    site: str = ""

    async def tell(self, message: Message) -> None:
        """Send one message. Raises when it was not taken."""
        if message.way == "mail":
            if self.mail is None:
                raise RefusedError("e-mail is not set up: set SMTP_HOST and SMTP_FROM")
            text = messages.text(message.facts, self.site)
            await send_mail(self.mail, message.target, messages.headline(message.facts), text, message.key)
            return
        said = (
            messages.card(message.facts, self.site) if message.way == "teams" else messages.document(message.facts, self.site, message.key)
        )
        async with httpx.AsyncClient(trust_env=False) as client:
            await post(client, message.target, self.hosts, orjson.dumps(said), message.key, message.secret)
