"""Returns as files: what a frozen version is taken away or sent as, and the recipients' blank workbooks that some are filled into."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services.reporting.publish.render import Head, as_csv, as_json
from services.reporting.publish.workbook import filled, fits, plain
from services.reporting.rules.life import SIGNS, StepError, may_draft
from services.reporting.rules.returns.book import definition as stated
from services.reporting.rules.returns.compose import Row, canonical
from services.reporting.rules.returns.definition import ROWS, Definition
from services.reporting.rules.returns.edits import Edit
from services.reporting.store import frozen, measures, returns
from services.reporting.store.entered import SQL
from shared import clock
from shared.runtime import trail
from shared.runtime.database import Connection
from shared.web.people import Person


class File(NamedTuple):
    name: str
    content: bytes


async def file_of(connection: Connection, return_id: str, version: int, form: str) -> File:
    """A frozen version in a format: rows, csv, json, or xlsx (the recipients' blank workbook where there is one).

    StepError, one line: it is a draft, or the blank workbook cannot take it.
    """
    row = await returns.lock(connection, return_id, version)
    if row["frozen_at"] is None:
        raise StepError(f"{return_id} version {version}: it is a draft: freeze it first")
    definition = stated(row["definition"], row["definition_version"])
    rows = [figure.row for figure in await frozen.figures(connection, return_id, version)]
    names = {code: name for (_, code), name in (await measures.names(connection, row["frozen_at"])).items()}
    head = Head(definition, row["organisation"], definition.period_of(row["period"]), version, names)
    match form:
        case "csv":
            return File(head.file_name(form), as_csv(head, rows))
        case "json":
            return File(head.file_name(form), as_json(head, rows))
        case "xlsx":
            return File(head.file_name(form), await _workbook(connection, head, rows))
        case _:
            return File(head.file_name("jsonl"), canonical(return_id, version, rows))


async def _workbook(connection: Connection, head: Head, rows: Sequence[Row]) -> bytes:
    blank = await _blank(connection, head.definition)
    try:
        return plain(head, rows) if blank is None else filled(blank, head.definition, rows)
    except ValueError as error:
        raise StepError(f"{head.return_id} version {head.version}: {error}") from None


async def _blank(connection: Connection, definition: Definition) -> bytes | None:
    found: bytes | None = await connection.fetchval(SQL["blank"], definition.id, definition.version)
    return found


async def export(connection: Connection, by: Person, return_id: str, version: int, form: str) -> File:
    """A version as a file for somebody who takes it away: noted in the audit. StepError where there is none, or it is not theirs."""
    row = await returns.lock(connection, return_id, version)
    definition = stated(row["definition"], row["definition_version"])
    if form not in {ROWS, *definition.formats}:
        raise StepError(f"{definition.key} is not taken away as {form!r}: it is as {', '.join((ROWS, *definition.formats))}")
    found = await file_of(connection, return_id, version, form)
    about = {"return": return_id, "version": version, "file": found.name, "hash": row["hash"]}
    await trail.note(connection, clock.now(), by.username, "return exported", about)
    return found


async def add_blank(connection: Connection, by: Person, definition: Definition, file_name: str, content: bytes) -> str:
    """Keep a definition's blank workbook; returns its SHA-256. StepError for whom it is not to add, or what does not fit."""
    if not by.roles & SIGNS:
        may_draft(by.roles, by.username)
    try:
        fits(content, definition)
    except ValueError as error:
        raise StepError(f"{file_name}: {error}") from None
    row = definition.id, definition.version, file_name, content, by.username, clock.now()
    digest: str = await connection.fetchval(SQL["add_blank"], *row)
    about = {"definition": definition.key, "file": file_name, "sha256": digest}
    await trail.note(connection, clock.now(), by.username, "return workbook added", about)
    return digest


async def unfillable(connection: Connection, definition: Definition, rows: Iterable[Row]) -> list[Edit]:
    """What keeps these rows out of the recipients' workbook, before anybody signs them: an edit that blocks."""
    if (blank := await _blank(connection, definition)) is not None:
        try:
            filled(blank, definition, list(rows))
        except ValueError as error:
            return [Edit("workbook", "syntax", "", str(error))]
    return []
