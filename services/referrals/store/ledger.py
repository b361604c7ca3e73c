"""Writing what was received: the ledger, ids seen, refusals, sealed bytes. Everything in the caller's transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson

from services.referrals.store.vault import Vault
from shared.runtime.database import Connection, array, columns, queries

SQL = queries("services.referrals", "sql/queries.sql")

Key = tuple[str, str, str]
"""(provider, kind, record id): what names a record."""


class Entry(NamedTuple):
    """One row of the ledger; its fields are the columns, `event` the canonical JSON, the tokens those of whom it was sent for."""

    position: int
    provider: str
    kind: str
    record_id: str
    personkey: str
    voided: bool
    recordedtime: datetime
    receivedtime: datetime
    source: str
    id: str
    type: str
    flags: list[str]
    raw_hash: bytes
    event: str
    local_token: int | None
    number_token: int | None


class RefusalRow(NamedTuple):
    """One row of `refusal`; `hashes` joined by commas."""

    position: int
    provider: str
    source: str | None
    id: str | None
    type: str | None
    verdict: str
    reason: str
    field: str | None
    detail: str | None
    hashes: str | None
    topic: str | None
    partition: int | None
    offset: int | None


class First(NamedTuple):
    """What is known of an id that was seen before."""

    hash: bytes
    flags: list[str]


class Owner(NamedTuple):
    """Whose a record is, and the token of the local id under which the version was sent that says so."""

    person: str
    local: int | None


class Version(NamedTuple):
    """One version of a record as the ledger keeps it; `event` is the canonical event, `number` the token of the NHS number sent."""

    key: Key
    recorded: datetime
    received: datetime
    local: int | None
    number: int | None
    event: dict[str, Any]


async def positions(connection: Connection, count: int) -> list[int]:
    """New positions, ascending."""
    return sorted(await connection.fetchval(SQL["positions"], count) or ())


async def claim(connection: Connection, claims: Sequence[tuple[str, str, bytes, int]]) -> set[int]:
    """Claim (id, source, hash, position); returns the positions whose id and source nobody had claimed before."""
    if not claims:
        return set()
    ids, sources, hashes, at = columns(claims)
    return set(await connection.fetchval(SQL["claim_ids"], array(ids), array(sources), hashes, array(at)) or ())


async def first_seen(connection: Connection, ids: Sequence[tuple[str, str]]) -> dict[tuple[str, str], First]:
    """What stands for each (id, source) that was seen before."""
    rows = await connection.fetch(SQL["first_seen"], *columns(ids)) if ids else []
    return {(row["id"], row["source"]): First(row["hash"], row["flags"] or []) for row in rows}


async def owners(connection: Connection, keys: Sequence[Key]) -> dict[Key, Owner]:
    """Whose each record is so far."""
    rows = await connection.fetch(SQL["owners"], *map(array, columns(keys))) if keys else []
    return {(row["provider"], row["kind"], row["record_id"]): Owner(row["personkey"], row["local_token"]) for row in rows}


async def own(connection: Connection, owned: Mapping[Key, Owner]) -> None:
    """State whose each record is now."""
    if owned:
        await connection.execute(SQL["own_records"], *map(array, columns((*key, *owner) for key, owner in owned.items())))


async def records_of(connection: Connection, personkey: str, locals_: Collection[int]) -> list[Key]:
    """The records that this person has of these local ids, but for those of which each person has one."""
    rows = await connection.fetch(SQL["records_of"], personkey, list(locals_))
    return [(row["provider"], row["kind"], row["record_id"]) for row in rows]


async def rekey(connection: Connection, keys: Sequence[Key], personkey: str) -> None:
    """Give these records to another person."""
    await connection.execute(SQL["rekey_records"], personkey, *columns(keys))


async def versions_of(connection: Connection, personkey: str, keys: Sequence[Key]) -> list[Version]:
    """Every version of these records that this key was sent since they last left it, in the order received."""
    rows = await connection.fetch(SQL["versions_of"], personkey, *columns(keys))
    return [
        Version(
            (row["provider"], row["kind"], row["record_id"]),
            row["recordedtime"],
            row["receivedtime"],
            row["local_token"],
            row["number_token"],
            orjson.loads(row["event"]),
        )
        for row in rows
    ]


async def last_received(connection: Connection, people: Sequence[str], keys: Sequence[Key]) -> datetime:
    """When the last version of any of these records was received under any of these keys; there is one."""
    last: datetime = await connection.fetchval(SQL["last_received"], people, *columns(keys))
    return last


async def depart(connection: Connection, personkey: str, keys: Sequence[Key], at: datetime) -> None:
    """Keep when records left a person."""
    await connection.execute(SQL["write_departures"], personkey, at, *columns(keys))


async def departures(connection: Connection, held: Collection[tuple[str, Key]]) -> dict[tuple[str, Key], datetime]:
    """When each of these (personkey, record) last left the person; those that never did are not in it."""
    names = map(array, columns((person, *key) for person, key in held)) if held else ()
    rows = await connection.fetch(SQL["departures"], *names) if held else []
    return {(row["personkey"], (row["provider"], row["kind"], row["record_id"])): row["receivedtime"] for row in rows}


async def latest_versions(connection: Connection, owned: Mapping[Key, Owner]) -> dict[Key, datetime]:
    """The recorded instant of the latest version of each record under the person who holds it."""
    rows = await connection.fetch(SQL["latest_versions"], *columns((*key, owner.person) for key, owner in owned.items())) if owned else []
    return {(row["provider"], row["kind"], row["record_id"]): row["recordedtime"] for row in rows}


async def write(connection: Connection, entries: Sequence[Entry]) -> None:
    """Append to the ledger. By COPY: arrays of this many columns cost the client more than all else it does."""
    if entries:
        await connection.copy_records_to_table("ledger", records=entries, columns=Entry._fields)


async def write_refusals(connection: Connection, rows: Sequence[RefusalRow], received: datetime, judged_by: str) -> None:
    """Keep what was not accepted, with its reason."""
    if rows:
        told = columns(rows)
        await connection.execute(SQL["write_refusals"], *told[:9], received, *told[9:12], judged_by, told[12])


async def write_raw(connection: Connection, vault: Vault, raws: Sequence[tuple[int, bytes]]) -> None:
    """Seal the bytes as received, (position, bytes) each."""
    if raws:
        rows = [(position, vault.current, vault.seal(raw, f"raw/{position}")) for position, raw in raws]
        await connection.copy_records_to_table("raw", schema_name="vault", records=rows, columns=("position", "key_version", "sealed"))


async def read_raw(connection: Connection, vault: Vault, position: int, *, by: str, purpose: str) -> bytes | None:
    """The bytes as received, or None; the reading is logged."""
    await connection.execute(SQL["log_access"], by, purpose, f"raw/{position}")
    row = await connection.fetchrow(SQL["read_raw"], position)
    return None if row is None else vault.open(row["sealed"], row["key_version"], f"raw/{position}")


async def make_months(connection: Connection, months: Iterable[datetime]) -> None:
    """Make the ledger's partition of each month, given by its first instant, where it is missing.

    A month of which the default partition holds rows already (they came before the first worker did) stays there.
    """
    existing = {row["relname"] for row in await connection.fetch(SQL["ledger_months"])}
    for first in months:
        name, following = f"ledger_{first:%Y_%m}", (first + timedelta(days=32)).replace(day=1)
        if name not in existing and not await connection.fetchval(SQL["ledger_began_early"], first, following):
            bounds = f"from ('{first.isoformat()}') to ('{following.isoformat()}')"
            await connection.execute(f"create table if not exists {name} partition of ledger for values {bounds}")
