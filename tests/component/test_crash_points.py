"""Crash points: the consumer form fails before and after every I/O it does, and nothing is lost or doubled.

Over a real PostgreSQL and a log in memory, each fault in two flavours: the process dies, or an error comes back and it goes on.
COMMIT fails like every other I/O: before it is done (not applied), and after (applied, but the reply is lost).
Each planted bug must be caught by the same enumeration: one that cannot fail proves nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import uvloop
from aiokafka import TopicPartition

from shared.runtime import cursor
from shared.runtime.batch import Batch, Record
from shared.runtime.consumer import Consumer
from shared.runtime.cursor import Cursor
from shared.runtime.database import Pool, connect_pool
from tests.support import tally
from tests.support.faults import every_fault
from tests.support.road import Road


@pytest.fixture(scope="module")
def url(postgres: str) -> Iterator[str]:
    with tally.database(postgres) as url:
        yield url


async def enumerate_faults(url: str, *, enough: int, auto_commit: bool = False) -> dict[str, list[str]]:
    """What goes wrong, by the fault that brought it out; ends when `enough` faults have."""
    wrong: dict[str, list[str]] = {}
    pool, watch = await connect_pool(url, tally.SCHEMA), await connect_pool(url, tally.SCHEMA, size=1)
    async with pool, watch, watch.acquire() as observer:
        smooth = Road(pool, observer, auto_commit=auto_commit)
        if found := await smooth.drive():
            wrong["no fault"] = found
        for fault in every_fault(len(smooth.points.names)):
            if len(wrong) >= enough:
                break
            road = Road(pool, observer, fault, auto_commit=auto_commit)
            found = await road.drive()
            assert road.failing.met, f"{fault} was not met: the road is not the same every time"
            if found:
                wrong[road.failing.met[0]] = found
    return wrong


def test_no_fault_loses_or_doubles_anything(url: str) -> None:
    assert uvloop.run(enumerate_faults(url, enough=3)) == {}


Patch = pytest.MonkeyPatch
ByPlace = Mapping[TopicPartition, list[Record]]
apply, unfit, handle, advance, write = Consumer._apply, Consumer._unfit, Consumer._handle, cursor.advance, Batch.write


def commit_to_kafka_first(patch: Patch) -> None:
    async def planted(self: Consumer, by_place: ByPlace) -> Any:
        await self._client.commit({place: records[-1].offset + 1 for place, records in by_place.items()})
        return await apply(self, by_place)

    patch.setattr(Consumer, "_apply", planted)


def cursor_outside_the_transaction(patch: Patch) -> None:
    later: list[tuple[Any, ...]] = []

    async def put_off(_connection: object, *moves: Any) -> None:
        later.append(moves)

    async def planted(self: Consumer, by_place: ByPlace) -> Any:
        later.clear()
        result = await apply(self, by_place)
        async with self._pool.acquire() as connection:
            for moves in later:
                await advance(connection, *moves)
        return result

    patch.setattr(cursor, "advance", put_off)
    patch.setattr(Consumer, "_apply", planted)


def dead_letter_outside_the_transaction(patch: Patch) -> None:
    pools: list[Pool] = []

    async def handle_planted(self: Consumer, batch: Batch, *cursors: Any) -> None:
        pools.append(self._pool)
        await handle(self, batch, *cursors)

    async def write_planted(batch: Batch) -> None:
        letters, batch.dead = batch.dead, []
        async with pools[-1].acquire() as connection:
            apart = Batch(connection, [], batch.received)
            apart.dead = letters
            await write(apart)
        await write(batch)

    patch.setattr(Consumer, "_handle", handle_planted)
    patch.setattr(Batch, "write", write_planted)


def gap_skipped(patch: Patch) -> None:
    async def planted(self: Consumer, place: TopicPartition, held: Cursor, records: list[Record]) -> str | None:
        return None if records[0].offset > held.next_offset else await unfit(self, place, held, records)

    patch.setattr(Consumer, "_unfit", planted)


def error_passed_over(patch: Patch) -> None:
    async def planted(self: Consumer, error: Exception, **_: object) -> None:
        self._streak += 1

    patch.setattr(Consumer, "_failed", planted)


PLANTED: dict[Callable[[Patch], None], str] = {
    commit_to_kafka_first: "ahead",
    cursor_outside_the_transaction: "doubled",
    dead_letter_outside_the_transaction: "dead letter above its cursor",
    gap_skipped: "lost, and not named",
    error_passed_over: "lost",
}


@pytest.mark.parametrize(("plant", "kind"), PLANTED.items(), ids=[plant.__name__ for plant in PLANTED])
def test_a_planted_bug_is_caught(plant: Callable[[Patch], None], kind: str, url: str, monkeypatch: Patch) -> None:
    plant(monkeypatch)
    assert_caught(uvloop.run(enumerate_faults(url, enough=1)), kind)


def test_the_default_ack_policy_is_caught(url: str) -> None:
    """Auto-commit: the client commits what it has handed over, whatever becomes of it."""
    assert_caught(uvloop.run(enumerate_faults(url, enough=1, auto_commit=True)), "ahead")


def assert_caught(wrong: Mapping[str, list[str]], kind: str) -> None:
    found = [finding for findings in wrong.values() for finding in findings]
    assert any(finding.startswith(kind) for finding in found), found
