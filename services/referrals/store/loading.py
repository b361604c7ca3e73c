"""Loading reference data: every file is checked before anything is written; all of it is written in one transaction."""

import csv
import hashlib
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from services.referrals.rules.reference_rows import RowFault, clash, succession, typed
from services.referrals.store.tables import TABLES, Table
from shared.runtime.database import Connection, queries
from shared.runtime.errors import CommandError

SQL = queries("services.referrals", "sql/queries.sql")
Rows = list[tuple[int, dict[str, Any]]]
"""(line in the file, values by column)."""


UNKEPT = frozenset({"postcodes"})
"""Tables whose replaced rows are not kept: what they said of a person stands in that person's events."""


class Loaded(NamedTuple):
    """What a load did: rows by table; `version` None when the same content was loaded already."""

    version: int | None
    rows: dict[str, int]


async def load(connection: Connection, directory: Path, say: Callable[[str], None]) -> Loaded:
    """Load every known `<table>.csv` of a directory, each replacing its table. Raises CommandError naming file and line."""
    files = {name: directory / f"{name}.csv" for name in TABLES if (directory / f"{name}.csv").is_file()}
    if not files:
        raise CommandError(
            f"{directory}: no reference table here; expected files such as {', '.join(list(TABLES)[:3])} with the ending .csv"
        )
    tables: dict[str, Rows] = {}
    digests: dict[str, str] = {}
    digest = hashlib.sha256()
    for name, file in files.items():
        content = file.read_bytes()
        digest.update(name.encode() + b"\0" + content)
        digests[name] = hashlib.sha256(content).hexdigest()
        tables[name] = _read(file, content, TABLES[name])
        say(f"{name}: {len(tables[name])} rows")
    await _check_parents(connection, files, tables)
    return await _write(connection, tables, digest.hexdigest(), digests)


def _read(file: Path, content: bytes, table: Table) -> Rows:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandError(f"{file}: byte {error.start} is not UTF-8: save the file as UTF-8") from None
    reader = csv.DictReader(io.StringIO(text), strict=True)
    rows: Rows = []
    try:
        header = reader.fieldnames or []
        if missing := [column for column in table.required if column not in header]:
            raise CommandError(f"{file}, line 1: column {missing[0]} is missing; the header has {', '.join(header) or 'nothing'}")
        for cells in reader:
            row = typed(cells, reader.line_num, table.columns, table.required, table.numbers)
            if isinstance(row, RowFault):
                raise _fault(file, row)
            rows.append((reader.line_num, row))
    except csv.Error as error:
        raise CommandError(f"{file}, line {reader.line_num + 1}: {error}") from None  # it counts what it could read
    fault = clash(rows, table.key, table.period)
    if fault is None and "successor" in table.columns:
        fault = succession(rows)
    if fault is not None:
        raise _fault(file, fault)
    return rows


def _fault(file: Path, fault: RowFault) -> CommandError:
    return CommandError(f"{file}, line {fault.line}, column {fault.column}: {fault.detail}")


async def _check_parents(connection: Connection, files: Mapping[str, Path], tables: Mapping[str, Rows]) -> None:
    """A value that refers to another table must stand there: where this load lacks one of the two files, in the database."""
    for name, table in TABLES.items():
        for column, (parent, parent_column) in table.parents.items():
            if name not in tables and parent not in tables:
                continue
            known = await _values(connection, tables, parent, parent_column)
            if name in tables:
                for line, row in tables[name]:
                    if row[column] is not None and row[column] not in known:
                        raise CommandError(f"{files[name]}, line {line}, column {column}: {row[column]} is not in {parent}")
            elif gone := await _values(connection, tables, name, column) - known:
                raise CommandError(f"{files[parent]}: {min(gone)} is missing, and {name} loaded before refer to it: load both files")


async def _values(connection: Connection, tables: Mapping[str, Rows], name: str, column: str) -> set[Any]:
    """What stands in a column: in this load, else in the database."""
    if name in tables:
        return {row[column] for _, row in tables[name]}
    return {row[0] for row in await connection.fetch(f"select distinct {column} from reference.{name} where {column} is not null")}


async def _write(connection: Connection, tables: Mapping[str, Rows], digest: str, digests: Mapping[str, str]) -> Loaded:
    """Replace the tables that changed; what stood in them is kept for answers as known before this load."""
    counts = {name: len(rows) for name, rows in tables.items()}
    async with connection.transaction():
        await connection.execute("lock table reference.load in exclusive mode")
        if digest == await connection.fetchval("select hash from reference.load order by version desc limit 1"):
            return Loaded(None, counts)
        known = {row["name"]: row["digest"] for row in await connection.fetch(SQL["known_digests"])}
        changed = {name: text for name, text in digests.items() if known.get(name) != text}
        version = await connection.fetchval(SQL["new_version"])
        for name in changed:
            if name not in UNKEPT:
                await connection.execute(
                    f"insert into reference.replaced select $1, $2, row_to_json(t) from reference.{name} t", version, name
                )
            await connection.execute(f"delete from reference.{name}")
            columns = TABLES[name].columns
            await connection.copy_records_to_table(
                name, schema_name="reference", columns=columns, records=[[row[column] for column in columns] for _, row in tables[name]]
            )
        values = digest, orjson.dumps(counts).decode(), orjson.dumps(changed).decode()
        await connection.execute(SQL["add_load"], version, *values)  # last: it says when
    return Loaded(version, counts)
