"""Figures that are kept: what was counted for a month, exactly and as a wider audience sees it."""

import contextlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import orjson

from services.reporting.rules.measures import Found
from services.reporting.rules.period import Period, parse
from services.reporting.store.measures import COMPAT, MAIN, NOW
from shared.runtime.database import Connection, Pool, queries

SQL = queries("services.reporting", "sql/figures.sql")
OUTGROWN_SHARE, OUTGROWN_BY = 0.05, 1000
"""Of all changes, and how many of them, that make figures of before them no longer those of this community."""
BY_DEFINITION = ("mrs", "access")
"""Families whose figures differ by the definition of the four-week wait."""


class Kept(NamedTuple):
    """One family in one month. `counted_at` None: not counted yet; `problem`: why a wider audience is shown nothing."""

    id: int
    month: date
    family: str
    last: date | None
    counted_at: datetime | None
    problem: str | None


class Claimed(NamedTuple):
    """One that is to be counted. `known_at` None: as known now. `releases`: what a wider audience was shown before.

    `outgrown`: counted before much of what is known now was heard.
    """

    id: int
    month: date
    family: str
    definition: str
    known_at: datetime | None
    last: date | None
    digest: bytes | None
    releases: Mapping[str, Any] | None
    first: bool
    outgrown: bool


class Shown(NamedTuple):
    """A figure as a wider audience sees it."""

    level: str
    code: str
    measure: str
    value: str


async def ask(
    connection: Connection | Pool, months: Iterable[Period], families: Collection[str], definition: str, known_at: datetime | None,
    now: datetime, *, standing: bool,
) -> None:  # fmt: skip
    """Let these be counted and kept; `standing`: always, otherwise for a day."""
    firsts = [month.first for month in months]
    common = sorted(set(families) - set(BY_DEFINITION)) if definition == COMPAT else []
    for which, named in ((definition, sorted(set(families) - set(common))), (MAIN, common)):
        await connection.execute(SQL["ask"], firsts, named, which, known_at or NOW, standing, now)


async def lacks(connection: Connection, months: Sequence[Period], families: Collection[str], definition: str) -> bool:
    """Whether some of these are not kept up."""
    kept = await connection.fetchval(SQL["standing"], [month.first for month in months], list(families), definition)
    return bool(kept < len(months) * len(families))


async def forget(connection: Connection, before: datetime, month: date) -> None:
    """What nobody asked for since an instant, and what stood before a month."""
    await connection.execute(SQL["forget"], before, month)


async def mark(connection: Connection) -> str:
    """Of what is known now."""
    return str(await connection.fetchval(SQL["mark"]))


def changes(mark: str) -> int:
    """How many changes had been heard."""
    return int(mark.partition("/")[0])


async def claim(connection: Connection, mark: str, today: date, now: datetime, families: Sequence[str], *, again: bool) -> Claimed | None:
    """The next to be counted. `again`: one that was counted before may be."""
    row = await connection.fetchrow(SQL["claim"], mark, today, now, list(families), again, OUTGROWN_SHARE, OUTGROWN_BY)
    if row is None:
        return None
    known_at = None if row["known_at"].year == NOW.year else row["known_at"]
    releases = orjson.loads(row["releases"]) if row["releases"] else None
    asked = row["id"], row["month"], row["family"], row["definition"]
    return Claimed(*asked, known_at, row["last"], row["digest"], releases, row["first"], row["outgrown"])


async def write(connection: Connection, figured: int, found: Sequence[Found], shown: Iterable[Shown]) -> None:
    """Let this stand in the place of what was kept."""
    await connection.execute(SQL["clear"], figured)
    grouped: dict[tuple[str, str, str, str], list[Any]] = {}
    for one in found:
        grouped.setdefault((one.level, one.code, one.team, one.by), []).append([one.value, one.counts, one.days])
    exact = [(figured, *key, orjson.dumps(values).decode()) for key, values in grouped.items()]
    await connection.copy_records_to_table("figure", records=exact, columns=["figured", "level", "code", "team", "by", "found"])
    rows = [(figured, *one) for one in shown]
    await connection.copy_records_to_table("shown", records=rows, columns=["figured", "level", "code", "measure", "value"])


async def differs(
    connection: Connection, figured: int, digest: bytes, problem: str | None, releases: Mapping[str, Any] | None
) -> None:  # fmt: skip
    """Note what was written of one."""
    told = None if releases is None else orjson.dumps(releases).decode()
    await connection.execute(SQL["differs"], figured, digest, problem, told)


async def counted(connection: Connection, figured: int, last: date, mark: str, now: datetime) -> None:
    """Note up to when one was counted, and of what."""
    await connection.execute(SQL["counted"], figured, last, mark, now)


async def kept(pool: Pool, months: Iterable[Period], families: Sequence[str], definition: str, known_at: datetime | None) -> list[Kept]:
    """What there is of these, counted or not, by month."""
    firsts = [month.first for month in months]
    rows = await pool.fetch(SQL["kept"], firsts, definition, known_at or NOW, list(BY_DEFINITION), MAIN, list(families))
    return [Kept(*row) for row in rows]


async def shown_at(pool: Pool, figured: Collection[int], level: str, code: str) -> dict[int, dict[str, str]]:
    """Of a place, by what was kept and measure."""
    found: dict[int, dict[str, str]] = {}
    for row in await pool.fetch(SQL["shown_at"], list(figured), level, code):
        found.setdefault(row["figured"], {})[row["measure"]] = row["value"]
    return found


async def shown_of(pool: Pool, figured: int, measure: str) -> list[Shown]:
    """Every place of one measure."""
    return [Shown(row["level"], row["code"], measure, row["value"]) for row in await pool.fetch(SQL["shown_of"], figured, measure)]


async def shown(pool: Connection | Pool, figured: Collection[int]) -> list[Shown]:
    """Everything that a wider audience sees."""
    return [Shown(*row) for row in await pool.fetch(SQL["shown"], list(figured))]


async def places(pool: Pool, figured: Collection[int]) -> set[tuple[str, str]]:
    """Level and code of what a wider audience sees."""
    return {(row["level"], row["code"]) for row in await pool.fetch(SQL["places"], list(figured))}


async def exact_at(pool: Pool, figured: Collection[int], provider: str) -> dict[int, list[Found]]:
    """A provider as a whole, by what was kept; one of each."""
    found = {}
    for row in await pool.fetch(SQL["exact_at"], list(figured), "provider", provider):
        [[_, counts, days]] = orjson.loads(row["found"])
        found[row["figured"]] = [Found("provider", provider, "", "", "", counts, days)]
    return found


async def exact_of(pool: Pool, figured: Collection[int], provider: str) -> dict[int, list[Found]]:
    """A provider by team and group, by what was kept."""
    found: dict[int, list[Found]] = {}
    for row in await pool.fetch(SQL["exact_of"], list(figured), provider):
        found.setdefault(row["figured"], []).extend(
            Found(row["level"], provider, row["team"], row["by"], value, counts, days) for value, counts, days in orjson.loads(row["found"])
        )
    return found


async def exact_whole(pool: Connection | Pool, figured: Collection[int]) -> dict[int, list[Found]]:
    """Every place of the published layout, by what was kept."""
    found: dict[int, list[Found]] = {}
    for row in await pool.fetch(SQL["exact_whole"], list(figured)):
        [[_, counts, days]] = orjson.loads(row["found"])
        found.setdefault(row["figured"], []).append(Found(row["level"], row["code"], "", "", "", counts, days))
    return found


class Target(NamedTuple):
    number: float
    since: date | None
    source: str | None


async def target(pool: Pool, measure: str, on: date) -> Target | None:
    """The share that a measure of the reference data is to reach on a day."""
    row = await pool.fetchrow(SQL["targets"], measure, on)
    return Target(*row) if row else None


async def planned(pool: Pool, measure: str, organisation: str) -> list[tuple[date, float]]:
    """The trajectory of an organisation: last day of each period that the reference data name, and what is planned."""
    told = []
    for row in await pool.fetch(SQL["planned"], measure, organisation):
        with contextlib.suppress(ValueError):  # a period that is none cannot be beside a month
            told.append((parse(row["period"]).last, row["planned"]))
    return told


async def words(pool: Pool) -> dict[tuple[str, str], str]:
    """What team types and ethnic categories are called."""
    return {(row["kind"], row["code"]): row["name"] for row in await pool.fetch(SQL["words"])}
