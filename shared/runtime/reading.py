"""Reading a batch, also when the client raises on one record: only that record's partition waits, and only until it is a dead letter."""

import asyncio

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError

from shared.runtime.batch import Record
from shared.runtime.broker import LogClient

UNDECODABLE = (UnicodeError, UnsupportedCodecError, CorruptRecordException, ValueError, EOFError)
"""What aiokafka raises while it decodes a record: a header key that is not UTF-8, a missing codec, broken bytes."""
REFETCH_MILLISECONDS = 200
"""After it has raised, the client fetches the partition anew; an answer without waiting would always be empty."""


Records = dict[TopicPartition, list[Record]]


def _records(found: dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]]) -> Records:
    return {place: [Record(place.topic, place.partition, raw.offset, raw.key, raw.value) for raw in raws] for place, raws in found.items()}


async def read(client: LogClient, *, timeout_ms: int, max_records: int) -> Records:
    """At most `max_records` records of the assigned partitions, by partition; {} when nothing came within `timeout_ms`.

    Raises what the client raises. One of UNDECODABLE says that a record of some partition cannot be handed over; what was taken
    from other partitions in the same call is gone, so seek back before `read_apart`.
    """
    return _records(await client.getmany(timeout_ms=timeout_ms, max_records=max_records))


async def read_apart(client: LogClient, *, max_records: int) -> Records:
    """Each partition by itself, up to and with its first record that cannot be decoded; `max_records` are shared out."""
    places = sorted(set(client.assignment()) - client.paused())
    share = max(1, max_records // max(1, len(places)))
    found = await asyncio.gather(*(_up_to_unreadable(client, place, share) for place in places), return_exceptions=True)
    records = {}
    for place, part in zip(places, found, strict=True):
        if isinstance(part, BaseException):
            raise part
        if part:
            records[place] = part
    return records


async def _up_to_unreadable(client: LogClient, place: TopicPartition, limit: int) -> list[Record]:
    """One record at a time, so that the position is that of the record which cannot be decoded."""
    records: list[Record] = []
    try:
        while len(records) < limit:
            found = await client.getmany(place, timeout_ms=0 if records else REFETCH_MILLISECONDS, max_records=1)
            if not found:
                break
            records += _records(found)[place]
    except UNDECODABLE as error:
        why = f"{type(error).__name__}: {error}"[:300]
        records.append(Record(place.topic, place.partition, await client.position(place), None, None, why))
    return records
