"""Topics of a real broker for tests: made, trimmed, deleted; and records that are hard to read."""

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from confluent_kafka import TopicPartition as Mark
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]  # typed in part
from confluent_kafka.cimpl import NewTopic

from shared.runtime import broker

_numbers = itertools.count(1)


def fresh(label: str) -> str:
    """A name that no other test has."""
    return f"proof.{label}.{os.getpid()}.{next(_numbers)}"


async def until(condition: Callable[[], Awaitable[bool]], what: str, *, seconds: float = 30) -> None:
    """Wait until the condition holds; fails by name when it does not in time."""
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline, f"not in {seconds:.0f} s: {what}"
        await asyncio.sleep(0.05)


class Topics:
    """The administration that tests need."""

    def __init__(self, servers: str) -> None:
        self.servers = servers
        self._admin = AdminClient({"bootstrap.servers": servers, "log_level": 0})

    async def create(self, topic: str, partitions: int) -> None:
        """Make a topic and wait until all its partitions can be written."""
        await self._done(self._admin.create_topics([NewTopic(topic, partitions)]))
        await until(lambda: self._has(topic, partitions), f"topic {topic} has its leaders")

    async def delete(self, topic: str) -> None:
        await self._done(self._admin.delete_topics([topic]))
        await until(lambda: self._has(topic, 0), f"topic {topic} is gone")

    async def trim(self, place: TopicPartition, start: int) -> None:
        """What retention does, at once."""
        await self._done(self._admin.delete_records([Mark(place.topic, place.partition, start)]))

    async def write_transaction(self, place: TopicPartition, values: Sequence[bytes]) -> None:
        """Write records in a transaction, and wait until its marker has taken the offset after the last of them."""
        end = await self._end(place) + len(values) + 1
        producer = AIOKafkaProducer(bootstrap_servers=self.servers, transactional_id=fresh("writer"))
        await producer.start()
        try:
            async with producer.transaction():
                await write(producer, place, values)
        finally:
            await producer.stop()

        async def marked() -> bool:
            return await self._end(place) == end

        await until(marked, f"the marker of a transaction in {place}")

    async def _end(self, place: TopicPartition) -> int:
        futures = self._admin.list_offsets({Mark(place.topic, place.partition): OffsetSpec.latest()})  # type: ignore[no-untyped-call]
        return int((await asyncio.to_thread(next(iter(futures.values())).result, 30)).offset)

    async def _done(self, futures: dict[Any, Any]) -> None:
        for future in futures.values():
            await asyncio.to_thread(future.result, 30)

    async def _has(self, topic: str, partitions: int) -> bool:
        listed = (await asyncio.to_thread(self._admin.list_topics, timeout=10)).topics
        found = listed[topic].partitions.values() if topic in listed else ()
        return len([partition for partition in found if partition.leader >= 0]) == partitions


@asynccontextmanager
async def producing(servers: str) -> AsyncIterator[AIOKafkaProducer]:
    """The services' own producer, started."""
    producer = broker.producer(servers)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def write(producer: AIOKafkaProducer, place: TopicPartition, values: Iterable[bytes]) -> None:
    """Write records and wait until the broker has them all."""
    sent = [await producer.send(place.topic, value, partition=place.partition) for value in values]
    await asyncio.gather(*sent)


class NotText(str):
    """A header key whose bytes are not UTF-8: the broker takes it, and aiokafka cannot decode it."""

    __slots__ = ()

    def encode(self, *_args: str) -> bytes:
        return b"\xff"


async def write_undecodable(servers: str, place: TopicPartition) -> None:
    """Write one record that has such a header. Only aiokafka's builder in plain Python asks the key for its bytes."""
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all")
    await producer.start()
    try:
        batch = producer.create_batch()
        batch._builder = _DefaultRecordBatchBuilderPy(
            2, 0, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=0, batch_size=16_384
        )
        batch.append(timestamp=None, key=None, value=b"unreadable", headers=[(NotText(), b"")])
        await (await producer.send_batch(batch, place.topic, partition=place.partition))
    finally:
        await producer.stop()
