"""Every row of the verdict table of 03-front-door, and that whatever is refused, the next good event of its batch is taken."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from services.referrals.handlers.front_door import CONTRACT
from services.referrals.handlers.quarantine import judge_again
from services.referrals.store import ledger, receipts
from shared.events.receipts import Flag, Reason, Verdict
from shared.runtime.database import connect_pool
from tests.component.sent_events import ONE, RECEIVED, REFERENCE, Desk, both, event, flagged, raw, refused

NOT_OF_ONE_EVENT = {Reason.OTHER_CONTENT, Reason.UNREADABLE, Reason.NEWER_MAJOR, Reason.NOT_READ_YET, Reason.CUT_SHORT, Reason.NO_PARENT}
OF_FILES = {Flag.OUTSIDE_MONTH, Flag.HISTORY}
FLAGGED = flagged(RECEIVED)


@pytest.fixture
async def desk(database_urls: dict[str, str]) -> AsyncIterator[Desk]:
    async with await connect_pool(database_urls["referrals"], "referrals") as pool:
        await pool.execute(REFERENCE)
        yield Desk(pool)


def test_the_table_is_whole() -> None:
    assert set(FLAGGED) == set(Flag) - OF_FILES
    assert set(refused()) == set(Reason) - NOT_OF_ONE_EVENT


async def test_accepted(desk: Desk) -> None:
    sent = event(person={"local_id": "P1", "nhs_number": ONE})
    (told,) = await desk.send(sent)
    assert (told.verdict, told.flags, told.canonical, told.reason) == (Verdict.ACCEPTED, [], sent["id"], None)
    kept = (await desk.rows("select provider, kind, record_id, voided, receivedtime, source, id, personkey from events"))[0]
    assert tuple(kept)[:-1] == ("RXX", "referral", "R1", False, RECEIVED, "/RXX/epr", sent["id"])
    (said,) = await desk.said()
    assert said.pop("personkey") == kept["personkey"]
    assert datetime.fromisoformat(said.pop("receivedtime")) == RECEIVED
    assert said == sent | {"data": {name: value for name, value in sent["data"].items() if name != "person"}}


@pytest.mark.parametrize("flag", FLAGGED)
async def test_accepted_and_flagged(desk: Desk, flag: Flag) -> None:
    (told, again) = await desk.send(FLAGGED[flag], FLAGGED[flag])
    assert (told.verdict, told.flags) == (Verdict.ACCEPTED, [flag])
    assert (again.verdict, again.flags) == (Verdict.DUPLICATE, [flag])
    assert await desk.one("select flags from ledger") == [flag.value]


@pytest.mark.parametrize(("reason", "bytes_sent"), refused().items(), ids=lambda value: value if isinstance(value, Reason) else "")
async def test_rejected_and_the_next_one_is_taken(desk: Desk, reason: Reason, bytes_sent: bytes) -> None:
    before, told, after = await desk.send(event(record_id="R-before"), bytes_sent, event(record_id="R-after"))
    assert (told.verdict, told.reason, told.canonical) == (Verdict.REJECTED, reason, None)
    assert told.detail
    assert (before.verdict, after.verdict) == (Verdict.ACCEPTED, Verdict.ACCEPTED)
    (row,) = await desk.rows("select verdict, reason, field, detail from refusal")
    assert tuple(row) == ("rejected", reason.value, told.field, told.detail)
    assert [tuple(row) for row in await desk.rows("select reason from dead_letter")] == [(reason.value,)]
    assert await desk.one("select count(*) from ledger") == 2
    assert await desk.one("select count(*) from vault.raw") == 3


async def test_duplicate_within_a_batch_and_later(desk: Desk) -> None:
    sent = event()
    first, second = await desk.send(sent, sent | {"time": "2024-07-09T10:00:00Z"})  # `time` decides nothing
    (third,) = await desk.send(sent)
    assert [told.verdict for told in (first, second, third)] == [Verdict.ACCEPTED, Verdict.DUPLICATE, Verdict.DUPLICATE]
    assert second.canonical == third.canonical == sent["id"]
    assert (await desk.one("select count(*) from ledger"), len(await desk.said())) == (1, 1)


async def test_one_id_of_two_systems_is_two_events(desk: Desk) -> None:
    sent = event()
    told = await desk.send(sent, sent | {"source": "/RXX/iapt"})
    assert [one.verdict for one in told] == [Verdict.ACCEPTED, Verdict.ACCEPTED]


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
async def test_conflict_tells_both_hashes_and_the_first_stands(desk: Desk, together: bool) -> None:
    first = event(received_on="2024-07-01")
    other = event(received_on="2024-07-02", event_id=first["id"])
    receipts = await desk.send(first, other) if together else [*await desk.send(first), *await desk.send(other)]
    told = receipts[1]
    assert (told.verdict, told.reason, told.field) == (Verdict.CONFLICT, Reason.OTHER_CONTENT, "id")
    assert told.hashes == [(await desk.one("select hash from seen")).hex(), told.hashes[1]] if told.hashes else False
    assert len(set(told.hashes or [])) == 2
    assert [row["received_on"] for row in await desk.rows("select data ->> 'received_on' as received_on from events")] == ["2024-07-01"]
    (row,) = await desk.rows("select verdict, hashes from refusal")
    assert tuple(row) == ("conflict", told.hashes)


async def test_one_event_sent_twice_at_once_is_taken_once(desk: Desk) -> None:
    sent = event()
    told = [one for receipts in await both(*(desk.send(sent) for _ in range(4))) for one in receipts]
    assert sorted(one.verdict for one in told) == ["accepted", "duplicate", "duplicate", "duplicate"]
    assert (await desk.one("select count(*) from ledger"), len(await desk.said())) == (1, 1)


async def test_quarantined(desk: Desk) -> None:
    told, after = await desk.send(event() | {"type": "cmh.referral.recorded.v2"}, event())
    assert (told.verdict, told.reason, told.field) == (Verdict.QUARANTINED, Reason.NEWER_MAJOR, "type")
    assert after.verdict is Verdict.ACCEPTED
    assert await desk.one("select count(*) from dead_letter") == 0
    assert await desk.one("select count(*) from vault.raw") == 2


async def test_quarantined_is_judged_again_after_an_upgrade(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Contract 1.0 read referrals, contacts and plans alone, and kept all other records until this one."""
    released = RECEIVED + timedelta(days=90)
    monkeypatch.setattr("shared.clock.now", lambda: released)
    newer = event() | {"type": "cmh.referral.recorded.v2"}
    kept = [event("pause", "W1", referral_id="R9"), event("health-check", "K1", on="2900-01-01"), newer, event("merge", "X1")]
    async with desk.pool.acquire() as connection, connection.transaction():
        for one in kept:
            number = (await ledger.positions(connection, 1))[0]
            row = (number, "RXX", one["source"], one["id"], one["type"], "quarantined", Reason.NOT_READ_YET.value)
            await ledger.write_refusals(connection, [ledger.RefusalRow(*row, "type", "kept", *(None,) * 4)], RECEIVED, "1.0")
            await ledger.write_raw(connection, desk.door.vault, [(number, raw(one))])
    assert await judged_again(desk, "1.0") == 0
    assert await judged_again(desk, CONTRACT) == 4
    rows = await desk.rows("select released_as from refusal where verdict = 'quarantined' order by position")
    assert [row["released_as"] for row in rows] == ["accepted", "rejected", None, "accepted"]
    taken = await desk.rows("select kind, receivedtime from events order by position")
    assert [tuple(row) for row in taken] == [("pause", released), ("merge", released)]  # no answer given before knew them
    assert await desk.one("select reason from dead_letter") == "impossible-date"
    assert await judged_again(desk, CONTRACT) == 0
    assert await judged_again(desk, "1.2") == 1  # what is still not read is kept once, and asked again by each contract
    assert await desk.one("select count(*) from vault.access_log") == 5
    told = await receipts.by_id(desk.pool, "RXX", kept[0]["id"])
    assert [(one.verdict, one.reason) for one in told] == [(Verdict.QUARANTINED, Reason.NOT_READ_YET), (Verdict.ACCEPTED, None)]


async def judged_again(desk: Desk, contract: str) -> int:
    async with desk.pool.acquire() as connection, connection.transaction():
        return await judge_again(desk.door, connection, contract=contract)


async def test_positions_and_instants_follow_the_order_of_arrival(desk: Desk) -> None:
    await desk.send(*(event(record_id=f"R{number}") for number in range(5)))
    await desk.send(event(record_id="R5"), at=RECEIVED + timedelta(seconds=1))
    assert [row["record_id"] for row in await desk.rows("select record_id from ledger order by position")] == [f"R{n}" for n in range(6)]
