"""A record that turns out to be another person's: voided under the old key, every version recorded again under the new one.

So consumers need no special case (01-architecture section 5). Events made here have our own source, deterministic ids and a `cause`.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from services.referrals import publish
from services.referrals.store import ledger
from shared.events.catalogue import RECORDS, TYPES, event_type
from shared.runtime.database import Connection


class Move(NamedTuple):
    """These records belong to `into_key` from now on, because of `cause` (the event that showed it)."""

    keys: Sequence[ledger.Key]
    from_key: str
    into_key: str
    cause: dict[str, str]


async def rekey(connection: Connection, moves: Iterable[Move], received: datetime) -> list[publish.Outgoing]:
    """Write the move into the ledger and the record index; returns the canonical events that tell of it."""
    outgoing = []
    for move in moves:
        versions = [orjson.loads(text) for text in await ledger.versions_of(connection, move.from_key, move.keys)]
        told = _told(versions, move, received)
        new_positions = await ledger.positions(connection, len(told))
        entries = [_entry(position, event, received) for position, event in zip(new_positions, told, strict=True)]
        await ledger.write(connection, entries)
        await ledger.own(connection, {key: move.into_key for key in move.keys if key[1] != "person"})
        outgoing += [publish.care_event(entry.event.encode(), entry.type, entry.personkey) for entry in entries]
    return outgoing


def _told(versions: Sequence[dict[str, Any]], move: Move, received: datetime) -> list[dict[str, Any]]:
    """Each version again under the new key, then one void of each record under the old key, as late as its latest version."""
    latest: dict[ledger.Key, dict[str, Any]] = {}
    told = []
    for version in versions:
        key = _key(version)
        if key not in latest or _recorded(version) >= _recorded(latest[key]):
            latest[key] = version
        told.append(_made(version, version["type"], version["data"], move.into_key, move, received))
    for (provider, kind, record_id), version in latest.items():
        id_field = RECORDS[kind].id_field
        data = {"provider": provider} | ({id_field: record_id} if id_field else {})
        told.append(_made(version, event_type(kind, voided=True), data, move.from_key, move, received))
    return told


def _made(version: dict[str, Any], made_type: str, data: dict[str, Any], personkey: str, move: Move, received: datetime) -> dict[str, Any]:
    named = "|".join((version["source"], version["id"], made_type, move.from_key, move.into_key, *move.cause.values()))
    return {
        "specversion": "1.0",
        "id": "rekey-" + hashlib.sha256(named.encode()).hexdigest()[:40],
        "source": publish.OWN_SOURCE,
        "type": made_type,
        "recordedtime": version["recordedtime"],
        "receivedtime": publish.instant(received),
        "personkey": personkey,
        "cause": move.cause,
        "data": data,
    }


def _key(version: dict[str, Any]) -> ledger.Key:
    record = TYPES[version["type"]].record
    return version["data"]["provider"], record.kind, version["data"][record.id_field] if record.id_field else ""


def _recorded(version: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(version["recordedtime"])


def _entry(position: int, event: dict[str, Any], received: datetime) -> ledger.Entry:
    provider, kind, record_id = _key(event)
    text = orjson.dumps(event)
    return ledger.Entry(
        position, provider, kind, record_id, event["personkey"], TYPES[event["type"]].voided, _recorded(event), received,
        event["source"], event["id"], event["type"], "", hashlib.sha256(text).digest(), text.decode(),
    )  # fmt: skip
