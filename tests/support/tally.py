"""The smallest handler that can go wrong in every way, and a recount of its tables that shares nothing with it but their names.

A record's value is `key:number`; the same number twice is a duplicate; `poison` is hopeless.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import reduce
from importlib.resources import files
from operator import xor
from typing import NamedTuple, TypeVar

from aiokafka import TopicPartition

from deploy.local.stack import database_url
from shared.runtime.batch import Batch
from shared.runtime.database import Connection
from tests.support.stack import sql

T = TypeVar("T")
_numbers = itertools.count(1)
SCHEMA = "proof"
OUTGOING = "proof.out.v1"
TABLES = """
create table seen (number bigint primary key);
create table tally (key text primary key, raw bigint not null, count bigint not null, total bigint not null, mix bigint not null);
"""
COUNT = """
insert into tally as t select * from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
on conflict (key) do update
set raw = t.raw + excluded.raw, count = t.count + excluded.count, total = t.total + excluded.total, mix = t.mix # excluded.mix
"""


@contextmanager
def database(postgres: str) -> Iterator[str]:
    """A database on the server with the runtime's tables and the handler's own, dropped afterwards; yields its URL.

    A crash is a client's crash here, never the server's, so the server need not wait for its disk.
    """
    name = f"proof_{next(_numbers)}"
    runtime = files("shared.runtime").joinpath("sql", "migrations", "0001_runtime.sql").read_text("utf-8")
    sql(postgres, f"create database {name}")
    try:
        url = database_url(postgres, name)
        sql(postgres, f"alter database {name} set synchronous_commit = off")
        sql(url, f"create schema {SCHEMA}; set search_path = {SCHEMA}; {runtime} {TABLES}")
        yield url
    finally:
        sql(postgres, f"drop database {name} with (force)")


async def count(batch: Batch) -> None:
    """The handler: counts per key, sets poison aside, publishes every record that is not a duplicate."""
    numbered = []
    for record in batch.records:
        if record.unreadable is not None:
            batch.dead_letter(record, "unreadable-record", detail=record.unreadable)
        elif record.value is None or b":" not in record.value:
            batch.dead_letter(record, "poison")
        else:
            key, digits = record.value.decode().split(":")
            numbered.append((record, key, int(digits)))
    rows = await batch.connection.fetch(
        "insert into seen select distinct unnest($1::bigint[]) on conflict do nothing returning number",
        [number for _, _, number in numbered],
    )
    new = {row["number"] for row in rows}
    tally: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for record, key, number in numbered:
        line = tally[key]
        line[0] += 1
        if number in new:
            new.remove(number)
            line[1:] = line[1] + 1, line[2] + number, line[3] ^ number
            batch.publish(OUTGOING, key, record.value or b"")
            batch.count(record, "applied")
        else:
            batch.count(record, "duplicate")
    keys = sorted(tally)
    columns = [[tally[key][column] for key in keys] for column in range(4)]
    await batch.connection.execute(COUNT, keys, *columns)


class Logged(NamedTuple):
    """One record as the log holds it; `value` None: it cannot be decoded."""

    place: TopicPartition
    offset: int
    value: bytes | None


async def recount(connection: Connection, log: Iterable[Logged]) -> list[str]:
    """What is wrong when everything in the log has been read, one line each, beginning with `lost`, `doubled` or `cursor`."""
    log = list(log)
    by_key: dict[str, list[int]] = defaultdict(list)
    hopeless: Counter[tuple[TopicPartition, int, str]] = Counter()
    for record in log:
        key, colon, digits = (record.value or b"").decode().partition(":")
        if colon:
            by_key[key].append(int(digits))
        else:
            hopeless[record.place, record.offset, "unreadable-record" if record.value is None else "poison"] += 1
    wrong = []
    rows = {row["key"]: tuple(row)[1:] for row in await connection.fetch("select key, raw, count, total, mix from tally")}
    for key in sorted(by_key.keys() | rows.keys()):
        once = set(by_key[key])
        expected = (len(by_key[key]), len(once), sum(once), reduce(xor, once, 0))
        counted = rows.get(key, (0, 0, 0, 0))
        if counted != expected:
            more = counted[0] > expected[0] or counted[1] > expected[1]
            wrong.append(f"{'doubled' if more else 'lost'} {key}: {counted}, not {expected}")
    dead = await connection.fetch("select topic, partition, record_offset, reason from dead_letter")
    wrong += _compared(
        "dead letter", Counter((TopicPartition(r["topic"], r["partition"]), r["record_offset"], r["reason"]) for r in dead), hopeless
    )
    reads = await connection.fetch("select topic, partition, next_offset, read_count from cursor where stopped is null")
    cursors = {TopicPartition(r["topic"], r["partition"]): (r["read_count"], r["next_offset"]) for r in reads}
    for place in sorted({record.place for record in log}):
        offsets = [record.offset for record in log if record.place == place]
        if cursors.get(place) != (len(offsets), max(offsets) + 1):
            wrong.append(f"cursor {place}: {cursors.get(place)}, not {(len(offsets), max(offsets) + 1)}")
    return wrong + await at_rest(connection)


async def recount_outbox(connection: Connection, log: Iterable[Logged]) -> list[str]:
    """Whether the outbox, never relayed, holds one row for each number in the log."""
    rows = await connection.fetch("select unnest(payloads) as value from outbox")
    expected = Counter({record.value for record in log if record.value is not None and b":" in record.value})
    return _compared("outgoing", Counter(row["value"] for row in rows), expected)


AT_REST = """
with gap as (
    select topic, partition, read_count - coalesce((
        select sum(count) from outcome_count o where (o.topic, o.partition) = (c.topic, c.partition)), 0) as gap
    from cursor c
)
select 'conservation: gap of ' || gap || ' at ' || topic || ' ' || partition from gap where gap <> 0
union all
select 'dead letter above its cursor: ' || topic || ' ' || partition || ' ' || record_offset
from dead_letter join cursor using (topic, partition) where record_offset >= next_offset
union all
select 'read ' || read || ', tallied ' || tallied || ', dead ' || dead
from (select sum(read_count) as read from cursor) r, (select coalesce(sum(raw), 0) as tallied from tally) t,
    (select count(*) as dead from dead_letter) d
where read <> tallied + dead
"""


async def at_rest(connection: Connection) -> list[str]:
    """What must hold whenever no transaction is open, also right after a crash."""
    return [row[0] for row in await connection.fetch(AT_REST)]


def _compared(what: str, found: Counter[T], expected: Counter[T]) -> list[str]:
    lost, doubled = expected - found, found - expected
    return [f"lost {what} {item}" for item in lost] + [f"doubled {what} {item}" for item in doubled]
