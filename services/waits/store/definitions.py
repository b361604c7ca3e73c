"""The clock definitions that run here: those that are shipped, and those that a provider added; each version is a clock of its own."""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import orjson

from services.waits.rules.definition import Definition
from services.waits.rules.parse import ANY, Known, parse
from shared.events.waits import Cause
from shared.runtime import blurred
from shared.runtime.blurred import Span
from shared.runtime.database import Connection, Pool, columns, queries
from shared.runtime.documents import people_after
from shared.runtime.reference import Cached

SQL = queries("services.waits", "sql/definitions.sql")
MAIN = "national-2024"
"""The id of the definition that pages show unless another is asked for; its clocks are computed with the event itself."""
SHIPPED = "shipped"
SWEPT = 5000


class DefinitionError(Exception):
    """A definition that cannot be added, or that there is not, in one line."""


class Held(NamedTuple):
    """One version of a definition. `people`: whose clocks are computed when it is added, `computed`: how many are so far."""

    definition: Definition
    toml: str
    added_by: str
    added_at: datetime | None
    state: str  # computing, running, retired
    people: int
    computed: int
    started_at: datetime | None
    finished_at: datetime | None


class Definitions:
    """Every version that there is, by id and version."""

    def __init__(self, held: Mapping[tuple[str, int], Held]) -> None:
        self.held = dict(sorted(held.items()))

    def named(self, name: str, known_at: datetime | None = None) -> Definition:
        """By `id` (its current version, or the one that was at `known_at`) or `id@version`. Raises DefinitionError naming those that there
        are."""
        exact = next((held.definition for held in self.held.values() if held.definition.key == name), None)
        found = exact or (None if known_at is None else self._known(name, known_at)) or self.current().get(name)
        if found is None:
            raise DefinitionError(f"no clock definition {name!r}: there is {', '.join(sorted(self.current()))}")
        return found

    def current(self) -> dict[str, Definition]:
        """By id, its greatest version whose clocks are all computed; while none is, the greatest that is not retired."""
        found: dict[str, Held] = {}
        for (name, _), held in self.held.items():
            if held.state != "retired" and (name not in found or held.state == "running" or found[name].state != "running"):
                found[name] = held
        return {name: held.definition for name, held in found.items()}

    def _known(self, name: str, instant: datetime) -> Definition | None:
        """The version of this id whose clocks were all computed last by then; before the first, the first. None: it never ran."""
        ran = [(held.finished_at, held.definition) for held in self.held.values() if held.definition.id == name and held.finished_at]
        return next((stated for since, stated in reversed(ran) if since <= instant), ran[0][1] if ran else None)

    def running(self) -> list[Definition]:
        """Those under which everybody's clocks are kept, in the order of their keys."""
        return [held.definition for held in self.held.values() if held.state == "running"]

    def at_work(self) -> list[Definition]:
        """Those, and those that are computed now."""
        return [held.definition for held in self.held.values() if held.state != "retired"]


@cache
def shipped() -> Mapping[tuple[str, int], Held]:
    """The definitions that come with this version of the software, by id and version."""
    folder = files("services.waits").joinpath("rules", "definitions")
    texts = [file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".toml")]
    held = [Held(parse(tomllib.loads(text)), text, SHIPPED, None, "computing", 0, 0, None, None) for text in texts]
    return {(one.definition.id, one.definition.version): one for one in held}


def definition(name: str) -> Definition:
    """A shipped definition, by its id. Raises DefinitionError with the ids there are."""
    return Definitions(shipped()).named(name)


async def load(connection: Connection) -> Definitions:
    """Those that are kept, and those that are shipped and not kept yet."""
    stored = {}
    for row in await connection.fetch(SQL["stored"]):
        values = dict(row)
        key = values.pop("id"), values.pop("version")
        stored[key] = Held(parse(tomllib.loads(values["toml"])), **values)
    return Definitions({**shipped(), **stored})


def cached() -> Cached[Definitions]:
    """They, read again when one was added, finished or retired."""
    return Cached(load, SQL["changes"])


async def add(connection: Connection, text: str, added_by: str, known: Known = ANY) -> Definition | None:
    """Keep a definition; the worker then computes its clocks. None when this very version is kept already.

    Raises DefinitionError when the text states none, names codes that are not `known`, or is another under an id and version that
    are taken.
    """
    try:
        stated = parse(tomllib.loads(text), known)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"not TOML: {error}") from None
    except ValueError as error:
        raise DefinitionError(str(error)) from None
    digest = hashlib.sha256(text.encode()).hexdigest()
    if await connection.fetchval(SQL["add"], stated.id, stated.version, text, digest, added_by):
        await connection.execute(SQL["changed"])
        return stated
    if await connection.fetchval(SQL["digest"], stated.id, stated.version) != digest:
        raise DefinitionError(f"version: {stated.key} is there already and says something else: give the changed one the next version")
    return None


async def codes(connection: Connection) -> Known:
    """What a definition may name of the reference data."""
    found = await connection.fetchrow(SQL["codes"])
    return Known(*[frozenset(values or ()) for values in found or ()])


async def add_shipped(connection: Connection) -> None:
    """Keep what this version of the software brings. Raises DefinitionError when a shipped version was changed, not raised."""
    for held in shipped().values():
        await add(connection, held.toml, SHIPPED)


async def retire(connection: Connection, stated: Definition) -> None:
    """Keep its clocks no longer; its text stays, so that its answers can be computed when they are asked for."""
    await connection.execute(SQL["retire"], stated.id, stated.version)
    await connection.execute(SQL["changed"])


class New(NamedTuple):
    """Definitions that are new, and the next people whose clocks are to be computed under them."""

    keys: list[tuple[str, int]]
    people: list[str]


async def claim_new(connection: Connection, people: int) -> New | None:
    """None when no definition is new; without people when all of theirs are computed."""
    rows = await connection.fetch(SQL["claim_new"])
    if not rows:
        return None
    return New([(row["id"], row["version"]) for row in rows], await people_after(connection, rows[0]["reached"], people))


async def progressed(connection: Connection, new: New) -> None:
    """Note how far they have come; without people, that they are done."""
    if new.people:
        await connection.execute(SQL["progressed"], *columns(new.keys), new.people[-1], len(new.people))
    else:
        await connection.execute(SQL["finished"], *columns(new.keys))
        await connection.execute(SQL["changed"])


async def sweep(connection: Connection) -> int:
    """Remove clocks of retired definitions; returns how many."""
    return len(await connection.fetch(SQL["sweep"], SWEPT))


async def ask(connection: Connection, causes: Mapping[str, Cause]) -> None:
    """Ask for the clocks of these people, whose pathways the caller has locked, under every definition but the main one."""
    if causes:
        told = [orjson.dumps(cause.model_dump(mode="json", exclude_none=True)).decode() for cause in causes.values()]
        await connection.execute(SQL["ask"], list(causes), told)


async def asked(connection: Connection, people: int, since: timedelta) -> list[str]:
    """Whose clocks have been asked for since so long, the longest waiting first."""
    return [row["personkey"] for row in await connection.fetch(SQL["asked"], people, since)]


async def waiting_people(pool: Pool) -> int:
    """Whose clocks under some definition are not yet what the events make them; under a new one nobody's are until all are."""
    people: int = await pool.fetchval(SQL["waiting_people"])
    return people


async def answered(connection: Connection, people: Sequence[str]) -> dict[str, Cause]:
    """Take the questions about these people, whose pathways the caller has locked: what each was asked for last."""
    rows = await connection.fetch(SQL["answered"], people)
    causes = {row["personkey"]: Cause.model_validate_json(row["cause"]) for row in rows}
    asked = [Span(row["first"], causes[row["personkey"]].receivedtime) for row in rows]
    await blurred.note(connection, asked)
    return causes
