"""Events of our own, made of what is known already: our source, a deterministic id, and the `cause` that they name."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from services.referrals import publish
from services.referrals.store import ledger
from shared.events.catalogue import TYPES
from shared.runtime.database import Connection


class Made(NamedTuple):
    """What one says: `recordedtime` as it is written, and the same instant; `data` as on the wire."""

    id: str
    type: str
    recordedtime: str
    recorded: datetime
    cause: Mapping[str, str]
    data: Mapping[str, Any]


def entry(
    made: Made, key: ledger.Key, personkey: str, received: datetime, flags: list[str], local: int | None, number: int | None
) -> ledger.Entry:
    """Its row of the ledger; the position is given when it is written."""
    told = {
        "specversion": "1.0",
        "id": made.id,
        "source": publish.OWN_SOURCE,
        "type": made.type,
        "recordedtime": made.recordedtime,
        "cause": made.cause,
        "data": made.data,
    }
    text = publish.canonical(told, personkey, received)
    versioned = TYPES[made.type].voided, made.recorded, received
    name = publish.OWN_SOURCE, made.id, made.type
    return ledger.Entry(0, *key, personkey, *versioned, *name, flags, hashlib.sha256(text).digest(), text.decode(), local, number)


async def write(connection: Connection, entries: Sequence[ledger.Entry]) -> tuple[list[int], list[publish.Outgoing]]:
    """Append them at new positions; returns these, and the canonical events that tell of them."""
    positions = await ledger.positions(connection, len(entries))
    await ledger.write(connection, [one._replace(position=position) for position, one in zip(positions, entries, strict=True)])
    return positions, [publish.care_event(one.event.encode(), one.type, one.personkey) for one in entries]
