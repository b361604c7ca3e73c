"""A month's files into temporary tables: rows read, refused, joined, mapped to records. No lock is held, whatever the size."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from itertools import islice
from typing import NamedTuple

import orjson

from services.referrals.handlers.judge import nhs_digits
from services.referrals.rules.mhsds import layout
from services.referrals.rules.mhsds.layout import TABLES, Table
from services.referrals.rules.mhsds.mapping import Mapper
from services.referrals.rules.mhsds.months import team_key
from services.referrals.rules.mhsds.reading import Fault, Reading, TableReader
from services.referrals.rules.mhsds.records import Line, Mapped, Refused, Result, named
from services.referrals.rules.plausibility import odd
from services.referrals.store import deliveries
from services.referrals.store import reference as reference_store
from services.referrals.store.deliveries import MARK, Incoming
from services.referrals.store.month_files import FileFaultError, MonthFolder, TableFile
from services.referrals.store.people import Identity
from services.referrals.store.reference import Reference
from shared.events.receipts import Flag
from shared.runtime.database import Connection

ROWS = 5000
KINDS: dict[str, set[str]] = {
    layout.COORDINATOR.name: {"assignment"},
    layout.PLAN.name: {"care-plan"},
    layout.AGREEMENT.name: {"care-plan"},
    layout.CONTACT.name: {"contact", "intervention", "score"},
    layout.ACTIVITY.name: {"intervention", "score"},
    layout.INDIRECT.name: {"intervention"},
    layout.STAY.name: {"stay"},
    layout.WARD.name: {"stay"},
    layout.SCORE_REFERRAL.name: {"score"},
    layout.SCORE_ACTIVITY.name: {"score"},
}
"""What a table that cannot be read leaves as it was. One that is not named here refuses its month: without it nothing can be read."""

Progress = Callable[[str, int, int, int], None]
"""Told of (table, rows, bytes read, bytes in the file) while a file is read; once more when it is done, with both bytes equal."""


Areas = Mapping[str, tuple[str, str | None]]
"""(LSOA, local authority) by postcode."""


class MonthRefusedError(Exception):
    """A whole month cannot be taken; the message names the file and says why."""


class Staged(NamedTuple):
    """A month in the temporary tables: team types by local id, rows by table, kinds that were left as they were."""

    teams: dict[str, str]
    rows: dict[str, int]
    untouched: set[str]


async def stage(connection: Connection, folder: MonthFolder, reading: Reading, progress: Progress) -> Staged:
    """Read every file of a month. Raises MonthRefusedError."""
    await connection.execute(deliveries.SQL["begin_month"])
    _check_header(folder, reading)
    rows: dict[str, int] = {}
    untouched: set[str] = set()
    for table in TABLES.values():
        if table is layout.HEADER:
            continue
        path = folder.file(table)
        if path is None:
            if table in {layout.PERSON, layout.REFERRAL}:
                raise MonthRefusedError(f"{table.name}.csv is missing: a delivery is a whole month, and would end all that it lacks")
            continue
        rows[table.name] = 0
        try:
            with TableFile(path) as file:
                reader = TableReader(table, file.heading(), reading)
                if reader.fault is not None:
                    raise FileFaultError(f"column {reader.fault.column} {reader.fault.detail}")
                await _stage(connection, table, file, reader, rows, progress)
        except FileFaultError as error:
            if table.name not in KINDS:
                raise MonthRefusedError(f"{table.name}.csv, line {error.line}: {error}") from None
            untouched |= KINDS[table.name]
            fault = Fault("", "unreadable-record", f"{error}; what it said before stands")
            await deliveries.copy(connection, "refused_row", [deliveries.refused(table, error.line, fault)])
    return Staged(await deliveries.settle_staged(connection), rows, untouched)


def _check_header(folder: MonthFolder, reading: Reading) -> None:
    """MHS000Header, where it is there, says the folder's provider and month."""
    if (path := folder.file(layout.HEADER)) is None:
        return
    try:
        with TableFile(path) as file:
            reader = TableReader(layout.HEADER, file.heading(), reading)
            fault, lines = reader.fault, [reader.read(cells) for _, cells in islice(file.lines(), 2)]
    except FileFaultError as error:
        raise MonthRefusedError(f"{layout.HEADER.name}.csv, line {error.line}: {error}") from None
    fault = fault or next((read.fault for read in lines if read.fault), None)
    if fault is not None:
        raise MonthRefusedError(f"{layout.HEADER.name}.csv, column {fault.column}: {fault.detail}")
    month = folder.month
    for _, provider, start, end, _ in (read.cells for read in lines):
        if provider != folder.provider:
            raise MonthRefusedError(f"{layout.HEADER.name}.csv is of {provider}, the folder is {folder.provider}")
        if start != str(month.first) or (end and end != str(month.last)):
            said = f"{start} to {end}" if end else start
            raise MonthRefusedError(f"{layout.HEADER.name}.csv is of {said}, the folder is {month}")


async def _stage(
    connection: Connection, table: Table, file: TableFile, reader: TableReader, rows: dict[str, int], progress: Progress
) -> None:
    number = layout.number(table)
    good: list[deliveries.Staged] = []
    bad: list[deliveries.RefusedRow] = []
    lines = file.lines()
    count = 0
    while True:
        broken: FileFaultError | None = None
        try:
            for line, cells in islice(lines, ROWS):
                count += 1
                read = reader.read(cells)
                if read.fault is None:
                    good.append(deliveries.staged(table, number, line, read.cells, _key(table, read.key)))
                else:
                    bad.append(deliveries.refused(table, line, read.fault, read.key, read.cells))
                bad += [deliveries.refused(table, line, warning, warns=True) for warning in read.warnings]
        except FileFaultError as error:
            broken = error
        await deliveries.copy(connection, "staged", good)
        await deliveries.copy(connection, "refused_row", bad)
        ended = count % ROWS != 0 or not (good or bad)
        good, bad = [], []
        rows[table.name] = count
        progress(table.name, count, file.size if ended else file.done, file.size)
        if broken is not None:
            raise broken
        if ended:
            return


def _key(table: Table, key: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """The key of a row; that of a table keyed by the whole row, and of rows without an id, short enough for an index."""
    if key is None or table.key:
        return key
    return (hashlib.sha256(MARK.join(key).encode()).hexdigest()[:32],)


async def people(connection: Connection, provider: str) -> AsyncIterator[list[Identity]]:
    """Everybody whom the month names, in batches. A wrong NHS number finds nobody: its row is refused later."""
    place = layout.PERSON.place("NHSNumber")
    async for batch in deliveries.people(connection):
        given = [(local, cells[place] if cells else "") for local, cells in batch]
        yield [Identity(provider, local, nhs_digits(number) if number else None) for local, number in given]


async def map_rows(connection: Connection, folder: MonthFolder, staged: Staged, today: date) -> None:
    """Map what was staged to the records of the month, in `incoming`. Inside a transaction, after everybody has a key."""
    reference = await reference_store.load(connection)
    mapper = Mapper(folder.provider, folder.month, staged.teams)
    families: list[tuple[Callable[[list[Line]], Iterator[Result]], list[Table]]] = [
        (mapper.person, [layout.PERSON, layout.PRACTICE]),
        (mapper.referral, [layout.REFERRAL, layout.OTHER_TEAM]),
        (mapper.plan, [layout.PLAN, layout.AGREEMENT]),
        (mapper.stay, [layout.STAY, layout.WARD]),
        (mapper.contact, [layout.CONTACT, layout.ACTIVITY, layout.SCORE_ACTIVITY]),
        (mapper.alone, [layout.INDIRECT, layout.SCORE_REFERRAL, layout.COORDINATOR]),
    ]
    for map_group, tables in families:
        records: list[Mapped] = []
        bad: list[deliveries.RefusedRow] = []
        async for lines in deliveries.groups(connection, folder.provider, folder.month.first, tables):
            for result in map_group(lines):
                if isinstance(result, Refused):
                    bad.append(_refusal(result))
                elif (wrong := _wrong_number(result)) is not None:
                    bad.append(_refusal(wrong))
                else:
                    records.append(result)
            if len(records) + len(bad) >= ROWS:
                await _copy(connection, records, reference, today)
                await deliveries.copy(connection, "refused_row", bad)
                records, bad = [], []
        await _copy(connection, records, reference, today)
        await deliveries.copy(connection, "refused_row", bad)
    await connection.execute(deliveries.SQL["refuse_second_persons"], layout.PERSON.name)
    await _mark_refused(connection)
    await connection.execute(deliveries.SQL["analyze_incoming"])
    await connection.execute(deliveries.SQL["drop_markers_of_taken"])


def _wrong_number(mapped: Mapped) -> Refused | None:
    number = mapped.details.get("nhs_number")
    if number is None or nhs_digits(number) is not None:
        return None
    detail = "not a valid NHS number (ten digits, modulus 11): correct it, or leave it blank"
    return Refused(mapped.line, Fault("NHSNumber", "invalid-nhs-number", detail))


def _refusal(found: Refused) -> deliveries.RefusedRow:
    line = found.line
    key = tuple(line.cells[place] for place in line.table.keys)
    return deliveries.refused(line.table, line.number, found.fault, key, line.cells)


async def _copy(connection: Connection, records: Sequence[Mapped], reference: Reference, today: date) -> None:
    postcodes = {one.details["postcode"] for one in records if "postcode" in one.details}
    areas = await reference_store.areas(connection, sorted(" ".join(text.upper().split()) for text in postcodes))
    await deliveries.copy(connection, "incoming", [_incoming(one, reference, areas, today) for one in records])


def _incoming(mapped: Mapped, reference: Reference, areas: Areas, today: date) -> Incoming:
    data = orjson.dumps(mapped.data)
    details = orjson.dumps(mapped.details, option=orjson.OPT_SORT_KEYS) if mapped.details else b""
    own = hashlib.sha256(data + details).digest()[:16]
    if areas and "postcode" in mapped.details:
        lsoa, authority = areas.get(" ".join(mapped.details["postcode"].upper().split()), (None, None))
        given = {name: text for name, text in (("lsoa", lsoa), ("local_authority", authority)) if text}
        data = orjson.dumps(given | mapped.data)
    teams = everyone = None
    if mapped.kind == "referral":
        teams = sorted(mapped.teams)
        everyone = [team_key(team) for team in mapped.data["teams"]]
    told = details.decode() or None
    line = mapped.line
    flags = _flags(mapped, reference, today)
    place = layout.number(line.table), line.number
    return Incoming(mapped.kind, mapped.record_id, line.who, line.token, own, data.decode(), told, flags, teams, everyone, *place)


def _flags(mapped: Mapped, reference: Reference, today: date) -> list[str]:
    """What is odd, as the front door has it; but that a monthly file comes late says nothing of its rows."""
    flags = list(mapped.strange)
    if mapped.kind in {"referral", "contact", "score", "person"}:
        data = mapped.data
        facts = {name: value for name, value in data.items() if name != "on"}
        received = datetime.combine(today, time())
        known = reference.team_types, reference.scales, reference.practices
        flags += odd(mapped.kind, facts, [], received, received, today, *known)
        if data.get("on", "") > str(today):
            flags.append(Flag.FUTURE.value)
    return flags


async def _mark_refused(connection: Connection) -> None:
    """Refused rows that say which record they are of: the month has it, whatever it says."""
    markers = []
    for tab, key, token in await connection.fetch(deliveries.SQL["refused_keys"]):
        table = deliveries.BY_NUMBER[tab]
        cells = key.split(MARK)
        if table in {layout.PERSON, layout.COORDINATOR}:
            if token is None:
                continue
            cells[0] = str(token)
        if (record := named(table, cells)) is not None:
            markers.append(Incoming(*record, None, None, None, None, None, None, None, None, tab, 0))
    for batch in (markers[start : start + ROWS] for start in range(0, len(markers), ROWS)):
        await deliveries.copy(connection, "incoming", batch)
