"""What follows when events are accepted: whose they are, the ledger, the canonical events, the identities in the vault."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import orjson

from services.referrals import publish
from services.referrals.handlers.judge import Judged
from services.referrals.handlers.rekeying import Move, rekey
from services.referrals.rules.holding import Stated, holder
from services.referrals.store import ledger, people
from services.referrals.store import reference as reference_store
from services.referrals.store.vault import Lookups, Vault
from shared.runtime.database import Connection


class Accepted(NamedTuple):
    """One event that was accepted, with its position among all that was received and the SHA-256 of its bytes."""

    position: int
    provider: str
    judged: Judged
    raw_hash: bytes

    @property
    def identity(self) -> people.Identity:
        return people.Identity(self.provider, self.judged.details["local_id"], self.judged.nhs_number)

    @property
    def key(self) -> ledger.Key:
        return self.provider, self.judged.record.kind, self.judged.record_id

    @property
    def name(self) -> dict[str, str]:
        """What names this event as a cause."""
        return {"source": self.judged.event["source"], "id": self.judged.event["id"]}


async def accept(
    connection: Connection, lookups: Lookups, vault: Vault, accepted: Sequence[Accepted], received: datetime
) -> list[publish.Outgoing]:
    """Write what follows from these events, in the caller's transaction; returns the canonical events, moves of records first."""
    identities = [one.identity for one in accepted]
    keys, merges = await people.resolve(connection, lookups, identities)
    persons = [keys[identity] for identity in identities]
    outgoing = []
    for merge in merges:
        cause = {"kind": "merge"} | accepted[identities.index(merge.identity)].name
        records = await ledger.records_of(connection, merge.from_key, merge.identity.provider)
        outgoing += await rekey(connection, Move(records, merge.from_key, merge.into_key, cause), received)
    return outgoing + await keep(connection, lookups, vault, accepted, persons, received)


async def keep(
    connection: Connection,
    lookups: Lookups,
    vault: Vault,
    accepted: Sequence[Accepted],
    persons: Sequence[str],
    received: datetime,
) -> list[publish.Outgoing]:
    """Write events whose persons are known, one personkey for each; returns the canonical events, moves of records first."""
    outgoing: list[publish.Outgoing] = []
    holders = await _own(connection, accepted, persons, received, outgoing)
    await _derive_areas(connection, [one.judged for one in accepted])
    entries = []
    for one, personkey in zip(accepted, holders, strict=True):
        judged = one.judged
        value = publish.canonical(judged.event, personkey, received)
        name = judged.event["source"], judged.event["id"], judged.event["type"]
        versioned = judged.voided, judged.recorded, received
        entries.append(ledger.Entry(one.position, *one.key, personkey, *versioned, *name, judged.flags, one.raw_hash, value.decode()))
        outgoing.append(publish.care_event(value, judged.event["type"], personkey))
    await ledger.write(connection, entries)
    details = {
        (person, one.provider): orjson.dumps(one.judged.details, option=orjson.OPT_SORT_KEYS)
        for one, person in zip(accepted, persons, strict=True)
        if len(one.judged.details) > 1  # more than the local id
    }
    await ledger.write_identities(connection, vault, lookups, details, received)
    return outgoing


async def _own(
    connection: Connection, accepted: Sequence[Accepted], persons: Sequence[str], received: datetime, outgoing: list[publish.Outgoing]
) -> list[str]:
    """The person under whom each event stands: that of its record's latest version. A record that moved is re-keyed first."""
    stated: dict[ledger.Key, list[tuple[Stated, Accepted]]] = {}
    for one, person in zip(accepted, persons, strict=True):
        if one.judged.record.id_field is not None:  # a person record belongs to whom it names
            stated.setdefault(one.key, []).append((Stated(one.judged.recorded, person, one.judged.voided), one))
    owned = await ledger.owners(connection, list(stated))
    moved = {key: owned[key] for key, said in stated.items() if key in owned and any(one.person != owned[key] for one, _ in said)}
    latest = await ledger.latest_versions(connection, moved)
    new: dict[ledger.Key, str] = {}
    for key, said in stated.items():
        if key in owned and key not in moved:
            continue
        standing = Stated(latest[key], owned[key], voided=False) if key in owned else None
        deciding = holder([*([standing] if standing else []), *(one for one, _ in said)])
        new[key] = deciding.person
        if standing and deciding.person != standing.person:
            cause = {"kind": "moved"} | next(event.name for one, event in said if one is deciding)
            outgoing += await rekey(connection, Move([key], standing.person, deciding.person, cause), received)
    await ledger.own(connection, new)
    current = owned | new
    return [current.get(one.key, person) for one, person in zip(accepted, persons, strict=True)]


async def _derive_areas(connection: Connection, judged: Sequence[Judged]) -> None:
    """LSOA and local authority of a person record from the postcode, where the sender gave none and the look-up is loaded."""
    wanting = [
        (one.event["data"], " ".join(one.details["postcode"].upper().split()))
        for one in judged
        if one.record.kind == "person" and not one.voided and one.details.get("postcode")
    ]
    found = await reference_store.areas(connection, sorted({postcode for _, postcode in wanting}))
    for data, postcode in wanting:
        lsoa, authority = found.get(postcode, (None, None))
        for name, value in (("lsoa", lsoa), ("local_authority", authority)):
            if value is not None and data.get(name) is None:
                data[name] = value
