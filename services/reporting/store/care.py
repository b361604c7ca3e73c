"""The queries of the measures of care, and what each asks for beside the period."""

from collections.abc import Sequence
from typing import Any

from services.reporting.rules import codes
from shared.runtime.database import queries

SQL = queries("services.reporting", "sql/measures_care.sql")


def statement(query: str) -> str:
    """A query by its family's name. KeyError: there is none."""
    return SQL[query]


def arguments(query: str, access: Sequence[Any], spells: Sequence[Any]) -> Sequence[Any]:
    """Those after the period's. `access`: of the query of access; `spells`: of that of the four-week wait."""
    scales = codes.SCALES
    valid = codes.PROM_TEAMS, [one.code for one in scales], [one.lowest for one in scales], [one.highest for one in scales]
    match query:
        case "therapies":
            return access
        case "second_contact":
            return access[0], access[-1]
        case "proms":
            return *valid, [one.tool for one in scales]
        case "prom_scales":
            return *valid, [one.name for one in scales], [one.reliable or None for one in scales], [one.cut_off or None for one in scales]
        case "caseload":
            return (codes.EARLY_TEAM,)
        case "early_contact" | "contacts":
            return (codes.CMH_TEAMS,)
        case "spell_quality":
            return *spells, codes.CMH_TEAMS, codes.ASSESSMENTS, codes.NO_ACTIVITY
        case "placements_year" | _:
            return ()
