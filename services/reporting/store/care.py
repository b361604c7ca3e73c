"""The queries of the measures of care, and what they ask for beside the period."""

from collections.abc import Sequence
from typing import Any

from services.reporting.rules import codes
from shared.runtime.database import queries

SQL = queries("services.reporting", "sql/measures_care.sql")
QUERIES = frozenset(
    {
        "second_contact", "caseload", "placements_year", "therapies", "proms", "prom_scales", "early_contact", "contacts", "spell_quality",
    }
)  # fmt: skip

SPARSE = frozenset({"prom_scales", "therapies"})
"""Those of many measures of which few count at a place: the others are not told there."""


def statement(query: str) -> str:
    """One of QUERIES."""
    return SQL[query]


def arguments(query: str) -> Sequence[Any]:
    """What stands in codes."""
    scales = codes.SCALES
    valid = codes.PROM_TEAMS, [one.code for one in scales], [one.lowest for one in scales], [one.highest for one in scales]
    match query:
        case "proms":
            return *valid, [one.tool for one in scales]
        case "prom_scales":
            return *valid, [one.name for one in scales], [one.reliable or None for one in scales], [one.cut_off or None for one in scales]
        case "caseload":
            return (codes.EARLY_TEAM,)
        case "early_contact" | "contacts":
            return (codes.CMH_TEAMS,)
        case "spell_quality":
            return codes.CMH_TEAMS, codes.ASSESSMENTS, codes.NO_ACTIVITY
        case _:
            return ()
