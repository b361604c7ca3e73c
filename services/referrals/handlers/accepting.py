"""What follows when events are accepted: whose they are, the ledger, the canonical events, the identities in the vault."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Self

from services.referrals import publish
from services.referrals.handlers.judge import Judged
from services.referrals.handlers.rekeying import MICROSECOND, Move, regroup, rekey
from services.referrals.rules.holding import Stated, holder
from services.referrals.store import identities, ledger, people
from services.referrals.store import reference as reference_store
from services.referrals.store.vault import Lookups, Vault
from shared.events.catalogue import KEPT_WHOLE
from shared.runtime.database import Connection


class Accepted(NamedTuple):
    """One event that was accepted, with its position among all that was received, its record, and the SHA-256 of its bytes."""

    position: int
    provider: str
    judged: Judged
    key: ledger.Key
    raw_hash: bytes

    @classmethod
    def of(cls, position: int, provider: str, judged: Judged, raw: bytes) -> Self:
        key = provider, judged.record.kind, judged.record_id
        return cls(position, provider, judged, key, hashlib.sha256(raw).digest())

    @property
    def identity(self) -> people.Identity:
        return people.Identity(self.provider, self.judged.details["local_id"], self.judged.nhs_number)

    def because(self, kind: str) -> dict[str, str]:
        """This event as a cause."""
        return {"kind": kind, "source": self.judged.event["source"], "id": self.judged.event["id"]}


async def accept(
    connection: Connection, lookups: Lookups, vault: Vault, accepted: Sequence[Accepted], received: datetime
) -> list[publish.Outgoing]:
    """Write what follows from these events, in the caller's transaction; returns the canonical events, moves of records first."""
    identities = [one.identity for one in accepted]
    joins = [one for one in accepted if one.judged.record.kind == "merge"]
    if joins:
        await people.lock(connection)  # before the look-ups are locked: whoever waits for this one holds none of them
    found = await people.resolve(connection, lookups, _stated(accepted, identities, joins))
    named = [found.named[identity] for identity in identities]
    outgoing: list[publish.Outgoing] = []
    for identity in found.restated:
        one, tokens = accepted[identities.index(identity)], [found.named[identity].local]
        outgoing += await regroup(connection, one.provider, tokens, one.because("merge"), received, found.persons)
    for one in joins:
        tokens, kind = await _join(connection, one, found, received), "un-merge" if one.judged.voided else "merge"
        outgoing += await regroup(connection, one.provider, tokens, one.because(kind), received, found.persons)
    return outgoing + await keep(connection, lookups, vault, accepted, named, found.persons, received)


async def keep(
    connection: Connection,
    lookups: Lookups,
    vault: Vault,
    accepted: Sequence[Accepted],
    named: Sequence[people.Named],
    persons: Mapping[int, str],
    received: datetime,
) -> list[publish.Outgoing]:
    """Write events of which it is known whom they name, each in `named`, `persons` by local id; returns the canonical events."""
    outgoing: list[publish.Outgoing] = []
    holders = await _own(connection, accepted, [who.local for who in named], persons, received, outgoing)
    await _derive_areas(connection, [one.judged for one in accepted])
    held = zip(accepted, holders, strict=True)
    left = await ledger.departures(connection, {(person, one.key) for one, person in held if one.judged.record.kind in KEPT_WHOLE})
    entries = []
    for one, personkey, who in zip(accepted, holders, named, strict=True):
        judged, at, event = one.judged, received, one.judged.event
        if left and (since := left.get((personkey, one.key))) is not None:
            at = max(received, since + MICROSECOND)  # should the record have left this person while the event was on its way
        value = publish.canonical(event, personkey, at)
        name = event["source"], event["id"], event["type"]
        versioned, written = (judged.voided, judged.recorded, at), (judged.flags, one.raw_hash, value.decode())
        entries.append(ledger.Entry(one.position, *one.key, personkey, *versioned, *name, *written, *who))
        outgoing.append(publish.Outgoing(judged.record.topic, personkey.encode(), value))
    await ledger.write(connection, entries)
    told = [
        identities.Said(who.local, one.provider, one.judged.details, one.judged.recorded)
        for one, who in zip(accepted, named, strict=True)
        if len(one.judged.details) > 1  # more than the local id
    ]
    await identities.write(connection, vault, lookups, told, received)
    return outgoing


def _stated(
    accepted: Sequence[Accepted], identities: Sequence[people.Identity], joins: Sequence[Accepted]
) -> dict[people.Identity, datetime]:
    """Whom these events name, and when each was last recorded so. A merge names two."""
    stated = {identity: one.judged.recorded for one in joins if not one.judged.voided for identity in _ends(one)}
    for identity, one in zip(identities, accepted, strict=True):
        recorded = one.judged.recorded
        if (before := stated.get(identity)) is None or before < recorded:
            stated[identity] = recorded
    return stated


def _ends(one: Accepted) -> tuple[people.Identity, people.Identity]:
    """The local id that a merge does away with, and the one that stays. It is sent for the person of either."""
    sent, data = one.identity, one.judged.event["data"]
    gone, stays = (people.Identity(one.provider, data[end], None) for end in ("from", "into"))
    return (sent, stays) if sent.local_id == gone.local_id else (gone, sent)


async def _join(connection: Connection, one: Accepted, found: people.Resolved, received: datetime) -> list[int]:
    """Note a merge, or that it is taken back, and tell it inside by pseudonyms; returns the local ids concerned, by token."""
    ends = None
    if not one.judged.voided:
        gone, stays = (found.named[identity].local for identity in _ends(one))
        one.judged.event = publish.merge_of(one.judged.event, found.persons[gone], found.persons[stays])
        ends = gone, stays
    version = people.MergeVersion((one.judged.recorded, received, one.judged.event["id"]), ends)
    return await people.note_merge(connection, one.provider, one.judged.record_id, version)


async def _own(
    connection: Connection,
    accepted: Sequence[Accepted],
    locals_: Sequence[int],
    persons: Mapping[int, str],
    received: datetime,
    outgoing: list[publish.Outgoing],
) -> list[str]:
    """The person under whom each event stands: that of its record's latest version. A record that moved is re-keyed first."""
    stated: dict[ledger.Key, list[tuple[Stated, Accepted]]] = {}
    for one, local in zip(accepted, locals_, strict=True):
        if one.judged.record.id_field is not None:  # a person record belongs to whom it names
            stated.setdefault(one.key, []).append((Stated(one.judged.recorded, local, one.judged.voided), one))
    owned = await ledger.owners(connection, list(stated))
    moved = {key: owned[key] for key, said in stated.items() if key in owned and any(one.local != owned[key].local for one, _ in said)}
    latest = await ledger.latest_versions(connection, moved)
    new: dict[ledger.Key, ledger.Owner] = {}
    for key, said in stated.items():
        if key in owned and key not in moved:
            continue
        standing = Stated(latest[key], owned[key].local, voided=False) if key in owned else None
        deciding = holder([*([standing] if standing else []), *(one for one, _ in said)])
        if deciding is standing or deciding.local is None:
            continue
        new[key] = ledger.Owner(persons[deciding.local], deciding.local)
        if key in owned and new[key].person != owned[key].person:
            because = next(event.because("moved") for one, event in said if one is deciding)
            outgoing += await rekey(connection, Move([key], owned[key].person, new[key].person, because), received)
    await ledger.own(connection, new)
    current = owned | new
    return [current[one.key].person if one.key in current else persons[local] for one, local in zip(accepted, locals_, strict=True)]


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
