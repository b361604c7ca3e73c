"""Who an event is about: one random key for a person, found by NHS number, else by provider and local id."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from services.referrals.store.vault import Digest, Lookups
from shared.runtime.database import Connection, queries

SQL = queries("services.referrals", "sql/queries.sql")


class Identity(NamedTuple):
    """What an event says of its person."""

    provider: str
    local_id: str
    nhs_number: str | None


class Merge(NamedTuple):
    """A local id, known so far without an NHS number, now comes with one that another key holds: its records move there."""

    identity: Identity
    from_key: str
    into_key: str


class Lookup(NamedTuple):
    """One way to find a person: its kind, and its digest under each version of the key, the current one's first."""

    kind: str
    digests: list[Digest]

    def find(self, known: Mapping[bytes, str]) -> str | None:
        return next((known[digest.value] for digest in self.digests if digest.value in known), None)


async def resolve(connection: Connection, lookups: Lookups, identities: Iterable[Identity]) -> tuple[dict[Identity, str], list[Merge]]:
    """Each person's key, made where there is none, and the merges that follow. Call it inside the batch's transaction."""
    ways = {identity: _ways(lookups, identity) for identity in dict.fromkeys(identities)}
    known = await _known(connection, ways.values())
    unsettled = {identity: found for identity, found in ways.items() if not _settled(found, known)}
    merges: list[Merge] = []
    if unsettled:
        await connection.execute(SQL["lock_people"])
        known = await _known(connection, ways.values())  # again: a rival may have made them while we waited
        merges = await _settle(connection, unsettled, known)
    return {identity: known[found[0].digests[0].value] for identity, found in ways.items()}, merges


def _ways(lookups: Lookups, identity: Identity) -> list[Lookup]:
    """The ways to find a person, the NHS number first."""
    local = Lookup("local-id", lookups.local_id(identity.provider, identity.local_id))
    return [local] if identity.nhs_number is None else [Lookup("nhs-number", lookups.nhs_number(identity.nhs_number)), local]


async def _known(connection: Connection, ways: Iterable[Sequence[Lookup]]) -> dict[bytes, str]:
    digests = [digest.value for found in ways for way in found for digest in way.digests]
    return {row["digest"]: row["personkey"] for row in await connection.fetch(SQL["find_people"], digests)}


def _settled(found: Sequence[Lookup], known: Mapping[bytes, str]) -> bool:
    """Every way leads, by the current key, to one and the same person."""
    return len({known.get(way.digests[0].value) for way in found}) == 1 and found[0].digests[0].value in known


async def _settle(connection: Connection, unsettled: Mapping[Identity, Sequence[Lookup]], known: dict[bytes, str]) -> list[Merge]:
    """Give each of these persons one key, one after the other, and write the look-ups; `known` is brought up to date."""
    numbered = {row["personkey"] for row in await connection.fetch(SQL["people_with_nhs_number"], sorted(set(known.values())))}
    merges = []
    new: dict[bytes, tuple[int, str, str]] = {}
    for identity, found in unsettled.items():
        key = next(filter(None, (way.find(known) for way in found)), None) or secrets.token_hex(12)
        held = found[-1].find(known)
        if held is not None and held != key:  # this local id was another person's so far
            await connection.execute(SQL["move_lookups"], [digest.value for digest in found[-1].digests], key)
            if held not in numbered:
                merges.append(Merge(identity, held, key))
        for way in found:
            known |= {digest.value: key for digest in way.digests}
            new[way.digests[0].value] = (way.digests[0].version, way.kind, key)
        if identity.nhs_number is not None:
            numbered.add(key)
    await connection.execute(SQL["add_lookups"], list(new), *(list(column) for column in zip(*new.values(), strict=True)))
    return merges
