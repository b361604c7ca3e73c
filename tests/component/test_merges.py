"""Merges and un-merges: whatever the order, records stand under the right person, and clocks follow. By examples, and as a law."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.runtime.database import Pool, connect_pool
from shared.versions import Document, current
from tests.component.sent_events import LOOKUP_KEYS, ONE, RECEIVED, ROTATED_KEYS, TWO, Desk, door, event

TABLES = "ledger, seen, record, lookup, merging, departure, refusal, outbox, vault.raw, vault.identity"
FIRST = datetime(2024, 7, 1, tzinfo=UTC)

Event = dict[str, Any]
Standing = frozenset[tuple[str, str, str, datetime]]
"""What stands of one person: provider, kind, record id and recorded instant of each version."""


class Said(NamedTuple):
    """What a provider says, in short; its place in a list says when it was recorded."""

    kind: str
    record_id: str
    local_id: str
    number: str | None = None
    voided: bool = False
    gone: str | None = None  # of a merge

    @property
    def provider(self) -> str:
        return "RYY" if self.local_id == "elsewhere" else "RXX"

    def event(self, place: int) -> Event:
        person = {"local_id": self.local_id} | ({"nhs_number": self.number} if self.number else {})
        data = {"from": self.gone, "into": self.local_id} if self.kind == "merge" and not self.voided else {}
        recorded = (FIRST + timedelta(hours=place)).isoformat()
        return event(self.kind, self.record_id, provider=self.provider, person=person, voided=self.voided, recorded=recorded, **data)


def merged(gone: str, stays: str, merge_id: str = "X1", *, voided: bool = False) -> Said:
    return Said("merge", merge_id, stays, voided=voided, gone=gone)


@pytest.fixture
async def pool(database_urls: dict[str, str]) -> AsyncIterator[Pool]:
    async with await connect_pool(database_urls["referrals"], "referrals") as pool:
        yield pool


@pytest.fixture
def desk(pool: Pool) -> Desk:
    return Desk(pool)


async def tell(desk: Desk, batches: Sequence[Sequence[tuple[int, Said]]]) -> None:
    """Send what was said, a batch at a time; each with its place."""
    for number, batch in enumerate(batches):
        for provider in ("RXX", "RYY"):
            events = [said.event(place) | {"id": f"e{place}"} for place, said in batch if said.provider == provider]
            told = await desk.send(*events, provider=provider, at=RECEIVED + timedelta(seconds=number))
            assert {one.verdict for one in told} <= {"accepted", "duplicate"}


def standing(document: Document) -> Standing:
    """The versions that stand, but for merges, which tell of people by pseudonym."""
    versions = [(*named, FIRST.fromtimestamp(version[0] / 1e6, UTC)) for *named, version in current(document) if version[4]]
    return frozenset(version for version in versions if version[1] != "merge")  # type: ignore[misc]


async def people(desk: Desk) -> set[Standing]:
    """What stands, person by person."""
    documents = await desk.documents()
    return {stands for document in documents.values() if (stands := standing(document))}


def expected(said: Sequence[Said]) -> set[Standing]:
    """The same, thought out from all that was said: no order, no store."""
    numbers: dict[tuple[str, str], str] = {}
    versions: dict[tuple[str, str, str], list[tuple[datetime, Said]]] = defaultdict(list)
    merges: dict[str, tuple[int, Said]] = {}
    locals_: set[tuple[str, str]] = set()
    for place, one in enumerate(said):
        local = (one.provider, one.local_id)
        locals_ |= {local} | ({(one.provider, one.gone)} if one.gone and not one.voided else set())
        if one.number:
            numbers[local] = one.number
        if one.kind == "merge":
            merges[one.record_id] = place, one
        else:
            versions[one.provider, one.kind, one.record_id if one.kind != "person" else ""].append((FIRST + timedelta(hours=place), one))
    persons = _persons(locals_, numbers, [(place, one) for place, one in merges.values() if not one.voided])
    found: dict[str, set[tuple[str, str, str, datetime]]] = defaultdict(set)
    for (provider, kind, record_id), sent in versions.items():
        groups: dict[str, list[tuple[datetime, Said]]] = defaultdict(list)
        named = [one for _, one in sent if not one.voided]
        for at, one in sent:
            if kind == "person":
                groups[persons[provider, one.local_id]].append((at, one))
            elif named:
                groups[persons[provider, named[-1].local_id]].append((at, one))
        for person, own in groups.items():
            void = max((at for at, one in own if one.voided), default=None)
            stand = [at for at, one in own if not one.voided and (void is None or at > void)]
            found[person] |= {(provider, kind, record_id, at) for at in (stand if kind in {"person", "care-plan"} else stand[-1:])}
    return {frozenset(stands) for stands in found.values() if stands}


def _persons(
    locals_: set[tuple[str, str]], numbers: dict[tuple[str, str], str], merges: list[tuple[int, Said]]
) -> dict[tuple[str, str], str]:
    alone = {local: numbers.get(local, "|".join(local)) for local in locals_}
    persons = {}
    for local in locals_:
        group, size = {local}, 0
        while len(group) > size:
            size = len(group)
            group |= {end for _, m in merges for end in _ends(m) if group & set(_ends(m))}
        gone = {_ends(m)[0] for _, m in merges}
        last = {end: (kept, place) for kept in (0, 1) for place, m in sorted(merges) for end in [_ends(m)[kept]]}
        persons[local] = alone[max(group, key=lambda one: (one in numbers, one not in gone, last.get(one, ())))]
    return persons


def _ends(merge: Said) -> tuple[tuple[str, str], tuple[str, str]]:
    return (merge.provider, str(merge.gone)), (merge.provider, merge.local_id)


A, B, C = (Said("referral", f"R-{name}", name) for name in "abc")
A1, A2, B2 = Said("stay", "S-a1", "a", ONE), Said("stay", "S-a2", "a", TWO), Said("stay", "S-b", "b", TWO)
ELSEWHERE = Said("referral", "R-y", "elsewhere", ONE)
HISTORIES = {
    "a chain": [A, B, C, merged("a", "b"), merged("b", "c", "X2")],
    "a circle": [A, B, merged("a", "b"), merged("b", "a", "X2")],
    "a link of a chain taken back": [A, B, C, merged("a", "b"), merged("b", "c", "X2"), merged("b", "c", "X2", voided=True)],
    "taken back, then made again": [A, B, merged("a", "b"), merged("a", "b", voided=True), merged("a", "b")],
    "made for another person after all": [A, B, C, merged("a", "b"), merged("a", "c")],
    "before anybody is known": [merged("a", "b"), A, B],
    "between two with numbers": [A1, B2, merged("a", "b"), ELSEWHERE, A1, A],
    "the id that stays has no number": [A1, B, merged("a", "b"), ELSEWHERE],
    "the number comes after the merge": [A, B, merged("a", "b"), A1, ELSEWHERE],
    "plans and person records go and come back": [
        *(Said("person", "", "a"), Said("care-plan", "P-a", "a"), Said("care-plan", "P-a", "a"), Said("person", "", "b")),
        *(Said("person", "", "a"), merged("a", "b"), Said("care-plan", "P-a", "a"), Said("person", "", "b")),
        *(merged("a", "b", voided=True), Said("person", "", "a")),
    ],
    "a plan goes to another person and comes back": [Said("care-plan", "P", local_id) for local_id in "aba"],
    "a number corrected to one that nobody knew": [A1, ELSEWHERE, A2],
    "a number corrected, and back": [A1, A2, Said("contact", "C-a", "a", ONE), ELSEWHERE],
}


@pytest.mark.parametrize("name", HISTORIES)
async def test_a_history_ends_the_same_in_whatever_order_it_comes(desk: Desk, name: str) -> None:
    said = HISTORIES[name]
    whole = list(enumerate(said))
    ends = expected(said)
    for order in (whole, whole[::-1], whole[1::2] + whole[::2], whole[len(whole) // 2 :] + whole[: len(whole) // 2]):
        for batches in ([order], [[one] for one in order]):
            await desk.pool.execute(f"truncate {TABLES}")
            await tell(desk, batches)
            assert await people(desk) == ends


async def test_what_is_said_of_a_merge_names_no_local_id_and_its_cause(desk: Desk) -> None:
    await tell(desk, [[(0, A)], [(1, B), (2, merged("a", "b"))]])
    told = [one for one in await desk.said() if one["type"] == "cmh.merge.recorded.v1"]
    gone, stays = {row["own"] for row in await desk.rows("select own from lookup")} - {await desk.holder("referral", "R-b")}, "R-b"
    assert [(one["data"]["from"], one["data"]["into"]) for one in told] == [(*gone, await desk.holder("referral", stays))]
    made = [one for one in await desk.said() if one["source"] == "/clockstop/referrals"]
    assert [one["type"] for one in made] == ["cmh.referral.recorded.v1", "cmh.referral.voided.v1"]
    assert {tuple(one["cause"].items()) for one in made} == {(("kind", "merge"), ("source", "/RXX/epr"), ("id", "e2"))}
    assert [one["data"].get("moved_to") for one in made] == [None, made[0]["personkey"]]


async def test_a_merge_may_be_sent_for_the_person_whose_id_goes(desk: Desk) -> None:
    joined: dict[str, Any] = {"from": "a", "into": "b"}
    sent = event("merge", "X1", person={"local_id": "a", "nhs_number": ONE}, **joined)
    await desk.send(A.event(0), B.event(1), sent)
    assert await desk.holder("referral", "R-a") == await desk.holder("referral", "R-b")
    third = event("merge", "X2", person={"local_id": "c"}, **joined)
    [told] = await desk.send(third)
    assert (told.verdict, told.field) == ("rejected", "data.person.local_id")
    await desk.send(event("merge", "X1", person={"local_id": "a"}, voided=True, recorded="2024-07-09T12:00:00Z"))
    assert await desk.holder("referral", "R-a") != await desk.holder("referral", "R-b")


async def test_each_time_ids_are_merged_and_parted_what_stands_is_repeated_once(desk: Desk) -> None:
    await tell(desk, [list(enumerate([A, B, Said("person", "", "a"), Said("person", "", "a"), Said("person", "", "b")]))])
    made = []
    for turn in range(6):
        await desk.send(merged("a", "b", voided=turn % 2 == 1).event(10 + turn), at=RECEIVED + timedelta(minutes=turn + 1))
        made.append(len([one for one in await desk.said() if one["source"] == "/clockstop/referrals"]))
    there, back = 3 + 2, 3 + 1 + 2  # a referral and two versions, then also what stays of the person record; a void of each record
    assert [after - before for before, after in pairwise([0, *made])] == [there, back] * 3


async def test_a_rotated_key_parts_nobody_who_is_merged(pool: Pool) -> None:
    before, after = Desk(pool, door(LOOKUP_KEYS)), Desk(pool, door(ROTATED_KEYS))
    await before.send(A.event(0), B.event(1))
    await after.send(merged("a", "b").event(2))
    await after.send(event("contact", "C1", person={"local_id": "a"}))
    await before.send(event("contact", "C2", person={"local_id": "a"}))  # a worker that was not restarted yet
    assert await before.one("select count(distinct personkey) from record where kind <> 'merge'") == 1
    await before.send(merged("a", "b", voided=True).event(3))
    assert await before.holder("contact", "C1") == await before.holder("contact", "C2") == await before.holder("referral", "R-a")
    assert await before.holder("referral", "R-a") != await before.holder("referral", "R-b")


async def test_an_event_that_is_being_taken_while_ids_are_parted_stands_where_it_belongs(desk: Desk, pool: Pool) -> None:
    """It was received before the void by which person records leave, and is written after it."""
    person = Said("person", "", "b")
    await tell(desk, [list(enumerate([A, B, person, Said("person", "", "a"), merged("a", "b")]))])
    late = person.event(5)
    await desk.send(merged("a", "b", voided=True).event(6), at=RECEIVED + timedelta(minutes=2))
    await desk.send(late, at=RECEIVED + timedelta(minutes=1))
    ends = [A, B, person, Said("person", "", "a"), merged("a", "b"), person, merged("a", "b", voided=True)]
    assert await people(desk) == expected(ends)


LOCAL_IDS = st.sampled_from(["a", "b", "c", "elsewhere"])
NUMBERS = st.none() | st.sampled_from([ONE, TWO])
CARE = st.sampled_from(["referral", "care-plan", "person", "stay"])


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Said], list[list[tuple[int, Said]]]]:
    """What was said, in the order recorded; and the batches in which it comes, some of it twice."""
    said = []
    for _ in range(draw(st.integers(2, 9))):
        if draw(st.integers(0, 2)) == 0:
            gone, stays = draw(st.permutations("abc"))[:2]
            said.append(merged(gone, stays, draw(st.sampled_from(["X1", "X2", "X3"])), voided=draw(st.integers(0, 3)) == 0))
        else:
            kind, local_id = draw(CARE), draw(LOCAL_IDS)
            record_id = "" if kind == "person" else f"{kind}-{draw(st.sampled_from('12'))}"
            said.append(Said(kind, record_id, local_id, draw(NUMBERS), voided=draw(st.integers(0, 7)) == 0))
    order = draw(st.permutations(list(enumerate(said))))
    order += draw(st.lists(st.sampled_from(order), max_size=3))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=4)))
    batches = [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    return said, [batch for batch in batches if batch]


def test_any_order_batching_and_repetition_gives_the_same_people(database_urls: dict[str, str]) -> None:
    with asyncio.Runner() as runner:
        pool = runner.run(_open(database_urls))
        desk = Desk(pool)

        @settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
        @given(histories())
        def law(history: tuple[list[Said], list[list[tuple[int, Said]]]]) -> None:
            said, batches = history

            async def ends() -> set[Standing]:
                await pool.execute(f"truncate {TABLES}")
                await tell(desk, batches)
                return await people(desk)

            assert runner.run(ends()) == expected(said)

        try:
            law()
        finally:
            runner.run(pool.close())


async def _open(urls: dict[str, str]) -> Pool:
    return await connect_pool(urls["referrals"], "referrals")
