"""A record that turns out to be another person's: voided under the old key, every version recorded again under the new one.

So consumers need no special case (01-architecture section 5), but one: see `moved_to` in the event catalogue. Events made here have
our own source, deterministic ids and a `cause`.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from services.referrals import publish
from services.referrals.handlers import making
from services.referrals.handlers.making import Made
from services.referrals.store import ledger, people
from shared.events.catalogue import ONE_EACH, RECORDS, event_type
from shared.runtime.database import Connection

MICROSECOND = timedelta(microseconds=1)


class Move(NamedTuple):
    """These records belong to `into_key` from now on, because of `cause` (the event that showed it).

    Of records of which each person has one, only what was sent under the local ids of `locals_` (tokens) goes.
    """

    keys: Sequence[ledger.Key]
    from_key: str
    into_key: str
    cause: Mapping[str, str]
    locals_: Collection[int] = ()


async def regroup(
    connection: Connection, provider: str, tokens: Sequence[int], cause: Mapping[str, str], received: datetime, persons: dict[int, str]
) -> list[publish.Outgoing]:
    """Let the records of these local ids, and of those merged with them, follow their persons; `persons` is brought up to date."""
    outgoing = []
    moves: dict[tuple[str, str], list[int]] = {}
    for local, from_key, into_key in await people.regroup(connection, tokens):
        persons[local] = into_key
        moves.setdefault((from_key, into_key), []).append(local)
    for (from_key, into_key), locals_ in moves.items():
        keys = await ledger.records_of(connection, from_key, locals_) + [(provider, kind, "") for kind in ONE_EACH]
        outgoing += await rekey(connection, Move(keys, from_key, into_key, cause, locals_), received)
    return outgoing


async def rekey(connection: Connection, move: Move, received: datetime) -> list[publish.Outgoing]:
    """Write the move into the ledger and the record index; returns the canonical events that tell of it."""
    versions = await ledger.versions_of(connection, move.from_key, move.keys)
    leaving = {version.key for version in versions if _goes(version, move)}
    versions = [version for version in versions if version.key in leaving]
    if not versions:
        return []
    keys = sorted(leaving)
    last = await ledger.last_received(connection, [move.from_key, move.into_key], keys)
    left, made = _made(versions, move, max(received, last + (len(versions) + 2) * MICROSECOND))
    _, outgoing = await making.write(connection, made)
    await ledger.depart(connection, move.from_key, keys, left)
    await ledger.rekey(connection, keys, move.into_key)
    return outgoing


def _goes(version: ledger.Version, move: Move) -> bool:
    return version.key[1] not in ONE_EACH or version.local in move.locals_


def _made(versions: Sequence[ledger.Version], move: Move, received: datetime) -> tuple[datetime, list[ledger.Entry]]:
    """When the records left the old key, and what tells of it: their voids there, and each version again under its key.

    `versions` are in the order received, which is all before `received`. Of two with one `recordedtime` the later received stands, so
    the copies keep their order and rank just below what comes at `received` (another version, perhaps), and above the voids.
    """
    left = received - (len(versions) + 1) * MICROSECOND
    made = []
    latest: dict[ledger.Key, ledger.Version] = {}
    for age, version in zip(range(len(versions), 0, -1), versions, strict=True):
        if version.key not in latest or version.recorded >= latest[version.key].recorded:
            latest[version.key] = version
        said = version.event["type"], version.event["data"]
        made.append(_entry(version, *said, move.into_key if _goes(version, move) else move.from_key, move, received - age * MICROSECOND))
    for version in latest.values():
        provider, kind, record_id = version.key
        data = {"provider": provider} | ({id_field: record_id} if (id_field := RECORDS[kind].id_field) else {})
        data["moved_to"] = move.into_key
        void = _entry(version, event_type(kind, voided=True), data, move.from_key, move, left)
        made.append(void._replace(local_token=None, number_token=None))
    return left, made


def _entry(version: ledger.Version, made_type: str, data: dict[str, Any], personkey: str, move: Move, received: datetime) -> ledger.Entry:
    """The ledger's row of one made event; its position is given when it is written."""
    event = version.event
    named = "|".join((event["source"], event["id"], made_type, personkey, move.from_key, move.into_key, *move.cause.values()))
    made_id = "rekey-" + hashlib.sha256(named.encode()).hexdigest()[:40]
    made = Made(made_id, made_type, event["recordedtime"], version.recorded, move.cause, data)
    return making.entry(made, version.key, personkey, received, [], version.local, version.number)
