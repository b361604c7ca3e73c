"""Identifying data in the vault: kept by local id, the latest word on each part of it, and read one person at a time, logged."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from services.referrals.store.vault import Lookups, Vault
from shared.runtime.database import Connection, array, columns, queries

SQL = queries("services.referrals", "sql/queries.sql")
NUMBERS = frozenset({"local_id", "nhs_number"})
"""Says who somebody is, and nothing of how to reach them."""
PARTS = ("name", "telephone", "email", "address", "postcode")
"""What may be read of somebody. Their NHS number is not among it: the look-up has it, and nobody who writes or calls needs it."""


class Said(NamedTuple):
    """What one event said of the person behind a local id (a token)."""

    local: int
    provider: str
    details: Mapping[str, Any]
    recorded: datetime


async def write(connection: Connection, vault: Vault, lookups: Lookups, said: Iterable[Said], received: datetime) -> None:
    """Keep the latest word on each part, sealed; what did not change is not written.

    A part that an event does not name stays (a month of files knows no telephone number), one that it gives as null is gone. An event
    recorded earlier than what is kept only fills in what is missing.
    """
    newest: dict[int, Said] = {}
    for one in said:
        newest[one.local] = _joined(newest[one.local], one) if one.local in newest else one
    if not newest:
        return
    known = {row["local_token"]: row["digest"] for row in await connection.fetch(SQL["identity_digests"], array(list(newest)))}
    changed = {
        local: one
        for local, one in newest.items()
        if local not in known or not (one.details.keys() <= NUMBERS or lookups.content(_text(one.details)) == known[local])
    }
    if standing := [local for local in changed if local in known]:
        for row in await connection.fetch(SQL["identities"], standing):
            local = row["local_token"]
            details = orjson.loads(vault.open(row["sealed"], row["key_version"], _place(local)))
            before = changed[local]._replace(details=details, recorded=row["recordedtime"] or datetime.min.replace(tzinfo=received.tzinfo))
            changed[local] = _joined(before, changed[local])
    rows = [
        (local, one.provider, digest, _place(local), vault.seal(text, _place(local)), one.recorded)
        for local, one in sorted(changed.items())
        if (digest := lookups.content(text := _text(one.details))) != known.get(local)
    ]
    if rows:
        locals_, providers, digests, places, sealed, recorded = columns(rows)
        told = array(locals_), array(providers), digests, array(places), sealed
        await connection.execute(SQL["write_identities"], *told, vault.current, received, recorded)


async def read(connection: Connection, vault: Vault, personkey: str, provider: str, parts: Collection[str]) -> dict[str, str] | None:
    """These parts of what this provider says of this person, or None when it says nothing. Whoever reads has logged it before.

    Under several local ids, merged: the latest that says something of a part has the word on it.
    """
    rows = await connection.fetch(SQL["identities_of"], personkey, provider)
    found: dict[str, Any] = {}
    for row in rows:
        for part, value in orjson.loads(vault.open(row["sealed"], row["key_version"], row["place"])).items():
            found.setdefault(part, value)
    return {part: found[part] for part in PARTS if part in parts and found.get(part)} if rows else None


async def log(connection: Connection, by: str, purpose: str, what: str) -> None:
    """Note a reading. Before it is done, in a transaction that is committed before anything is told."""
    await connection.execute(SQL["log_access"], by, purpose, what)


def _joined(one: Said, other: Said) -> Said:
    """Both, the later recorded with the last word; of one instant the one received later, `other`."""
    earlier, later = (one, other) if one.recorded <= other.recorded else (other, one)
    return later._replace(details={**earlier.details, **later.details})


def _text(details: Mapping[str, Any]) -> bytes:
    return orjson.dumps(details, option=orjson.OPT_SORT_KEYS)


def _place(local: int) -> str:
    return f"identity/{local}"
