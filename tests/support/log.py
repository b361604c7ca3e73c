"""A Kafka cluster in memory, and a client of it: the part of aiokafka's consumer that the runtime uses, its bad habits included.

Held to the same behaviour as aiokafka on a real broker by `tests/real/test_log_behaviour.py`.
"""

import asyncio
import itertools
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError

from shared.runtime.broker import LogIdentity, Positions


class Entry(NamedTuple):
    """One offset of a log. A marker takes an offset and is never handed over; what cannot be decoded makes the client raise."""

    offset: int
    key: bytes | None
    value: bytes | None
    marker: bool = False
    undecodable: bool = False


@dataclass
class Partition:
    """One partition's log: entries in order of their offsets, from `start`."""

    entries: list[Entry] = field(default_factory=list)
    start: int = 0
    end: int = 0


class Cluster:
    """Topics, their identities, and what each group has committed."""

    def __init__(self) -> None:
        self.cluster_id = "cluster-1"
        self.partitions: dict[TopicPartition, Partition] = {}
        self.committed: dict[TopicPartition, int] = {}
        self.told: dict[TopicPartition, int] = {}
        """The highest offset that a member has committed itself."""
        self._topic_ids: dict[str, str] = {}
        self._ids = itertools.count(1)

    def create(self, topic: str, partitions: int) -> None:
        """Create a topic; a second time: delete it and create it anew, which makes it another log of the same name."""
        self._topic_ids[topic] = f"topic-{next(self._ids)}"
        for place in [place for place in self.partitions if place.topic == topic]:
            del self.partitions[place]
        self.partitions |= {TopicPartition(topic, number): Partition() for number in range(partitions)}

    def append(self, place: TopicPartition, value: bytes | None = None, *, key: bytes | None = None, undecodable: bool = False) -> int:
        """Write a record; returns its offset."""
        return self._write(place, lambda offset: Entry(offset, key, value, undecodable=undecodable))

    def mark(self, place: TopicPartition) -> int:
        """Write a transaction marker."""
        return self._write(place, lambda offset: Entry(offset, None, None, marker=True))

    def _write(self, place: TopicPartition, entry: Callable[[int], Entry]) -> int:
        log = self.partitions[place]
        log.entries.append(entry(log.end))
        log.end += 1
        return log.end - 1

    def trim(self, place: TopicPartition, start: int) -> None:
        """What retention does: the log starts later."""
        log = self.partitions[place]
        log.start, log.entries = start, [entry for entry in log.entries if entry.offset >= start]

    def truncate(self, place: TopicPartition, end: int) -> None:
        """What an unclean election does: the log ends earlier."""
        log = self.partitions[place]
        log.end, log.entries = end, [entry for entry in log.entries if entry.offset < end]

    async def of(self, topics: Collection[str]) -> dict[str, LogIdentity]:
        """`broker.Identities` of this cluster."""
        await asyncio.sleep(0)
        return {topic: LogIdentity(self.cluster_id, self._topic_ids[topic]) for topic in topics if topic in self._topic_ids}


class MemoryClient:
    """One member's consumer: all partitions given are assigned to it until it is told otherwise."""

    def __init__(
        self,
        cluster: Cluster,
        places: Collection[TopicPartition],
        positions: Positions | None = None,
        *,
        auto_commit: bool = False,
    ) -> None:
        self.cluster = cluster
        self._listener = positions or Positions()
        self._auto_commit = auto_commit
        self._assigned: set[TopicPartition] = set()
        self._paused: set[TopicPartition] = set()
        self._positions: dict[TopicPartition, int] = {}
        self._fetched: set[TopicPartition] = set()
        self.rebalances: dict[int, dict[TopicPartition, int]] = {}
        """With this call of `getmany` comes a rebalance, after somebody else has set the group's offsets to these."""
        self._calls = itertools.count(1)
        self.assign(places)

    def assign(self, places: Collection[TopicPartition]) -> None:
        """A rebalance: every position goes back to what the group has committed, or to the log's start."""
        self._listener.on_partitions_revoked(self._assigned)
        self._assigned, self._paused = set(places), set()
        self._positions.clear()
        self._fetched.clear()
        self._listener.on_partitions_assigned(self._assigned)

    def assignment(self) -> set[TopicPartition]:
        return set(self._assigned)

    def paused(self) -> set[TopicPartition]:
        return set(self._paused)

    def pause(self, *partitions: TopicPartition) -> None:
        self._paused |= {self._owned(place) for place in partitions}

    def resume(self, *partitions: TopicPartition) -> None:
        self._paused -= {self._owned(place) for place in partitions}

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self._positions[self._owned(partition)] = offset
        self._fetched.discard(partition)

    def highwater(self, partition: TopicPartition) -> int | None:
        return self.cluster.partitions[self._owned(partition)].end

    async def position(self, partition: TopicPartition) -> int:
        await asyncio.sleep(0)
        return self._position(partition)

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        await asyncio.sleep(0)
        for place in offsets:
            self._owned(place)
        self.cluster.committed |= offsets
        self.cluster.told |= {place: max(offset, self.cluster.told.get(place, 0)) for place, offset in offsets.items()}

    async def beginning_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        await asyncio.sleep(0)
        return {place: self.cluster.partitions[place].start for place in partitions}

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        await asyncio.sleep(0)
        return {place: self.cluster.partitions[place].end for place in partitions}

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]]:
        """Hand over records and move the positions, as aiokafka does.

        When it meets an undecodable record it raises; what it took from other partitions in that call is then gone, although their
        positions have moved. After that, and after a seek, a call that does not wait finds nothing: the fetch is still under way.
        """
        await asyncio.sleep(0)
        if (offsets := self.rebalances.get(next(self._calls))) is not None:
            self.cluster.committed |= offsets
            self.assign(self._assigned)
        found: dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]] = {}
        left = max_records or 500
        for place in sorted(set(partitions or self._assigned) & self._assigned - self._paused):
            if place not in self._fetched:
                self._fetched.add(place)
                if timeout_ms == 0:
                    continue
            if left and (raws := self._take(place, left)):
                found[place] = raws
                left -= len(raws)
        if self._auto_commit:
            await self.commit({place: self._positions[place] for place in found})
        return found

    def _take(self, place: TopicPartition, limit: int) -> list[ConsumerRecord[bytes, bytes]]:
        position = self._position(place)
        raws: list[ConsumerRecord[bytes, bytes]] = []
        for entry in self.cluster.partitions[place].entries:
            if len(raws) == limit:
                break
            if entry.offset < position:
                continue
            if entry.undecodable:
                self._fetched.discard(place)
                raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
            position = entry.offset + 1
            if not entry.marker:
                raws.append(_raw(place, entry))
        self._positions[place] = position
        return raws

    def _position(self, place: TopicPartition) -> int:
        """Where it stands; a position outside of the log falls back to the log's start (`auto_offset_reset`)."""
        log = self.cluster.partitions[self._owned(place)]
        position = self._positions.get(place, self.cluster.committed.get(place, log.start))
        self._positions[place] = position if log.start <= position <= log.end else log.start
        return self._positions[place]

    def _owned(self, place: TopicPartition) -> TopicPartition:
        if place not in self._assigned:
            raise IllegalStateError(f"{place} is not assigned")
        return place


def _raw(place: TopicPartition, entry: Entry) -> ConsumerRecord[bytes, bytes]:
    key_size, value_size = len(entry.key or b""), len(entry.value or b"")
    return ConsumerRecord(place.topic, place.partition, entry.offset, 0, 0, entry.key, entry.value, None, key_size, value_size, ())
