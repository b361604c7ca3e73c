"""What a figure opens to: the units that a family's query counts, read from the same rows."""

from typing import Any

import orjson

from services.reporting.rules.measures import Family
from services.reporting.rules.members import Member
from services.reporting.store import more
from services.reporting.store.measures import Asked, prepared
from shared.runtime.database import Connection, queries

SQL = queries("services.reporting", "sql/members.sql")
OPEN = frozenset(
    {
        "mrs", "access", "placements", "rejections", "early_intervention", "admissions", "second_contact", "caseload",
        "placements_year", "therapies", "proms", "prom_scales", "early_contact", "contacts", "spell_quality",
    }
) | more.QUERIES  # fmt: skip
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
    """`unit`: the columns of a function of `migrations/0003_units.sql` or a later one; a measure's column is named as the measure, unless
    `counted` names them."""
    named = {name: unit[name] for name in Member._fields if name in unit}
    counted = frozenset(unit.get("counted") or [measure.id for measure in family.measures if unit.get(measure.id) is True])
    sets = {"teams": tuple(sorted(unit["teams"])), "groups": tuple(sorted(unit.get("groups", ()))), "counted": counted}
    return Member(**(named | {"family": family.name} | sets))
