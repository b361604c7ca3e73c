"""What the clock reads of a person's records: plain facts, parsed once from the pathway document.

Dates are Europe/London calendar dates. Field names are those of the events; a field that no rule reads is not parsed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from shared.versions import Document, Version, london_day

_iso = date.fromisoformat


@dataclass(slots=True)
class Fact:
    """One version of a record, the event (unique within its source) that stated it, and the microsecond at which it was recorded."""

    kind: str
    id: str
    source: str
    event_id: str
    recorded: int


@dataclass(slots=True)
class Team:
    team_type: str
    dedicated_pathway: str | None
    rejected_on: date | None
    closed_on: date | None
    not_submitted_after: date | None


@dataclass(slots=True)
class Referral(Fact):
    received_on: date
    help_sought_on: date | None
    decided_on: date | None
    reason: str | None
    accepted_on: date | None
    discharged_on: date | None
    rejected_on: date | None
    closed_on: date | None
    not_submitted_after: date | None
    teams: tuple[Team, ...]


@dataclass(slots=True)
class Stay(Fact):
    referral_id: str | None
    admitted_on: date


@dataclass(slots=True)
class Contact(Fact):
    referral_id: str | None  # None = direct access
    on: date
    attendance: str | None  # None = booked
    medium: str | None
    team_type: str | None  # of the team that did it, where the sender says so


@dataclass(slots=True)
class Activity(Fact):
    """A coded activity: an `assessment` or `intervention` event alike; the reference set decides what it counts as (W13, W14)."""

    referral_id: str
    contact_id: str | None  # None = indirect
    on: date
    concept: str
    refinement: str  # what follows the colon of a post-coordinated code
    evidence_based: bool


@dataclass(slots=True)
class Assignment(Fact):
    role: str
    team_type: str | None
    on: date  # its first day


@dataclass(slots=True)
class Pause(Fact):
    referral_id: str
    on: date  # its first day
    until: date | None  # its last; None = it goes on
    reason: str


@dataclass(slots=True)
class Score(Fact):
    referral_id: str
    contact_id: str | None  # None = indirect
    on: date
    code: str


@dataclass(slots=True)
class CarePlan(Fact):
    """One version of a care plan: each is evidence of its own (W12)."""

    created_on: date | None
    updated_on: date | None
    agreed_by: str | None
    agreed_on: date | None


@dataclass(slots=True)
class Person(Fact):
    """One version of a person's record at one provider, and the London date on which it was recorded."""

    recorded_on: date
    birth_date: date | None
    death_date: date | None
    district: str | None  # None = unknown
    ethnicity: str | None
    practice: str | None
    lsoa: str | None


@dataclass(slots=True)
class Records:
    """All that stands of one person's records at one provider; versions of plans and of the person in order of recording."""

    referrals: list[Referral] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    contacts: dict[str, Contact] = field(default_factory=dict)
    activities: list[Activity] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    plans: list[CarePlan] = field(default_factory=list)
    persons: list[Person] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    voided: list[Fact] = field(default_factory=list)

    def events(self) -> Iterator[Fact]:
        """Every version that stands, and every void."""
        yield from self.contacts.values()
        for stand in (self.referrals, self.stays, self.activities, self.scores, self.plans, self.persons, self.assignments, self.pauses):
            yield from stand
        yield from self.voided


Pathway = dict[str, Records]  # by provider: a definition's unit may be the person


Parsed = dict[tuple[str, int], tuple[Version, Fact]]
"""By record and identity of a version, which is kept so that no other takes its place: what was parsed before of a growing document."""


def facts(document: Document, parsed: Parsed | None = None) -> Pathway:
    """The facts of one person at every provider. Kinds that no clock reads are left aside."""
    pathway: Pathway = {}
    for key, versions in document.items():  # as `shared.versions.current`, without what that costs for each record
        provider, kind, record_id = key.split("|", 2)
        if kind not in _READERS:
            continue
        read, name = _READERS[kind]
        records = pathway.get(provider)
        if records is None:
            records = pathway[provider] = Records()
        stand = getattr(records, name)
        for version in versions:
            recorded, _, source, event_id, data = version
            if data:
                if parsed is None:
                    fact = read((kind, record_id, source, event_id, recorded), data)
                elif (held := parsed.get((key, id(version)))) is not None:
                    fact = held[1]
                else:
                    fact = read((kind, record_id, source, event_id, recorded), data)
                    parsed[key, id(version)] = version, fact
                if kind == "contact":
                    stand[record_id] = fact
                else:
                    stand.append(fact)
            elif version is versions[-1]:
                records.voided.append(Fact(kind, record_id, source, event_id, recorded))
    return pathway


_Origin = tuple[str, str, str, str, int]
_Data = dict[str, Any]


def _day(text: str | None) -> date | None:
    return _iso(text) if text else None


def _referral(origin: _Origin, data: _Data) -> Referral:
    get = data.get
    teams = tuple([_team(team) for team in data["teams"]])
    ends = _day(get("discharged_on")), _day(get("rejected_on")), _day(get("closed_on")), _day(get("not_submitted_after"))
    starts = _iso(data["received_on"]), _day(get("help_sought_on")), _day(get("decided_on")), get("reason")
    return Referral(*origin, *starts, _day(get("accepted_on")), *ends, teams)


def _team(data: _Data) -> Team:
    get = data.get
    ends = _day(get("rejected_on")), _day(get("closed_on")), _day(get("not_submitted_after"))
    return Team(data["team_type"], get("dedicated_pathway"), *ends)


def _stay(origin: _Origin, data: _Data) -> Stay:
    return Stay(*origin, data.get("referral_id"), _iso(data["admitted_on"]))


def _contact(origin: _Origin, data: _Data) -> Contact:
    get = data.get
    on = _iso(data["on"])
    return Contact(*origin, get("referral_id"), on, get("attendance"), get("medium"), get("team_type"))


def _activity(origin: _Origin, data: _Data) -> Activity:
    head, _colon, refinement = data["code"].partition(":")
    code = head.partition("|")[0].strip(), refinement, data.get("evidence_based") is True
    return Activity(*origin, data["referral_id"], data.get("contact_id"), _iso(data["on"]), *code)


def _assignment(origin: _Origin, data: _Data) -> Assignment:
    return Assignment(*origin, data["role"], data.get("team_type"), _iso(data["from"]))


def _pause(origin: _Origin, data: _Data) -> Pause:
    days = _iso(data["from"]), _day(data.get("to"))
    return Pause(*origin, data["referral_id"], *days, data["reason"])


def _score(origin: _Origin, data: _Data) -> Score:
    on = _iso(data["on"])
    return Score(*origin, data["referral_id"], data.get("contact_id"), on, data["code"])


def _plan(origin: _Origin, data: _Data) -> CarePlan:
    get = data.get
    dates = _day(get("created_on")), _day(get("updated_on"))
    return CarePlan(*origin, *dates, get("agreed_by"), _day(get("agreed_on")))


def _person(origin: _Origin, data: _Data) -> Person:
    get = data.get
    recorded_on = london_day(origin[-1])
    dates = _day(get("birth_date")), _day(get("death_date"))
    known = get("local_authority") or None, get("ethnicity"), get("practice"), get("lsoa") or None
    return Person(*origin, recorded_on, *dates, *known)


_READERS: dict[str, tuple[Callable[[_Origin, _Data], Fact], str]] = {
    "referral": (_referral, "referrals"),
    "stay": (_stay, "stays"),
    "contact": (_contact, "contacts"),
    "assessment": (_activity, "activities"),
    "intervention": (_activity, "activities"),
    "score": (_score, "scores"),
    "assignment": (_assignment, "assignments"),
    "pause": (_pause, "pauses"),
    "care-plan": (_plan, "plans"),
    "person": (_person, "persons"),
}
"""How each kind of record is parsed, and where among a provider's records it stands."""

READ = frozenset(_READERS)
"""The kinds of record that a clock reads; a pathway holds no others."""
