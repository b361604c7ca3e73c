"""The consumer form on a real broker and a real PostgreSQL: what only they can show."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import TopicPartition

from shared.runtime import broker
from shared.runtime.batch import SQL, Batch
from shared.runtime.broker import Identities, Positions, Subscription
from shared.runtime.consumer import Consumer, Handler
from shared.runtime.database import Pool, connect_pool
from tests.support import tally
from tests.support.tally import Logged
from tests.support.topics import Topics, fresh, producing, until, write, write_undecodable


@pytest.fixture
async def pool(url: str) -> AsyncIterator[Pool]:
    async with await connect_pool(url, tally.SCHEMA, size=6) as pool:
        yield pool


@pytest.fixture
def topics(kafka: str) -> Topics:
    return Topics(kafka)


@asynccontextmanager
async def member(servers: str, pool: Pool, subscription: Subscription, handler: Handler = tally.count) -> AsyncIterator[Any]:
    """One member of a group at work, as a service's worker wires it; leaves the group in the end."""
    positions = Positions()
    kafka, subscriber = broker.subscriber(servers, subscription, positions)
    await kafka.start()
    worker = Consumer("proof", subscriber.consumer, pool, Identities(servers), handler, positions=positions, batch_records=50)
    stopping = asyncio.Event()
    work = asyncio.create_task(worker.run(stopping))
    try:
        yield subscriber.consumer
    finally:
        stopping.set()
        await asyncio.wait_for(work, 20)
        await kafka.stop()


class Written:
    """What a test has written, for the recount."""

    def __init__(self, servers: str) -> None:
        self.log: list[Logged] = []
        self._servers = servers
        self._ends: dict[TopicPartition, int] = {}

    async def records(self, place: TopicPartition, count: int) -> None:
        values = [f"k{len(self.log) + number}:{len(self.log) + number}".encode() for number in range(count)]
        async with producing(self._servers) as producer:
            await write(producer, place, values)
        for value in values:
            self._add(place, value)

    async def undecodable(self, place: TopicPartition) -> None:
        await write_undecodable(self._servers, place)
        self._add(place, None)

    def _add(self, place: TopicPartition, value: bytes | None) -> None:
        offset = self._ends.get(place, 0)
        self._ends[place] = offset + 1
        self.log.append(Logged(place, offset, value))

    async def settled(self, pool: Pool) -> None:
        """Wait until all of it is counted, and recount."""

        async def all_read() -> bool:
            found = await pool.fetch("select topic, partition, next_offset from cursor")
            cursors = {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in found}
            return all(cursors.get(place) == end for place, end in self._ends.items())

        await until(all_read, f"read to {self._ends}")
        async with pool.acquire() as connection:
            assert await tally.recount(connection, self.log) == []


async def stopped(pool: Pool, place: TopicPartition) -> str | None:
    why: str | None = await pool.fetchval("select stopped from cursor where topic = $1 and partition = $2", *place)
    return why


async def test_a_record_that_cannot_be_decoded_is_one_dead_letter_and_stops_nothing(kafka: str, pool: Pool, topics: Topics) -> None:
    topic, written = fresh("unreadable"), Written(kafka)
    bad, good = TopicPartition(topic, 0), TopicPartition(topic, 1)
    await topics.create(topic, 3)
    await written.records(bad, 30)
    await written.undecodable(bad)
    await written.undecodable(bad)
    await written.records(bad, 30)
    await written.records(good, 200)
    async with member(kafka, pool, Subscription(fresh("group"), (topic,))):
        await written.settled(pool)
        await written.records(good, 5)
        await written.undecodable(good)
        await written.settled(pool)
    letters = await pool.fetch("select partition, record_offset, reason, payload from dead_letter order by partition, record_offset")
    assert [tuple(row) for row in letters] == [
        (0, 30, "unreadable-record", None),
        (0, 31, "unreadable-record", None),
        (1, 205, "unreadable-record", None),
    ]


async def test_markers_of_transactions_are_passed_over(kafka: str, pool: Pool, topics: Topics) -> None:
    topic = fresh("markers")
    place = TopicPartition(topic, 0)
    await topics.create(topic, 1)
    async with member(kafka, pool, Subscription(fresh("group"), (topic,))):
        for number in range(3):
            await topics.write_transaction(place, [f"k:{number}".encode(), b"poison"])

        async def all_read() -> bool:
            return bool(await pool.fetchval("select next_offset = 8 and read_count = 6 from cursor where topic = $1", topic))

        await until(all_read, "three transactions of two records, with a marker after each")
    assert await stopped(pool, place) is None


async def test_a_new_topic_of_the_pattern_is_found(kafka: str, pool: Pool, topics: Topics) -> None:
    label, written = fresh("pattern"), Written(kafka)
    await topics.create(f"{label}.first", 1)
    async with member(kafka, pool, Subscription(fresh("group"), pattern=rf"^{label}\.[a-z]+$")):
        await written.records(TopicPartition(f"{label}.first", 0), 5)
        await written.settled(pool)
        await topics.create(f"{label}.second", 1)
        await written.records(TopicPartition(f"{label}.second", 0), 5)
        await written.settled(pool)


async def test_members_come_and_go(kafka: str, pool: Pool, topics: Topics) -> None:
    topic, written = fresh("rebalance"), Written(kafka)
    places = [TopicPartition(topic, number) for number in range(4)]
    subscription = Subscription(fresh("group"), (topic,))
    await topics.create(topic, 4)

    async def load() -> None:
        for place in places:
            await written.records(place, 400)

    async with member(kafka, pool, subscription) as first:
        await load()
        async with member(kafka, pool, subscription) as second:

            async def shared() -> bool:
                return len(first.assignment()) == len(second.assignment()) == 2

            await until(shared, "two partitions each")
            await load()
        await load()
        await written.settled(pool)


async def test_kafka_is_told_nothing_that_is_not_counted(kafka: str, pool: Pool, topics: Topics) -> None:
    """The ack policy, on the real client: a batch that fails leaves the group's offset where it was."""
    topic, written = fresh("ack"), Written(kafka)
    place = TopicPartition(topic, 0)
    await topics.create(topic, 1)
    await written.records(place, 10)
    tries = 0

    async def fails(batch: Batch) -> None:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise ConnectionError("not now")
        await tally.count(batch)

    subscription = Subscription(fresh("group"), (topic,))
    async with member(kafka, pool, subscription, fails) as client:

        async def tried() -> bool:
            committed = await client.committed(place)
            assert tries >= 4 or committed is None
            return tries >= 3

        await until(tried, "three tries")
        await written.settled(pool)

        async def told() -> bool:
            return bool(await client.committed(place) == 10)

        await until(told, "the lag hint")


async def test_a_recreated_topic_stops_by_name_and_goes_on_when_released(kafka: str, pool: Pool, topics: Topics) -> None:
    topic, other, written = fresh("recreated"), fresh("other"), Written(kafka)
    place, beside = TopicPartition(topic, 0), TopicPartition(other, 0)
    await topics.create(topic, 1)
    await topics.create(other, 1)
    await written.records(place, 5)
    async with member(kafka, pool, Subscription(fresh("group"), (topic, other))):
        await written.settled(pool)
        await topics.delete(topic)
        await topics.create(topic, 1)
        async with producing(kafka) as producer:
            await write(producer, place, [f"new:{number}".encode() for number in range(900, 908)])

        async def is_stopped() -> bool:
            return await stopped(pool, place) is not None

        await until(is_stopped, "the recreated topic is stopped")
        assert "recreated" in (await stopped(pool, place) or "")
        await written.records(beside, 5)
        identity = (await Identities(kafka).of([topic]))[topic]
        await pool.execute(SQL["set_cursor"], topic, 0, 0, "looked into it", "a person", *identity)

        async def all_read() -> bool:
            found = await pool.fetchrow("select raw, count from tally where key = 'new'")
            return found is not None and tuple(found) == (8, 8)

        await until(all_read, "the new log is read from its start")
        assert await pool.fetchval("select next_offset from cursor where topic = $1", other) == 5


async def test_a_trimmed_log_stops_by_name(kafka: str, pool: Pool, topics: Topics) -> None:
    topic, written = fresh("trimmed"), Written(kafka)
    place = TopicPartition(topic, 0)
    subscription = Subscription(fresh("group"), (topic,))
    await topics.create(topic, 1)
    await written.records(place, 5)
    async with member(kafka, pool, subscription):
        await written.settled(pool)
    async with producing(kafka) as producer:
        await write(producer, place, [f"late:{number}".encode() for number in range(900, 910)])
    await topics.trim(place, 8)
    async with member(kafka, pool, subscription):

        async def is_stopped() -> bool:
            return await stopped(pool, place) == "the log was trimmed: offsets 5 to 7 are LOST"

        await until(is_stopped, "the trimmed partition is stopped, and says what is lost")
