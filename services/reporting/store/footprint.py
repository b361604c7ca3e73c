"""The ground that a return stands on, read from the reference data."""

from datetime import date, datetime

from services.reporting.rules.returns.definition import Definition
from services.reporting.rules.returns.footprint import Footprint, Pcn
from services.reporting.rules.returns.lines import BASELINES, Known
from services.reporting.store import baselines
from services.reporting.store.entered import SQL
from shared.runtime.database import Connection


async def footprint(
    connection: Connection, definition: Definition, organisation: str, last: date, load: int | None = None, at: datetime | None = None
) -> Footprint:  # fmt: skip
    """Of an organisation on a period's last day. `load`: of the reference data, None: the latest. `at`: until when baselines were set.

    ValueError, one line: no such organisation makes this return.
    """
    found = await connection.fetchrow(SQL["organisation"], organisation, load)
    if found is None or found["icb"] != (definition.organisations == "icb"):
        kind = "ICB" if definition.organisations == "icb" else "provider"
        raise ValueError(f"{organisation!r} is no {kind} of the reference data: {definition.id} is made by one")
    pcns = [Pcn(*row) for row in await connection.fetch(SQL["pcns"], organisation, last, load)] if found["icb"] else []
    return Footprint(
        found["name"],
        tuple(pcns),
        tuple(pcn.code for pcn in pcns if pcn.criteria),
        {
            row["measure"]: row["planned"]
            for row in await connection.fetch(SQL["plans"], organisation, load)
            if _of(definition, row["period"], last)
        },
        {row["measure"]: row["target"] for row in await connection.fetch(SQL["targets"], last, load)},
        {row["pathway"]: row["since"] for row in await connection.fetch(SQL["live_pathways"], organisation, last, load)},
        await _baselines(connection, definition, organisation, at),
    )


async def _baselines(connection: Connection, definition: Definition, organisation: str, at: datetime | None) -> dict[str, tuple[str, str]]:
    """Of the measures whose baseline the return says; as a wider audience saw them."""
    of = {line.source.of for line in definition.lines if isinstance(line.source, Known) and line.source.what in BASELINES}
    found = await baselines.standing(connection, definition.organisations, organisation, of, at) if of else {}
    return {measure: (one.shown, one.words) for measure, one in found.items() if one.shown is not None}


def _of(definition: Definition, period: str, last: date) -> bool:
    """Whether a plan is for the return's period; one for another kind of period is for another return."""
    try:
        return definition.period_of(period).last == last
    except ValueError:
        return False
