"""Dates that cannot be, and what is plausible but odd (03-front-door, verdict table). Facts and dates in, decisions out.

A payload is looked at as it was sent, as JSON: once `miswritten` has found each date written as 2024-07-01, texts compare as dates do.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from services.referrals.rules.readings import odd_readings

EARLIEST_YEAR = "1901"
"""1900-01-01 is the classic placeholder of systems that know no date."""
LATE = timedelta(days=60)
A_DAY = timedelta(days=1)
PLANNED = {("contact", "on"), ("care-plan", "review_due_on"), ("pause", "to"), ("monitoring", "to")}
"""Dates that may lie ahead: a booked contact, the next review, the end of what is agreed for a time."""
PLANNED_AHEAD = timedelta(days=3 * 366)
HAPPENS_ONCE = {"contact", "assessment", "score", "intervention", "health-check", "physical-intervention", "vaccination"}
ORDERED = {
    "referral": [("received_on", "discharged_on"), ("received_on", "rejected_on"), ("received_on", "closed_on")],
    "stay": [("admitted_on", "discharged_on")],
    "assignment": [("from", "to")],
    "pause": [("from", "to")],
    "support": [("first_on", "last_on")],
    "person": [("birth_date", "death_date"), ("birth_date", "carer_identified_on"), ("birth_date", "carer_assessment_offered_on")],
    "register": [("entered_on", "left_on"), ("entered_on", "remission_on")],
    "medication": [("started_on", "stopped_on")],
    "monitoring": [("from", "to")],
}
PARTS = {"referral": "teams", "stay": "wards"}
"""Lists whose items last from a date to another one."""
ATTENDED = {"5", "6"}
Dated: TypeAlias = "tuple[tuple[str, type[date | time] | Dated], ...]"
"""Which fields of a payload hold a date or a time of day, and which hold objects, or lists of objects, that do."""


class ImpossibleDate(NamedTuple):
    """The field and why its date cannot be."""

    field: str
    detail: str


class Moment(NamedTuple):
    """A calendar date or time of day of a payload: where it stands, as sent, and which of both it is."""

    path: str
    text: str
    kind: type[date | time]


def moments(data: Mapping[str, Any], dated: Dated, prefix: str = "") -> list[Moment]:
    """Every date and time of day in a payload that the validator took."""
    found: list[Moment] = []
    for name, what in dated:
        value = data.get(name)
        if value is None:
            continue
        if not isinstance(what, tuple):
            found.append(Moment(prefix + name, value, what))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                found += moments(item, what, f"{prefix}{name}.{index}.")
        else:
            found += moments(value, what, f"{prefix}{name}.")
    return found


def miswritten(found: Iterable[Moment]) -> str | None:
    """The path of the first that is not written as ISO 8601; "09:00" will do for 09:00:00."""
    for path, text, kind in found:
        if kind is date:
            if len(text) != 10 or text[4] != "-":  # the rest of its form is the validator's: it also takes "1719792000"
                return path
        elif not _is_time(text):
            return path
    return None


def _is_time(text: str) -> bool:
    try:
        return time.fromisoformat(text).isoformat().startswith(text)
    except ValueError:
        return False


def impossible_date(
    kind: str, data: Mapping[str, Any], found: Iterable[Moment], recorded: datetime, received: datetime, today: date
) -> ImpossibleDate | None:
    """The first date that cannot be: before 1901, beyond tomorrow unless planned, or an end before its start."""
    if recorded > received + A_DAY:
        return ImpossibleDate("recordedtime", f"{recorded.isoformat()} lies more than a day ahead: check the sending system's clock")
    if recorded.year < int(EARLIEST_YEAR):
        return ImpossibleDate("recordedtime", f"{recorded.isoformat()} is before {EARLIEST_YEAR}: send when the record was last changed")
    last = _day(today)
    for name, text, what in found:
        if what is time or EARLIEST_YEAR <= text <= last:
            continue
        if text < EARLIEST_YEAR:
            return ImpossibleDate(f"data.{name}", f"{text} is before {EARLIEST_YEAR}: leave an unknown date out")
        booked = kind != "contact" or data.get("attendance") is None
        ahead = PLANNED_AHEAD if (kind, name) in PLANNED and booked else A_DAY
        if text > _day(today + ahead):
            return ImpossibleDate(f"data.{name}", f"{text} lies in the future: send it when it has happened")
    return _ends_before_it_starts(kind, data)


def _ends_before_it_starts(kind: str, data: Mapping[str, Any]) -> ImpossibleDate | None:
    for start, end in ORDERED.get(kind, ()):
        if (first := data.get(start)) and (last := data.get(end)) and last < first:
            return ImpossibleDate(f"data.{end}", f"{last} is before {start} {first}")
    if (part := PARTS.get(kind)) is None:
        return None
    for index, item in enumerate(data.get(part) or ()):
        if (first := item.get("from")) and (last := item.get("to")) and last < first:
            return ImpossibleDate(f"data.{part}.{index}.to", f"{last} is before from {first}")
    for index, team in enumerate(data.get("teams") or ()):
        for end in ("rejected_on", "closed_on"):
            if (last := team.get(end)) and last < data["received_on"]:
                return ImpossibleDate(f"data.teams.{index}.{end}", f"{last} is before received_on {data['received_on']}")
    return None


def odd(
    kind: str,
    data: Mapping[str, Any],
    found: Iterable[Moment],
    recorded: datetime,
    received: datetime,
    today: date,
    team_types: frozenset[str],
    scales: Mapping[str, tuple[float | None, float | None]],
    practices: frozenset[str] = frozenset(),
) -> list[str]:
    """The flags of an event that is taken all the same. `scales`: a tool's code -> its lowest and highest score.

    Of team types and practices, an empty set: that table was never loaded, and nothing is unknown.
    """
    flags = []
    last = _day(today)
    ahead = [path for path, text, what in found if what is date and text > last]
    if recorded > received or any((kind, path) not in PLANNED or data.get("attendance") is not None for path in ahead):
        flags.append("future-dated")
    if recorded < received - LATE or (kind in HAPPENS_ONCE and (data.get("on") or last) < _day(today - LATE)):
        flags.append("late")
    named = [team["team_type"] for team in data.get("teams") or ()]
    if (team_type := data.get("team_type")) is not None:
        named.append(team_type)
    if team_types and not team_types.issuperset(named):
        flags.append("unknown-team")
    if kind == "contact" and data.get("attendance") in ATTENDED and data.get("medium") is None:
        flags.append("attended-without-medium")
    if kind == "score" and data.get("value") is not None:
        lowest, highest = scales.get(data["code"], (None, None))
        if (lowest is not None and data["value"] < lowest) or (highest is not None and data["value"] > highest):
            flags.append("score-outside-scale")
    if practices and kind in {"register", "person"} and (practice := data.get("practice")) and practice not in practices:
        flags.append("unknown-practice")
    if (element := data.get("element")) is not None:
        flags += odd_readings(element, data["status"], [reading["name"] for reading in data.get("readings") or ()])
    return flags


@lru_cache(maxsize=64)  # asked for each event of a batch
def _day(day: date) -> str:
    return day.isoformat()
