"""One behaviour, two logs: the log in memory that stands in for aiokafka does what aiokafka does on a real broker."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Protocol

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError

from shared.runtime.broker import LogClient, Positions, Subscription, subscriber
from tests.support.log import Cluster, MemoryClient
from tests.support.topics import Topics, fresh, producing, until, write, write_undecodable


class Log(Protocol):
    """A topic of two partitions that can be written, and read by a member of a group."""

    places: tuple[TopicPartition, TopicPartition]

    async def write(self, place: TopicPartition, *values: str) -> None: ...
    async def write_undecodable(self, place: TopicPartition) -> None: ...
    async def write_transaction(self, place: TopicPartition, *values: str) -> None: ...
    async def trim(self, place: TopicPartition, start: int) -> None: ...
    async def client(self) -> LogClient: ...


class MemoryLog:
    def __init__(self) -> None:
        self._cluster = Cluster()
        self._cluster.create("proof", 2)
        self.places = (TopicPartition("proof", 0), TopicPartition("proof", 1))

    async def write(self, place: TopicPartition, *values: str) -> None:
        for value in values:
            self._cluster.append(place, value.encode())

    async def write_undecodable(self, place: TopicPartition) -> None:
        self._cluster.append(place, undecodable=True)

    async def write_transaction(self, place: TopicPartition, *values: str) -> None:
        await self.write(place, *values)
        self._cluster.mark(place)

    async def trim(self, place: TopicPartition, start: int) -> None:
        self._cluster.trim(place, start)

    async def client(self) -> LogClient:
        return MemoryClient(self._cluster, self.places)


class KafkaLog:
    def __init__(self, servers: str, stack: AsyncExitStack) -> None:
        self._servers = servers
        self._stack = stack
        self._topics = Topics(servers)
        self._topic, self._group = fresh("behaviour"), fresh("group")
        self.places = (TopicPartition(self._topic, 0), TopicPartition(self._topic, 1))

    async def start(self) -> "KafkaLog":
        await self._topics.create(self._topic, 2)
        self._producer = await self._stack.enter_async_context(producing(self._servers))
        return self

    async def write(self, place: TopicPartition, *values: str) -> None:
        await write(self._producer, place, [value.encode() for value in values])

    async def write_undecodable(self, place: TopicPartition) -> None:
        await write_undecodable(self._servers, place)

    async def write_transaction(self, place: TopicPartition, *values: str) -> None:
        await self._topics.write_transaction(place, [value.encode() for value in values])

    async def trim(self, place: TopicPartition, start: int) -> None:
        await self._topics.trim(place, start)

    async def client(self) -> LogClient:
        """A new member; the one before leaves the group first."""
        await self._leave()
        broker, member = subscriber(self._servers, Subscription(self._group, (self._topic,)), Positions())
        await broker.start()
        self._broker = broker
        client: LogClient = member.consumer

        async def assigned() -> bool:
            return set(client.assignment()) == set(self.places)

        await until(assigned, "both partitions are assigned")
        return client

    async def _leave(self) -> None:
        if broker := self.__dict__.pop("_broker", None):
            await broker.stop()

    async def stop(self) -> None:
        await self._leave()


@pytest.fixture(params=["memory", "kafka"])
async def log(request: pytest.FixtureRequest) -> AsyncIterator[Log]:
    if request.param == "memory":
        yield MemoryLog()
        return
    async with AsyncExitStack() as stack:
        kafka = await KafkaLog(request.getfixturevalue("kafka"), stack).start()
        yield kafka
        await kafka.stop()


async def take(client: LogClient, *places: TopicPartition, records: int, limit: int = 100) -> list[tuple[int, int, str]]:
    """Read until that many have come: partition, offset and value, in the order of the log."""
    found: list[tuple[int, int, str]] = []

    async def enough() -> bool:
        for place, raws in (await client.getmany(*places, timeout_ms=200, max_records=limit)).items():
            found.extend((place.partition, raw.offset, (raw.value or b"").decode()) for raw in raws)
        return len(found) >= records

    await until(enough, f"{records} records, there were {found}")
    return sorted(found)


async def test_records_come_with_their_offsets_and_move_the_position(log: Log) -> None:
    await log.write(log.places[0], "a", "b")
    await log.write(log.places[1], "c")
    client = await log.client()
    assert await take(client, records=3) == [(0, 0, "a"), (0, 1, "b"), (1, 0, "c")]
    assert [await client.position(place) for place in log.places] == [2, 1]
    assert await client.getmany(timeout_ms=10) == {}
    assert [client.highwater(place) for place in log.places] == [2, 1]


async def test_no_more_than_asked_for(log: Log) -> None:
    await log.write(log.places[0], "a", "b", "c")
    client = await log.client()
    assert await take(client, records=1, limit=2) == [(0, 0, "a"), (0, 1, "b")]
    assert await client.position(log.places[0]) == 2
    assert await take(client, log.places[0], records=1, limit=1) == [(0, 2, "c")]


async def test_a_marker_takes_an_offset_and_is_never_handed_over(log: Log) -> None:
    await log.write_transaction(log.places[0], "a", "b")
    await log.write(log.places[0], "c")
    await log.write_transaction(log.places[0], "d")
    client = await log.client()
    assert await take(client, records=4) == [(0, 0, "a"), (0, 1, "b"), (0, 3, "c"), (0, 4, "d")]
    assert await client.position(log.places[0]) == 6
    assert (await client.end_offsets([log.places[0]]))[log.places[0]] == 6


async def test_seek_goes_back_and_forth(log: Log) -> None:
    await log.write(log.places[0], "a", "b", "c")
    client = await log.client()
    await take(client, records=3)
    client.seek(log.places[0], 1)
    assert await take(client, records=2) == [(0, 1, "b"), (0, 2, "c")]
    client.seek(log.places[0], 0)
    client.seek(log.places[0], 2)
    assert await take(client, records=1) == [(0, 2, "c")]


async def test_what_is_not_assigned_cannot_be_moved(log: Log) -> None:
    client = await log.client()
    other = TopicPartition(log.places[0].topic, 7)
    with pytest.raises(IllegalStateError):
        client.seek(other, 0)
    with pytest.raises(IllegalStateError):
        client.pause(other)
    with pytest.raises(IllegalStateError):
        client.resume(other)


async def test_a_paused_partition_rests(log: Log) -> None:
    client = await log.client()
    client.pause(log.places[0])
    await log.write(log.places[0], "a")
    await log.write(log.places[1], "b")
    assert await take(client, records=1) == [(1, 0, "b")]
    assert client.paused() == {log.places[0]}
    client.resume(log.places[0])
    assert await take(client, records=1) == [(0, 0, "a")]


async def test_a_new_member_starts_from_what_was_committed_or_at_the_start(log: Log) -> None:
    await log.write(log.places[0], "a", "b")
    await log.write(log.places[1], "c")
    client = await log.client()
    await take(client, records=3)
    await client.commit({log.places[0]: 1})
    client = await log.client()
    assert await take(client, records=2) == [(0, 1, "b"), (1, 0, "c")]


async def test_a_position_before_the_log_falls_to_its_start(log: Log) -> None:
    await log.write(log.places[0], "a", "b", "c")
    client = await log.client()
    await take(client, records=3)
    await log.trim(log.places[0], 2)
    assert (await client.beginning_offsets([log.places[0]]))[log.places[0]] == 2
    client.seek(log.places[0], 0)
    assert await take(client, records=1) == [(0, 2, "c")]


async def test_a_position_beyond_the_log_falls_to_its_start(log: Log) -> None:
    await log.write(log.places[0], "a")
    client = await log.client()
    client.seek(log.places[0], 9)
    assert await take(client, records=1) == [(0, 0, "a")]


async def test_what_cannot_be_decoded_raises_until_it_is_stepped_over(log: Log) -> None:
    bad, good = log.places
    await log.write(bad, "a", "b")
    await log.write_undecodable(bad)
    await log.write(bad, "c")
    await log.write(good, "d")
    client = await log.client()
    for _ in range(3):
        await raises(client)
    client.seek(good, 0)
    assert await take(client, good, records=1) == [(1, 0, "d")]
    client.seek(bad, 0)
    assert await take(client, bad, records=2, limit=1) == [(0, 0, "a"), (0, 1, "b")]
    for _ in range(3):
        await raises(client, bad, limit=1)
        assert await client.position(bad) == 2
    client.seek(bad, 3)
    assert await take(client, bad, records=1) == [(0, 3, "c")]


async def raises(client: LogClient, *places: TopicPartition, limit: int = 100) -> None:
    """Read until it raises what an undecodable record raises."""

    async def raised() -> bool:
        try:
            await client.getmany(*places, timeout_ms=200, max_records=limit)
        except UnicodeError:
            return True
        return False

    await until(raised, "the record that cannot be decoded is met")
