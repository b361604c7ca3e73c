"""Merges: a local id that first comes with an NHS number held by another key. Ledger, record index and clocks follow."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from services.referrals.handlers.front_door import Arrival
from services.referrals.handlers.judge import Incoming
from shared.events.catalogue import CANONICAL
from shared.runtime.batch import write_outbox
from shared.runtime.database import Pool, connect_pool
from shared.versions import current
from tests.component.sent_events import ONE, RECEIVED, Desk, event, folded, raw

LOCAL = {"local_id": "P1"}
KNOWN = {"local_id": "P1", "nhs_number": ONE}
LATER = RECEIVED + timedelta(hours=1)


@pytest.fixture
async def pool(database_urls: dict[str, str]) -> AsyncIterator[Pool]:
    async with await connect_pool(database_urls["referrals"], "referrals") as pool:
        yield pool


@pytest.fixture
async def desk(pool: Pool) -> Desk:
    """RXX knows somebody by a local id alone: a whole spell. RYY knows the same person by NHS number."""
    desk = Desk(pool)
    await desk.send(
        event(person=LOCAL),
        event("contact", "C1", person=LOCAL),
        event("contact", "C2", person=LOCAL, on="2024-07-08"),
        event("care-plan", "P1", person=LOCAL, recorded="2024-07-05T09:00:00Z"),
        event("care-plan", "P1", person=LOCAL, recorded="2024-07-06T09:00:00Z", agreed_by=["person", "clinician"]),
        event("person", person=LOCAL),
        event("contact", "C9", person=LOCAL, voided=True),
    )
    for number in range(8):  # two versions with one recordedtime: the later received stands
        await desk.send(event("stay", f"S{number}", person=LOCAL))
        await desk.send(event("stay", f"S{number}", person=LOCAL, discharged_on="2024-07-06"), at=RECEIVED + timedelta(minutes=1))
    there = {"local_id": "7", "nhs_number": ONE}
    await desk.send(event(record_id="R7", provider="RYY", person=there), event("person", provider="RYY", person=there), provider="RYY")
    return desk


async def merge(desk: Desk, **changes: Any) -> tuple[str, str, dict[str, Any]]:
    """Send what shows that both are one; returns the key that goes, the key that stays, and the event."""
    gone, stays = await desk.holder("referral", "R1"), await desk.holder("referral", "R7")
    assert gone != stays
    sent = event("contact", "C3", person=KNOWN, on="2024-07-09", **changes)
    await desk.send(sent, at=LATER)
    return gone, stays, sent


async def test_records_and_ids_follow(desk: Desk) -> None:
    gone, stays, _ = await merge(desk)
    assert {row["personkey"] for row in await desk.rows("select distinct personkey from record")} == {stays}
    assert {row["personkey"] for row in await desk.rows("select distinct personkey from lookup")} == {stays}
    await desk.send(event("contact", "C4", person=LOCAL))
    assert await desk.holder("contact", "C4") == stays
    assert await desk.one("select count(*) from ledger where personkey = $1 and receivedtime > $2", gone, LATER) == 0


async def test_the_clocks_are_the_same_under_the_new_key(desk: Desk) -> None:
    before = await desk.clocks()
    gone, stays, _ = await merge(desk)
    after = await desk.clocks()
    assert set(before) == {gone, stays}
    assert set(after) == {stays}
    assert {clock.spell_id for clock in after[stays]} == {"RXX:R1", "RYY:R7"}
    (then,) = before[gone]
    (now,) = [clock for clock in after[stays] if clock.spell_id == "RXX:R1"]
    assert (now.start, now.first_contact, now.second_contact, now.care_plan) == (
        then.start,
        then.first_contact,
        then.second_contact,
        then.care_plan,
    )
    assert then.care_plan is not None


async def test_nothing_stands_under_the_old_key_and_all_versions_under_the_new(desk: Desk) -> None:
    before = await desk.documents()
    gone, stays, _ = await merge(desk)
    after = await desk.documents()

    def standing(person: str, documents: Any) -> list[Any]:
        return sorted((record[:3], version[0], version[4]) for *record, version in current(documents[person]) if version[4])

    assert standing(gone, after) == []
    moved = [one for one in standing(stays, after) if one[0][0] == "RXX" and one[0][2] != "C3"]
    assert moved == standing(gone, before)
    assert {one[2]["discharged_on"] for one in moved if one[0][1] == "stay"} == {"2024-07-06"}


async def test_what_is_said_names_its_cause_and_is_deterministic(desk: Desk) -> None:
    already = len(await desk.said())
    gone, stays, sent = await merge(desk)
    made = [one for one in (await desk.said())[already:] if one["source"] == "/clockstop/referrals"]
    assert {(one["personkey"], one["type"].split(".")[2]) for one in made} == {(stays, "recorded"), (stays, "voided"), (gone, "voided")}
    assert [one["cause"] for one in made] == [{"kind": "merge", "source": "/RXX/epr", "id": sent["id"]}] * len(made)
    assert len({one["id"] for one in made}) == len(made)
    for one in made:
        CANONICAL.validate_json(json.dumps(one))
    kept = await desk.rows("select id, personkey, event::text from ledger where source = '/clockstop/referrals' order by position")
    assert [(row["id"], row["personkey"]) for row in kept] == [(one["id"], one["personkey"]) for one in made]


async def test_waits_can_rebuild_the_same_from_the_ledger(desk: Desk) -> None:
    await merge(desk)
    ledger = [json.loads(row["event"]) for row in await desk.rows("select event::text as event from events order by position desc")]
    assert folded(ledger) == await desk.documents()


async def test_a_version_that_comes_late_goes_to_the_key_that_holds_its_record(desk: Desk) -> None:
    gone, stays, _ = await merge(desk)
    await desk.send(event("contact", "C2", person=LOCAL, recorded="2024-07-01T09:00:00Z", on="2024-07-01"), at=LATER + timedelta(hours=1))
    assert await desk.one("select personkey from ledger order by position desc limit 1") == stays
    (clock,) = [clock for clock in (await desk.clocks())[stays] if clock.spell_id == "RXX:R1"]
    assert str(clock.first_contact) == "2024-07-05"  # of C1: the late version of C2, 1 July, is older than the one that stands
    assert gone not in await desk.clocks()


async def test_merging_twice_changes_nothing(desk: Desk) -> None:
    await merge(desk)
    made = await desk.one("select count(*) from ledger where source = '/clockstop/referrals'")
    await desk.send(event("contact", "C5", person=KNOWN))
    assert await desk.one("select count(*) from ledger where source = '/clockstop/referrals'") == made


async def test_a_merge_that_an_old_event_brings_still_voids_the_newer_ones(desk: Desk) -> None:
    """History and a clock that is behind bring events received before others; the void must still outrank what came since."""
    gone = await desk.holder("referral", "R1")
    await desk.send(
        event("contact", "C3", person=KNOWN, on="2024-06-01", recorded="2024-06-01T09:00:00Z"), at=RECEIVED - timedelta(days=30)
    )
    assert gone not in await desk.clocks()


async def test_an_event_that_is_being_taken_meanwhile_moves_too(desk: Desk, pool: Pool) -> None:
    """Over HTTPS and over Kafka, or at two workers: one transaction still writes for the key that another one merges away."""
    async with pool.acquire() as connection, connection.transaction():
        one = Arrival(Incoming("RXX", raw(event("contact", "C8", person=LOCAL))))
        _, outgoing = await desk.door.receive(connection, [one], RECEIVED + timedelta(minutes=2), tell=False)
        merging = asyncio.create_task(merge(desk))
        await asyncio.wait([merging], timeout=0.5)  # it goes on by itself only when nothing holds it
        await write_outbox(connection, outgoing)
    gone, stays, _ = await merging
    assert {row["personkey"] for row in await desk.rows("select personkey from record")} == {stays}
    assert gone not in await desk.clocks()
