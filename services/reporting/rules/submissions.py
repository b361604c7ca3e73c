"""A version of a return on its way to one recipient: how it is named, what news of it means, and what follows for the return."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

TRY_SECONDS = 15.0
"""An intent is acted on within so many seconds or not at all."""
DOUBTFUL = timedelta(minutes=2)
"""After so long no process that runs as it should can still be sending it: then it is asked for."""
PATIENCE = timedelta(days=1)
"""So long it is asked for where nobody answers; then somebody decides."""
KEPT = timedelta(days=29)
"""MESH forgets a message after 30 days."""
HANDSHAKE_EVERY, HANDSHAKE_HOLDS = timedelta(hours=12), timedelta(hours=24)
"""MESH wants one at least every 24 hours; nothing is sent where the last one that went well is older."""
LOOKS = (600, 3600, 6 * 3600, 24 * 3600)
"""Seconds after which it is asked what became of one that arrived; the last one again and again."""
RETRIES = (60, 300, 900, 3600)
"""Seconds until one that was certainly refused is tried again; the last one again and again."""

State = Literal["queued", "intended", "sent", "acknowledged", "undeliverable", "unknown"]
FROM: Mapping[str, frozenset[str]] = {
    "sent": frozenset({"intended", "unknown"}),
    "acknowledged": frozenset({"intended", "unknown", "sent"}),
    "undeliverable": frozenset({"intended", "unknown", "sent"}),
    "unknown": frozenset({"intended"}),
}
"""Which states news may follow: it comes in any order, late, and twice."""


def local_id(return_id: str, version: int, recipient: str) -> str:
    """Our own name for it, under which MESH is asked whether it has it: the same for the same version and recipient, always."""
    named = f"{return_id}\n{version}\n{recipient}".encode()
    return f"clockstop-{hashlib.sha256(named).hexdigest()[:40]}"


def dropped_name(return_id: str, version: int, recipient: str, sha256: str, file_name: str) -> str:
    """The name of a file for others to fetch: it carries return, version, recipient and hash, and so cannot mean anything else."""
    named = "_".join(re.sub(r"[^A-Za-z0-9.-]+", "-", part) for part in (return_id, f"v{version}", recipient))
    suffix = re.search(r"\.[A-Za-z0-9]{1,8}$", file_name)
    return f"{named}_{sha256[:16]}{suffix[0] if suffix else ''}"


def fate(status: str) -> State:
    """What MESH's word for a message means: one that is not known is looked at again."""
    if status == "acknowledged":
        return "acknowledged"
    return "undeliverable" if status in {"undeliverable", "error"} else "sent"


def whole(states: Sequence[str]) -> str | None:
    """How far a return is, given what became of its submissions: the worst news; None while one of them is still to go."""
    for worst in ("undeliverable", "unknown"):
        if worst in states:
            return worst
    if not states or {"queued", "intended"} & {*states}:
        return None
    return "submitted" if "sent" in states else "acknowledged"


def steps(state: str, states: Sequence[str]) -> tuple[str, ...]:
    """The steps that a return in this state takes, given what became of its submissions: what was answered was submitted first."""
    is_ = whole(states)
    if is_ in {None, state}:
        return ()
    return ("submitted", str(is_)) if is_ in {"acknowledged", "undeliverable"} and state in {"signed", "unknown"} else (str(is_),)


def next_look(sent_at: datetime, looks: int, now: datetime) -> datetime | None:
    """When to ask again what became of it; None: nobody knows it for much longer."""
    at = now + timedelta(seconds=LOOKS[min(looks, len(LOOKS) - 1)])
    return at if at < sent_at + KEPT else None


def next_try(tries: int, now: datetime) -> datetime:
    return now + timedelta(seconds=RETRIES[min(tries, len(RETRIES) - 1)])


def next_question(looks: int, now: datetime) -> datetime:
    """When to ask again about one in doubt."""
    return now + timedelta(minutes=min(2 ** min(looks, 6), 60))


def mailboxes(text: str) -> tuple[str, ...]:
    """An allow list, by commas. Raises ValueError, in one line, for what is no mailbox."""
    found = tuple(part.strip().upper() for part in text.split(",") if part.strip())
    if wrong := [one for one in found if not re.fullmatch(r"[A-Z0-9_]{1,50}", one)]:
        raise ValueError(f"{wrong[0]!r} is no mailbox: letters, digits and _ alone, several by commas")
    return found
