"""What each delivered month of a provider carried, and the temporary tables that hold a month on its way in."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any, NamedTuple

import asyncpg
import orjson

from services.referrals.rules.mhsds import layout
from services.referrals.rules.mhsds.layout import TABLES, Table
from services.referrals.rules.mhsds.months import Before, Month, State
from services.referrals.rules.mhsds.reading import Fault
from services.referrals.rules.mhsds.records import Line
from shared.clock import LONDON
from shared.events.catalogue import RECORDS, event_type
from shared.runtime.batch import OUTBOX_ROW_EVENTS
from shared.runtime.database import Connection, columns, queries

SQL = queries("services.referrals", "sql/deliveries.sql")
MARK = "\x1f"
"""Between the cells of a staged row: no cell that was read holds a control character."""
BY_NUMBER = {layout.number(table): table for table in TABLES.values()}
AT_ONCE = 1000


class Staged(NamedTuple):
    """A row of `staged`: `grp` joins the rows of one record."""

    tab: int
    line: int
    key: str | None
    grp: str
    referral: str | None
    local_id: str | None
    activity: str | None
    cells: str


class RefusedRow(NamedTuple):
    """A row of `refused_row`; `warns`: the row was taken, but for a cell. `key` and `local_id` where they could be read."""

    file: str
    line: int
    field: str
    reason: str
    detail: str
    warns: bool
    tab: int
    key: str | None = None
    local_id: str | None = None


class Incoming(NamedTuple):
    """A row of `incoming`: a record of the month. `own` None: its row was refused, so only that it was submitted is known."""

    kind: str
    record_id: str
    personkey: str | None
    token: int | None
    own: bytes | None
    data: str | None
    details: str | None
    strange: list[str] | None
    teams: list[str] | None
    all_teams: list[str] | None
    tab: int
    line: int


class ToldRow(NamedTuple):
    """A row of `told`: what was told of a record as of a month's end, at which position of the ledger."""

    kind: str
    record_id: str
    month: date
    submitted: bool
    own: bytes | None
    position: int | None
    teams: list[str] | None


class Last(NamedTuple):
    """What was delivered before: when last, how often this month, the delivered month before it, those after it."""

    received: datetime | None
    number: int
    previous: date | None
    later: list[date]


class Missing(NamedTuple):
    """A record that this month's rows do not have. `said`: something was told as of this month; `refused`: a bad row is there."""

    kind: str
    record_id: str
    said: bool
    refused: bool
    before: Before | None


_PARENTS = {102: 0, 9: 0, 502: 1, 2: 0, 202: 1, 607: 0}
"""Where a row names the record it hangs on; other rows begin a group of their own."""
_REFERRALS = {201: 1, 204: 0, 501: 1, 606: 0}
_PERSONS = {1: 0, 2: 0, 6: 0, 8: 1, 101: 1}


def refused(
    table: Table, line: int, fault: Fault, key: Sequence[str] | None = None, cells: Sequence[str] = (), *, warns: bool = False
) -> RefusedRow:
    """A refusal of one row; `key` are the cells of its key, `cells` all that could be read."""
    number = layout.number(table)
    person = _PERSONS.get(number)
    local = cells[person] or None if person is not None and cells else None
    named = MARK.join(key) if key is not None else None
    return RefusedRow(table.name, line, fault.column, fault.reason, fault.detail, warns, number, named, local)


def staged(table: Table, number: int, line: int, cells: Sequence[str], key: Sequence[str] | None) -> Staged:
    """A row that was read, for `staged`. `number` is the table's."""
    named = MARK.join(key) if key is not None else None
    parent = _PARENTS.get(number)
    group = cells[parent] if parent is not None else named or ""
    referral, person = _REFERRALS.get(number), _PERSONS.get(number)
    return Staged(
        number,
        line,
        named,
        group,
        None if referral is None else cells[referral],
        None if person is None else cells[person],
        cells[0] if number == 607 else None,
        MARK.join(cells),
    )


async def copy(connection: Connection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Append rows, one of the classes above, to their temporary table."""
    if rows:
        await connection.copy_records_to_table(table, records=rows, columns=type(rows[0])._fields)  # type: ignore[attr-defined]


async def settle_staged(connection: Connection) -> dict[str, str]:
    """After the last row: refuse second rows, hang scores on contacts; returns team types by local id."""
    await connection.execute(SQL["analyze_staged"])
    named = [(number, table.name, table.columns[table.keys[0]].name) for number, table in BY_NUMBER.items()]
    await connection.execute(SQL["refuse_second_rows"], *columns(named))
    await connection.execute(SQL["hang_scores_on_contacts"])
    await connection.execute(SQL["name_people"])
    await connection.execute(SQL["name_referred"])
    return {cells[0]: cells[1] for row in await connection.fetch(SQL["teams"]) if (cells := row["cells"].split(MARK))}


async def people(connection: Connection) -> AsyncIterator[list[tuple[str, list[str] | None]]]:
    """(local id, cells of MHS001 if it has them) of everybody whom the month names, in batches."""
    after = ""
    while rows := await connection.fetch(SQL["people"], after, AT_ONCE):
        yield [(row["local_id"], row["cells"].split(MARK) if row["cells"] else None) for row in rows]
        after = rows[-1]["local_id"]


async def groups(connection: Connection, provider: str, month: date, tables: Sequence[Table]) -> AsyncIterator[list[Line]]:
    """The rows of these tables, those of one record together, the first table's first. Inside a transaction."""
    numbers = [layout.number(table) for table in tables]
    group: list[Line] = []
    current: str | None = None
    async for grp, tab, line, cells, who, token in connection.cursor(SQL["lines"], provider, numbers, month, prefetch=AT_ONCE):
        if group and (grp != current or not grp):
            yield group
            group = []
        current = grp
        group.append(Line(BY_NUMBER[tab], line, cells.split(MARK), who or "", token))
    if group:
        yield group


async def last(connection: Connection, provider: str, month: date) -> Last:
    """What was delivered before, under the provider's lock: its months come one after the other."""
    await connection.execute(SQL["lock_provider"], provider)
    row = await connection.fetchrow(SQL["last_delivery"], provider, month)
    assert row is not None  # noqa: S101  # an aggregate has a row
    return Last(row["received"], row["number"] or 0, row["previous"], list(row["later"]))


class Saying(NamedTuple):
    """How the month's events name themselves: source, the beginning of their ids, both instants, flags of all of them."""

    source: str
    prefix: str
    recorded: datetime
    received: datetime
    flags: list[str]


async def say(connection: Connection, provider: str, month: date, how: Saying) -> int:
    """Tell what the rows say anew, but for the special ones: ledger, holders, outbox, `said` and `told`. Returns how many."""
    await connection.execute(SQL["find_special"], provider, month)
    instants = how.recorded.isoformat(), how.received.astimezone(UTC).isoformat().replace("+00:00", "Z")
    kinds = [(record.kind, record.topic, event_type(record.kind, voided=False)) for record in RECORDS.values()]
    told = await connection.execute(SQL["say_changed"], provider, month, how.source, *instants, how.prefix, how.flags, *columns(kinds))
    await connection.execute(SQL["keep_said"], provider, how.recorded, how.received, how.source)
    await connection.execute(SQL["see_said"], how.source)
    await connection.execute(SQL["own_said"], provider)
    await connection.execute(SQL["publish_said"], OUTBOX_ROW_EVENTS)
    await connection.execute(SQL["tell_said"], month)
    return int(told.split()[-1])


async def said_of_persons(connection: Connection) -> AsyncIterator[list[asyncpg.Record]]:
    """The persons among what was said, with what goes to the vault, in batches."""
    async for batch in _batches(connection.cursor(SQL["said_of_persons"], prefetch=AT_ONCE)):
        yield batch


async def _batches(rows: AsyncIterable[asyncpg.Record]) -> AsyncIterator[list[asyncpg.Record]]:
    batch = []
    async for row in rows:
        batch.append(row)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _before(row: asyncpg.Record) -> Before | None:
    if row["before"] is None or row["before_submitted"] is None:
        return None
    return Before(orjson.loads(row["before"]), row["before_submitted"], frozenset(row["before_teams"] or ()))


async def special(connection: Connection, provider: str, month: date) -> AsyncIterator[list[tuple[asyncpg.Record, Before | None]]]:
    """What the rows say anew and `say` leaves, in batches: `incoming` and `refused_teams`; and what came before where that matters."""
    async for batch in _batches(connection.cursor(SQL["special"], provider, month, prefetch=AT_ONCE)):
        yield [(row, _before(row)) for row in batch]


async def missing(
    connection: Connection, provider: str, month: date, previous: date | None, untouched: Iterable[str]
) -> AsyncIterator[list[Missing]]:
    """What the rows do not have, in batches; of the kinds in `untouched` a table could not be read, so nothing is missing."""
    async for batch in _batches(connection.cursor(SQL["missing"], provider, month, previous, list(untouched), prefetch=AT_ONCE)):
        yield [Missing(row["kind"], row["record_id"], row["said"], row["refused"], _before(row)) for row in batch]


class Later(NamedTuple):
    """A record that was told anew as of one month, what stands there now, and its states in the months after it."""

    kind: str
    record_id: str
    submitted: bool
    before: Before | None
    states: dict[date, State]
    owns: dict[date, bytes | None]


async def later(connection: Connection, provider: str, month: date, received: datetime) -> AsyncIterator[list[Later]]:
    """The records told anew that may have to be told anew as of later months too, in batches."""
    after = ("", "")
    while rows := await connection.fetch(SQL["told_now"], provider, month, received, *after, AT_ONCE):
        end = rows[-1]["kind"], rows[-1]["record_id"]
        found = await connection.fetch(SQL["later_states"], provider, month, *after, *end)
        by_record = {key: list(states) for key, states in groupby(found, key=lambda row: (row["kind"], row["record_id"]))}
        yield [_later(row, by_record.get((row["kind"], row["record_id"]), []), month) for row in rows]
        after = end


def _later(row: asyncpg.Record, states: Sequence[asyncpg.Record], month: date) -> Later:
    before = None
    if row["data"] is not None:
        submitted = month if row["submitted"] else row["submitted_before"]
        data = {name: value for name, value in orjson.loads(row["data"]).items() if name != "not_submitted_after"}
        before = Before(data, submitted, frozenset(row["teams"] or ()))
    return Later(
        row["kind"],
        row["record_id"],
        row["submitted"],
        before,
        {
            one["month"]: State(one["submitted"], one["data"] and orjson.loads(one["data"]), frozenset(one["teams"] or ()), one["said"])
            for one in states
        },
        {one["month"]: one["own"] for one in states},
    )


async def knows_provider(connection: Connection, provider: str) -> bool:
    """Whether anything can be said of a provider."""
    return bool(await connection.fetchval(SQL["knows_provider"], provider))


async def month_records(connection: Connection, provider: str, month: Month) -> AsyncIterator[asyncpg.Record]:
    """What a month's files hold: kind, record_id, personkey, data; of the contact it names, `contact_on`, `attended`. In a transaction."""
    begins, ends = (datetime.combine(day, time(), LONDON) for day in (month.first, month.last + timedelta(days=1)))
    await connection.execute(SQL["plan_export"])
    async for row in connection.cursor(SQL["export_month"], provider, month.first, month.last, begins, ends, prefetch=AT_ONCE):
        yield row
