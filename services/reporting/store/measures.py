"""What is counted for a period, by one query for each family of measures."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from services.reporting.rules import codes
from services.reporting.rules.measures import FAMILIES, Family, Found
from services.reporting.rules.population import with_population
from services.reporting.rules.published import Kind
from services.reporting.store import care, more
from shared.runtime.database import Connection, Pool, queries

SQL = queries("services.reporting", "sql/measures.sql")
_AT_ONE_MOMENT: Any = {"isolation": "repeatable_read", "readonly": True}
NOW: Any = datetime.max  # noqa: DTZ901  # asyncpg writes it as infinity
MAIN, COMPAT, EIP = "national-2024", "national-2024-compat", "eip-2016"


class Asked(NamedTuple):
    """The months' end, the definition of the four-week wait, and the instant as known at which is asked; None: now. `load`: of the
    reference data, None: of that instant; `versions`: of definitions of clocks that are not those of that instant."""  # fmt: skip

    last: date
    definition: str = MAIN
    known_at: datetime | None = None
    load: int | None = None
    versions: Mapping[str, int] = MappingProxyType({})


async def counted(pool: Pool, asked: Asked, families: Sequence[Family] = FAMILIES) -> list[tuple[Family, list[Found]]]:
    """Every family, two at a time, of one moment."""
    waiting = list(enumerate(families))
    told: dict[int, list[Found]] = {}

    async def work(connection: Connection) -> None:
        while waiting:
            place, family = waiting.pop(0)
            told[place] = await found(connection, family, asked)

    async with pool.acquire() as one, one.transaction(**_AT_ONE_MOMENT), pool.acquire() as other, other.transaction(**_AT_ONE_MOMENT):
        await other.execute(f"set transaction snapshot '{await one.fetchval(SQL['snapshot'])}'")
        async with asyncio.TaskGroup() as both:
            both.create_task(work(one))
            both.create_task(work(other))
    return [(family, told[place]) for place, family in enumerate(families)]


async def found(connection: Connection, family: Family, asked: Asked) -> list[Found]:
    """What is counted, at every place and for every group. In the caller's transaction."""
    arguments = await prepared(connection, family, asked)
    rows = await connection.fetch(statement(family.query), *arguments)
    places = [
        Found(row["level"], row["code"], row["team"], row["by"], row["value"], orjson.loads(row["counts"]), orjson.loads(row["days"]))
        for row in rows
    ]
    if family.query in more.QUERIES:
        places = [more.complete(family, one) for one in places]
    if any(measure.figure.kind is Kind.RATE for measure in family.measures):
        places = with_population(family, places, await more.population(connection, asked.last, arguments[2]))
    return places


def statement(query: str) -> str:
    """What counts a family, by its query."""
    if query in more.QUERIES:
        return more.statement(query)
    return care.statement(query) if query in care.QUERIES else SQL[query]


async def prepared(connection: Connection, family: Family, asked: Asked) -> Sequence[Any]:
    """The arguments of a family's queries, and the planner set for them until the transaction ends."""
    await connection.execute(SQL["by_hash"])
    known = NOW if asked.known_at is None else asked.known_at + timedelta(microseconds=1)
    load = asked.load
    if load is None and asked.known_at is not None:
        load = await connection.fetchval(SQL["load_at"], asked.known_at)
    return asked.last, known, load, *await _more(connection, family, asked, known)


async def _more(connection: Connection, family: Family, asked: Asked, known: datetime) -> Sequence[Any]:
    """What a family's query asks for beside the period."""
    match family.query:
        case "mrs":
            return asked.definition, await _version(connection, asked, asked.definition, known)
        case "spell_quality":
            return asked.definition, await _version(connection, asked, asked.definition, known), *care.arguments(family.query)
        case "early_intervention":
            return (await _version(connection, asked, EIP, known),)
        case "access" | "therapies":
            return _access_teams(asked), codes.CMH_TEAMS, asked.definition == COMPAT
        case "second_contact":
            return _access_teams(asked), asked.definition == COMPAT
        case "rejections":
            return (codes.CMH_TEAMS,)
        case "admissions":
            return codes.ACUTE_WARDS, codes.ACUTE_WARDS_BEFORE, codes.NOT_ADMITTED_FROM
        case query if query in more.QUERIES:
            return more.arguments(query, (MAIN, await _version(connection, asked, MAIN, known)))
        case "placements":
            return ()
        case query:
            return care.arguments(query)


def _access_teams(asked: Asked) -> Sequence[str]:
    return codes.ACCESS_TEAMS if asked.last >= codes.WIDER_ACCESS else codes.CMH_TEAMS


async def _version(connection: Connection, asked: Asked, definition: str, known: datetime) -> int:
    """0 where nobody has a spell under it."""
    if definition in asked.versions:
        return asked.versions[definition]
    return await connection.fetchval(SQL["definition_version"], definition, known) or 0


async def names(connection: Connection | Pool, known_at: datetime | None = None) -> dict[tuple[str, str], str]:
    """What places are called, by level and code."""
    load = None if known_at is None else await connection.fetchval(SQL["load_at"], known_at)
    return {(row["level"], row["code"]): row["name"] for row in await connection.fetch(SQL["names"], load)}


async def networks(connection: Connection | Pool, known_at: datetime | None = None) -> dict[str, str]:
    """The ICB of each PCN."""
    load = None if known_at is None else await connection.fetchval(SQL["load_at"], known_at)
    return {row["pcn"]: row["icb"] for row in await connection.fetch(SQL["networks"], load)}
