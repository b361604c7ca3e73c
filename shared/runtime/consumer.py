"""The one consumer form: a batch, one transaction, the cursor as the fence (01-architecture section 4).

Read a batch -> lock the cursors -> drop what is already counted -> let the handler fold and write -> advance the cursors -> COMMIT
-> tell Kafka the offsets, as a lag hint only. On any error: roll back, wait, go back to the cursors, read again.
A partition whose log does not fit its cursor is stopped, named, and the others go on.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

import structlog
from aiokafka import TopicPartition

from shared import clock
from shared.runtime import cursor as cursors
from shared.runtime import metrics
from shared.runtime.batch import SQL, Batch, Record
from shared.runtime.broker import LogClient, LogIdentity, Positions
from shared.runtime.cursor import Cursor, PartitionStop
from shared.runtime.database import Pool
from shared.runtime.limit import DeadLetterLimit, TooManyDeadLettersError
from shared.runtime.reading import UNDECODABLE, read, read_apart

Handler = Callable[[Batch], Awaitable[None]]
BROKER_SECONDS = 5.0
"""Every question to the broker is bounded: aiokafka waits for ever on a dead one."""
CURSOR_CHECK_SECONDS = 2.0
"""How soon a cursor that a person has set, and a topic that was recreated, are noticed."""


class Asks(Protocol):
    """Which logs the topics are (`broker.Identities`)."""

    async def of(self, topics: list[str]) -> dict[str, LogIdentity]: ...


def uncounted(records: list[Record], cursor: Cursor) -> list[Record]:
    """What the cursor has not counted yet; the rest is a replay."""
    return [record for record in records if record.offset >= cursor.next_offset]


class Applied(NamedTuple):
    """What one transaction did: the cursors as committed, how many records of each partition, and the partitions that must stop."""

    ends: dict[TopicPartition, int]
    records: dict[TopicPartition, int]
    stops: list[PartitionStop]
    originated: list[datetime]


class Consumer:
    """One process's part of a consumer group. `dead_letter_run=None`: no limit (the front door: senders may be wrong all day)."""

    def __init__(
        self,
        service: str,
        client: LogClient,
        pool: Pool,
        identities: Asks,
        handler: Handler,
        *,
        positions: Positions | None = None,
        batch_records: int = 2000,
        batch_milliseconds: int = 20,
        dead_letter_run: int | None = 100,
        backoff: Callable[[int], float] = lambda streak: min(5.0, 0.2 * 2 ** min(streak, 5)),
    ) -> None:
        self.service = service
        self._client = client
        self._pool = pool
        self._asks = identities
        self._handler = handler
        self._batch_records = batch_records
        self._batch_milliseconds = batch_milliseconds
        self._limit = DeadLetterLimit(dead_letter_run)
        self._backoff = backoff
        self._streak = 0
        self._positions = positions or Positions()
        self._known: dict[str, LogIdentity] = {}
        self._cursor_due = 0.0
        self._log = structlog.get_logger()

    async def run(self, stopping: asyncio.Event) -> None:
        """Read and apply until `stopping` is set; the batch in hand is finished first."""
        while not stopping.is_set():
            await self.step()

    async def step(self) -> int:
        """One turn: read at most one batch and apply it. Returns the records applied; never raises an Exception."""
        started = time.monotonic()
        try:
            await self._housekeeping()
            by_place = await self._read()
            if not by_place:
                return 0
            started = time.monotonic()
            applied = await self._apply(by_place)
        except TooManyDeadLettersError as error:
            await self._failed(error, stop=PartitionStop(error.place, str(error)))
            return 0
        except Exception as error:  # noqa: BLE001  # whatever the client or the database raise means: do not advance
            await self._failed(error)
            return 0
        self._streak = 0
        self._measure(applied, time.monotonic() - started)
        for stop in applied.stops:
            await self._stop(stop)
        await self._tell_kafka(applied.ends, by_place)
        return sum(applied.records.values())

    async def _read(self) -> dict[TopicPartition, list[Record]]:
        """The next records of the partitions that were brought to their cursors; others came with a rebalance and wait for that."""
        try:
            by_place = await read(self._client, timeout_ms=self._batch_milliseconds, max_records=self._batch_records)
        except UNDECODABLE:
            await self._go_to_cursors(set(self._client.assignment()), anew=True)
            by_place = await read_apart(self._client, max_records=self._batch_records)
        return {place: found for place, found in by_place.items() if place in self._positions.cursors}

    async def _apply(self, by_place: Mapping[TopicPartition, list[Record]]) -> Applied:
        """One transaction."""
        places = sorted(by_place)
        async with self._pool.acquire(timeout=BROKER_SECONDS) as connection, connection.transaction():
            held = await cursors.lock(connection, places)
            ends: dict[TopicPartition, int] = {}
            todo: dict[TopicPartition, list[Record]] = {}
            stops: list[PartitionStop] = []
            for place in places:
                if (why := await self._unfit(place, held[place], by_place[place])) is not None:
                    if why:
                        stops.append(PartitionStop(place, why))
                    continue
                todo[place] = uncounted(by_place[place], held[place])
                ends[place] = max(held[place].next_offset, by_place[place][-1].offset + 1)
            batch = Batch(connection, [record for records in todo.values() for record in records], clock.now())
            await self._handle(batch, todo, held, ends)
        return Applied(ends, {place: len(records) for place, records in todo.items()}, stops, batch.originated)

    async def _handle(
        self,
        batch: Batch,
        todo: Mapping[TopicPartition, list[Record]],
        held: Mapping[TopicPartition, Cursor],
        ends: Mapping[TopicPartition, int],
    ) -> None:
        """Let the handler work, hold it to the conservation law, and write what it said together with the cursors."""
        if batch.records:
            await self._handler(batch)
        batch.check()
        runs = {place: self._limit.after(place, todo[place], batch.dead_offsets(place), held[place].dead_run) for place in todo}
        await batch.write()
        await cursors.advance(batch.connection, ends, {place: len(todo[place]) for place in todo}, runs)

    async def _unfit(self, place: TopicPartition, held: Cursor, records: list[Record]) -> str | None:
        """None: apply these records. "": leave them now (sought back, or stopped already). Else: why the partition must stop."""
        if held.stopped is not None:
            self._positions.forget()  # the next step pauses it
            return ""
        if (why := cursors.misfit(held, self._known[place.topic])) is not None:
            return why
        first, last = records[0].offset, records[-1].offset
        if first > held.next_offset:  # inside a batch a jump is legal (markers), before it not
            if self._positions.sought.get(place) != held.next_offset:
                self._seek(place, held.next_offset)
                self._positions.sought[place] = held.next_offset
                return ""
            return await asyncio.wait_for(cursors.trimmed(self._client, place, held), BROKER_SECONDS)
        if last < held.next_offset:
            return await asyncio.wait_for(cursors.truncated(self._client, place, held), BROKER_SECONDS)
        return None

    async def _tell_kafka(self, ends: Mapping[TopicPartition, int], by_place: Mapping[TopicPartition, list[Record]]) -> None:
        """Commit offsets as a lag hint, best effort; and step over what the client itself could not."""
        for place, end in ends.items():
            self._positions.sought.pop(place, None)
            if place in self._positions.cursors:
                self._positions.cursors[place] = end
            if by_place[place][-1].unreadable is not None:
                self._seek(place, end)
        offsets = {place: end for place, end in ends.items() if place in self._client.assignment()}
        with contextlib.suppress(Exception):
            if offsets:
                await asyncio.wait_for(self._client.commit(offsets), BROKER_SECONDS)

    def _measure(self, applied: Applied, seconds: float) -> None:
        """What was committed, counted now: a batch that is rolled back and read again counts once."""
        metrics.BATCH_SECONDS.labels(self.service).observe(seconds)
        for place, records in applied.records.items():
            metrics.BATCH_RECORDS.labels(self.service, place.topic).inc(records)
        ages, now = metrics.EVENT_TO_CLOCK_SECONDS.labels(self.service), clock.now()
        for instant in applied.originated:
            ages.observe(max(0.0, (now - instant).total_seconds()))

    async def _failed(self, error: Exception, stop: PartitionStop | None = None) -> None:
        metrics.BATCH_FAILURES.labels(self.service, type(error).__name__).inc()
        self._log.warning("batch failed, will be read again", error=type(error).__name__, detail=str(error)[:300])
        self._positions.forget()  # what was read is not applied: the next step goes back to the cursors
        if stop is not None:
            await self._stop(stop)
        await asyncio.sleep(self._backoff(self._streak))
        self._streak += 1

    def _seek(self, place: TopicPartition, offset: int) -> None:
        if place in self._client.assignment():  # no await between the test and the seek: an unassigned partition raises
            self._client.seek(place, offset)

    async def _stop(self, stop: PartitionStop) -> None:
        """Stop one partition, durably and by name; the others go on."""
        self._log.critical("partition stopped", topic=stop.place.topic, partition=stop.place.partition, why=stop.why)
        with contextlib.suppress(Exception):  # if it cannot be written now, its records, read again, say it again
            await self._pool.execute(SQL["stop_partition"], stop.place.topic, stop.place.partition, stop.why)
        self._positions.forget()  # the next step pauses it

    async def _housekeeping(self) -> None:
        """Is the client where the cursors are? Asked every few seconds, and at once when that may have changed."""
        assigned, moment = set(self._client.assignment()), time.monotonic()
        if assigned and (assigned != self._positions.cursors.keys() or moment >= self._cursor_due):
            await self._go_to_cursors(assigned)
            self._cursor_due = moment + CURSOR_CHECK_SECONDS

    async def _go_to_cursors(self, places: set[TopicPartition], *, anew: bool = False) -> None:
        """Bring the client to the cursors, where they are not where we left them (after an assignment, an error, a `cursor set`)."""
        topics = sorted({place.topic for place in places})
        self._known |= await asyncio.wait_for(self._asks.of(topics), 2 * BROKER_SECONDS)
        async with self._pool.acquire(timeout=BROKER_SECONDS) as connection:
            found = await cursors.current(connection, places)
            if fresh := sorted(place for place in places - found.keys() if place.topic in self._known):
                starts = await asyncio.wait_for(self._client.beginning_offsets(fresh), BROKER_SECONDS)
                await cursors.begin(connection, starts, self._known)
                found |= await cursors.current(connection, fresh)
        positions = self._positions
        for place in found.keys() & set(self._client.assignment()):  # no await from here: an unassigned partition raises
            offset = found[place]
            if offset is None:
                self._client.pause(place)
            else:
                self._client.resume(place)
                if anew or positions.cursors.get(place) != offset:
                    self._client.seek(place, offset)
                    positions.sought[place] = offset
            positions.cursors[place] = offset
