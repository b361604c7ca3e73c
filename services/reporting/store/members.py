"""What a figure opens to: the units that a family's query counts, read from the same rows."""

from typing import Any

import orjson

from services.reporting.rules.measures import Family
from services.reporting.rules.members import Member
from services.reporting.store import more
from services.reporting.store.measures import Asked, prepared
from shared.runtime.database import Connection, queries

SQL = queries("services.reporting", "sql/members.sql")
OPEN = frozenset({"mrs", "access", "placements", "rejections", "early_intervention", "admissions", "health_checks"}) | more.QUERIES
"""The families whose cells open, by their queries."""


async def members(connection: Connection, family: Family, asked: Asked, organisation: str = "") -> list[Member]:
    """Every unit that counts toward a measure; of a provider or an ICB, or of all. In the caller's transaction."""
    if family.query not in OPEN:
        raise ValueError(f"{family.name}: its cells do not open")
    arguments = await prepared(connection, family, asked)
    if family.query in more.QUERIES:
        rows = await connection.fetch(more.members(family.query), *arguments[:3], organisation, *arguments[4:])
    else:
        rows = await connection.fetch(SQL[family.query], *arguments, organisation)
    found = (_member(family, orjson.loads(row["unit"])) for row in rows)
    return [one for one in found if one.counted]


def _member(family: Family, unit: dict[str, Any]) -> Member:
    """`unit`: the columns of a function of `migrations/0003_units.sql`; a measure's column is named as the measure."""
    named = {name: unit[name] for name in Member._fields if name in unit}
    names = unit.get("counted") or (name for name, value in unit.items() if value is True)
    counted = frozenset(measure.id for measure in family.measures) & frozenset(names)
    return Member(
        **(named | {"family": family.name, "teams": tuple(unit["teams"]), "groups": tuple(unit.get("groups", ())), "counted": counted})
    )
