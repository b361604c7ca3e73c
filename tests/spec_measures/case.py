"""A worked case of measures: what providers send of one or several people, and what each measure says of a period."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.reporting.rules.disclosure import own
from services.reporting.rules.layout import Values, figure
from services.reporting.rules.measures import FAMILIES, MEASURES, Family, Found
from tests.spec.table import Told, day, told
from tests.support.lives import Event

COUNTED_ONCE = ("DFC", "RXZ")
"""Providers that rules name: the others, and practices and areas, are each case's own."""


@dataclass(frozen=True)
class Case:
    """`people`: a timeline of each (`tests.spec.table`). `figures`: of a measure at provider RXX; or, after an @, at another place, or of
    a team or group there. `at`: the period's last day."""

    says: str
    people: Sequence[str]
    figures: Mapping[str, str]
    at: str = "30 Sep"

    @property
    def last(self) -> date:
        return day(self.at)


@dataclass(frozen=True)
class Chapter:
    """Cases of one measure or several; `text`: what they show."""

    title: str
    text: str
    cases: Sequence[Case]


def families(cases: Sequence[Case]) -> Sequence[Family]:
    """Those that count what these ask for."""
    asked = {name.partition(" @ ")[0] for case in cases for name in case.figures}
    assert asked <= MEASURES.keys(), asked - MEASURES.keys()
    return [family for family in FAMILIES if not asked.isdisjoint(measure.id for measure in family.measures)]


def events(case: Case, number: int) -> Iterator[Event]:
    """What is sent of a case, of providers and practices that are its own."""
    for person, table in enumerate(case.people):
        for place, one in enumerate(told(table)):
            yield _event(one, number, f"case{number}-{person}", place)


def practices(number: int) -> list[tuple[str, ...]]:
    """Two practices, each of a network of its own, in one ICB; XG0102's network is transformed from 1 July 2024 on."""
    return [(named(practice, number), practice, named(pcn, number), named("ICB", number)) for practice, pcn in PCN_OF.items()]


PCN_OF = {"XG0101": "PCN1", "XG0102": "PCN2"}


def _event(one: Told, number: int, personkey: str, place: int) -> Event:
    data: dict[str, Any] = {**one.data, "provider": named(one.provider, number)}
    if "practice" in data:
        data["practice"] = named(data["practice"], number)
    ids = {"referral": "referral_id", "stay": "stay_id", "assignment": "assignment_id", "contact": "contact_id", "score": "score_id",
           "assessment": "activity_id", "intervention": "activity_id", "care-plan": "plan_id", "register": "entry_id",
           "health-check": "check_id", "support": "support_id", "vaccination": "record_id"}  # fmt: skip
    record_id = "" if one.kind == "person" else f"{personkey}-{one.record_id or ('R1' if one.kind == 'referral' else place)}"
    for name in ("referral_id", "contact_id"):
        if data.get(name) is not None:
            data[name] = f"{personkey}-{data[name]}"
    if one.kind in ids:
        data[ids[one.kind]] = record_id
    said = {name: value for name, value in data.items() if value is not None}
    source = f"/{one.provider}/epr"
    return Event(
        said["provider"], one.kind, record_id, personkey, one.voided, one.recorded, one.recorded, source, f"{personkey}-{place}", said
    )


def named(code: str, number: int) -> str:
    return code if code in COUNTED_ONCE else f"{code}{number:03}"


def shown(case: Case, number: int, counted: Sequence[tuple[Family, Sequence[Found]]]) -> dict[str, str]:
    """What the services say of each of its figures."""
    return {name: _figure(name, number, counted) for name in case.figures}


def _figure(name: str, number: int, counted: Sequence[tuple[Family, Sequence[Found]]]) -> str:
    measure, _, where = name.partition(" @ ")
    level, code, team, by, value = _place(where, number)
    family, found = next((family, found) for family, found in counted if measure in {one.id for one in family.measures})
    rows = [one for one in found if one[:5] == (level, code, team, by, value)]
    assert len(rows) <= 1
    counts, days = (rows[0].counts, rows[0].days) if rows else ({}, {})
    exact = figure(MEASURES[measure].figure, Values({one.id: 0 for one in family.measures} | counts, days))
    assert exact is not None, family.name
    return str(own(exact))


def _place(where: str, number: int) -> tuple[str, str, str, str, str]:
    """`RYY`, `ICB`, `PCN1`, `practice XG0101`, `footprint`, `team A06`, `age 18-25`, `ethnicity Z`."""
    kind, _, code = where.partition(" ")
    match kind:
        case "team":
            return "team", named("RXX", number), code, "", ""
        case "age" | "years" | "ethnicity":
            return "provider", named("RXX", number), "", kind, code
        case "practice":
            return "practice", named(code, number), "", "", ""
        case "ICB" | "footprint":
            return kind.lower(), named("ICB", number), "", "", ""
        case _:
            level = "pcn" if re.match("PCN", kind) else "provider"
            return level, named(kind or "RXX", number), "", "", ""
