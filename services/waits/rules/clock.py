"""The clocks of one person under one definition: a pure function of facts, reference data and a date.

`at` is the end of that London day: what is dated later has not happened yet. All that has been received is known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from services.waits.rules.components import RULES, Evidence, Met, Parts, evidence
from services.waits.rules.definition import MILESTONES, Definition, Stop
from services.waits.rules.evidence import placed
from services.waits.rules.facts import Pathway, Person, Records
from services.waits.rules.pauses import past_target, paused_days, pauses
from services.waits.rules.reference import Reference
from services.waits.rules.scope import InScope
from services.waits.rules.spells import Spell, persons_at, spells
from services.waits.rules.succession import inherited
from services.waits.rules.terms import Terms


class Part(NamedTuple):
    """A referral of a spell as its definition sees it: when it starts and ended, by which of its teams it is in scope."""

    provider: str
    referral_id: str
    start: date
    end: date | None
    team_types: tuple[str, ...]  # distinct, sorted


@dataclass(slots=True)  # not frozen: millions are made
class Clock:
    """One spell under one definition. Days are whole London days; what is unmet is absent from `components`, or None."""

    spell_id: str
    definition: str
    definition_version: int
    provider: str  # where it starts
    providers: tuple[str, ...]  # all that it touches, sorted
    referral_ids: tuple[str, ...]  # by received date, then id
    parts: tuple[Part, ...]  # the same referrals
    team_types: tuple[str, ...]  # in scope, as counted, distinct, sorted
    pathways: tuple[str, ...]  # dedicated pathways of those teams, distinct, sorted
    start: date
    end: date | None
    accepted_on: date | None  # the earliest acceptance of one of its referrals
    closed: bool  # an ended spell that is not closed is neither open nor closed in measures (Q5)
    components: dict[str, Met]
    care_plan: date | None
    intervention: date | None
    psychological_therapy: date | None
    assessment_waived: bool
    missing: tuple[str, ...]  # components still wanted, in the definition's order; none once it has stopped
    stop: date | None
    paused_days: int  # whole days, by the stop, the end or the date asked for, that do not count
    breach_on: date  # the first day past the target, as far as it has stood still by the date asked for
    last_contact: date | None  # the latest direct contact
    last_activity: date  # the latest day on which anything happened on its referrals, or a plan was made, counted or not; at least `start`
    dna_count: int
    birth_date: date | None
    death_date: date | None
    ethnicity: str | None
    practice: str | None
    lsoa: str | None  # of residence, as last known

    def met_on(self, component: str) -> date | None:
        met = self.components.get(component)
        return met.on if met else None

    @property
    def first_contact(self) -> date | None:
        return self.met_on("first-contact")

    @property
    def second_contact(self) -> date | None:
        return self.met_on("second-contact")

    @property
    def baseline_outcome(self) -> date | None:
        return self.met_on("baseline-outcome")

    @property
    def assessment(self) -> date | None:
        return self.met_on("assessment")

    @property
    def care_plan_or_intervention(self) -> date | None:
        return self.met_on("care-plan-or-intervention")

    @property
    def wait_days(self) -> int | None:
        """W17: whole days from start to stop, less those paused; the same day is 0."""
        return None if self.stop is None else (self.stop - self.start).days - self.paused_days

    @property
    def within_target(self) -> bool | None:
        """W18: stopped before the first day past the target; None while it has not stopped."""
        return None if self.stop is None else self.stop < self.breach_on

    def waited_days(self, at: date) -> int | None:
        """Whole days waited by `at`; None unless still waiting: open and not stopped."""
        return (at - self.start).days - self.paused_days if self.end is None and self.stop is None else None


def clocks(pathway: Pathway, reference: Reference, definition: Definition, at: date) -> list[Clock]:
    """A clock for every in-scope spell started by `at`, by provider, start and referral ids; of a whole person, by start."""
    return clocks_under([definition], pathway, reference, at)


def clocks_under(under: Iterable[Definition], pathway: Pathway, reference: Reference, at: date) -> list[Clock]:
    """The clocks of a person under each of these definitions. What several of them see alike is looked at once, and those that no team
    of this person concerns have none."""  # fmt: skip
    teams = {team.team_type for records in pathway.values() for referral in records.referrals for team in referral.teams}
    seen: dict[str, list[Seen]] = {}
    found: list[Clock] = []
    for definition in under:
        if definition.team_types.keys().isdisjoint(teams):
            continue
        terms = Terms(definition, reference, at)
        if definition.sight not in seen:
            whole = inherited(pathway, terms)
            seen[definition.sight] = [look(spell, whole, terms) for spell in spells(whole, terms)[0]]
        found += [_told(one, terms) for one in seen[definition.sight]]
    return found


class Seen(NamedTuple):
    """A spell, what counts for it, and what its clock says under every definition that sees the same."""

    spell: Spell
    found: Evidence
    milestones: dict[str, Met]
    said: dict[str, Any]


def clock(spell: Spell, pathway: Pathway, terms: Terms) -> Clock:
    """The clock of one spell of the person whose pathway is given."""
    return _told(look(spell, pathway, terms), terms)


def look(spell: Spell, pathway: Pathway, terms: Terms) -> Seen:
    """What all definitions of one `sight` see of a spell: nothing here asks how a clock stops, pauses or is judged."""
    definition, at = terms.definition, terms.at
    parts = parts_of(spell, pathway)
    found = evidence(parts, pathway, terms)
    contacts = found.contacts
    persons = persons_at(sorted(pathway) if definition.unit == "person" else spell.providers, pathway)
    person = persons[-1] if persons else None
    members = tuple([_part(member, definition) for member in spell.members])
    intervention, therapy = found.done.get("intervention"), found.done.get("psychological-therapy")
    said = {
        "spell_id": spell.id,
        "provider": spell.provider,
        "providers": spell.providers,
        "referral_ids": spell.referral_ids,
        "parts": members,
        "team_types": members[0].team_types if len(members) == 1 else tuple(sorted({team for part in members for team in part.team_types})),
        "pathways": tuple(sorted({team.dedicated_pathway for one in spell.members for team in one.teams if team.dedicated_pathway})),
        "start": spell.start,
        "end": spell.end,
        "accepted_on": min([on for member in spell.members if (on := member.referral.accepted_on) and on <= at], default=None),
        "closed": spell.closed,
        "care_plan": found.plan.on if found.plan else None,
        "intervention": intervention.on if intervention else None,
        "psychological_therapy": therapy.on if therapy else None,
        "last_contact": contacts[-1].on if contacts else None,
        "last_activity": max([_last_activity(part, records, at) for part, records in parts]),
        "dna_count": sum([_did_not_attend(part, records, terms) for part, records in parts]),
        "birth_date": person.birth_date if person else None,
        "death_date": person.death_date if person else None,
        "ethnicity": person.ethnicity if person else None,
        "practice": _practice(persons, spell.end, at),
        "lsoa": person.lsoa if person else None,
    }
    return Seen(spell, found, {name: met for name in MILESTONES if (met := RULES[name](found)) is not None}, said)


def _told(seen: Seen, terms: Terms) -> Clock:
    """The clock of what was seen, under a definition of the same `sight`."""
    definition, spell = terms.definition, seen.spell
    components = seen.milestones
    if definition.beyond:
        components = components | {name: met for name in definition.beyond if (met := RULES[name](seen.found)) is not None}
    first = components.get("first-contact")
    waived = [waiver.component for waiver in definition.waivers if waiver.applies(spell.start, first.on if first else None)]
    stop, missing = _stop(components, waived, definition.stop)
    stood_still = pauses(seen.found.parts, terms)
    return Clock(
        definition=definition.id,
        definition_version=definition.version,
        components=components,
        assessment_waived="assessment" in waived,
        missing=missing,
        stop=stop,
        paused_days=paused_days(stood_still, spell.start, stop or spell.end or terms.at) if stood_still else 0,
        breach_on=past_target(spell.start, definition, stood_still),
        **seen.said,
    )


def _part(member: InScope, definition: Definition) -> Part:
    teams = tuple(sorted({definition.team_types[team.team_type] for team in member.teams}))
    return Part(member.provider, member.referral.id, member.start, member.end, teams)


def parts_of(spell: Spell, pathway: Pathway) -> Parts:
    if len(spell.providers) == 1:
        return [(spell, pathway[spell.provider])]
    return [(spell.at(provider), pathway[provider]) for provider in spell.providers]


def _stop(components: Mapping[str, Met], waived: Sequence[str], stop: Stop) -> tuple[date | None, tuple[str, ...]]:
    """The day it stopped, and the components that are still wanted."""
    required = [name for name in stop.components if name not in waived]
    missing = tuple([name for name in required if name not in components])
    if stop.mode == "all":
        return (None, missing) if missing else (max([components[name].on for name in required]), ())
    first = min([components[name].on for name in required if name in components], default=None)
    return (None, missing) if first is None else (first, ())


def _did_not_attend(spell: Spell, records: Records, terms: Terms) -> int:
    missed = [contact for contact in records.contacts.values() if contact.attendance in terms.definition.did_not_attend]
    return len([contact for contact in missed if placed(contact.referral_id, contact.on, spell, terms) is None])


def _last_activity(spell: Spell, records: Records, at: date) -> date:
    """The last day of what happened by `at`; a booked contact has not."""
    own = spell.referral_ids
    days = [spell.start]
    days += [contact.on for contact in records.contacts.values() if contact.attendance is not None and contact.referral_id in own]
    days += [activity.on for activity in records.activities if activity.referral_id in own]
    days += [score.on for score in records.scores if score.referral_id in own]
    for plan in records.plans:
        days += [on for on in (plan.created_on, plan.updated_on, plan.agreed_on) if on is not None]
    return max([on for on in days if on <= at])


def _practice(persons: Sequence[Person], end: date | None, at: date) -> str | None:
    """By the newest version recorded by the end of the spell's last month, or `at` while open (02-clock section 7)."""
    by = at if end is None else min(at, _month_end(end))
    return next((person.practice for person in reversed(persons) if person.recorded_on <= by), None)


def _month_end(day: date) -> date:
    return (day.replace(day=1) + timedelta(31)).replace(day=1) - timedelta(1)
