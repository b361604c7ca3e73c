"""A worker that stops in the middle of its work and wakes up when another has done all of it: its records count once.

It is stopped before each I/O of its first batches. While it holds the cursors' locks, the other waits until the server has ended its
transaction (`idle_in_transaction_session_timeout`); after that the lock, and what it finds behind it, is the fence.
"""

import asyncio
from collections.abc import Callable, Iterator

import pytest
import uvloop

from shared.runtime import consumer, cursor, database
from shared.runtime.batch import SQL
from shared.runtime.consumer import Consumer
from shared.runtime.database import Connection, Pool, connect_pool
from tests.support import tally
from tests.support.faults import Failing, Freezing, Points
from tests.support.road import STEPS, Road

FROZEN_AT = range(1, 40)
"""The alignment, two batches, and what lies between them."""


@pytest.fixture(scope="module")
def url(postgres: str) -> Iterator[str]:
    with tally.database(postgres) as url:
        yield url


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stopped process loses its transaction after 5 s; here sooner, but not before the other has done its work."""
    monkeypatch.setitem(database.FENCED, "idle_in_transaction_session_timeout", "250ms")


async def wake_after_another(pool: Pool, observer: Connection, number: int) -> list[str]:
    """What is wrong when a worker stops before this I/O, another does everything, and the first goes on."""
    freezing = Freezing(number)
    road = Road(pool, observer)
    await road.prepare()
    zombie = asyncio.create_task(until_finished(road, road.consumer(Points(freezing))))
    frozen = asyncio.create_task(freezing.frozen.wait())
    await asyncio.wait([zombie, frozen], return_when=asyncio.FIRST_COMPLETED)
    assert freezing.frozen.is_set(), f"I/O {number} was not reached"
    await until_finished(road, road.consumer(Points(Failing())))
    freezing.thaw.set()
    await zombie
    return await road.recount()


async def until_finished(road: Road, worker: Consumer) -> None:
    """Work until all is read, and one turn more: what a zombie had in hand comes now."""
    for _ in range(STEPS):
        await worker.step()
        if await road.finished():
            break
    await worker.step()


async def wake_everywhere(url: str, *, enough: int) -> dict[int, list[str]]:
    wrong: dict[int, list[str]] = {}
    pool, watch = await connect_pool(url, tally.SCHEMA), await connect_pool(url, tally.SCHEMA, size=1)
    async with pool, watch, watch.acquire() as observer:
        for number in FROZEN_AT:
            if len(wrong) < enough and (found := await wake_after_another(pool, observer, number)):
                wrong[number] = found
    return wrong


def test_a_worker_that_wakes_up_counts_nothing_twice(url: str) -> None:
    assert uvloop.run(wake_everywhere(url, enough=3)) == {}


def row_lock_dropped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cursor, "SQL", {**SQL, "lock_cursors": SQL["lock_cursors"].replace("for update", "")})


def replay_not_dropped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(consumer, "uncounted", lambda records, _cursor: records)


@pytest.mark.parametrize("plant", [row_lock_dropped, replay_not_dropped])
def test_a_planted_bug_is_caught(plant: Callable[[pytest.MonkeyPatch], None], url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    found = [finding for findings in uvloop.run(wake_everywhere(url, enough=1)).values() for finding in findings]
    assert any(finding.startswith("doubled") for finding in found), found
