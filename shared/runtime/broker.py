"""Kafka: the one way to subscribe, the one way to produce, and which log this is.

FastStream makes the subscriber and runs its life; it gets no handler, because its own reading loop loses or stops too much (a
header key that is not UTF-8 stops every partition of a worker). `consumer.py` reads from the subscriber's client instead.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from confluent_kafka import TopicCollection
from confluent_kafka.admin import AdminClient
from faststream import AckPolicy
from faststream.kafka import KafkaBroker


class LogClient(Protocol):
    """The part of aiokafka's consumer that we use; a test stands in its place and is held to the same behaviour."""

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]]: ...
    def seek(self, partition: TopicPartition, offset: int) -> None: ...
    def pause(self, *partitions: TopicPartition) -> None: ...
    def resume(self, *partitions: TopicPartition) -> None: ...
    def paused(self) -> set[TopicPartition]: ...
    def assignment(self) -> Collection[TopicPartition]: ...
    def highwater(self, partition: TopicPartition) -> int | None: ...
    async def position(self, partition: TopicPartition) -> int: ...
    async def commit(self, offsets: dict[TopicPartition, int]) -> None: ...
    async def beginning_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]: ...
    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]: ...


class LogIdentity(NamedTuple):
    """Which log an offset counts: a recreated topic or another cluster starts from 0 again, and is another log."""

    cluster_id: str
    topic_id: str


class Subscription(NamedTuple):
    """What one consumer group reads: named topics, or every topic whose name matches a pattern."""

    group: str
    topics: tuple[str, ...] = ()
    pattern: str | None = None
    gathers_ms: int = 0
    """How long Kafka gathers records before it answers, for readers that need not be quick: fewer and larger batches."""


class Positions(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka carries no type information
    """What we hold about the client's place in each assigned partition. A rebalance or an error moves it unseen, so all is forgotten."""

    def __init__(self) -> None:
        self.cursors: dict[TopicPartition, int | None] = {}
        """The cursor to which the client was brought; None when the partition is stopped."""
        self.sought: dict[TopicPartition, int] = {}
        """Where we have just sought to, and nothing was applied since: a jump right after that is real."""

    def forget(self) -> None:
        self.cursors.clear()
        self.sought.clear()

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        self.forget()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self.forget()


def subscriber(servers: str, subscription: Subscription, positions: Positions) -> tuple[KafkaBroker, Any]:
    """A broker and its one subscriber, not started. After `await broker.start()` the client is `subscriber.consumer`."""
    broker = KafkaBroker(
        servers,
        consumer_only=True,  # else an idempotent producer starts, which a read-only principal may not
        allow_auto_create_topics=False,  # FastStream would create topics although the broker must not
        metadata_max_age_ms=10_000,  # with the default a new provider's topic stays unseen for minutes
        logger=logging.getLogger("faststream"),
        log_level=logging.DEBUG,
    )
    sub = broker.subscriber(
        *subscription.topics,
        pattern=subscription.pattern,
        batch=True,
        group_id=subscription.group,
        listener=positions,  # runs beside a running batch: the cursor's lock is the fence, not this
        auto_offset_reset="earliest",  # the cursor decides; `latest` would skip a new topic's first records
        ack_policy=AckPolicy.MANUAL,
        no_reply=True,  # a `reply_to` header from the wire must not make us publish
        session_timeout_ms=6000,
        heartbeat_interval_ms=1000,
        max_partition_fetch_bytes=1_048_576,
        fetch_max_wait_ms=max(50, subscription.gathers_ms),
        fetch_min_bytes=262_144 if subscription.gathers_ms else 1,
    )
    return broker, sub


def producer(servers: str) -> AIOKafkaProducer:
    """An idempotent producer that waits for all replicas; not started."""
    return AIOKafkaProducer(
        bootstrap_servers=servers,
        acks="all",
        enable_idempotence=True,
        compression_type="zstd",  # aiokafka compresses lz4 at its highest level: 27 us an event for 99 bytes; this is 1.6 us for 71
        linger_ms=2,
        max_batch_size=262_144,
        max_request_size=1_048_576,
    )


class Identities:
    """Asks the cluster which logs the topics are; confluent-kafka's admin, because aiokafka's tells no topic ids."""

    def __init__(self, servers: str) -> None:
        self._admin = AdminClient({"bootstrap.servers": servers, "socket.timeout.ms": 5000, "log_level": 0})

    async def of(self, topics: Collection[str]) -> dict[str, LogIdentity]:
        """The identity of each topic that exists. Raises KafkaException when the broker does not answer in 10 s."""
        return await asyncio.to_thread(self._ask, list(topics))

    def _ask(self, topics: list[str]) -> dict[str, LogIdentity]:
        cluster = self._admin.describe_cluster(request_timeout=10).result(10)
        found = self._admin.describe_topics(TopicCollection(topics), request_timeout=10) if topics else {}
        identities = {}
        for name, future in found.items():
            if (error := future.exception(10)) is None:
                identities[name] = LogIdentity(cluster.cluster_id, str(future.result().topic_id))
            elif "UNKNOWN_TOPIC" not in str(error):
                raise error
        return identities


Ends = Callable[[Collection[str]], Awaitable[Mapping[TopicPartition, int]]]
"""Where the logs of topics end now, by partition."""


@asynccontextmanager
async def log_ends(servers: str) -> AsyncIterator[Ends]:
    """A function that tells it."""
    async with AIOKafkaConsumer(bootstrap_servers=servers) as client:

        async def ends(topics: Collection[str]) -> Mapping[TopicPartition, int]:
            await client.topics()  # without it the client knows no partitions of topics that it does not read
            places = [TopicPartition(topic, part) for topic in topics for part in client.partitions_for_topic(topic) or ()]
            found: dict[TopicPartition, int] = await client.end_offsets(places)
            return found

        yield ends
