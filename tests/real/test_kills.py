"""Ten SIGKILLs under load, on a real broker and a real PostgreSQL: nothing lost, nothing counted twice, every event sent.

Two workers share three partitions. In each round one kills itself at an I/O chosen by the seed, and the other is killed from outside
once that many more records are counted. Ten kills without a loss bound the loss rate of a kill only below 26%: the enumeration of
crash points carries the argument, this shows that the parts hold together.
"""

import asyncio
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.runtime.database import Connection
from tests.support import tally
from tests.support.tally import OUTGOING, SCHEMA, Logged
from tests.support.topics import Topics, fresh, producing, until

SEED = 20_240_701
ROUNDS = 5
RECORDS_A_ROUND = 5_000
PARTITIONS = 3


@pytest.fixture
async def observer(url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(url, server_settings={"search_path": SCHEMA})
    yield connection
    await connection.close()


def load(chance: random.Random, first: int) -> list[bytes]:
    """A round's records: 15% of them duplicates of earlier ones, 1% poison."""
    values = []
    for number in range(first, first + RECORDS_A_ROUND):
        known = chance.randrange(number + 1) if chance.random() < 0.15 else number
        values.append(b"poison" if chance.random() < 0.01 else f"key-{known % 97}:{known}".encode())
    return values


async def write(producer: AIOKafkaProducer, topic: str, values: list[bytes]) -> list[Logged]:
    """Spread over the partitions; returns what the broker has confirmed, with its offsets."""
    sent = [await producer.send(topic, value, partition=number % PARTITIONS) for number, value in enumerate(values)]
    told = await asyncio.gather(*sent)
    return [Logged(TopicPartition(topic, at.partition), at.offset, value) for at, value in zip(told, values, strict=True)]


class Workers:
    """Starts worker processes, and leaves none."""

    def __init__(self, servers: str, url: str, topic: str, log: Path) -> None:
        self._environment = os.environ | {
            "KAFKA_BOOTSTRAP_SERVERS": servers,
            "DATABASE_URL": url,
            "PROOF_TOPIC": topic,
            "PROOF_GROUP": fresh("group"),
            "BATCH_RECORDS": "200",
        }
        self._log = log

    @contextmanager
    def one(self, **settings: str) -> Iterator["subprocess.Popen[bytes]"]:
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "tests.support.worker"]
            process = subprocess.Popen(command, env=self._environment | settings, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


async def test_ten_kills(kafka: str, url: str, observer: Connection, tmp_path: Path) -> None:
    topic, chance = fresh("kills"), random.Random(SEED)  # noqa: S311  # chooses where to kill
    topics = Topics(kafka)
    await topics.create(topic, PARTITIONS)
    await topics.create(OUTGOING, 1)
    workers = Workers(kafka, url, topic, tmp_path / "workers.log")
    log: list[Logged] = []

    async def counted(more_than: int) -> bool:
        return int(await observer.fetchval("select coalesce(sum(read_count), 0)::bigint from cursor")) > more_than

    async with producing(kafka) as producer:
        for _ in range(ROUNDS):
            log += await write(producer, topic, load(chance, len(log)))
            with ExitStack() as stack:
                mortal = stack.enter_context(workers.one(PROOF_DIES_AT=str(chance.randrange(20, 120))))
                other = stack.enter_context(workers.one())

                async def dead(process: "subprocess.Popen[bytes]" = mortal) -> bool:
                    return process.poll() is not None

                await until(dead, "a worker kills itself")
                before = int(await observer.fetchval("select coalesce(sum(read_count), 0)::bigint from cursor"))
                if before < len(log):
                    target = chance.randrange(before, len(log))
                    await until(lambda target=target: counted(target), f"more than {target} of {len(log)} records are counted")  # type: ignore[misc]
                assert other.poll() is None
    with workers.one() as last:

        async def settled() -> bool:
            assert last.poll() is None
            return await counted(len(log) - 1) and not await observer.fetchval("select count(*) from outbox")

        await until(settled, "all is read and sent")
    assert await tally.recount(observer, log) == []
    numbers = {record.value for record in log if record.value is not None and b":" in record.value}
    sent = await outgoing(kafka)
    assert set(sent) == numbers
    print(f"{2 * ROUNDS} kills, {len(log)} records, {len(numbers)} events, {sum(sent.values()) - len(numbers)} of them sent again")


async def outgoing(servers: str) -> Counter[bytes | None]:
    """Every value in the outgoing topic, and how often it is there."""
    place = TopicPartition(OUTGOING, 0)
    reader = AIOKafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest")
    await reader.start()
    try:
        reader.assign([place])
        end = (await reader.end_offsets([place]))[place]
        found: Counter[bytes | None] = Counter()
        while await reader.position(place) < end:
            for raws in (await reader.getmany(timeout_ms=500)).values():
                found.update(raw.value for raw in raws)
        return found
    finally:
        await reader.stop()
