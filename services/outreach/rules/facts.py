"""What outreach reads of a person's records: plain facts, parsed once from the pathway document.

Dates are Europe/London calendar dates. Field names are those of the events; a field that no rule reads is not parsed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from operator import attrgetter
from typing import Any

from shared.versions import Document, london_day

_iso = date.fromisoformat
_ONE_DAY = timedelta(1)


@dataclass(slots=True)
class Fact:
    """One version of a record: its key `<provider>|<kind>|<record id>`, the event (unique within its source) that stated it, and when
    that was recorded there (microseconds since the epoch)."""

    key: str
    provider: str
    source: str
    event_id: str
    recorded: int

    @property
    def recorded_on(self) -> date:
        """The London day."""
        return london_day(self.recorded)


@dataclass(slots=True)
class Person(Fact):
    """One version of a person's record at one provider."""

    birth_date: date | None
    death_date: date | None
    ethnicity: str | None
    language: str | None
    lsoa: str | None
    district: str | None  # None = unknown
    practice: str | None


@dataclass(slots=True)
class Entry(Fact):
    """An entry on an SMI register, from `entered_on` until the day before `ended_on` (left or in remission; None = it goes on)."""

    condition: str
    entered_on: date
    ended_on: date | None
    ended_by: str | None  # left the register, remission
    practice: str
    responsible: str | None  # practice, or the ODS code of a trust; None = not stated


@dataclass(slots=True)
class Check(Fact):
    """One element of a physical health check."""

    element: str
    on: date
    status: str  # recorded, declined, unsuitable
    setting: str | None
    readings: tuple[tuple[str, float | str, str | None], ...]  # name, value, unit


@dataclass(slots=True)
class Course(Fact):
    """A medicine, or a person's own protocol: until the day before `ended_on` (None = it goes on)."""

    course: str  # antipsychotic, clozapine; of a protocol: eating disorder, antipsychotic, clozapine, other
    started_on: date
    ended_on: date | None
    every_days: int | None  # of a protocol


@dataclass(slots=True)
class Intervention(Fact):
    """What was done about a finding."""

    what: str
    finding: str
    on: date
    status: str  # offered, declined, started, attended, completed


@dataclass(slots=True)
class Vaccination(Fact):
    vaccine: str  # influenza, covid-19
    on: date
    status: str  # offered, given, declined, unsuitable


@dataclass(slots=True)
class Preference(Fact):
    channels: tuple[str, ...]
    formats: tuple[str, ...]
    opt_out: bool
    restricted: bool
    quiet_hours: tuple[time, time] | None  # from, to


@dataclass(slots=True)
class Plan(Fact):
    """One version of a care plan."""

    plan_type: str | None
    made_on: date | None  # the last of created, updated, agreed
    review_due_on: date | None


@dataclass(slots=True)
class Contact(Fact):
    referral: str | None  # key of its referral; None = direct access
    on: date
    attendance: str | None  # None = booked


@dataclass(slots=True)
class Referral(Fact):
    received_on: date
    ended_on: date | None  # discharged, rejected or closed


@dataclass(slots=True)
class Life:
    """All that stands of one person's records at every provider.

    Persons, preferences and plans in order of recording, all else in order of its first day.
    """

    persons: list[Person] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    medications: list[Course] = field(default_factory=list)
    protocols: list[Course] = field(default_factory=list)
    interventions: list[Intervention] = field(default_factory=list)
    vaccinations: list[Vaccination] = field(default_factory=list)
    preferences: list[Preference] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    referrals: list[Referral] = field(default_factory=list)
    days: list[date] = field(default_factory=list)  # every date that any of them holds, in order


_Origin = tuple[str, str, str, str, int]
_Data = dict[str, Any]


def facts(document: Document) -> Life:
    """What is known of one person. Kinds that outreach does not read are left aside; so are voided records."""
    life = Life()
    for key, versions in document.items():
        provider, kind, _ = key.split("|", 2)
        read = _READERS.get(kind)
        if read is None:
            continue
        for recorded, _, source, event_id, data in versions:
            if data:
                read(life, (key, provider, source, event_id, recorded), data)
    _in_order(life)
    return life


def _in_order(life: Life) -> None:
    """In an order that tells nothing of the order in which events came."""
    for said in (life.persons, life.preferences, life.plans):
        said.sort(key=_as_recorded)
    life.entries.sort(key=lambda one: (one.entered_on, one.key))
    life.referrals.sort(key=lambda one: (one.received_on, one.key))
    for begun in (life.medications, life.protocols):
        begun.sort(key=_as_started)
    for dated in (life.checks, life.interventions, life.vaccinations, life.contacts):
        dated.sort(key=_as_happened)
    born = next((one.birth_date for one in reversed(life.persons) if one.birth_date), date.min)
    life.checks = [one for one in life.checks if one.on >= born]  # a check dated before birth counts for nothing
    life.days = sorted({day for day in _days(life) if day is not None})


_as_recorded = attrgetter("recorded", "key", "event_id")
_as_started = attrgetter("started_on", "key")
_as_happened = attrgetter("on", "key")


def _days(life: Life) -> Iterator[date | None]:
    for entry in life.entries:
        yield from (entry.entered_on, entry.ended_on)
    for course in (*life.medications, *life.protocols):
        yield from (course.started_on, course.ended_on)
    for referral in life.referrals:
        yield from (referral.received_on, referral.ended_on)
    for plan in life.plans:
        yield from (plan.recorded_on, plan.made_on)
    for contact in life.contacts:
        yield contact.on
        if contact.attendance is None:
            yield contact.recorded_on
    for person in life.persons:
        yield from (person.recorded_on, person.death_date)
    for dated in (life.checks, life.interventions, life.vaccinations):
        for one in dated:
            yield one.on


def _day(text: str | None) -> date | None:
    return _iso(text) if text else None


def _person(life: Life, origin: _Origin, data: _Data) -> None:
    get = data.get
    known = get("ethnicity"), get("language"), get("lsoa"), get("local_authority") or None, get("practice")
    life.persons.append(Person(*origin, _day(get("birth_date")), _day(get("death_date")), *known))


def _entry(life: Life, origin: _Origin, data: _Data) -> None:
    get = data.get
    ends = [(on, why) for on, why in ((_day(get("left_on")), "left the register"), (_day(get("remission_on")), "remission")) if on]
    ended_on, ended_by = min(ends) if ends else (None, None)
    days = _iso(data["entered_on"]), ended_on
    life.entries.append(Entry(*origin, data["condition"], *days, ended_by, data["practice"], get("responsible")))


def _check(life: Life, origin: _Origin, data: _Data) -> None:
    readings = tuple([(one["name"], one["value"], one.get("unit")) for one in data.get("readings") or ()])
    life.checks.append(Check(*origin, data["element"], _iso(data["on"]), data["status"], data.get("setting"), readings))


def _medication(life: Life, origin: _Origin, data: _Data) -> None:
    life.medications.append(Course(*origin, data["kind"], _iso(data["started_on"]), _day(data.get("stopped_on")), None))


def _protocol(life: Life, origin: _Origin, data: _Data) -> None:
    last = _day(data.get("to"))
    ended_on = last + _ONE_DAY if last else None  # `to` is the last day
    life.protocols.append(Course(*origin, data["kind"], _iso(data["from"]), ended_on, data["every_days"]))


def _intervention(life: Life, origin: _Origin, data: _Data) -> None:
    life.interventions.append(Intervention(*origin, data["kind"], data["finding"], _iso(data["on"]), data["status"]))


def _vaccination(life: Life, origin: _Origin, data: _Data) -> None:
    life.vaccinations.append(Vaccination(*origin, data["kind"], _iso(data["on"]), data["status"]))


def _preference(life: Life, origin: _Origin, data: _Data) -> None:
    get = data.get
    quiet = get("quiet_hours")
    hours = (time.fromisoformat(quiet["from"]), time.fromisoformat(quiet["to"])) if quiet else None
    wanted = tuple(get("channels") or ()), tuple(get("formats") or ())
    life.preferences.append(Preference(*origin, *wanted, get("opt_out") is True, get("restricted") is True, hours))


def _plan(life: Life, origin: _Origin, data: _Data) -> None:
    get = data.get
    made = [day for day in (_day(get("agreed_on")), _day(get("updated_on")), _day(get("created_on"))) if day]
    life.plans.append(Plan(*origin, get("type"), max(made, default=None), _day(get("review_due_on"))))


def _contact(life: Life, origin: _Origin, data: _Data) -> None:
    get = data.get
    referral_id = get("referral_id")
    referral = f"{origin[1]}|referral|{referral_id}" if referral_id else None
    life.contacts.append(Contact(*origin, referral, _iso(data["on"]), get("attendance")))


def _referral(life: Life, origin: _Origin, data: _Data) -> None:
    get = data.get
    ended = _day(get("discharged_on")) or _day(get("rejected_on")) or _day(get("closed_on")) or _day(get("not_submitted_after"))
    received_on = _iso(data["received_on"])
    life.referrals.append(Referral(*origin, received_on, ended and max(ended, received_on)))


_READERS: dict[str, Callable[[Life, _Origin, _Data], None]] = {
    "person": _person,
    "register": _entry,
    "health-check": _check,
    "medication": _medication,
    "monitoring": _protocol,
    "physical-intervention": _intervention,
    "vaccination": _vaccination,
    "preference": _preference,
    "care-plan": _plan,
    "contact": _contact,
    "referral": _referral,
}

READ = frozenset(_READERS)
"""The kinds of record that a rule reads; a document holds no others."""
