"""Dates that cannot be, and what is plausible but odd (03-front-door, verdict table). Facts and dates in, decisions out."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

EARLIEST_YEAR = 1901
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
_MOMENTS = (date, time)


class ImpossibleDate(NamedTuple):
    """The field and why its date cannot be."""

    field: str
    detail: str


class Moment(NamedTuple):
    """A calendar date or time of day of a payload: where it stands, as sent, and as read."""

    path: str
    text: str
    value: date | time


def moments(sent: Mapping[str, Any], read: Mapping[str, Any], prefix: str = "") -> Iterator[Moment]:
    """Every date and time of day in `read`, beside the text of it in `sent`, the same payload as JSON."""
    for name, value in read.items():
        if isinstance(value, _MOMENTS):
            yield Moment(prefix + name, sent[name], value)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    yield from moments(sent[name][index], item, f"{prefix}{name}.{index}.")
        elif isinstance(value, dict):
            yield from moments(sent[name], value, f"{prefix}{name}.")


def miswritten(found: Iterable[Moment]) -> str | None:
    """The path of the first that is not written as ISO 8601; "09:00" will do for 09:00:00."""
    for path, text, value in found:
        if isinstance(value, date):
            if len(text) != 10 or text[4] != "-":  # the rest of its form is the validator's: it also takes "1719792000"
                return path
        elif not value.isoformat().startswith(text):
            return path
    return None


def impossible_date(
    kind: str, data: Mapping[str, Any], found: Iterable[Moment], recorded: datetime, received: datetime, today: date
) -> ImpossibleDate | None:
    """The first date that cannot be: before 1901, beyond tomorrow unless planned, or an end before its start."""
    if recorded > received + A_DAY:
        return ImpossibleDate("recordedtime", f"{recorded.isoformat()} lies more than a day ahead: check the sending system's clock")
    if recorded.year < EARLIEST_YEAR:
        return ImpossibleDate("recordedtime", f"{recorded.isoformat()} is before {EARLIEST_YEAR}: send when the record was last changed")
    booked = kind != "contact" or data.get("attendance") is None
    for name, _, value in found:
        if isinstance(value, time) or (value <= today and value.year >= EARLIEST_YEAR):
            continue
        if value.year < EARLIEST_YEAR:
            return ImpossibleDate(f"data.{name}", f"{value} is before {EARLIEST_YEAR}: leave an unknown date out")
        ahead = PLANNED_AHEAD if (kind, name) in PLANNED and booked else A_DAY
        if value > today + ahead:
            return ImpossibleDate(f"data.{name}", f"{value} lies in the future: send it when it has happened")
    return _ends_before_it_starts(kind, data)


def _ends_before_it_starts(kind: str, data: Mapping[str, Any]) -> ImpossibleDate | None:
    for start, end in ORDERED.get(kind, []):
        if (first := data.get(start)) and (last := data.get(end)) and last < first:
            return ImpossibleDate(f"data.{end}", f"{last} is before {start} {first}")
    part = PARTS.get(kind)
    for index, item in enumerate(data.get(part) or []) if part else ():
        if (first := item.get("from")) and (last := item.get("to")) and last < first:
            return ImpossibleDate(f"data.{part}.{index}.to", f"{last} is before from {first}")
    for index, team in enumerate(data.get("teams") or []):
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
) -> list[str]:
    """The flags of an event that is taken all the same. `scales`: a tool's code -> its lowest and highest score."""
    flags = []
    ahead = [path for path, _, value in found if isinstance(value, date) and value > today]
    if recorded > received or any((kind, path) not in PLANNED or "attendance" in data for path in ahead):
        flags.append("future-dated")
    if recorded < received - LATE or (kind in HAPPENS_ONCE and "on" in data and data["on"] < today - LATE):
        flags.append("late")
    named = [team["team_type"] for team in data.get("teams") or []]
    if data.get("team_type"):
        named.append(data["team_type"])
    if team_types and not team_types.issuperset(named):
        flags.append("unknown-team")
    if kind == "contact" and data.get("attendance") in ATTENDED and data.get("medium") is None:
        flags.append("attended-without-medium")
    if kind == "score" and "value" in data:
        lowest, highest = scales.get(data["code"], (None, None))
        if (lowest is not None and data["value"] < lowest) or (highest is not None and data["value"] > highest):
            flags.append("score-outside-scale")
    return flags
