"""The cursor: how far each partition is read, kept in PostgreSQL with the state, and what is wrong when the log does not fit it."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from aiokafka import TopicPartition

from shared.runtime.batch import SQL
from shared.runtime.broker import LogClient, LogIdentity
from shared.runtime.database import Connection


class Cursor(NamedTuple):
    """One partition's row, locked."""

    next_offset: int
    identity: LogIdentity
    dead_run: int
    stopped: str | None


class PartitionStop(NamedTuple):
    """Why a partition cannot be read any further; a person decides, by `clockstop cursor set`."""

    place: TopicPartition
    why: str


async def current(connection: Connection, places: Collection[TopicPartition]) -> dict[TopicPartition, int | None]:
    """Where the cursors of these partitions stand, not locked; None when stopped. A partition without a cursor is left out."""
    rows = await connection.fetch(SQL["cursors"])
    found = {TopicPartition(r["topic"], r["partition"]): None if r["stopped"] is not None else r["next_offset"] for r in rows}
    return {place: found[place] for place in places if place in found}


async def begin(connection: Connection, starts: Mapping[TopicPartition, int], identities: Mapping[str, LogIdentity]) -> None:
    """Write new cursors at the log's start (not at 0: retention may have trimmed it)."""
    places = sorted(starts)
    await connection.execute(
        SQL["new_cursors"],
        [p.topic for p in places],
        [p.partition for p in places],
        [identities[p.topic].cluster_id for p in places],
        [identities[p.topic].topic_id for p in places],
        [starts[p] for p in places],
    )


async def lock(connection: Connection, places: Collection[TopicPartition]) -> dict[TopicPartition, Cursor]:
    """Lock the cursors, in one order. It is the fence: a stale member waits here and then finds its records counted."""
    rows = await connection.fetch(SQL["lock_cursors"], [p.topic for p in places], [p.partition for p in places])
    return {
        TopicPartition(row["topic"], row["partition"]): Cursor(
            row["next_offset"], LogIdentity(row["cluster_id"], row["topic_id"]), row["dead_run"], row["stopped"]
        )
        for row in rows
    }


async def advance(
    connection: Connection,
    ends: Mapping[TopicPartition, int],
    read: Mapping[TopicPartition, int],
    dead_runs: Mapping[TopicPartition, int],
) -> None:
    """Move the cursors, in the transaction that wrote what follows from the records."""
    places = sorted(ends)
    await connection.execute(
        SQL["advance_cursors"],
        [p.topic for p in places],
        [p.partition for p in places],
        [ends[p] for p in places],
        [read.get(p, 0) for p in places],
        [dead_runs.get(p, 0) for p in places],
    )


def misfit(cursor: Cursor, identity: LogIdentity) -> str | None:
    """Why the log in front of us is not the one that the cursor counts, or None."""
    if cursor.identity.cluster_id != identity.cluster_id:
        return f"another cluster: the cursor counts {cursor.identity.cluster_id}, this is {identity.cluster_id}"
    if cursor.identity.topic_id != identity.topic_id:
        return "the topic was recreated: its offsets start again and are not the ones counted"
    return None


async def trimmed(client: LogClient, place: TopicPartition, cursor: Cursor) -> str | None:
    """After a jump that came twice: the records between were markers (None), or the log was trimmed and they are LOST."""
    start = (await client.beginning_offsets([place]))[place]
    if start > cursor.next_offset:
        return f"the log was trimmed: offsets {cursor.next_offset} to {start - 1} are LOST"
    return None


async def truncated(client: LogClient, place: TopicPartition, cursor: Cursor) -> str | None:
    """A whole batch below the cursor is a replay (None), or the log ends below the cursor: not the log we have counted."""
    end = (await client.end_offsets([place]))[place]
    if end < cursor.next_offset:
        return f"the log ends at {end}, below the cursor {cursor.next_offset}: it was truncated or recreated"
    return None
