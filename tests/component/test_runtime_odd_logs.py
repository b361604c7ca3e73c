"""Logs that do not fit their cursor, and handlers that do not fit their records: what is stopped, by what name, and what goes on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping

import pytest
from aiokafka import TopicPartition

from shared.runtime import consumer as form
from shared.runtime.batch import MAX_EVENT_BYTES, SQL, Batch
from shared.runtime.broker import Positions
from shared.runtime.consumer import Consumer, Handler
from shared.runtime.database import Pool, connect_pool
from tests.support import tally
from tests.support.log import Cluster, MemoryClient

ODD, EVEN = TopicPartition("proof.odd.v1", 0), TopicPartition("proof.even.v1", 0)


@pytest.fixture(scope="module")
def url(postgres: str) -> Iterator[str]:
    with tally.database(postgres) as url:
        yield url


@pytest.fixture
async def pool(url: str) -> AsyncIterator[Pool]:
    async with await connect_pool(url, tally.SCHEMA) as pool:
        for table in ("cursor", "outcome_count", "dead_letter", "outbox", "seen", "tally", "cursor_change"):
            await pool.execute(f"delete from {table}")
        yield pool


@pytest.fixture(autouse=True)
def attentive(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person changes is noticed at the next turn; the services look every other second."""
    monkeypatch.setattr(form, "CURSOR_CHECK_SECONDS", 0.0)


class Bench:
    """Two topics of one partition each, the odd one and the one that must go on, and a worker that has both."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.cluster = Cluster()
        self.cluster.create(ODD.topic, 1)
        self.cluster.create(EVEN.topic, 1)
        self._number = 0

    def worker(self, handler: Handler = tally.count, *, run: int | None = 100) -> Consumer:
        positions = Positions()
        self.client = MemoryClient(self.cluster, [ODD, EVEN], positions)
        return Consumer(
            "proof",
            self.client,
            self.pool,
            self.cluster,
            handler,
            positions=positions,
            dead_letter_run=run,
            backoff=lambda _streak: 0.0,
        )

    def write(self, place: TopicPartition, records: int) -> None:
        for _ in range(records):
            self._number += 1
            self.cluster.append(place, f"k:{self._number}".encode())

    async def next_offsets(self) -> dict[TopicPartition, int]:
        rows = await self.pool.fetch("select topic, partition, next_offset from cursor")
        return {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}

    async def stopped(self) -> dict[TopicPartition, str]:
        rows = await self.pool.fetch("select topic, partition, stopped from cursor where stopped is not null")
        return {TopicPartition(row["topic"], row["partition"]): row["stopped"] for row in rows}

    async def outcomes(self) -> dict[str, int]:
        rows = await self.pool.fetch("select outcome, sum(count)::int as count from outcome_count group by outcome")
        return {row["outcome"]: row["count"] for row in rows}

    async def set_cursor(self, offset: int) -> None:
        identity = (await self.cluster.of([ODD.topic]))[ODD.topic]
        await self.pool.execute(SQL["set_cursor"], ODD.topic, 0, offset, "looked into it", "a person", *identity)


@pytest.fixture
def bench(pool: Pool) -> Bench:
    return Bench(pool)


async def until(worker: Consumer, state: Callable[[], Awaitable[Mapping[TopicPartition, object]]], expected: object) -> None:
    """Work until the state is as expected; fails with the last one seen."""
    seen: object = None
    for _ in range(30):
        await worker.step()
        if (seen := await state()) == expected:
            return
    assert seen == expected


async def read_both(bench: Bench, records: int = 5) -> Consumer:
    """A worker that has read the same number of records from both partitions."""
    for place in (ODD, EVEN):
        bench.write(place, records)
    worker = bench.worker()
    await until(worker, bench.next_offsets, {ODD: records, EVEN: records})
    return worker


async def test_markers_are_passed_over(bench: Bench) -> None:
    for records in (0, 2, 1):
        bench.cluster.mark(ODD)
        bench.write(ODD, records)
    bench.cluster.mark(ODD)
    bench.write(EVEN, 1)
    worker = bench.worker()
    await until(worker, bench.next_offsets, {ODD: 6, EVEN: 1})
    bench.write(ODD, 1)
    await until(worker, bench.next_offsets, {ODD: 8, EVEN: 1})
    assert (await bench.stopped(), await bench.outcomes()) == ({}, {"applied": 5})


async def test_a_new_partition_is_read_from_where_its_log_starts(bench: Bench) -> None:
    bench.write(ODD, 5)
    bench.cluster.trim(ODD, 3)
    bench.cluster.committed[ODD] = 5
    await until(bench.worker(), bench.next_offsets, {ODD: 5, EVEN: 0})
    assert await bench.outcomes() == {"applied": 2}


async def test_a_trimmed_log_stops_its_partition_until_a_person_releases_it(bench: Bench) -> None:
    worker = await read_both(bench)
    bench.write(ODD, 5)
    bench.cluster.trim(ODD, 8)
    await until(worker, bench.stopped, {ODD: "the log was trimmed: offsets 5 to 7 are LOST"})
    bench.write(EVEN, 2)
    await until(worker, bench.next_offsets, {ODD: 5, EVEN: 7})
    await bench.set_cursor(8)
    await until(worker, bench.next_offsets, {ODD: 10, EVEN: 7})
    assert (await bench.stopped(), await bench.outcomes()) == ({}, {"applied": 14})
    change = await bench.pool.fetchrow("select changed_by, from_offset, to_offset, was_stopped from cursor_change")
    assert change is not None
    assert tuple(change) == ("a person", 5, 8, "the log was trimmed: offsets 5 to 7 are LOST")


async def test_a_release_that_does_not_fit_stops_again(bench: Bench) -> None:
    worker = await read_both(bench)
    bench.write(ODD, 5)
    bench.cluster.trim(ODD, 8)
    await until(worker, bench.stopped, {ODD: "the log was trimmed: offsets 5 to 7 are LOST"})
    await bench.set_cursor(6)
    await until(worker, bench.stopped, {ODD: "the log was trimmed: offsets 6 to 7 are LOST"})


async def test_a_cursor_set_back_is_followed_without_a_new_record(bench: Bench) -> None:
    worker = await read_both(bench)
    await bench.set_cursor(2)
    await until(worker, bench.next_offsets, {ODD: 5, EVEN: 5})
    assert await bench.outcomes() == {"applied": 10, "duplicate": 3}


async def test_a_recreated_topic_stops_by_name_and_is_released_on_the_new_log(bench: Bench) -> None:
    worker = await read_both(bench)
    bench.cluster.create(ODD.topic, 1)
    bench.write(ODD, 9)
    await until(worker, bench.stopped, {ODD: "the topic was recreated: its offsets start again and are not the ones counted"})
    await bench.set_cursor(0)
    await until(worker, bench.next_offsets, {ODD: 9, EVEN: 5})
    assert await bench.outcomes() == {"applied": 19}


async def test_a_dead_letter_of_a_recreated_topic_does_not_hide_behind_an_old_one(bench: Bench) -> None:
    bench.cluster.append(ODD, b"poison")
    worker = bench.worker()
    await until(worker, bench.next_offsets, {ODD: 1, EVEN: 0})
    bench.cluster.create(ODD.topic, 1)
    bench.cluster.append(ODD, b"poison of the new log")
    bench.write(ODD, 1)
    worker = bench.worker()
    await until(worker, bench.stopped, {ODD: "the topic was recreated: its offsets start again and are not the ones counted"})
    await bench.set_cursor(0)
    await until(worker, bench.next_offsets, {ODD: 2, EVEN: 0})
    payloads = await bench.pool.fetch("select payload from dead_letter order by id")
    assert [row["payload"] for row in payloads] == [b"poison", b"poison of the new log"]


async def test_another_cluster_stops_every_partition_that_it_brings(bench: Bench) -> None:
    worker = await read_both(bench)
    bench.cluster.cluster_id = "cluster-2"
    bench.write(ODD, 1)
    await until(worker, bench.stopped, {ODD: "another cluster: the cursor counts cluster-1, this is cluster-2"})


async def test_a_truncated_log_stops_its_partition(bench: Bench) -> None:
    await read_both(bench)
    bench.cluster.truncate(ODD, 3)
    bench.write(EVEN, 1)
    worker = bench.worker()
    await until(worker, bench.next_offsets, {ODD: 5, EVEN: 6})
    assert await bench.stopped() == {ODD: "the log ends at 3, below the cursor 5: it was truncated or recreated"}


async def test_a_run_of_dead_letters_stops_an_inner_partition(bench: Bench) -> None:
    for _ in range(4):
        bench.cluster.append(ODD, b"poison")
    bench.write(EVEN, 3)
    worker = bench.worker(run=3)
    await until(worker, bench.stopped, {ODD: "4 dead letters in a row: the reader or the writer of this topic is wrong"})
    await until(worker, bench.next_offsets, {ODD: 0, EVEN: 3})
    assert await bench.outcomes() == {"applied": 3}


async def test_a_run_counts_over_batches_and_ends_with_a_good_record(bench: Bench) -> None:
    worker = bench.worker(run=3)
    for records in (3, 3, 1):
        for _ in range(records):
            bench.cluster.append(ODD, b"poison")
        if records == 3:
            bench.write(ODD, 1)
        await until(worker, bench.next_offsets, {ODD: bench.cluster.partitions[ODD].end, EVEN: 0})
    for _ in range(2):
        bench.cluster.append(ODD, b"poison")
        await worker.step()
    assert (await bench.stopped(), await bench.outcomes()) == ({}, {"applied": 2, "dead-lettered": 9})
    bench.cluster.append(ODD, b"poison")
    await until(worker, bench.stopped, {ODD: "4 dead letters in a row: the reader or the writer of this topic is wrong"})


async def test_the_front_door_takes_any_number_of_dead_letters(bench: Bench) -> None:
    for _ in range(300):
        bench.cluster.append(ODD, b"poison")
    await until(bench.worker(run=None), bench.next_offsets, {ODD: 300, EVEN: 0})
    assert await bench.outcomes() == {"dead-lettered": 300}


async def test_an_unreadable_record_becomes_one_dead_letter_and_stops_nothing(bench: Bench) -> None:
    bench.write(ODD, 2)
    bench.cluster.append(ODD, undecodable=True)
    bench.write(ODD, 2)
    bench.write(EVEN, 5)
    await until(bench.worker(), bench.next_offsets, {ODD: 5, EVEN: 5})
    assert await bench.outcomes() == {"applied": 9, "dead-lettered": 1}
    letter = await bench.pool.fetchrow("select topic, record_offset, reason, payload from dead_letter")
    assert letter is not None
    assert tuple(letter) == (ODD.topic, 2, "unreadable-record", None)


async def forgets(batch: Batch) -> None:
    for record in batch.records[1:]:
        batch.count(record, "applied")


async def counts_twice(batch: Batch) -> None:
    for record in [batch.records[0], *batch.records[:-1]]:
        batch.count(record, "applied")


async def says_too_much(batch: Batch) -> None:
    await tally.count(batch)
    batch.publish("proof.out.v1", "k", bytes(MAX_EVENT_BYTES + 1))


@pytest.mark.parametrize("handler", [forgets, counts_twice, says_too_much])
async def test_what_a_handler_does_wrong_is_not_committed(bench: Bench, handler: Handler) -> None:
    bench.write(ODD, 3)
    worker = bench.worker(handler)
    for _ in range(5):
        assert await worker.step() == 0
    assert (await bench.next_offsets(), await bench.outcomes()) == ({ODD: 0, EVEN: 0}, {})
    await until(bench.worker(), bench.next_offsets, {ODD: 3, EVEN: 0})


async def test_run_finishes_its_batch_and_stops(bench: Bench) -> None:
    bench.write(ODD, 3)
    stopping = asyncio.Event()

    async def handler(batch: Batch) -> None:
        stopping.set()
        await tally.count(batch)

    async with asyncio.timeout(10):
        await bench.worker(handler).run(stopping)
    assert await bench.outcomes() == {"applied": 3}
