"""When a queued message may go, and what its fate at GOV.UK Notify means for the attempt that it was."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from services.outreach.rules.entered import Entered
from services.outreach.rules.facts import Life
from services.outreach.rules.ladder import may_contact

AUTOMATIC = "outreach"
"""Who asks for a message when nobody does: the ladder."""
PARTS = {"text": ("telephone",), "email": ("email",), "letter": ("name", "address")}
"""What must be known of a person to send it, by channel: nothing else is asked of the vault."""
TRY_SECONDS = 15.0
"""An intent is acted on within so many seconds or not at all; Notify itself refuses what was signed more than 30 s ago."""
DOUBTFUL = timedelta(minutes=2)
"""After so long nobody can still be sending it: what Notify says of it then holds."""
KEPT = timedelta(days=6)
"""Notify tells of what it got in the last seven days. What was in doubt for longer stays in doubt."""
PATIENCE = timedelta(days=1)
"""So long Notify is asked about a message in doubt, if it does not answer; then somebody decides."""
LOOKS = (600, 3600, 6 * 3600, 24 * 3600)
"""Seconds after which Notify is asked what became of a message that it has, if it did not say; the last one again and again."""

State = Literal["queued", "intended", "sent", "delivered", "failed", "cancelled", "by hand", "unknown"]
UNDER_WAY = frozenset({"created", "sending", "pending", "sent", "accepted", "pending-virus-check"})
DELIVERED = frozenset({"delivered", "received"})
NOT_SENT = frozenset({"technical-failure", "cancelled", "virus-scan-failed"})
RETURNED = "returned-letter"
WRONG = frozenset({"permanent-failure", "validation-failed", RETURNED})


class Queued(NamedTuple):
    """A queued message and what stands beside it: whether one of its tasks is live, and the person's next step."""

    channel: str
    asked_by: str
    expires_on: date
    is_live: bool
    hidden_until: date | None
    next_channel: str | None
    next_on: date | None


def obstacle(queued: Queued, life: Life, entered: Entered, today: date) -> str | None:
    """Why a queued message is not to be sent, today or ever; None: it may go.

    One that the ladder asked for is also held to the ladder as it is now: what came meanwhile may have made another step the next one.
    """
    if (stopped := may_contact(life, today, entered, queued.channel)) is not None:
        return stopped
    if not queued.is_live:
        return "nothing left to do"
    if today >= queued.expires_on:
        return "too old"
    if queued.asked_by == AUTOMATIC:
        if queued.hidden_until is not None and today < queued.hidden_until:
            return "not to be asked yet"
        if queued.next_channel != queued.channel or queued.next_on is None or today < queued.next_on:
            return "superseded"
    return None


class Fate(NamedTuple):
    """What a status at Notify means. `result`: of the attempt; `happened` False: it was no attempt at all."""

    state: State
    why: str | None
    result: str | None = None
    happened: bool = True


def fate(status: str) -> Fate:
    """Notify's status in our words. One that is not known is taken as under way, and looked at again."""
    if status in DELIVERED:
        return Fate("delivered", None)
    if status in NOT_SENT:
        return Fate("failed", status, happened=False)
    if status in WRONG:
        return Fate("failed", status, "wrong number")
    if status == "temporary-failure":
        return Fate("failed", status, "no answer")
    return Fate("sent", None)


def follows(state: str, why: str | None, next_: Fate) -> bool:
    """Whether news of a message changes what is known of it: they may come in any order, late, and twice.

    A letter can come back after it was delivered; a text that failed for a while can still arrive; nothing else is taken back.
    """
    if next_.state == "sent":
        return state in {"intended", "unknown"}
    if state in {"intended", "unknown", "sent"}:
        return True
    if next_.why == RETURNED:
        return why != RETURNED
    return state == "failed" and why == "temporary-failure" and next_.state == "delivered"


def next_look(sent_at: datetime, looks: int, now: datetime) -> datetime | None:
    """When to ask again; None: Notify does not know it for much longer."""
    at = now + timedelta(seconds=LOOKS[min(looks, len(LOOKS) - 1)])
    return at if at < sent_at + KEPT else None


def lines(told: Mapping[str, str]) -> list[str] | None:
    """The lines of a letter's address, the name first, the postcode last: three to seven. None where that cannot be made."""
    name, postcode = (" ".join(told.get(part, "").split()) for part in ("name", "postcode"))
    parts = (" ".join(part.split()) for part in re.split(r"[,\n]", told.get("address", "")))
    between = [part for part in parts if part and part.replace(" ", "").upper() != postcode.replace(" ", "").upper()]
    if not (name and between and postcode):
        return None
    return [name, *between[:4], *([", ".join(between[4:])] if between[4:] else []), postcode]
