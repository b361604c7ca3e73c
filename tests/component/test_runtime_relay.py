"""Crash points of the outbox's relay and of the due-date job: an event may be sent twice, never not at all; a due row is acted on once."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import asyncpg
import pytest
import uvloop

from shared.runtime import batch, outbox
from shared.runtime.batch import SQL, write_outbox
from shared.runtime.database import Connection, Pool, connect_pool
from shared.runtime.due import Job, run_job
from shared.runtime.outbox import Relay
from tests.support import tally
from tests.support.faults import Died, Failing, Fault, Points, every_fault

ROWS = [("proof.out.v1", b"key", str(number).encode()) for number in range(5)]
SECONDS = 10.0


@pytest.fixture(scope="module")
def url(postgres: str) -> Iterator[str]:
    with tally.database(postgres) as url:
        yield url


class Broker:
    """What has reached the log; a producer that hands over a record and hears of it later, as aiokafka's does."""

    def __init__(self, points: Points) -> None:
        self.log: list[bytes] = []
        self._points = points

    async def start(self) -> None:
        await asyncio.sleep(0)

    async def stop(self) -> None:
        await asyncio.sleep(0)

    async def partitions_for(self, _topic: str) -> set[int]:
        return {0}

    def create_batch(self) -> "Handed":
        return Handed()

    async def send_batch(self, batch: "Handed", _topic: str, *, partition: int) -> asyncio.Task[None]:
        return asyncio.create_task(self._points.io("confirm", lambda: self._arrive(batch)), name=f"confirm {partition}")

    async def _arrive(self, batch: "Handed") -> None:
        self.log.extend(batch.values)


class Handed:
    """What is sent and confirmed together; two events fill it."""

    def __init__(self) -> None:
        self.values: list[bytes] = []

    def append(self, *, key: bytes, value: bytes, timestamp: int | None) -> object | None:
        if len(self.values) == 2:
            return None
        self.values.append(value)
        return key, timestamp


class Relays:
    """The outbox relayed to its end, by one relay after the other."""

    def __init__(self, pool: Pool, observer: Connection, *faults: Fault) -> None:
        self.observer = observer
        self.failing = Failing(*faults)
        self.points = Points(self.failing)
        self.broker = Broker(self.points)
        self._pool = self.points.pool(pool)

    async def drive(self, patch: pytest.MonkeyPatch) -> list[str]:
        """What is wrong at the end, or was on the way, right after a fault."""
        await self.observer.execute("delete from outbox")
        patch.setattr(batch, "OUTBOX_ROW_EVENTS", 2)  # so that there are several rows
        await write_outbox(self.observer, ROWS)
        stopping = asyncio.Event()
        wrong: list[str] = []

        async def rest(_stopping: asyncio.Event, _seconds: float) -> None:
            await asyncio.sleep(0.001)
            wrong.extend(await self._lost())
            if not await self.observer.fetchval("select count(*) from outbox"):
                stopping.set()

        patch.setattr(outbox, "_wait", rest)
        async with asyncio.timeout(SECONDS):
            while not stopping.is_set():
                try:
                    await self._relay().run(stopping)
                except Died:
                    await self._bury()
        await self._bury()
        return wrong + await self._lost()

    def _relay(self) -> Relay:
        return Relay("proof", self._pool, lambda: self.points.producer(self.broker), rows=3)

    async def _bury(self) -> None:
        """What the dead process had under way ends with it."""
        left = [task for task in asyncio.all_tasks() if task.get_name().startswith("confirm")]
        await asyncio.gather(*left, return_exceptions=True)
        self.failing.revive()

    async def _lost(self) -> list[str]:
        rows = await self.observer.fetch("select unnest(payloads) as value from outbox")
        left = {value for _, _, value in ROWS} - {row["value"] for row in rows} - set(self.broker.log)
        return [f"lost {value!r}" for value in sorted(left)]


async def relay_under_faults(url: str, patch: pytest.MonkeyPatch, *, enough: int) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    pool, watch = await connect_pool(url, tally.SCHEMA), await connect_pool(url, tally.SCHEMA, size=1)
    async with pool, watch, watch.acquire() as observer:
        smooth = Relays(pool, observer)
        if found := await smooth.drive(patch):
            wrong["no fault"] = found
        for fault in every_fault(len(smooth.points.names)):
            relays = Relays(pool, observer, fault)
            if len(wrong) < enough and (found := await relays.drive(patch)):
                wrong[relays.failing.met[0]] = found
    return wrong


def test_the_relay_loses_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert uvloop.run(relay_under_faults(url, monkeypatch, enough=3)) == {}


def test_the_relay_sends_once_and_in_order_when_nothing_fails(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def drive() -> list[bytes]:
        pool, watch = await connect_pool(url, tally.SCHEMA), await connect_pool(url, tally.SCHEMA, size=1)
        async with pool, watch, watch.acquire() as observer:
            relays = Relays(pool, observer)
            assert await relays.drive(monkeypatch) == []
        return relays.broker.log

    assert uvloop.run(drive()) == [value for _, _, value in ROWS]


def events(rows: Iterable[asyncpg.Record]) -> list[tuple[str, bytes, bytes]]:
    return [event for row in rows for event in zip(row["topics"], row["keys"], row["payloads"], strict=True)]


def deleted_before_it_is_sent(patch: pytest.MonkeyPatch) -> None:
    async def planted(_self: Relay, connection: Connection, producer: Any) -> int:
        async with connection.transaction():
            rows = await connection.fetch(SQL["read_outbox"], 3)
            await connection.execute(SQL["delete_outbox"], [row["id"] for row in rows])
        await outbox.send(producer, events(rows))
        return len(rows)

    patch.setattr(Relay, "relay", planted)


def deleted_before_it_is_confirmed(patch: pytest.MonkeyPatch) -> None:
    async def planted(_self: Relay, connection: Connection, producer: Any) -> int:
        async with connection.transaction():
            rows = await connection.fetch(SQL["read_outbox"], 3)
            for topic, key, value in events(rows):
                handed = producer.create_batch()
                handed.append(key=key, value=value, timestamp=None)
                await producer.send_batch(handed, topic, partition=0)
            await connection.execute(SQL["delete_outbox"], [row["id"] for row in rows])
        return len(rows)

    patch.setattr(Relay, "relay", planted)


@pytest.mark.parametrize("plant", [deleted_before_it_is_sent, deleted_before_it_is_confirmed])
def test_a_planted_bug_is_caught(plant: Callable[[pytest.MonkeyPatch], None], url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    wrong = uvloop.run(relay_under_faults(url, monkeypatch, enough=1))
    assert any(finding.startswith("lost") for findings in wrong.values() for finding in findings), wrong


DUE = """
create table if not exists due (id int primary key, acts int not null);
delete from due; delete from outbox; insert into due select id, 0 from generate_series(1, 5) id
"""
CLAIM = "select id from due where acts = 0 order by id limit 2 for update skip locked"


def job(stopping: asyncio.Event) -> Job:
    """Act on what is due, and stop when nothing is."""

    async def act(connection: Connection) -> int:
        ids = [row["id"] for row in await connection.fetch(CLAIM)]
        await connection.execute("update due set acts = acts + 1 where id = any ($1::int[])", ids)
        await write_outbox(connection, [("proof.out.v1", b"key", str(number).encode()) for number in ids])
        if not ids:
            stopping.set()
        return len(ids)

    return Job("proof", 0.001, act)


async def acted(observer: Connection) -> list[str]:
    """What was not acted on exactly once, with its event."""
    acts = {row["id"]: row["acts"] for row in await observer.fetch("select id, acts from due")}
    sent = Counter(int(row["value"]) for row in await observer.fetch("select unnest(payloads) as value from outbox"))
    return [f"{number}: {acts[number]} acts, {sent[number]} events" for number in acts if (acts[number], sent[number]) != (1, 1)]


async def due_under_faults(url: str) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    pool, watch = await connect_pool(url, tally.SCHEMA), await connect_pool(url, tally.SCHEMA, size=1)
    async with pool, watch, watch.acquire() as observer:

        async def drive(*faults: Fault) -> int:
            await observer.execute(DUE)
            failing = Failing(*faults)
            points = Points(failing)
            stopping = asyncio.Event()
            async with asyncio.timeout(SECONDS):
                while not stopping.is_set():
                    try:
                        await run_job("proof", job(stopping), points.pool(pool), stopping)
                    except Died:
                        failing.revive()
            if found := await acted(observer):
                wrong[str(failing.met)] = found
            return len(points.names)

        for fault in every_fault(await drive()):
            await drive(fault)
    return wrong


def test_a_due_row_is_acted_on_once(url: str) -> None:
    assert uvloop.run(due_under_faults(url)) == {}


async def test_two_workers_share_what_is_due(url: str) -> None:
    async with await connect_pool(url, tally.SCHEMA) as pool:
        async with pool.acquire() as connection:
            await connection.execute(DUE)
        stops = [asyncio.Event() for _ in range(2)]
        async with asyncio.timeout(SECONDS):
            await asyncio.gather(*(run_job("proof", job(stop), pool, stop) for stop in stops))
        async with pool.acquire() as connection:
            assert await acted(connection) == []
