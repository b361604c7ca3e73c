"""The pages of returns: the list, one return with its forms, one cell, what differs since, files."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import asyncpg
from fastapi import APIRouter, Depends, Form, Query, Request
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.reporting.handlers import entering, files, restating, returning
from services.reporting.rules.life import DRAFTS, StepError
from services.reporting.rules.restatement import CAUSES
from services.reporting.store import returns as store
from services.reporting.store import submissions
from services.reporting.web.desk import AtDesk, Desk
from services.reporting.web.returns_page import LEVELS, OPENS, READS, Version, Where, cell_page, concerned, return_page, returns_page
from shared import clock as wall
from shared.runtime import trail
from shared.runtime.database import Connection
from shared.web.csrf import require_csrf
from shared.web.errors import FieldError
from shared.web.people import Person
from shared.web.sign_in import having
from shared.web.tables import csv_download

router = APIRouter(include_in_schema=False)
SECTION = "Returns"
Reads = Annotated[Person, Depends(having(READS))]
Opens = Annotated[Person, Depends(having(OPENS))]
TYPES = {
    "csv": "text/csv; charset=utf-8", "json": "application/json", "rows": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


class Cell(Version):
    """One cell, as its row names it."""

    line: str
    level: str = ""
    code: str = ""
    by: str = ""
    value: str = ""

    def where(self) -> Where:
        return Where(self.line, self.level, self.code, self.by, self.value)


class FileAsked(Version):
    form: Annotated[str, Field(max_length=10)] = "csv"


def refused(error: Exception) -> FieldError:
    """A step that may not be taken, as a page says it."""
    problem, _, remedy = str(error).rpartition(": ")
    return FieldError(None, problem or remedy, remedy if problem else "nothing was changed")


def address(return_id: str, **query: object) -> str:
    return f"/returns/{quote(return_id, safe=':')}" + (f"?{urlencode(query)}" if query else "")


async def _again(
    request: Request, desk: Desk, person: Person, return_id: str, version: int | None, error: FieldError, **typed: object
) -> Response:
    """The page of a return once more, with why something was refused and what was written into its form."""
    page = await return_page(desk, person, return_id, version)
    at = _at(return_id, page.row["version"])
    facts = {"page": page, "row": page.row, "at": at, "levels": LEVELS, "refused": error, "typed": typed}
    return desk.site.page(request, "return.html", status=error.status, section=SECTION, **facts)


@router.get("/returns")
async def listed(request: Request, desk: AtDesk, person: Reads) -> Response:
    return desk.site.page(request, "returns.html", section=SECTION, page=await returns_page(desk, person))


@router.post("/returns")
async def draft(
    request: Request, desk: AtDesk, person: Reads, definition: Annotated[str, Form()], organisation: Annotated[str, Form()],
    period: Annotated[str, Form()], csrf: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    require_csrf(request, csrf)

    async def act(connection: Connection) -> str:
        wanted = await returning.wanted(connection, definition, organisation, period)
        await returning.draft(connection, wanted, person)
        return wanted.return_id

    try:
        return RedirectResponse(address(await _done(desk, act)), 303)
    except FieldError as error:
        typed = {"definition": definition, "organisation": organisation, "period": period}
        facts = {"page": await returns_page(desk, person), "refused": error, "typed": typed}
        return desk.site.page(request, "returns.html", status=error.status, section=SECTION, **facts)


@router.get("/returns/{return_id}")
async def one(request: Request, desk: AtDesk, person: Reads, return_id: str, filters: Annotated[Version, Query()]) -> Response:
    page = await return_page(desk, person, return_id, filters.version)
    return desk.site.page(
        request, "return.html", section=SECTION, page=page, row=page.row, at=_at(return_id, page.row["version"]), levels=LEVELS
    )


@router.get("/returns/{return_id}/cell")
async def cell(request: Request, desk: AtDesk, person: Opens, return_id: str, filters: Annotated[Cell, Query()]) -> Response:
    row = await concerned(desk, person, return_id, filters.version)
    about = {"return": return_id, "version": row["version"], **filters.where()._asdict()}
    await trail.note(desk.pool, wall.now(), person.username, "return cell seen", about)
    page = await cell_page(desk, person, return_id, filters.version, filters.where())
    return _shown(request, desk, "return_cell.html", page.row, page=page)


@router.get("/returns/{return_id}/cell.csv")
async def cell_csv(desk: AtDesk, person: Opens, return_id: str, filters: Annotated[Cell, Query()]) -> Response:
    row = await concerned(desk, person, return_id, filters.version)
    about = {"return": return_id, "version": row["version"], **filters.where()._asdict()}
    await trail.note(desk.pool, wall.now(), person.username, "return cell as CSV", about)
    page = await cell_page(desk, person, return_id, filters.version, filters.where())

    async def rows() -> Any:
        for count, _, _, units in page.counts:
            for unit in units:
                told = unit.personkey, unit.fact, unit.provider, unit.icb, unit.pcn, list(unit.teams), unit.age, unit.ethnicity
                yield [count, *told, unit.deprivation]

    header = ("MEASURE", "PERSON", "RECORD", "PROVIDER", "ICB", "PCN", "TEAMS", "AGE", "ETHNICITY", "DEPRIVATION")
    return await csv_download("cell.csv", header, rows())


@router.get("/returns/{return_id}/compare")
async def compare(request: Request, desk: AtDesk, person: Reads, return_id: str, filters: Annotated[Version, Query()]) -> Response:
    """As submitted against as now."""
    row = await concerned(desk, person, return_id, filters.version)
    if desk.counting is None:
        raise HTTPException(503)
    try:
        async with desk.counting() as (pool, ends):
            found, now = await restating.compared(pool, ends, return_id, row["version"], person)
    except StepError as error:
        raise refused(error) from None
    await trail.note(desk.pool, wall.now(), person.username, "return compared", {"return": return_id, "version": row["version"]})
    page = await return_page(desk, person, return_id, row["version"])
    return _shown(request, desk, "return_compare.html", row, page=page, found=found, now=now, causes=CAUSES)


@router.get("/returns/{return_id}/file")
async def file(desk: AtDesk, person: Reads, return_id: str, filters: Annotated[FileAsked, Query()]) -> Response:
    row = await concerned(desk, person, return_id, filters.version)
    made = await _done(desk, lambda connection: files.export(connection, person, return_id, row["version"], filters.form))
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return Response(made.content, media_type=TYPES[filters.form], headers=headers)


@router.post("/returns/{return_id}/freeze")
async def freeze(
    request: Request, desk: AtDesk, person: Reads, return_id: str, version: Annotated[int, Form()], csrf: Annotated[str, Form()] = ""
) -> Response:
    require_csrf(request, csrf)
    await concerned(desk, person, return_id, version)
    if desk.counting is None:
        raise HTTPException(503)
    try:
        async with desk.counting() as (pool, ends):
            await returning.freeze(pool, ends, return_id, version, person)
    except StepError as error:
        return await _again(request, desk, person, return_id, version, refused(error))
    return RedirectResponse(address(return_id, version=version), 303)


@router.post("/returns/{return_id}/enter")
async def enter(
    request: Request, desk: AtDesk, person: Reads, return_id: str, line: Annotated[str, Form()], value: Annotated[str, Form()],
    why: Annotated[str, Form()], of: Annotated[str, Form()] = "", csrf: Annotated[str, Form()] = "",
    seen: Annotated[datetime | None, Form()] = None,
) -> Response:  # fmt: skip
    require_csrf(request, csrf)
    await concerned(desk, person, return_id, None)
    try:
        await _done(desk, lambda connection: entering.enter(connection, person, return_id, line, of, value, why, seen))
    except FieldError as error:
        return await _again(request, desk, person, return_id, None, error, line=line, of=of, value=value, why=why)
    return RedirectResponse(f"{address(return_id)}#line-{quote(line)}", 303)


@router.post("/returns/{return_id}/{change}")
async def step(
    request: Request, desk: AtDesk, person: Reads, return_id: str, change: str, version: Annotated[int, Form()],
    why: Annotated[str, Form(max_length=500)] = "", edit: Annotated[str, Form()] = "", first: Annotated[date | None, Form()] = None,
    last: Annotated[date | None, Form()] = None, number: Annotated[int, Form()] = 0, arrived: Annotated[bool, Form()] = False,
    read: Annotated[str | None, Form()] = None,
    csrf: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Explain, check, sign, send, restate, close, decide what is unknown, authorise, withdraw: the handlers say who may."""
    require_csrf(request, csrf)
    row = await concerned(desk, person, return_id, version)

    async def close(connection: Connection) -> None:
        if not person.roles & DRAFTS:
            raise StepError(f"{person.username} may not close a return: it takes the role analyst or icb-manager")
        if len(why.strip()) < 10:
            raise StepError("say in a few words why it goes no further (at least ten characters)")
        await store.step(connection, return_id, version, "closed", person.username, why.strip())

    async def decide(connection: Connection) -> None:
        if not person.roles & DRAFTS or len(why.strip()) < 10:
            raise StepError("say in a few words how you know (at least ten characters), in the role analyst or icb-manager")
        await submissions.decide(connection, return_id, sent=arrived, why=why.strip(), by=person.username)

    async def authorise(connection: Connection) -> None:
        if first is None or last is None:
            raise StepError("a standing authorisation needs its first and last day: fill both in")
        await returning.authorise(connection, row["definition"], row["organisation"], first, last, person)

    acts: dict[str, Callable[[Connection], Awaitable[Any]]] = {
        "explain": lambda connection: returning.explain(connection, return_id, version, edit, why, person),
        "check": lambda connection: returning.check(connection, return_id, version, person),
        "sign": lambda connection: returning.sign(connection, return_id, version, person, read),
        "send": lambda connection: returning.send_as(connection, return_id, version, person),
        "restate": lambda connection: restating.restate(connection, return_id, version, person, why),
        "withdraw": lambda connection: returning.withdraw(connection, number, person),
        "close": close,
        "decide": decide,
        "authorise": authorise,
    }
    if change not in acts:
        raise HTTPException(404)
    try:
        await _done(desk, acts[change])
    except FieldError as error:
        return await _again(request, desk, person, return_id, version, error, change=change, edit=edit, why=why)
    return RedirectResponse(address(return_id), 303)


async def _done(desk: Desk, act: Callable[[Connection], Awaitable[Any]]) -> Any:
    """In one transaction. Raises FieldError where it may not be done: nothing has changed then."""
    try:
        async with desk.pool.acquire() as connection, connection.transaction():
            return await act(connection)
    except (StepError, ValueError, PermissionError) as error:
        raise refused(error) from None


def _shown(request: Request, desk: Desk, template: str, row: asyncpg.Record, **facts: Any) -> Response:
    at = _at(row["return_id"], row["version"])
    return desk.site.page(request, template, section=SECTION, row=row, at=at, levels=LEVELS, **facts)


def _at(return_id: str, version: int) -> Callable[..., str]:
    """Addresses of this version, for templates."""

    def at(part: str = "", **query: object) -> str:
        return f"{address(return_id)}{part}?{urlencode({'version': version, **query})}"

    return at
