"""A record that turns out to be another person's: voided under the old key, every version recorded again under the new one.

So consumers need no special case (01-architecture section 5). Events made here have our own source, deterministic ids and a `cause`.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from services.referrals import publish
from services.referrals.store import ledger
from shared.events.catalogue import RECORDS, TYPES, event_type
from shared.runtime.database import Connection

MICROSECOND = timedelta(microseconds=1)


class Move(NamedTuple):
    """These records belong to `into_key` from now on, because of `cause` (the event that showed it)."""

    keys: Sequence[ledger.Key]
    from_key: str
    into_key: str
    cause: dict[str, str]


async def rekey(connection: Connection, move: Move, received: datetime) -> list[publish.Outgoing]:
    """Write the move into the ledger and the record index; returns the canonical events that tell of it."""
    made = _made(await ledger.versions_of(connection, move.from_key, move.keys), move, received)
    new_positions = await ledger.positions(connection, len(made))
    entries = [entry._replace(position=position) for position, entry in zip(new_positions, made, strict=True)]
    await ledger.write(connection, entries)
    await ledger.own(connection, {key: move.into_key for key in move.keys if RECORDS[key[1]].id_field is not None})
    return [publish.care_event(entry.event.encode(), entry.type, entry.personkey) for entry in entries]


def _made(versions: Sequence[ledger.Version], move: Move, received: datetime) -> list[ledger.Entry]:
    """Each version again under the new key, then one void of each record under the old key.

    `versions` are in the order received. Of two with one `recordedtime` the later received stands, so the copies keep their order
    and rank just below what comes at `received` (another version, perhaps); a void ranks above all versions that it voids.
    """
    made = []
    latest: dict[ledger.Key, ledger.Version] = {}
    for age, version in zip(range(len(versions), 0, -1), versions, strict=True):
        if version.key not in latest or version.recorded >= latest[version.key].recorded:
            latest[version.key] = version
        said = version.event["type"], version.event["data"]
        made.append(_entry(version, *said, move.into_key, move, received - age * MICROSECOND))
    for version in latest.values():
        provider, kind, record_id = version.key
        data = {"provider": provider} | ({id_field: record_id} if (id_field := RECORDS[kind].id_field) else {})
        after = max(received, versions[-1].received + MICROSECOND)
        made.append(_entry(version, event_type(kind, voided=True), data, move.from_key, move, after))
    return made


def _entry(version: ledger.Version, made_type: str, data: dict[str, Any], personkey: str, move: Move, received: datetime) -> ledger.Entry:
    """The ledger's row of one made event; its position is given when it is written."""
    event = version.event
    named = "|".join((event["source"], event["id"], made_type, personkey, move.from_key, move.into_key, *move.cause.values()))
    made_id = "rekey-" + hashlib.sha256(named.encode()).hexdigest()[:40]
    told = {
        "specversion": "1.0",
        "id": made_id,
        "source": publish.OWN_SOURCE,
        "type": made_type,
        "recordedtime": event["recordedtime"],
        "cause": move.cause,
        "data": data,
    }
    text = publish.canonical(told, personkey, received)
    versioned = TYPES[made_type].voided, version.recorded, received
    name = publish.OWN_SOURCE, made_id, made_type
    return ledger.Entry(0, *version.key, personkey, *versioned, *name, [], hashlib.sha256(text).digest(), text.decode())
