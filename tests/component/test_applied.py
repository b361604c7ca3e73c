"""Figures are not frozen ahead of what is applied: each place on the road of an event keeps them waiting, by name."""

from collections.abc import AsyncIterator, Collection, Mapping

import pytest
from aiokafka import TopicPartition

from services.reporting.store.applied import BehindError, until_applied
from shared.runtime.database import Pool, connect_pool

CARE, CLOCKS = TopicPartition("referrals.v1", 0), TopicPartition("waits.v1", 3)
QUEUED = "insert into {}.outbox (topics, keys, payloads) values ('{{x}}', '{{x}}', '{{x}}')"
CURSOR = "insert into {}.cursor (topic, partition, cluster_id, topic_id, next_offset) values ($1, $2, 'c', 't', $3)"


@pytest.fixture
async def admin(database_urls: dict[str, str]) -> AsyncIterator[Pool]:
    async with await connect_pool(database_urls["admin"], "public") as pool:
        yield pool


@pytest.fixture
async def reporting(database_urls: dict[str, str]) -> AsyncIterator[Pool]:
    async with await connect_pool(database_urls["reporting"], "reporting") as pool:
        yield pool


async def ends(topics: Collection[str]) -> Mapping[TopicPartition, int]:
    return {place: end for place, end in {CARE: 5, CLOCKS: 7}.items() if place.topic in topics}


async def behind(pool: Pool) -> str:
    try:
        await until_applied(pool, ends, 0.05)
    except BehindError as error:
        return str(error).removeprefix("after 0.05 s ").partition(":")[0]
    return ""


async def test_every_place_on_the_road_is_waited_for(admin: Pool, reporting: Pool) -> None:
    await admin.execute(QUEUED.format("referrals"))
    assert await behind(reporting) == "referrals has events to send"
    await admin.execute("delete from referrals.outbox")
    assert await behind(reporting) == "waits has events to read"
    await admin.execute(CURSOR.format("waits"), *CARE, 4)
    assert await behind(reporting) == "waits has events to read"
    await admin.execute("update waits.cursor set next_offset = 5")
    await admin.execute("insert into waits.to_compute (personkey, cause) values ('pk1', '{}')")
    assert await behind(reporting) == "waits has clocks to compute"
    await admin.execute("delete from waits.to_compute")
    await admin.execute(QUEUED.format("waits"))
    assert await behind(reporting) == "waits has clocks to send"
    await admin.execute("delete from waits.outbox")
    await admin.execute(CURSOR.format("reporting"), *CARE, 5)
    await admin.execute(CURSOR.format("reporting"), *CLOCKS, 6)
    assert await behind(reporting) == "reporting has events to read"
    await admin.execute("update reporting.cursor set next_offset = 9")
    assert not await behind(reporting)
