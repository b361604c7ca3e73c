"""What is counted for a period, by one query for each family of measures."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from services.reporting.rules import codes
from services.reporting.rules.measures import FAMILIES, Family, Found
from services.reporting.rules.population import with_population
from services.reporting.rules.published import Kind
from services.reporting.store import care, more
from services.reporting.store.places import Places, places
from services.reporting.store.sums import added, counts_of
from services.reporting.store.units import COUNTS, units
from shared.runtime.database import Connection, Pool, queries

SQL = queries("services.reporting", "sql/measures.sql")
_AT_ONE_MOMENT: Any = {"isolation": "repeatable_read", "readonly": True}
NOW: Any = datetime.max  # noqa: DTZ901  # asyncpg writes it as infinity
MAIN, COMPAT, EIP = "national-2024", "national-2024-compat", "eip-2016"

FEW = frozenset(
    {"placements", "placements_year", "early_intervention", "admissions", "caseload", "early_contact", "out_of_area", "pathways"}
)  # fmt: skip
"""Queries of which most people have no unit."""
DEAR = frozenset({"spell_quality", "mrs", "access", "follow_through", "seen", "proms", "prom_scales", "second_contact", "transformation"})


class Asked(NamedTuple):
    """The months' end, the definition of the four-week wait, and the instant as known at which is asked; None: now. `load`: of the
    reference data, None: of that instant; `versions`: of definitions of clocks that are not those of that instant."""  # fmt: skip

    last: date
    definition: str = MAIN
    known_at: datetime | None = None
    load: int | None = None
    versions: Mapping[str, int] = MappingProxyType({})


async def counted(pool: Pool, asked: Asked, families: Sequence[Family] = FAMILIES) -> list[tuple[Family, list[Found]]]:
    """Every family, two at a time, of one moment; the dearest first, so that both end together."""
    waiting = sorted(enumerate(families), key=lambda one: one[1].query not in DEAR)
    told: dict[int, list[Found]] = {}

    async def work(connection: Connection, where: Places) -> None:
        while waiting:
            place, family = waiting.pop(0)
            told[place] = await found(connection, family, asked, where)

    async with pool.acquire() as one, one.transaction(**_AT_ONE_MOMENT), pool.acquire() as other, other.transaction(**_AT_ONE_MOMENT):
        await other.execute(f"set transaction snapshot '{await one.fetchval(SQL['snapshot'])}'")
        where = await places_of(one, asked)
        async with asyncio.TaskGroup() as both:
            both.create_task(work(one, where))
            both.create_task(work(other, where))
    return [(family, told[place]) for place, family in enumerate(families)]


async def places_of(connection: Connection, asked: Asked) -> Places:
    """Where units count, as it was known."""
    return await places(connection, asked.last, await load_of(connection, asked))


async def found(connection: Connection, family: Family, asked: Asked, where: Places | None = None) -> list[Found]:
    """What is counted, at every place and for every group. In the caller's transaction. `where`: `places_of` it, where it is at hand."""
    arguments = await prepared(connection, family, asked)
    told = await units(connection, statement(family), arguments)
    (where or await places_of(connection, asked)).put(told)
    places = await asyncio.to_thread(added, family, told, sparse=family.query in care.SPARSE)
    if any(measure.figure.kind is Kind.RATE for measure in family.measures):
        places = with_population(family, places, await more.population(connection, asked.last, await load_of(connection, asked)))
    return places


def statement(family: Family) -> str:
    """What finds a family's units."""
    if family.query in more.QUERIES:
        return more.statement(family.query)
    bits = (f'case when "{name}" then {1 << bit} else 0 end' for bit, name in enumerate(counts_of(family)))
    found = care.statement(family.query) if family.query in care.QUERIES else SQL[family.query]
    return found.replace("{counts}", f"{' + '.join(bits)} as {COUNTS}")


async def load_of(connection: Connection, asked: Asked) -> int | None:
    """Of the reference data; None: the latest."""
    return await _load(connection, asked.known_at) if asked.load is None else asked.load


async def _load(connection: Connection | Pool, known_at: datetime | None) -> int | None:
    return None if known_at is None else await load_at(connection, known_at)


async def load_at(connection: Connection | Pool, known_at: datetime) -> int:
    """The load of reference data that held at an instant; NOW: the latest."""
    return int(await connection.fetchval(SQL["load_at"], known_at))


async def prepared(connection: Connection, family: Family, asked: Asked) -> Sequence[Any]:
    """The arguments of a family's queries, and the planner set for them until the transaction ends."""
    await connection.execute(SQL["by_hash"], "on" if family.query in FEW else "off")
    known = NOW if asked.known_at is None else asked.known_at + timedelta(microseconds=1)
    load = await load_of(connection, asked)
    if family.query in more.QUERIES:
        return asked.last, known, *more.arguments(family.query, load, (MAIN, await _version(connection, asked, MAIN, known)))
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
    load = await _load(connection, known_at)
    return {(row["level"], row["code"]): row["name"] for row in await connection.fetch(SQL["names"], load)}


async def networks(connection: Connection | Pool, known_at: datetime | None = None) -> dict[str, str]:
    """The ICB of each PCN."""
    return {row["pcn"]: row["icb"] for row in await connection.fetch(SQL["networks"], await _load(connection, known_at))}
