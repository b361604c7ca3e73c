"""Rows of a month, the records that they are, and rows that became none. Pure."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from services.referrals.rules.mhsds import layout
from services.referrals.rules.mhsds.layout import Table
from services.referrals.rules.mhsds.reading import Fault

ACTIVITY = "intervention"
"""Every coded activity of a file: the reference set decides what it counts as, and a kind that followed it would change with a load."""


class Line(NamedTuple):
    """A row of a table, read; `number` is its line in the file.

    `who`: the personkey of whom it is about, "" when nobody is known; `token`: that of the local id, which stays when persons merge.
    """

    table: Table
    number: int
    cells: Sequence[str]
    who: str = ""
    token: int | None = None


class Mapped(NamedTuple):
    """A record of the month. `teams`: keys of its MHS102 teams. `details`: what goes to the vault. `strange`: flags."""

    kind: str
    record_id: str
    data: dict[str, Any]
    line: Line
    teams: frozenset[str] = frozenset()
    details: Mapping[str, str] = {}
    strange: tuple[str, ...] = ()


class Refused(NamedTuple):
    """A row that became no record, and why."""

    line: Line
    fault: Fault


Result = Mapped | Refused


def named(table: Table, key: Sequence[str]) -> tuple[str, str] | None:
    """(kind, record id) of the row with this key, for a table whose rows are records. In `key` a person is a token."""
    match table.name:
        case layout.PERSON.name:
            return "person", key[0]
        case layout.REFERRAL.name:
            return "referral", key[0]
        case layout.CONTACT.name:
            return "contact", key[0]
        case layout.ACTIVITY.name:
            return ACTIVITY, key[0]
        case layout.INDIRECT.name:
            return ACTIVITY, made_id(table, key)
        case layout.PLAN.name:
            return "care-plan", key[0]
        case layout.STAY.name:
            return "stay", key[0]
        case layout.SCORE_REFERRAL.name | layout.SCORE_ACTIVITY.name:
            return "score", made_id(table, key)
        case layout.COORDINATOR.name:
            return "assignment", made_id(table, key)
        case _:
            return None


def made_id(table: Table, key: Sequence[str]) -> str:
    """An id for a row that has none, from the cells that name it."""
    return f"{layout.number(table)}-{sha256('|'.join(key).encode()).hexdigest()[:32]}"


def parted(lines: Sequence[Line], table: Table) -> tuple[Line | None, Sequence[Line]]:
    """The row that names the record, and those that hang on it; it comes first."""
    return (lines[0], lines[1:]) if lines and lines[0].table is table else (None, lines)


def orphan(line: Line, column: str, parent: Table) -> Refused:
    return Refused(line, Fault(column, "no-parent", f"names no row that was taken from {parent.name} of this month"))


def nobody(line: Line) -> Refused:
    detail = f"names no referral of {layout.REFERRAL.name}, in this month or before: whom it is about is not known"
    return Refused(line, Fault("ServiceRequestID", "no-parent", detail))


def unknown_team(column: str, team: str) -> Fault:
    return Fault(column, "unknown-code", f"team {team} is not in MHS902ServiceTeamDetails, and the row has no team type")
