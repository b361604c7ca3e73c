"""What a handler is given: the records of one batch inside one transaction, and the three things it may do with each of them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from aiokafka import TopicPartition

from shared.runtime.database import Connection, array, columns, queries

SQL = queries("shared.runtime", "sql/runtime.sql")
MAX_EVENT_BYTES = 900_000
"""An outbox row larger than this is refused when written: after one oversized send an idempotent producer cannot send any more."""


OUTBOX_ROW_EVENTS = 500
"""At most so many events in one row of the outbox: what a relay sends, confirms and deletes together."""


class Record(NamedTuple):
    """One record as it was read; `unreadable` says why the client could not hand it over, and then `value` is None."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    unreadable: str | None = None

    @property
    def place(self) -> TopicPartition:
        return TopicPartition(self.topic, self.partition)


class DeadLetter(NamedTuple):
    """A hopeless record: a reason from a closed list, and the bytes unless they hold personal data."""

    record: Record
    reason: str
    field: str | None
    detail: str | None
    payload: bytes | None


class OutgoingTooLargeError(Exception):
    """An event to be sent is larger than the broker takes."""


class UncountedRecordError(Exception):
    """A handler left a record without an outcome, or gave it two: a defect of the handler, so nothing is committed."""


class Batch:
    """The records of one batch. Every record must get exactly one outcome; the consumer checks it before the commit."""

    def __init__(self, connection: Connection, records: list[Record], received: datetime) -> None:
        self.connection = connection
        self.records = records
        self.received = received
        self.outcomes: Counter[tuple[str, int, str]] = Counter()
        self._told: set[tuple[str, int, int]] = set()
        self.dead: list[DeadLetter] = []
        self.outgoing: list[tuple[str, bytes, bytes]] = []
        self.originated: list[datetime] = []
        """When the front door received what these records tell of: its age is measured once the batch is committed."""

    def count(self, record: Record, outcome: str) -> None:
        """State what became of a record, as `applied`, `accepted`, `duplicate`. Raises UncountedRecordError the second time."""
        told = (record.topic, record.partition, record.offset)
        if told in self._told:
            raise UncountedRecordError(f"{told} has two outcomes, the second is {outcome}")
        self._told.add(told)
        self.outcomes[record.topic, record.partition, outcome] += 1

    def dead_letter(self, record: Record, reason: str, *, field: str | None = None, detail: str | None = None, keep: bool = True) -> None:
        """Set a hopeless record aside. `keep=False` leaves its bytes out (they hold personal data and are sealed elsewhere)."""
        self.dead.append(DeadLetter(record, reason, field, detail, record.value if keep else None))
        self.count(record, "dead-lettered")

    def publish(self, topic: str, key: str, value: bytes) -> None:
        """An event to be sent once the transaction is committed."""
        self.outgoing.append((topic, key.encode(), value))

    def dead_offsets(self, place: TopicPartition) -> set[int]:
        """Where the batch's dead letters of one partition lie."""
        return {letter.record.offset for letter in self.dead if letter.record.place == place}

    def check(self) -> None:
        """The conservation law: what was read has an outcome, and nothing else has. Raises UncountedRecordError."""
        if wrong := self._told ^ {(record.topic, record.partition, record.offset) for record in self.records}:
            raise UncountedRecordError(f"{len(wrong)} of {len(self.records)} records without an outcome, as {min(wrong)}")

    async def write(self) -> None:
        """Write dead letters, outcome counts and the outbox."""
        if self.dead:
            rows = [(d.record.topic, d.record.partition, d.record.offset, d.reason, d.field, d.detail, d.payload) for d in self.dead]
            await self.connection.execute(SQL["write_dead_letters"], *columns(rows))
        await write_outbox(self.connection, self.outgoing)
        counts = [(*place, count) for place, count in sorted(self.outcomes.items())]
        if counts:
            await self.connection.execute(SQL["count_outcomes"], *columns(counts))


async def write_outbox(connection: Connection, outgoing: Sequence[tuple[str, bytes, bytes]]) -> None:
    """Write events to be sent, as (topic, key, value), in the caller's transaction. Raises OutgoingTooLargeError."""
    for topic, _, value in outgoing:
        if len(value) > MAX_EVENT_BYTES:
            raise OutgoingTooLargeError(f"{len(value)} bytes for {topic}")
    for start in range(0, len(outgoing), OUTBOX_ROW_EVENTS):
        topics, keys, values = columns(outgoing[start : start + OUTBOX_ROW_EVENTS])
        await connection.execute(SQL["write_outbox"], array(topics), keys, values)
