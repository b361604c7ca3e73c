"""Who an event is about: one key for a person, merges, records that move; the same state whatever the order."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from shared.events.receipts import Verdict
from shared.runtime.database import Pool, connect_pool
from tests.component.sent_events import LOOKUP_KEYS, ONE, RECEIVED, ROTATED_KEYS, TWO, Desk, both, door, event

KNOWN = {"local_id": "P1", "nhs_number": ONE}
LOCAL = {"local_id": "P1"}


@pytest.fixture
async def pool(database_urls: dict[str, str]) -> AsyncIterator[Pool]:
    async with await connect_pool(database_urls["referrals"], "referrals", size=8) as pool:
        yield pool


@pytest.fixture
def desk(pool: Pool) -> Desk:
    return Desk(pool)


async def people(desk: Desk) -> int:
    return int(await desk.one("select count(distinct personkey) from lookup"))


async def test_one_nhs_number_at_two_providers_is_one_person(desk: Desk) -> None:
    await desk.send(event(person=KNOWN))
    await desk.send(
        event(provider="RYY", record_id="R2", person={"local_id": "77", "nhs_number": f"{ONE[:3]} {ONE[3:6]} {ONE[6:]}"}), provider="RYY"
    )
    assert await desk.holder("referral", "R1") == await desk.holder("referral", "R2")
    assert await people(desk) == 1


async def test_one_local_id_at_two_providers_is_two_people(desk: Desk) -> None:
    await desk.send(event(person=LOCAL))
    await desk.send(event(provider="RYY", record_id="R2", person=LOCAL), provider="RYY")
    assert await people(desk) == 2


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
async def test_a_local_id_first_and_the_nhs_number_later_is_one_person(desk: Desk, together: bool) -> None:
    events = event(person=LOCAL), event("contact", "C1", person=KNOWN)
    await (desk.send(*events) if together else each(desk, events))
    assert await desk.holder("referral", "R1") == await desk.holder("contact", "C1")
    assert await people(desk) == 1


async def each(desk: Desk, events: tuple[dict[str, Any], ...], provider: str = "RXX") -> None:
    """One batch for each event, a second apart."""
    start = await desk.one("select coalesce(max(receivedtime), $1::timestamptz) from ledger", RECEIVED)
    for number, one in enumerate(events, 1):
        (told,) = await desk.send(one, provider=provider, at=start + timedelta(seconds=number))
        assert told.verdict is Verdict.ACCEPTED


async def test_two_transactions_that_bring_one_new_person_give_one_key(desk: Desk) -> None:
    for number in range(10):
        who = {"local_id": f"P{number}", "nhs_number": ONE if number == 0 else TWO} if number < 2 else {"local_id": f"P{number}"}
        await both(*(desk.send(event("contact", f"C{number}-{turn}", person=who)) for turn in range(4)))
        assert await desk.one("select count(distinct personkey) from record where record_id like $1", f"C{number}-%") == 1
    assert await people(desk) == 10


async def test_a_rotated_key_gives_nobody_a_second_key(pool: Pool) -> None:
    before, after = Desk(pool, door(LOOKUP_KEYS)), Desk(pool, door(ROTATED_KEYS))
    await before.send(event(person=KNOWN), event(record_id="R2", person={"local_id": "P2"}))
    await after.send(event("contact", "C1", person=KNOWN), event("contact", "C2", person={"local_id": "P2"}))
    assert await after.holder("referral", "R1") == await after.holder("contact", "C1")
    assert await after.holder("referral", "R2") == await after.holder("contact", "C2")
    await before.send(event("contact", "C3", person=KNOWN))  # a worker that was not restarted yet
    await after.send(event("contact", "C4", person={"local_id": "P9", "nhs_number": ONE}))
    assert await after.holder("contact", "C3") == await after.holder("contact", "C4") == await after.holder("referral", "R1")
    assert await people(after) == 2
    assert [tuple(row) for row in await after.rows("select key_version, count(*) from lookup group by 1 order by 1")] == [(1, 3), (2, 4)]


async def test_a_record_sent_again_for_another_person_moves(desk: Desk) -> None:
    other = {"local_id": "P2"}
    await desk.send(event("person", person=LOCAL), event("person", person=other))
    await each(desk, (event(person=LOCAL), event("contact", "C1", person=LOCAL)))
    first = await desk.holder("referral", "R1")
    await each(desk, (event(person=other, recorded="2024-07-09T10:00:00+01:00"),))
    second = await desk.holder("referral", "R1")
    assert second != first
    assert await desk.holder("contact", "C1") == first
    assert set(await desk.clocks()) == {second}


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "a batch each"])
async def test_the_latest_version_says_whose_a_record_is_in_any_order(desk: Desk, together: bool) -> None:
    """I3, across people: the record stands under the person of its latest version, whole, and under nobody else."""
    for number, order in enumerate(permutations(range(3))):
        names = [{"local_id": f"{number}-{turn}"} for turn in range(3)]
        born = [event("person", person=name, birth_date=f"198{turn}-01-01") for turn, name in enumerate(names)]
        versions = [
            event(record_id=f"R{number}", person=names[turn], recorded=f"2024-07-09T0{turn}:00:00Z", received_on=f"2024-07-0{turn + 1}")
            for turn in range(3)
        ]
        sent = tuple(versions[turn] for turn in order)
        await desk.send(*born)
        await (desk.send(*sent) if together else each(desk, sent))
    clocks = await desk.clocks()
    assert {await desk.holder("referral", f"R{number}") for number in range(6)} == set(clocks)
    for told in clocks.values():
        assert [(str(clock.start), str(clock.birth_date)) for clock in told] == [("2024-07-03", "1982-01-01")]


async def test_a_void_follows_the_record_whoever_it_names(desk: Desk) -> None:
    await desk.send(event("person", person=LOCAL), event("person", person={"local_id": "P2"}))
    await each(desk, (event(person=LOCAL), event(person={"local_id": "P2"}, voided=True, recorded="2024-07-09T10:00:00Z")))
    assert await desk.one("select count(distinct personkey) from ledger where kind = 'referral'") == 1
    assert await desk.clocks() == {}


async def test_a_void_before_the_thing_it_voids(desk: Desk) -> None:
    await desk.send(event("person"))
    await each(desk, (event(voided=True, recorded="2024-07-09T10:00:00Z"), event(recorded="2024-07-09T08:00:00Z")))
    assert await desk.clocks() == {}
    await each(desk, (event(recorded="2024-07-09T11:00:00Z"),))
    assert len(await desk.clocks()) == 1


async def test_the_vault_keeps_an_identity_under_the_person_it_names(desk: Desk) -> None:
    """A void that names somebody else stands under its record's holder; the name in it is not the holder's."""
    await each(
        desk, (event(person=LOCAL), event(person={"local_id": "P2", "name": "Somebody Else"}, voided=True, recorded="2024-07-09T10:00:00Z"))
    )
    holder = await desk.holder("referral", "R1")
    kept = await desk.rows("select l.personkey from vault.identity i join lookup l on l.token = i.local_token")
    assert [row["personkey"] == holder for row in kept] == [False]
