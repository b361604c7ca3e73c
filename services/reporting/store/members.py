"""What a figure opens to: the units that a family's query counts, read from the same rows."""

from typing import Any

import orjson

from services.reporting.rules.measures import Family
from services.reporting.rules.members import Member
from services.reporting.store import more
from services.reporting.store.measures import Asked, places_of, prepared
from services.reporting.store.places import Places
from shared.runtime.database import Connection, queries

SQL = queries("services.reporting", "sql/members.sql")
OPEN = frozenset(
    {
        "mrs", "access", "placements", "rejections", "early_intervention", "admissions", "second_contact", "caseload",
        "placements_year", "therapies", "proms", "prom_scales", "early_contact", "contacts", "spell_quality",
    }
) | more.QUERIES  # fmt: skip
"""The families whose cells open, by their queries."""


async def members(
    connection: Connection, family: Family, asked: Asked, organisation: str = "", where: Places | None = None
) -> list[Member]:
    """Every unit that counts toward a measure; of a provider or an ICB, or of all. In the caller's transaction. `where`: as of `found`."""
    if family.query not in OPEN:
        raise ValueError(f"{family.name}: its cells do not open")
    where = where or await places_of(connection, asked)
    inside = list(where.of(organisation)) if organisation else None
    arguments = await prepared(connection, family, asked)
    if family.query in more.QUERIES:
        rows = await connection.fetch(more.members(family.query), *arguments[:2], inside, *arguments[3:])
    else:
        rows = await connection.fetch(SQL[family.query], *arguments, inside)
    told = (_member(family, orjson.loads(row["unit"]), where) for row in rows)
    return [one for one in told if one.counted and organisation in ("", one.provider, one.icb)]


def _member(family: Family, unit: dict[str, Any], where: Places) -> Member:
    """`unit`: the columns of a function of `migrations/0014_places.sql` or of a query of more measures; a measure's column is named as the
    measure, unless `counted` names them."""
    named = {name: unit[name] for name in Member._fields if name in unit}
    surgery, lsoa = unit["surgery"], unit["lsoa"]
    there = {"icb": where.icb(surgery, lsoa), "pcn": where.pcn(surgery), "footprint": where.footprint(surgery)}
    counted = frozenset(unit.get("counted") or [measure.id for measure in family.measures if unit.get(measure.id) is True])
    sets = {"teams": tuple(sorted(unit["teams"])), "groups": tuple(sorted(unit.get("groups", ()))), "counted": counted}
    return Member(**(named | there | {"family": family.name, "deprivation": where.deprivation(lsoa)} | sets))
