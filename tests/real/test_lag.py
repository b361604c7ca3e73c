"""Lag in seconds: the age of the oldest record that is not read yet, asked of a real broker."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared import clock
from shared.runtime.health import AGES, oldest_unread
from tests.support.topics import Topics, fresh

WRITTEN = (90_000, 4000, 400, 40, 0)
"""How long ago each record was written, in seconds."""


@pytest.fixture
async def places(kafka: str) -> list[TopicPartition]:
    """Five partitions, each with the same records."""
    topic = fresh("lag")
    await Topics(kafka).create(topic, 5)
    now = int(clock.now().timestamp() * 1000)
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        for partition in range(5):
            for age in WRITTEN:
                await producer.send_and_wait(topic, b"", partition=partition, timestamp_ms=now - age * 1000)
    return [TopicPartition(topic, partition) for partition in range(5)]


@pytest.fixture
async def client(kafka: str) -> AsyncIterator[AIOKafkaConsumer]:
    async with AIOKafkaConsumer(bootstrap_servers=kafka) as client:
        yield client


async def test_the_age_is_that_of_the_record_at_the_cursor(client: AIOKafkaConsumer, places: list[TopicPartition]) -> None:
    ages = await oldest_unread(client, {place: cursor for cursor, place in enumerate(places)})
    assert [ages[place] for place in places] == [86_400, 3600, 300, 30, 0]


async def test_after_the_oldest_step_the_age_stays_there(client: AIOKafkaConsumer, kafka: str) -> None:
    topic = fresh("lag")
    await Topics(kafka).create(topic, 1)
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        await producer.send_and_wait(topic, b"", timestamp_ms=int(clock.now().timestamp() * 1000) - (AGES[-1] + 60) * 1000)
    assert await oldest_unread(client, {TopicPartition(topic, 0): 0}) == {TopicPartition(topic, 0): AGES[-1]}


async def test_nothing_behind_asks_nothing() -> None:
    assert await asyncio.wait_for(oldest_unread(None, {}), 1) == {}
