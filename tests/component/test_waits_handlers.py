"""The hands of `waits` over a real database: what they keep of care events, what they say, what falls due, what a rebuild restores."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Annotated, Any

import asyncpg
import orjson
import pytest
from pydantic import Field, TypeAdapter

from services.waits import handlers
from services.waits.handlers import CareEvents
from services.waits.handlers.side_by_side import SideBySide
from services.waits.rules.facts import READ
from services.waits.store import definitions
from shared import clock
from shared.events.catalogue import RECORDS
from shared.events.waits import Change, PastWaits, PastWaitsChanged, Wait, WaitChanged
from shared.runtime.batch import Batch, Record
from shared.runtime.database import Connection, Pool, connect_pool
from shared.versions import current
from tests.component.sent_events import RECEIVED, Desk, event, raw

REFERENCE = """
insert into reference.refset_members (refset_id, concept_id) values ('1853441000000109', 'DEMO-ASSESS-1');
insert into reference.assessment_tools (code, tool) values ('DEMO-SCORE-1', 'Demonstration');
insert into reference.load (hash, rows) values ('1', '{}')
"""
ASSESSMENT_LEAVES = "delete from reference.refset_members; insert into reference.load (hash, rows) values ('2', '{}')"


_SAID: TypeAdapter[WaitChanged | PastWaitsChanged] = TypeAdapter(
    Annotated[WaitChanged | PastWaitsChanged, Field(discriminator="type")],
)


def canonical(
    kind: str, record_id: str = "R1", *, person: str = "pk1", received: str = "2024-07-10T12:00:00Z", **say: Any
) -> dict[str, Any]:
    """A care event as the front door publishes it."""
    one = event(kind, record_id, **say) | {"personkey": person, "receivedtime": received}
    del one["data"]["person"]
    return one


def wait(person: str = "pk1", referral: str = "R1", **data: Any) -> list[dict[str, Any]]:
    """Somebody waits since 1 July 2024: 30 July is the first day past the target."""
    return [canonical("person", person=person), canonical("referral", referral, person=person, **data)]


def care(person: str = "pk1") -> list[dict[str, Any]]:
    """What stops the wait of R1 on 5 July."""
    found = [canonical(kind, f"{kind}-1", person=person) for kind in ("contact", "score", "assessment")]
    return [*found, canonical("care-plan", "plan-1", person=person)]


class Waits:
    """The handlers over a database, one transaction for each call, at a time that the test sets."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.care = CareEvents(definitions.definition(definitions.MAIN))
        self.now = RECEIVED
        self.past: list[PastWaits] = []
        """What was said of earlier months, by the time `said` was last asked."""
        self._offsets = count()
        self._heard = 0

    def on(self, day: int, month: int = 7) -> "Waits":
        """At the first instant of this London day of 2024: in summer, still the day before in UTC."""
        self.now = datetime(2024, month, day, tzinfo=clock.LONDON).astimezone(UTC)
        return self

    async def consume(self, connection: Connection, *events: Any) -> Counter[str]:
        batch = Batch(connection, [one if isinstance(one, Record) else self._record(one) for one in events], self.now)
        await self.care.consume(batch)
        batch.check()
        await batch.write()
        return sum((Counter({outcome: number}) for (*_, outcome), number in batch.outcomes.items()), Counter())

    def _record(self, one: dict[str, Any] | bytes) -> Record:
        return Record("care.v1", 0, next(self._offsets), None, raw(one))

    async def hear(self, *events: Any) -> Counter[str]:
        """Care events, bytes or records in one batch; returns what became of them."""
        async with self.pool.acquire() as connection, connection.transaction():
            return await self.consume(connection, *events)

    async def do(self, act: Callable[..., Awaitable[int]], *people: list[str]) -> int:
        async with self.pool.acquire() as connection, connection.transaction():
            return await act(connection, *people)

    async def side_by_side(self) -> None:
        """Compute the clocks under every shipped definition, as the worker's jobs do."""
        async with self.pool.acquire() as connection, connection.transaction():
            await definitions.add_shipped(connection)
        jobs = SideBySide(self.care)
        while await self.do(jobs.compute_new) or await self.do(jobs.compute_asked):
            pass

    async def said(self) -> list[Wait]:
        """What was said since it was last asked for, in order, each held against the contract."""
        rows = await self.pool.fetch("select u.* from outbox, unnest(topics, keys, payloads) with ordinality u order by id, u.ordinality")
        new, self._heard = rows[self._heard :], len(rows)
        told = [_SAID.validate_json(row[2]) for row in new]
        assert [(row[0], row[1].decode()) for row in new] == [("waits.v1", one.personkey) for one in told]
        self.past += [one.data for one in told if isinstance(one, PastWaitsChanged)]
        return [one.data for one in told if isinstance(one, WaitChanged)]

    async def changes(self) -> list[str]:
        return [one.change for one in await self.said()]

    async def clocks(self) -> list[asyncpg.Record]:
        return await self.pool.fetch("select * from clock order by personkey, spell_id")

    async def document(self, person: str) -> Any:
        return orjson.loads(await self.pool.fetchval("select document from pathway where personkey = $1", person))


@pytest.fixture
async def referrals(database_urls: dict[str, str]) -> AsyncIterator[Pool]:
    async with await connect_pool(database_urls["referrals"], "referrals") as pool:
        await pool.execute(REFERENCE)
        yield pool


@pytest.fixture
async def waits(database_urls: dict[str, str], referrals: Pool, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Waits]:
    async with await connect_pool(database_urls["waits"], "waits") as pool:
        await pool.execute("insert into cursor values ('care.v1', 0, 'c', 't', 0)")
        waits = Waits(pool)
        monkeypatch.setattr(clock, "now", lambda: waits.now)
        await waits.do(waits.care.recompute_due)  # takes note of the first load
        yield waits


async def test_order_and_batching_leave_no_trace(waits: Waits) -> None:
    late = {"recorded": "2024-07-10T09:00:00+01:00"}
    corrected = canonical("contact", "contact-1", on="2024-07-04", **late)
    story = [*wait(), *care(), corrected, canonical("contact", "C9"), canonical("contact", "C9", voided=True, **late)]
    story += [canonical("care-plan", "plan-1", updated_on="2024-07-08", **late), canonical("person", birth_date="1979-01-01", **late)]
    for number in range(12):
        random = Random(number)  # noqa: S311  # shuffles
        left = [one | {"personkey": f"pk{number}"} for one in (*story, story[3])]
        random.shuffle(left)
        while left:
            size = random.randint(1, len(left))
            await waits.hear(*left[:size])
            left = left[size:]
    rows, said = await waits.clocks(), {one.personkey: one for one in await waits.said()}
    alike = {repr([value for name, value in row.items() if name not in ("personkey", "spell_revision")]) for row in rows}
    assert (len(rows), len(alike)) == (12, 1)
    assert (rows[0]["first_contact"], rows[0]["stop"], rows[0]["wait_days"]) == (date(2024, 7, 4), date(2024, 7, 5), 4)
    assert rows[0]["birth_date"] == date(1979, 1, 1)
    documents = [await waits.document(f"pk{number}") for number in range(12)]
    assert all(document == documents[0] for document in documents)
    for row in rows:  # the last word of each is what stands
        last = said[row["personkey"]]
        assert (last.revision, last.stop, last.wait_days) == (row["spell_revision"], row["stop"], row["wait_days"])


async def test_a_record_that_no_clock_reads_is_counted_and_not_kept(waits: Waits) -> None:
    """Health checks come every week for years; a pathway is read and written whole with each event of its person."""
    unread = [canonical(kind, "X1", person=person) for kind in sorted(RECORDS.keys() - READ) for person in ("pk1", "pk2")]
    assert await waits.hear(*wait(), *unread) == {"applied": 2, "not-read": len(unread)}
    assert set(await waits.document("pk1")) == {"RXX|person|", "RXX|referral|R1"}
    assert await waits.pool.fetchval("select array_agg(personkey) from pathway") == ["pk1"]
    assert await waits.changes() == ["started"]


async def test_a_rebuild_keeps_no_record_that_no_clock_reads_either(waits: Waits, referrals: Pool) -> None:
    desk = Desk(referrals)
    await desk.send(event("person"), event(), event("health-check", "K1"))
    person = await desk.holder("referral", "R1")
    await waits.hear(*await desk.said())
    before = await waits.document(person)
    assert await waits.do(waits.care.rebuild, [person]) == 0
    assert await waits.document(person) == before


async def test_duplicates_and_superseded_versions_are_counted_and_cause_nothing(waits: Waits) -> None:
    older = canonical("referral", recorded="2024-07-01T09:00:00Z", received_on="2024-06-01")
    first, contact = wait(), canonical("contact", "C1")
    assert await waits.hear(*first) == {"applied": 2}
    assert await waits.hear(contact, *first, older) == {"applied": 1, "duplicate": 2, "superseded": 1}
    _, met = await waits.said()
    assert (met.change, met.cause.id, met.start) == ("component-met", contact["id"], date(2024, 7, 1))
    assert await waits.hear(contact, older) == {"duplicate": 1, "superseded": 1}
    assert await waits.changes() == []


async def test_hopeless_records_are_set_aside_with_their_reason(waits: Waits) -> None:
    person, referral = wait()
    undated = {name: value for name, value in referral.items() if name != "receivedtime"}
    unreadable = Record("care.v1", 0, 900, None, None, "corrupt batch")
    tombstone = Record("care.v1", 0, 901, b"pk1", None)
    wrong: list[Any] = [b"{", raw(undated), canonical("referral", "R2", received_on="July"), referral | {"type": "cmh.haircut.recorded.v1"}]
    assert await waits.hear(*wrong, unreadable, tombstone, person, referral) == {"dead-lettered": 6, "applied": 2}
    rows = await waits.pool.fetch("select reason, field, detail, payload from dead_letter order by record_offset")
    assert [row["reason"] for row in rows] == ["invalid"] * 4 + ["unreadable-record", "invalid"]
    assert [row["field"].rpartition(".")[2] for row in rows[1:3]] == ["receivedtime", "received_on"]
    assert (rows[0]["payload"], rows[4]["detail"], rows[4]["payload"]) == (b"{", "corrupt batch", None)
    assert await waits.changes() == ["started"]


async def test_a_newer_minor_version_may_say_more(waits: Waits) -> None:
    person, referral = wait(teams=[{"team": "T1", "team_type": "A06", "colour": "blue"}], mood="calm")
    assert await waits.hear(person | {"traceparent": "00-1"}, referral) == {"applied": 2}
    assert await waits.changes() == ["started"]


async def test_each_change_is_said_with_its_cause(waits: Waits) -> None:
    later = {"recorded": "2024-07-10T09:00:00Z"}
    person, referral = wait()
    care_given = contact, score, assessment, plan = care()
    missed = canonical("contact", "C2", attendance="3")
    discharged = canonical("referral", discharged_on="2024-07-10", **later)
    voided = canonical("referral", voided=True, recorded="2024-07-10T10:00:00Z", received="2024-07-10T12:34:56.789012Z")
    told = [
        ("started", referral), ("component-met", contact), ("revised", missed), ("component-met", score), ("component-met", assessment),
        ("stopped", plan), ("closed", discharged), ("withdrawn", voided),
    ]  # fmt: skip
    await waits.hear(person)
    for _, one in told:
        await waits.hear(one)
    said = await waits.said()
    assert [one.change for one in said] == [change for change, _ in told]
    for wait_said, (_, one) in zip(said, told, strict=True):
        cause = wait_said.cause
        assert (cause.kind, cause.source, cause.id) == ("event", one["source"], one["id"])
        assert cause.receivedtime == datetime.fromisoformat(one["receivedtime"])
        assert (wait_said.spell_id, wait_said.start, wait_said.breach_on) == ("RXX:R1", date(2024, 7, 1), date(2024, 7, 30))
    revisions = [one.revision for one in said]
    assert revisions == sorted(set(revisions))
    met = {name: (one.met_on.day, one.event) for name, one in said[5].components.items()}
    names = ("first-contact", "baseline-outcome", "assessment", "care-plan-or-intervention")
    assert met == {name: (5, one["id"]) for name, one in zip(names, care_given, strict=True)}
    assert (said[5].stop, said[5].wait_days, said[6].end) == (date(2024, 7, 5), 4, date(2024, 7, 10))
    assert await waits.clocks() == []
    assert [tuple(row) for row in await waits.pool.fetch("select provider, changes from feed")] == [("RXX", 8)]


async def due_on(waits: Waits, *days: tuple[int, int]) -> list[tuple[int, int, Change]]:
    """What is told on each of these (month, day)s, asked twice a day."""
    await waits.said()
    found = []
    for month, day in days:
        told = await waits.on(day, month).do(waits.care.tell_due) + await waits.do(waits.care.tell_due)
        said = await waits.said()
        assert told == len(said)
        assert {one.cause.id for one in said} <= {f"2024-{month:02}-{day:02}"}
        found += [(month, day, one.change) for one in said]
    return found


@pytest.mark.parametrize(
    ("known", "asked", "told"),
    [
        (wait(), [(7, 22), (7, 23), (7, 24), (7, 29), (7, 30), (7, 31)], [(7, 23, "due"), (7, 30, "breached")]),
        (wait(), [(8, 15), (8, 16)], [(8, 15, "breached")]),
        (wait() + care(), [(7, 23), (7, 30), (9, 1)], []),
        (wait(discharged_on="2024-07-09"), [(7, 23), (7, 30), (9, 1)], []),
    ],
    ids=["in time", "late", "stopped", "ended"],
)
async def test_due_and_breached_are_told_once_each(waits: Waits, known: Any, asked: Any, told: Any) -> None:
    await waits.hear(*known)
    assert len(await waits.clocks()) == 1
    assert await due_on(waits, *asked) == told


async def test_a_corrected_start_is_told_anew(waits: Waits) -> None:
    await waits.hear(*wait())
    assert await due_on(waits, (7, 23)) == [(7, 23, "due")]
    await waits.hear(canonical("contact", "C1"))  # moves no breach
    assert await due_on(waits, (7, 24)) == []
    await waits.hear(canonical("referral", recorded="2024-07-24T09:00:00Z", received_on="2024-07-05"))
    assert await due_on(waits, (7, 26), (7, 27), (8, 2), (8, 3)) == [(7, 27, "due"), (8, 3, "breached")]


async def test_what_was_told_survives_a_batch_at_the_same_time(waits: Waits) -> None:
    await waits.on(23).hear(*wait())
    await waits.said()
    async with waits.pool.acquire() as connection, connection.transaction():
        assert await waits.care.tell_due(connection) == 1
        hearing = asyncio.create_task(waits.hear(canonical("contact", "C1")))
        async with asyncio.timeout(10):  # until the batch stands before the row that was told
            while not await waits.pool.fetchval("select exists (select from pg_locks where not granted)"):
                assert not hearing.done()
    await hearing
    assert await waits.do(waits.care.tell_due) == 0
    assert await waits.changes() == ["due", "component-met"]
    async with waits.pool.acquire() as connection, connection.transaction():
        await waits.on(30).consume(connection, canonical("score", "S1"))
        assert await waits.do(waits.care.tell_due) == 0  # the other way round: the row is left to the next look
    assert [await waits.do(waits.care.tell_due), await waits.do(waits.care.tell_due)] == [1, 0]
    assert await waits.changes() == ["component-met", "breached"]


async def test_a_spell_ends_when_its_day_comes(waits: Waits) -> None:
    await waits.on(10).hear(*wait(discharged_on="2024-07-11"))
    await waits.said()
    assert (await waits.do(waits.care.recompute_due), await waits.changes()) == (0, [])
    assert await waits.on(11).do(waits.care.recompute_due) == 1
    (said,) = await waits.said()
    assert (said.change, said.end, said.cause.kind, said.cause.id) == ("closed", date(2024, 7, 11), "date", "2024-07-11")
    assert (await waits.do(waits.care.recompute_due), await waits.changes()) == (0, [])


async def test_a_new_load_restates_every_clock_it_touches(waits: Waits, referrals: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "DUE_BATCH", 1)
    await waits.hear(*wait(), *care(), *wait("pk2", "R2"))
    await waits.said()
    assert await waits.do(waits.care.recompute_due) == 0
    await referrals.execute(ASSESSMENT_LEAVES)
    assert [await waits.do(waits.care.recompute_due) for _ in range(3)] == [1, 1, 0]
    (said,) = await waits.said()
    assert (said.change, said.stop, said.cause.kind, said.cause.receivedtime) == ("revised", None, "reference", waits.now)
    assert "assessment" not in said.components


async def test_it_is_noted_of_which_spans_of_time_clocks_were_not_said(waits: Waits, referrals: Pool) -> None:
    async def noted() -> set[tuple[str, str]]:
        rows = await waits.pool.fetch("delete from blurred returning first, last")
        return {(f"{row['first']:%H:%M}", f"{row['last']:%H:%M}") for row in rows}

    def at(kind: str, minute: int, person: str = "pk1") -> dict[str, Any]:
        return canonical(kind, f"{kind}-{minute}", person=person, received=f"2024-07-10T12:{minute:02}:00Z")

    await waits.hear(*wait(), *wait("pk2", "R2"))
    await waits.hear(at("contact", 1), at("score", 5, "pk2"))
    assert await noted() == set()
    await waits.hear(at("score", 2), at("contact", 6, "pk2"), at("assessment", 3))
    assert await noted() == {("12:02", "12:03")}, "of one person, two at once"
    await waits.hear(at("assessment", 4, "pk2"))
    assert await noted() == {("12:04", "12:06")}, "the later one was heard first"
    await waits.side_by_side()
    assert await noted() == {("12:00", "12:04")}, "asked for again before they were computed"
    await referrals.execute("insert into reference.load (hash, rows, loaded_at) values ('2', '{}', '2024-07-10T14:00:00Z')")
    waits.now = datetime(2024, 7, 10, 15, tzinfo=UTC)
    assert await waits.do(waits.care.recompute_due) == 2
    assert await noted() == {("14:00", "15:00")}, "until clocks follow other reference data"
    await waits.pool.execute("update pathway set recompute_on = '2024-07-11'")
    waits.now = datetime(2024, 7, 11, 5, tzinfo=UTC)
    assert await waits.do(waits.care.recompute_due) == 2
    assert await noted() == {("23:00", "05:00")}, "since the day began in London"


@pytest.mark.parametrize("batches", [("gone", "held"), ("held", "gone"), ("gone held",), ("held gone",)])
async def test_a_record_that_moves_ends_at_the_new_person_alone(waits: Waits, batches: tuple[str, ...]) -> None:
    await waits.hear(*wait("old"), *wait("new", "R7"))
    await waits.said()
    moved = {
        "gone": canonical("referral", person="old", voided=True, recorded="2024-07-10T09:00:00Z"),
        "held": canonical("referral", person="new"),
    }
    moved["held"]["data"] |= {"referral_id": "R1", "received_on": "2024-06-20", "discharged_on": "2024-06-21"}
    for batch in batches:
        await waits.hear(*(moved[name] for name in batch.split()))
    assert [(row["personkey"], row["spell_id"]) for row in await waits.clocks()] == [("new", "RXX:R1"), ("new", "RXX:R7")]
    assert sorted((one.personkey, one.change) for one in await waits.said()) == [("new", "started"), ("old", "withdrawn")]


async def test_clocks_follow_a_merge_and_an_un_merge(waits: Waits, referrals: Pool) -> None:
    """Two local ids of one provider, each with a wait of its own; the merge makes one spell of both, and an un-merge two again."""
    desk, heard = Desk(referrals), 0
    one, other = {"local_id": "P1"}, {"local_id": "P2"}
    last_year: dict[str, Any] = {"birth_date": "1980-01-01", "local_authority": "S12000033"}  # in Scotland until 2024

    async def hear(*events: dict[str, Any], at: int) -> list[tuple[str, str, date | None]]:
        nonlocal heard
        await desk.send(*events, at=RECEIVED + timedelta(minutes=at))
        said = await desk.said()
        await waits.hear(*said[heard:])
        heard = len(said)
        return [(row["personkey"], row["spell_id"], row["care_plan"]) for row in await waits.clocks()]

    alone = await hear(
        *(event("person", person=who, recorded="2024-07-01T09:00:00Z") for who in (one, other)),
        event("person", person=one, recorded="2023-07-01T09:00:00Z", **last_year),
        *(event(record_id=number, person=who) for number, who in (("R1", one), ("R2", other))),
        event("care-plan", "P1", person=one, recorded="2024-07-06T09:00:00Z", created_on="2024-07-06"),
        event("care-plan", "P1", person=one, recorded="2024-07-08T09:00:00Z", created_on="2024-07-06", updated_on="2024-07-08"),
        at=0,
    )
    first, second = await desk.holder("referral", "R1"), await desk.holder("referral", "R2")
    assert sorted(alone) == sorted([(first, "RXX:R1", date(2024, 7, 6)), (second, "RXX:R2", None)])
    before = await waits.document(first), await waits.document(second)
    await waits.said()

    ends: dict[str, Any] = {"from": "P1", "into": "P2"}
    merge = event("merge", "X1", person=other, recorded="2024-07-10T09:00:00Z", **ends)
    assert await hear(merge, at=1) == [(second, "RXX:R1", date(2024, 7, 6))]
    said = await waits.said()
    assert sorted((one.personkey, one.spell_id, one.change) for one in said) == sorted(
        [(first, "RXX:R1", "withdrawn"), (second, "RXX:R2", "withdrawn"), (second, "RXX:R1", "started")]
    )
    assert {(one.cause.source, one.cause.id) for one in said} == {("/RXX/epr", merge["id"])}
    assert await hear(event("contact", "C1", person=one), at=2) == [(second, "RXX:R1", date(2024, 7, 6))]

    parted = event("merge", "X1", person=other, recorded="2024-07-10T10:00:00Z", voided=True)
    assert sorted(await hear(parted, at=3)) == sorted(alone)
    after = [current(await waits.document(person)) for person in (first, second)]
    stands = [{(*named, version[0], str(version[4])) for *named, version in one if version[4]} for one in after]
    contact = {one for one in stands[0] if one[1] == "contact"}
    assert stands[0] - contact == {(*named, version[0], str(version[4])) for *named, version in current(before[0])}
    assert stands[1] == {(*named, version[0], str(version[4])) for *named, version in current(before[1])}
    assert len(contact) == 1  # sent under the first local id while both were one person
    assert await waits.do(waits.care.rebuild, [first, second]) == 0


async def test_a_rebuild_restores_what_the_ledger_says(waits: Waits, referrals: Pool) -> None:
    desk = Desk(referrals)
    await desk.send(event("person"), event(), event("contact", "C1"), event("contact", "C2"), event("contact", "C2", voided=True))
    await waits.hear(*await desk.said())
    person = await desk.holder("referral", "R1")
    document, (before,) = await waits.document(person), await waits.clocks()
    assert (before["first_contact"], await waits.do(waits.care.rebuild, [person]), await waits.changes()) == (
        date(2024, 7, 5),
        0,
        ["started"],
    )

    await waits.pool.execute("update pathway set document = '{}', recompute_on = '-infinity'")
    assert (await waits.document(person), await waits.do(waits.care.rebuild, [person])) == ({}, 0)  # the clock had not followed the damage
    assert await waits.document(person) == document

    await waits.pool.execute("update pathway set document = '{}', recompute_on = '-infinity'")
    assert (await waits.do(waits.care.recompute_due), await waits.clocks()) == (1, [])
    assert [await waits.do(waits.care.rebuild, [person]), await waits.do(waits.care.rebuild, [person])] == [1, 0]
    (after,) = await waits.clocks()
    assert {**after, "spell_revision": 0} == {**before, "spell_revision": 0}
    assert [(one.change, one.cause.kind) for one in await waits.said()] == [("withdrawn", "reference"), ("started", "definition")]
    assert await waits.document(person) == document


async def test_months_before_a_stay_took_a_referral_out_are_told_as_they_were(waits: Waits) -> None:
    await waits.hear(*wait(), *care())
    await waits.on(12, month=9).hear(canonical("stay", "S1", referral_id="R1", admitted_on="2024-09-10", received="2024-09-12T12:00:00Z"))
    assert (await waits.changes())[-1] == "withdrawn"
    (past,) = waits.past
    (period,) = past.periods
    (spell,) = period.waits
    assert (period.after, period.until, spell.spell_id, spell.stop) == (None, date(2024, 8, 31), "RXX:R1", date(2024, 7, 5))
    assert [(part.referral_id, part.start, part.end, part.team_types) for part in spell.parts] == [("R1", date(2024, 7, 1), None, ["A06"])]
    await waits.hear(canonical("stay", "S1", recorded="2024-09-13T12:00:00Z", received="2024-09-13T12:00:00Z", voided=True))
    assert (await waits.changes())[-1] == "started"
    assert [one.periods for one in waits.past[1:]] == [[]]
