"""The facts of the pages of returns: who must act, what a version says by line, the units behind a cell, what differs since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, NamedTuple

import asyncpg
import orjson
from pydantic import Field

from services.reporting.handlers import entering, returning
from services.reporting.rules import life
from services.reporting.rules.evidence import Figure
from services.reporting.rules.life import StepError
from services.reporting.rules.measures import MEASURES
from services.reporting.rules.members import Member, amount, behind
from services.reporting.rules.published import Kind
from services.reporting.rules.returns.book import definition as stated
from services.reporting.rules.returns.book import definitions
from services.reporting.rules.returns.compose import Row
from services.reporting.rules.returns.definition import Definition
from services.reporting.rules.returns.edits import Edit
from services.reporting.rules.returns.entries import groups
from services.reporting.rules.returns.lines import Entered, Line
from services.reporting.store import entered, frozen, measures, returns, seen_returns, submissions
from services.reporting.store import figures as kept
from services.reporting.store.entered import Entry
from services.reporting.web.desk import Desk
from services.reporting.web.measures_page import group_name
from services.reporting.web.reading import OF
from shared import clock as wall
from shared.web.errors import NotKnownError
from shared.web.filters import Address
from shared.web.people import Person

READS = life.DRAFTS | life.SIGNS | frozenset({"ig-lead", "regional-viewer", "pcn-lead", "team-manager"})
OPENS = life.DRAFTS | life.SIGNS
"""Roles that see the units behind a cell; each look is noted."""
WAITS_FOR = {
    "draft": "to be frozen by an analyst or ICB manager",
    "frozen": "to be explained and checked by an analyst or ICB manager",
    "checked": "to be signed by a signatory, another than who froze it",
    "signed": "to be sent",
    "submitted": "to be acknowledged by its recipients",
    "acknowledged": "nothing more to do",
    "undeliverable": "to be decided by an ICB manager: it did not arrive",
    "unknown": "to be found out by an ICB manager: did it arrive?",
    "closed": "nothing more to do",
}
"""What is next, and who must act, by state."""
LEVELS = {"icb": "ICB", "pcn": "PCN", "provider": "provider", "footprint": "transformation footprint", "practice": "practice"}
DONE = frozenset({"submitted", "acknowledged", "closed"})


class Version(Address):
    """Which version of a return; the newest unless one is named."""

    version: Annotated[int | None, Field(ge=1, le=10_000)] = None


Words = Mapping[tuple[str, str], str]


def of_group(by: str, value: str, words: Words) -> str:
    """A group that a row is of: `age 65 and over`, `White: British`; empty for everybody."""
    return "" if not by else group_name(by, value, words) if by == "ethnicity" else f"{by} {group_name(by, value, words)}"


def in_words(row: Row) -> str:
    """What leaves as a page says it: `1,204`, `65%`, `£1,250,000.00`."""
    if row.kind == "text" or not row.shown.replace(".", "", 1).removeprefix("-").isdigit():
        return row.shown or "none given"
    whole, dot, rest = row.shown.partition(".")
    return f"{'£' if row.kind == 'money' else ''}{int(whole):,}{dot}{rest}{'%' if row.kind == 'percent' else ''}"


class Listed(NamedTuple):
    """One return, its newest version. `overdue`: its deadline has passed and nobody has got it."""

    row: asyncpg.Record
    title: str
    name: str
    overdue: bool
    days: int
    next: str


@dataclass(frozen=True, slots=True)
class ReturnsPage:
    returns: list[Listed]
    organisations: Mapping[str, tuple[str, str]]
    definitions: list[Definition]
    drafts: bool


class Shown(NamedTuple):
    """One row of a line. `of`: where and of which group; `cell`: whether units stand behind it; `text`: what leaves, in words."""

    figure: Figure
    of: str
    cell: bool
    text: str


class Hand(NamedTuple):
    """A line entered by hand: its groups with what stands, and whether the reader may enter it."""

    line: Line
    kind: str
    owner: str
    values: list[tuple[str, str, str]]  # group, its name, value
    may: bool


@dataclass(frozen=True, slots=True)
class ReturnPage:
    row: asyncpg.Record
    about: Definition
    name: str
    listed: Listed
    versions: list[asyncpg.Record]
    sections: list[tuple[str, list[tuple[Line, list[Shown]]]]]
    edits: list[tuple[Edit, str | None, str | None]]  # explanation, by whom
    open: int
    hands: list[Hand]
    problem: str | None  # why lines cannot be entered
    entries: list[Entry]
    sent: list[asyncpg.Record]
    steps: list[asyncpg.Record]
    notices: list[asyncpg.Record]
    rules: Mapping[str, Any]
    authorisations: list[life.Authorisation]
    may: frozenset[str]
    seen: datetime  # up to when it says what was entered


async def concerned(desk: Desk, person: Person, return_id: str, version: int | None) -> asyncpg.Record:
    """A version that is the reader's business. NotKnownError otherwise: whether there is one is not told."""
    try:
        row = await returning.one(desk.pool, return_id, version)
        await returning.concerns(desk.pool, person, row["organisation"])
    except StepError:
        raise NotKnownError("return", f"there is no return {return_id[:80]} here", "choose one of the list of returns") from None
    return row


async def returns_page(desk: Desk, person: Person) -> ReturnsPage:
    whose = await seen_returns.organisations(desk.pool, person.organisation, person.providers)
    rows = await seen_returns.newest(desk.pool, list(whose))
    newest = {one.id: one for one in definitions().values()}
    return ReturnsPage([_listed(row, whose) for row in rows], whose, list(newest.values()), bool(person.roles & life.DRAFTS))


def _listed(row: asyncpg.Record, whose: Mapping[str, tuple[str, str]]) -> Listed:
    today: date = wall.today()
    over = row["due_on"] < today and row["state"] not in DONE
    name = whose.get(row["organisation"], (row["organisation"], ""))[0]
    title = stated(row["definition"], row["definition_version"]).title
    return Listed(row, title, name, over, (row["due_on"] - today).days, WAITS_FOR[row["state"]])


async def return_page(desk: Desk, person: Person, return_id: str, version: int | None) -> ReturnPage:
    """Raises NotKnownError."""
    seen = wall.now()
    row = await concerned(desk, person, return_id, version)
    named = return_id, row["version"]
    about = stated(row["definition"], row["definition_version"])
    words = await kept.words(desk.pool)
    whose = await seen_returns.organisations(desk.pool, person.organisation, [*person.providers, row["organisation"]])
    names = {code: name for (_, code), name in (await measures.names(desk.pool)).items()}
    figures = await frozen.figures(desk.pool, *named) if row["frozen_at"] else []
    edits = await frozen.edits(desk.pool, *named)
    said = await frozen.explanations(desk.pool, *named)
    hands, problem = await _hands(desk, person, return_id, row["state"])
    listed = _listed(row, whose)
    return ReturnPage(
        row, about, listed.name, listed, (await returns.versions(desk.pool, return_id))[::-1], _sections(about, figures, names, words),
        [(edit, said[edit.id]["text"], said[edit.id]["by"]) if edit.id in said else (edit, None, None) for edit in edits],
        len(life.open_edits(edits, said)), hands, problem, (await entered.history(desk.pool, return_id))[::-1],
        [one for one in await submissions.of(desk.pool, return_id) if one["version"] == row["version"]],
        (await returns.steps(desk.pool, return_id))[::-1], (await returns.notices(desk.pool, *named))[::-1],
        orjson.loads(row["rules"]) if row["rules"] else {},
        await returns.authorisations(desk.pool, row["definition"], row["organisation"]), _may(person, row), seen,
    )  # fmt: skip


def _may(person: Person, row: asyncpg.Record) -> frozenset[str]:
    """What the page offers; the handlers decide again."""
    found: set[str] = set()
    state = row["state"]
    if person.roles & life.DRAFTS:
        found |= {change for change in ("frozen", "checked", "restated", "closed") if state in life.MACHINE[change][0]}
        found |= {"explain"} if state == "frozen" else set()
        found |= {"decide"} if state == "unknown" else set()
        found |= {"compare"} if row["frozen_at"] else set()
    if person.roles & life.SIGNS:
        found |= {"authorise"} | ({"signed"} if state == "checked" and row["frozen_by"] != person.username else set())
    if person.roles & OPENS:
        found |= {"cell"} | ({"send"} if state == "signed" else set())
    return frozenset(found)


def _sections(
    about: Definition, figures: Sequence[Figure], names: Mapping[str, str], words: Words
) -> list[tuple[str, list[tuple[Line, list[Shown]]]]]:
    by_line: dict[str, list[Shown]] = {}
    for one in figures:
        row = one.row
        where = names.get(row.code, row.code) if row.level not in {"", "footprint"} else LEVELS.get(row.level, "")
        told = " · ".join(part for part in (where, of_group(row.by, row.value, words)) if part)
        by_line.setdefault(row.line, []).append(Shown(one, told, one.measure is not None, in_words(row)))
    return [
        (title, [(line, by_line.get(line.id, [])) for line in about.lines if line.section == section]) for section, title in about.sections
    ]


async def _hands(desk: Desk, person: Person, return_id: str, state: str) -> tuple[list[Hand], str | None]:
    """Lines entered by hand, with what stands now; or why nothing can be entered."""
    async with desk.pool.acquire() as connection:
        try:
            about = await entering.named(connection, return_id)
        except ValueError as error:
            return [], str(error)
        standing = await entered.standing(connection, return_id)
    pcns = {pcn.code: pcn.name for pcn in about.footprint.pcns}
    found = []
    for line in about.definition.lines:
        if isinstance(line.source, Entered):
            told = [(one, pcns.get(one, one), standing.get((line.id, one), "")) for one in groups(about.definition, line, about.footprint)]
            may = state in {"draft", "frozen", "checked"} and _enters(person, about, line.source.owner)
            found.append(Hand(line, line.source.kind, line.source.owner, told, may))
    return found, None


def _enters(person: Person, about: entering.Return, owner: str) -> bool:
    try:
        entering.may_enter(person, about, owner)
    except PermissionError:
        return False
    return True


class Where(NamedTuple):
    """One cell of a return, as its row names it."""

    line: str
    level: str
    code: str
    by: str
    value: str


@dataclass(frozen=True, slots=True)
class CellPage:
    """`counts`: of each count that the figure stands on, its units and what they amount to."""

    row: asyncpg.Record
    line: Line
    figure: Figure
    counts: list[tuple[str, str, int, list[Member]]]  # measure, its name, amount, units
    rules: Mapping[str, Any]
    where: Where
    of: str


async def cell_page(desk: Desk, person: Person, return_id: str, version: int | None, where: Where) -> CellPage:
    """The frozen units behind a cell. Raises NotKnownError. The caller has noted the look."""
    row = await concerned(desk, person, return_id, version)
    named = return_id, row["version"]
    figure = next((one for one in await frozen.figures(desk.pool, *named) if tuple(one.row[:5]) == tuple(where)), None)
    if figure is None or figure.measure is None:
        raise NotKnownError("cell", "no units stand behind this cell", "open one of the return that has a link")
    published = MEASURES[figure.measure].figure
    counts = [published.measure_id] if published.kind is Kind.COUNT else [published.numerator, published.denominator]
    everybody = await frozen.members(desk.pool, *named)
    found = []
    for count in dict.fromkeys(one for one in counts if one):
        units = sorted(behind(everybody, count, where.level, where.code, "", where.by, where.value))
        found.append((count, MEASURES[count].figure.name, amount(OF[count], units), units))
    line = stated(row["definition"], row["definition_version"]).line(where.line)
    of = of_group(where.by, where.value, await kept.words(desk.pool))
    return CellPage(row, line, figure, found, orjson.loads(row["rules"]), where, of)
