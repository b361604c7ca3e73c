"""Figures are not frozen ahead of what is applied: each place on the road of an event keeps them waiting, by name."""

from collections.abc import AsyncIterator, Collection, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import TopicPartition

from services.reporting.store.applied import MOMENT, BehindError, UnclearError, clear, latest, until_applied
from shared import clock
from shared.runtime.blurred import Span, spanned
from shared.runtime.database import Pool, connect_pool
from shared.runtime.documents import SETTLED
from shared.runtime.stated import Stated, microseconds
from shared.versions import Document

CARE, CLOCKS = TopicPartition("referrals.v1", 0), TopicPartition("waits.v1", 3)
QUEUED = "insert into {}.outbox (topics, keys, payloads) values ('{{x}}', '{{x}}', '{{x}}')"
NOW = datetime(2025, 4, 11, 12, tzinfo=UTC)
SPAN = "insert into {}.blurred (first, last) values ($1, $2)"
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


async def test_an_instant_is_chosen_of_which_everything_can_be_told(admin: Pool, reporting: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + SETTLED)
    second = timedelta(seconds=1)

    async def nothing(_: Collection[str]) -> Mapping[TopicPartition, int]:
        return {}

    assert await latest(reporting, nothing, 1) == NOW
    await admin.execute(SPAN.format("waits"), NOW, NOW + second)
    await admin.execute(SPAN.format("reporting"), NOW - 9 * second, NOW)
    assert await latest(reporting, nothing, 1) == NOW - 9 * second - MOMENT
    with pytest.raises(
        UnclearError, match=r"12:00:00\+00:00 was taken .*: name 2025-04-11T11:59:50.999999\+00:00 or 2025-04-11T12:00:01\+00:00$"
    ):
        await clear(reporting, nothing, NOW, 2)
    await clear(reporting, nothing, NOW + second, 2)
    await admin.execute("insert into waits.definition (id, version, toml, digest, added_by, state, added_at, finished_at) values "
                        "('d', 1, '', '', '', 'running', $1, $2)", NOW - 90 * second, NOW - 5 * second)  # fmt: skip
    with pytest.raises(UnclearError, match=r"what was known since 2025-04-11T11:58:29.999999\+00:00 cannot be told yet"):
        await latest(reporting, nothing, 1)


def test_what_is_taken_in_at_once_is_blurred_person_by_person() -> None:
    def stated(person: str, second: int) -> Stated:
        return Stated(None, person, "RXX", "contact", "c", [], NOW + timedelta(seconds=second), (None, None), None)  # type: ignore[arg-type]

    known: Document = {"RXX|contact|c": [[0, microseconds(NOW + timedelta(seconds=7)), "", "", {}]]}
    found = spanned({"a": {}, "b": {}, "c": known}, [stated("a", 3), stated("a", 1), stated("b", 2), stated("c", 5)])
    assert [span for span in found if span.last > span.first] == [
        Span(NOW + timedelta(seconds=1), NOW + timedelta(seconds=3)),
        Span(NOW + timedelta(seconds=5), NOW + timedelta(seconds=7)),  # the later one was taken in first
    ]


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
