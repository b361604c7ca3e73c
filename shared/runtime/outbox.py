"""The outbox's relay: read rows, send, await every confirmation, delete, in one transaction. It may send twice, never zero times."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from shared.runtime import metrics
from shared.runtime.batch import SQL
from shared.runtime.database import Connection, Pool

SEND_SECONDS = 4.0
"""aiokafka's `send` and `stop` wait for ever while the broker is down."""


class Relay:
    """One relay a service: the advisory lock lets one process send; the others stand by."""

    def __init__(
        self,
        service: str,
        pool: Pool,
        make_producer: Callable[[], AIOKafkaProducer],
        *,
        rows: int = 8,
        idle_seconds: float = 0.02,
    ) -> None:
        self.service = service
        self._pool = pool
        self._make_producer = make_producer
        self._rows = rows
        self._idle_seconds = idle_seconds
        self._log = structlog.get_logger()

    async def run(self, stopping: asyncio.Event) -> None:
        """Lead or stand by until `stopping` is set; after an error start anew with a new producer."""
        metrics.RELAY_LEADS.labels(self.service).set(0)
        while not stopping.is_set():
            try:
                async with self._pool.acquire(timeout=5) as connection:
                    if await connection.fetchval(SQL["lead_relay"]):
                        await self._lead(connection, stopping)
            except Exception as error:  # noqa: BLE001  # broker or database away: nothing was deleted, so nothing is lost
                self._log.warning("relay starts anew", error=type(error).__name__, detail=str(error)[:300])
            await _wait(stopping, 1.0)

    async def _lead(self, connection: Connection, stopping: asyncio.Event) -> None:
        producer = self._make_producer()
        try:
            await asyncio.wait_for(producer.start(), SEND_SECONDS)
            metrics.RELAY_LEADS.labels(self.service).set(1)
            while not stopping.is_set():
                if not await self.relay(connection, producer):
                    await _wait(stopping, self._idle_seconds)
        finally:
            metrics.RELAY_LEADS.labels(self.service).set(0)
            with contextlib.suppress(Exception):
                await asyncio.wait_for(producer.stop(), 2.0)
            try:
                await connection.execute("select pg_advisory_unlock_all()")
            except Exception:  # noqa: BLE001  # it must not go back to the pool with the lock
                connection.terminate()

    async def relay(self, connection: Connection, producer: Any) -> int:
        """Send what is there, at most one batch; the rows are deleted only when the broker has confirmed every one of them."""
        async with connection.transaction():
            rows = await connection.fetch(SQL["read_outbox"], self._rows)
            if not rows:
                return 0
            events = [event for row in rows for event in zip(row["topics"], row["keys"], row["payloads"], strict=True)]
            async with asyncio.timeout(SEND_SECONDS):
                await send(producer, events)
            await connection.execute(SQL["delete_outbox"], [row["id"] for row in rows])
        metrics.RELAYED.labels(self.service).inc(len(events))
        return len(events)


async def send(producer: Any, events: Iterable[tuple[str, bytes, bytes]]) -> None:
    """Send (topic, key, value), each partition's in their order, and return when every one is confirmed.

    Whole batches for each partition: a `send` for each event costs five times as much.
    """
    places: dict[tuple[str, int], list[tuple[bytes, bytes]]] = {}
    numbers: dict[str, list[int]] = {}
    for topic, key, value in events:
        if topic not in numbers:
            numbers[topic] = sorted(await producer.partitions_for(topic))
        there = numbers[topic]
        partition = there[_place(key, len(there))] if len(there) > 1 else there[0]
        places.setdefault((topic, partition), []).append((key, value))
    confirmations = []
    for (topic, partition), messages in places.items():
        batch = producer.create_batch()
        for key, value in messages:
            if batch.append(key=key, value=value, timestamp=None) is None:  # it is full
                confirmations.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                batch.append(key=key, value=value, timestamp=None)
        confirmations.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*confirmations)


@lru_cache(maxsize=65536)
def _place(key: bytes, partitions: int) -> int:
    """The partition of a key, as every Kafka client's default partitioner has it."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions


async def _wait(stopping: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
