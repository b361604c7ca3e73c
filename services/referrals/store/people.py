"""Who an event is about: one random key for a person, found by NHS number, else by provider and local id."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from services.referrals.rules.merging import Local, Standing, holders
from services.referrals.store.vault import Digest, Lookups
from shared.runtime.database import Connection, columns, queries

SQL = queries("services.referrals", "sql/queries.sql")


class Identity(NamedTuple):
    """What an event says of its person."""

    provider: str
    local_id: str
    nhs_number: str | None


class Named(NamedTuple):
    """The tokens of an identity: its local id, and the NHS number that came with it."""

    local: int
    number: int | None


class Known(NamedTuple):
    """What a look-up leads to. `own`: of a local id, whose it is where no merge stands; of a number, the same person."""

    token: int
    person: str
    own: str


class Lookup(NamedTuple):
    """One way to find a person: its kind, and its digest under each version of the key, the current one's first."""

    kind: str
    digests: list[Digest]

    def find(self, known: Mapping[bytes, Known]) -> Known | None:
        return next((known[digest.value] for digest in self.digests if digest.value in known), None)


class Ways(NamedTuple):
    """The ways to find a person."""

    local: Lookup
    number: Lookup | None


class Resolved(NamedTuple):
    """Whom identities name: their tokens; each local id's person; and the identities that gave a known local id another person, or its
    person a number."""

    named: dict[Identity, Named]
    persons: dict[int, str]
    restated: list[Identity]


class Moved(NamedTuple):
    """A local id, by token, that another person has from now on."""

    local: int
    from_key: str
    into_key: str


async def resolve(connection: Connection, lookups: Lookups, stated: Mapping[Identity, datetime]) -> Resolved:
    """Each identity's person, made where there is none. `stated`: when it was last recorded. Inside the batch's transaction.

    A local id that was restated still has its former person: `regroup` gives it the new one.
    """
    ways = {identity: _ways(lookups, identity) for identity in stated}
    known = await _known(connection, ways.values())
    unsettled = [identity for identity, way in ways.items() if not _settled(way, known)]
    restated: list[Identity] = []
    if unsettled:
        await lock(connection)
        known = await _known(connection, ways.values())  # again: a rival may have made them while we waited
        unsettled.sort(key=lambda identity: stated[identity])
        restated = await _settle(connection, {identity: ways[identity] for identity in unsettled}, known, stated)
    locals_ = {identity: known[way.local.digests[0].value] for identity, way in ways.items()}
    named = {
        identity: Named(locals_[identity].token, None if way.number is None else known[way.number.digests[0].value].token)
        for identity, way in ways.items()
    }
    return Resolved(named, {local.token: local.person for local in locals_.values()}, restated)


async def tokens(connection: Connection, lookups: Lookups, locals_: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The token of each (provider, local id) that is known; makes nobody."""
    ways = {local: Lookup("local-id", lookups.local_id(*local)) for local in locals_}
    known = await _known(connection, [Ways(lookup, None) for lookup in ways.values()])
    return {local: found.token for local, lookup in ways.items() if (found := lookup.find(known)) is not None}


async def introduce(connection: Connection, lookups: Lookups, stated: Mapping[Identity, datetime]) -> None:
    """Make a person for everybody who is not known in any way, and change nobody else.

    In a short transaction before a long one: who makes persons waits for all others who do.
    """
    if await _strangers(connection, lookups, stated):
        await lock(connection)  # then a rival may have made them
        if strangers := await _strangers(connection, lookups, stated):
            await resolve(connection, lookups, {identity: stated[identity] for identity in strangers})


async def _strangers(connection: Connection, lookups: Lookups, identities: Iterable[Identity]) -> list[Identity]:
    ways = {identity: _ways(lookups, identity) for identity in identities}
    known = await _known(connection, ways.values())
    return [identity for identity, way in ways.items() if not any(lookup.find(known) for lookup in way if lookup is not None)]


async def lock(connection: Connection) -> None:
    """Let one transaction at a time make, merge or renumber persons."""
    await connection.execute(SQL["lock_people"])


def _ways(lookups: Lookups, identity: Identity) -> Ways:
    local = Lookup("local-id", lookups.local_id(identity.provider, identity.local_id))
    return Ways(local, None if identity.nhs_number is None else Lookup("nhs-number", lookups.nhs_number(identity.nhs_number)))


async def _known(connection: Connection, ways: Iterable[Ways]) -> dict[bytes, Known]:
    digests = [digest.value for way in ways for lookup in way if lookup is not None for digest in lookup.digests]
    return {row["digest"]: Known(row["token"], row["personkey"], row["own"]) for row in await connection.fetch(SQL["find_people"], digests)}


def _settled(way: Ways, known: Mapping[bytes, Known]) -> bool:
    """Found by the current key; and the NHS number, where one is given, says whose the local id is by itself."""
    local = known.get(way.local.digests[0].value)
    if local is None or way.number is None:
        return local is not None
    number = known.get(way.number.digests[0].value)
    return number is not None and number.person == local.own


async def _settle(
    connection: Connection, unsettled: Mapping[Identity, Ways], known: dict[bytes, Known], stated: Mapping[Identity, datetime]
) -> list[Identity]:
    """Give each of these identities its person, one after the other, and write the look-ups; `known` is brought up to date.

    A local id has the NHS number that was last recorded with it; all that was sent under it goes with it. Returns the identities that
    gave a local id that was known before another person, or its person a number.
    """
    rows = await connection.fetch(SQL["people_with_nhs_number"], sorted({found.own for found in known.values()}))
    numbered = {row["personkey"] for row in rows}
    tokens = iter(await connection.fetchval(SQL["new_tokens"], 2 * len(unsettled)))
    new: dict[bytes, tuple[int, str, int, str, str | None]] = {}
    restated = []

    def note(lookup: Lookup, found: Known) -> None:
        known.update({digest.value: found for digest in lookup.digests})
        digest = lookup.digests[0]
        new[digest.value] = digest.version, lookup.kind, found.token, found.person, found.own if lookup.kind == "local-id" else None

    for identity, way in unsettled.items():
        local, number = way.local.find(known), way.number and way.number.find(known)
        if way.number is not None:
            if number is None:  # nobody's so far: this local id's own, unless another number goes with that
                key = secrets.token_hex(12) if local is None or local.own in numbered else local.own
                number = Known(next(tokens), key, key)
                if local is not None and key == local.own:
                    restated.append(identity)  # the same person, but among merged ones a number has the say
            note(way.number, number)
        if local is None:
            own = secrets.token_hex(12) if number is None else number.person
            local = Known(next(tokens), own, own)
        elif number is not None and number.person != local.own and await _is_latest(connection, local, identity, numbered, stated):
            await connection.execute(SQL["restate_own"], local.token, number.person)
            local = local._replace(own=number.person)
            restated.append(identity)
        note(way.local, local)
        if number is not None:
            numbered.add(number.person)
    await connection.execute(SQL["add_lookups"], list(new), *columns(new.values()))
    return restated


async def _is_latest(
    connection: Connection, local: Known, identity: Identity, numbered: set[str], stated: Mapping[Identity, datetime]
) -> bool:
    """Whether the number is the one last recorded with this local id: here, or before."""
    if local.own not in numbered:
        return True
    before = await connection.fetchval(SQL["last_number"], local.person, local.token)
    here = max(at for other, at in stated.items() if other[:2] == identity[:2] and other.nhs_number is not None)
    return stated[identity] >= max(here, before or here)


class MergeVersion(NamedTuple):
    """One version of a merge: its rank among them, and the tokens of the local ids that it joins (gone, stays); None = taken back."""

    rank: tuple[datetime, datetime, str]
    ends: tuple[int, int] | None


async def note_merge(connection: Connection, provider: str, merge_id: str, version: MergeVersion) -> list[int]:
    """Keep a merge's version unless a later one stands; returns the tokens of the local ids that it concerns. Needs `lock`."""
    row = await connection.fetchrow(SQL["merge_version"], provider, merge_id)
    if row is not None and (row["recordedtime"], row["receivedtime"], row["id"]) >= version.rank:
        return []
    await connection.execute(SQL["write_merge"], provider, merge_id, *version.rank, *(version.ends or (None, None)))
    before = () if row is None else (row["from_token"], row["into_token"])
    return [token for token in (*before, *(version.ends or ())) if token is not None]


async def regroup(connection: Connection, tokens: Sequence[int]) -> list[Moved]:
    """Give these local ids, and those merged with them, the person that they have now; returns those that changed. Needs `lock`."""
    rows = {row["token"]: row for row in await connection.fetch(SQL["joined"], tokens)}
    merges = [
        Standing((row["recordedtime"], row["receivedtime"], row["id"]), row["from_token"], row["into_token"])
        for row in await connection.fetch(SQL["standing_merges"], list(rows))
    ]
    now = holders({token: Local(row["own"], row["numbered"]) for token, row in rows.items()}, merges)
    moved = [Moved(token, row["personkey"], now[token]) for token, row in rows.items() if row["personkey"] != now[token]]
    await connection.execute(SQL["move_lookups"], [one.local for one in moved], [one.into_key for one in moved])
    return moved
