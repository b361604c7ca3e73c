"""The clocks of one person under one definition: a pure function of facts, reference data and a date.

`at` is the end of that London day: what is dated later has not happened yet. All that has been received is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from services.waits.rules.definition import Definition
from services.waits.rules.evidence import activity_reason, contact_reason, placed, plan_date, plan_reason, score_reason, uses
from services.waits.rules.facts import Pathway, Records
from services.waits.rules.reference import Reference
from services.waits.rules.spells import Spell, spells
from services.waits.rules.terms import Terms


class Met(NamedTuple):
    """A component met: the day, and the event that met it. Sorts by day, then event, so that ties never depend on order."""

    on: date
    event_id: str
    source: str


@dataclass(frozen=True, slots=True)
class Clock:
    """One spell under one definition. Days are whole London days; what is unmet is absent from `components`, or None."""

    spell_id: str
    definition: str
    definition_version: int
    provider: str  # where it starts
    providers: tuple[str, ...]  # all that it touches, sorted
    referral_ids: tuple[str, ...]  # by received date, then id
    team_types: tuple[str, ...]  # in scope, as counted, distinct, sorted
    pathways: tuple[str, ...]  # dedicated pathways of those teams, distinct, sorted
    start: date
    end: date | None
    components: dict[str, Met]
    care_plan: date | None
    intervention: date | None
    assessment_waived: bool
    missing: tuple[str, ...]  # components still wanted, in the definition's order; none once it has stopped
    stop: date | None
    paused_days: int  # whole days, by the stop, the end or the date asked for, that do not count
    breach_on: date  # the first day past the target
    last_contact: date | None  # the latest direct contact
    last_activity: date  # the latest day on which anything happened on its referrals, or a plan was made, counted or not; at least `start`
    dna_count: int
    birth_date: date | None
    death_date: date | None
    ethnicity: str | None
    practice: str | None

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
    """A clock for every in-scope spell started by `at`, by provider, start and referral ids."""
    terms = Terms(definition, reference, at)
    found: list[Clock] = []
    for provider, records in sorted(pathway.items()):
        found += [clock(spell, records, terms) for spell in spells(provider, records, terms)[0]]
    return found


def clock(spell: Spell, records: Records, terms: Terms) -> Clock:
    """The clock of one spell of the person whose `records` at the spell's provider are given."""
    definition = terms.definition
    contacts = sorted(
        Met(contact.on, contact.event_id, contact.source)
        for contact in records.contacts.values()
        if contact_reason(contact, spell, terms) is None
    )
    plan = min(_plans(spell, records, terms), default=None)
    done = first_of_each_use(spell, records, terms)
    intervention = done.get("intervention")
    earliest = {
        "first-contact": contacts[0] if contacts else None,
        "second-contact": contacts[1] if len(contacts) > 1 else None,
        "baseline-outcome": min(_scores(spell, records, terms), default=None),
        "assessment": done.get("assessment"),
        "care-plan-or-intervention": min((met for met in (plan, intervention) if met), default=None),
    }
    components = {name: met for name, met in earliest.items() if met is not None}
    first_contact = contacts[0].on if contacts else None
    waived = [waiver.component for waiver in definition.waivers if waiver.applies(spell.start, first_contact)]
    required = [name for name in definition.stop.components if name not in waived]
    missing = tuple([name for name in required if name not in components])
    person = records.persons[-1] if records.persons else None
    teams = [team for member in spell.members for team in member.teams]
    return Clock(
        spell_id=spell.id,
        definition=definition.id,
        definition_version=definition.version,
        provider=spell.provider,
        providers=(spell.provider,),
        referral_ids=spell.referral_ids,
        team_types=tuple(sorted({definition.team_types[team.team_type] for team in teams})),
        pathways=tuple(sorted({team.dedicated_pathway for team in teams if team.dedicated_pathway})),
        start=spell.start,
        end=spell.end,
        components=components,
        care_plan=plan.on if plan else None,
        intervention=intervention.on if intervention else None,
        assessment_waived="assessment" in waived,
        missing=missing,
        stop=None if missing else max([components[name].on for name in required]),
        paused_days=0,
        breach_on=spell.start + timedelta(definition.target_days + 1),
        last_contact=contacts[-1].on if contacts else None,
        last_activity=max(spell.start, _last_activity(spell, records, terms.at)),
        dna_count=_did_not_attend(spell, records, terms),
        birth_date=person.birth_date if person else None,
        death_date=person.death_date if person else None,
        ethnicity=person.ethnicity if person else None,
        practice=_practice(records, spell.end, terms.at),
    )


def first_of_each_use(spell: Spell, records: Records, terms: Terms) -> dict[str, Met]:
    """The first activity that counts as an assessment, as an intervention, as a psychological therapy."""
    first: dict[str, Met] = {}
    for activity in records.activities:
        if activity_reason(activity, spell, records, terms) is None:
            met = Met(activity.on, activity.event_id, activity.source)
            for use in uses(activity, terms):
                first[use] = min(met, first.get(use, met))
    return first


def _scores(spell: Spell, records: Records, terms: Terms) -> Iterator[Met]:
    for score in records.scores:
        if score_reason(score, spell, records, terms) is None:
            yield Met(score.on, score.event_id, score.source)


def _plans(spell: Spell, records: Records, terms: Terms) -> Iterator[Met]:
    for plan in records.plans:
        on = plan_date(plan, spell.start)
        if on is not None and plan_reason(plan, spell, terms) is None:
            yield Met(on, plan.event_id, plan.source)


def _did_not_attend(spell: Spell, records: Records, terms: Terms) -> int:
    return sum(
        contact.attendance in terms.definition.did_not_attend and placed(contact.referral_id, contact.on, spell, terms.at) is None
        for contact in records.contacts.values()
    )


def _last_activity(spell: Spell, records: Records, at: date) -> date:
    """The last day of what happened by `at`; a booked contact has not."""
    own = spell.referral_ids
    days = [contact.on for contact in records.contacts.values() if contact.attendance is not None and contact.referral_id in own]
    days += [activity.on for activity in records.activities if activity.referral_id in own]
    days += [score.on for score in records.scores if score.referral_id in own]
    for plan in records.plans:
        days += [on for on in (plan.created_on, plan.updated_on, plan.agreed_on) if on is not None]
    return max([on for on in days if on <= at], default=spell.start)


def _practice(records: Records, end: date | None, at: date) -> str | None:
    """By the newest version recorded by the end of the spell's last month, or `at` while open (02-clock section 7)."""
    by = at if end is None else min(at, _month_end(end))
    return next((person.practice for person in reversed(records.persons) if person.recorded_on <= by), None)


def _month_end(day: date) -> date:
    return (day.replace(day=1) + timedelta(31)).replace(day=1) - timedelta(1)
