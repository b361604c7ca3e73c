"""The queries of more measures, put together of their facts, where these count, and a sum; and what each asks for beside the period."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import orjson

from services.reporting.rules import codes
from services.reporting.rules.measures.more import RESULTS
from shared.runtime.database import Connection, queries

SQL = queries("services.reporting", "sql/measures_more.sql")
_SUMS = {
    "signals": "facts", "support": "people", "carers": "people", "out_of_area": "facts", "follow_through": "people", "follow_ups": "facts",
    "attempts": "facts", "seen": "people", "transformation": "people", "pathways": "people", "contact_shares": "facts",
}  # fmt: skip
QUERIES = frozenset(_SUMS)
"""The families whose third argument says of whose units alone is asked; None: of all."""


def statement(query: str) -> str:
    """What counts a family, by its query. KeyError: there is none."""
    return _facts(query) + SQL[_SUMS[query]]


def members(query: str) -> str:
    """What a family's cells open to."""
    return _facts(query) + SQL["members"]


def _facts(query: str) -> str:
    return SQL[query] + ("" if query == "follow_through" else SQL["units"])


def arguments(query: str, load: int | None, spells: Sequence[Any]) -> Sequence[Any]:
    """Those after day and instant, the first of them `inside`: of all units. `spells`: those of the four-week wait."""
    match query:
        case "signals":
            return None, *spells
        case "attempts":
            return None, orjson.dumps({result: name for name, results in RESULTS.items() for result in results}).decode()
        case "support":
            return None, load
        case "pathways":
            return None, load, *(list(each) for each in zip(*((one.code, one.lowest, one.highest) for one in codes.SCALES), strict=True))
        case "transformation":
            return None, codes.ACCESS_TEAMS, [team for team in codes.ACCESS_TEAMS if team not in codes.CMH_TEAMS], load
        case "contact_shares":
            return None, codes.ACCESS_TEAMS, load
        case _:
            return (None,)


async def population(connection: Connection, last: date, load: int | None) -> Mapping[tuple[str, str, str], int]:
    """How many people there are, by area (an ICB, a PCN, England), group and age band."""
    rows = await connection.fetch(SQL["population"], last, load)
    return {(row["area"], row["group"], row["age_band"]): row["people"] for row in rows}
