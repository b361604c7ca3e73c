"""What may stop a clock: one rule for each component that a definition can name. Each gives the first event that meets it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from services.waits.rules.evidence import (
    activity_reason,
    assignment_reason,
    barred,
    contact_reason,
    plan_date,
    plan_reason,
    score_reason,
    uses,
)
from services.waits.rules.facts import Activity, Pathway, Records
from services.waits.rules.spells import Spell
from services.waits.rules.terms import Terms


class Met(NamedTuple):
    """A component met: the day, the event that met it, and the microsecond at which that was recorded. Sorts by day, then event, so that
    ties never depend on order."""  # fmt: skip

    on: date
    event_id: str
    source: str
    recorded: int


Parts = Sequence[tuple[Spell, Records]]
"""A spell as each of its providers sees it, with that provider's records."""


class Evidence(NamedTuple):
    """The events that count for one spell."""

    contacts: list[Met]  # direct contacts, in order
    plan: Met | None
    done: dict[str, Met]  # use of a code -> the first activity of it
    parts: Parts
    pathway: Pathway
    terms: Terms


def evidence(parts: Parts, pathway: Pathway, terms: Terms) -> Evidence:
    contacts: list[Met] = []
    plans: list[Met] = []
    for spell, records in parts:
        contacts += _contacts(spell, records, terms)
        plans += _plans(spell, records, terms)
    contacts.sort()
    return Evidence(contacts, min(plans, default=None), first_of_each_use(parts, terms), parts, pathway, terms)


def first_of_each_use(parts: Parts, terms: Terms) -> dict[str, Met]:
    """The first activity that counts as an assessment, as an intervention, as one marked evidence based, as a psychological therapy."""
    first: dict[str, Met] = {}
    for spell, records in parts:
        for activity in records.activities:
            met = Met(activity.on, activity.event_id, activity.source, activity.recorded)
            earlier = [use for use in uses(activity, terms) if use not in first or met < first[use]]
            if earlier and barred(activity, spell, records, terms) is None:
                first.update(dict.fromkeys(earlier, met))
    return first


def _contacts(spell: Spell, records: Records, terms: Terms) -> list[Met]:
    counted = [contact for contact in records.contacts.values() if contact_reason(contact, spell, terms) is None]
    if terms.definition.for_each_team:
        counted = [contact for contact in counted for _ in range(_teams(contact.referral_id, spell))]
    return [Met(contact.on, contact.event_id, contact.source, contact.recorded) for contact in counted]


def _teams(referral_id: str | None, spell: Spell) -> int:
    """Q4: the teams in scope of the contact's referral; 1 where it has none of its own."""
    if referral_id is None:
        return 1
    return sum(len(member.teams) for member in spell.members if (member.provider, member.referral.id) == (spell.provider, referral_id))


def _plans(spell: Spell, records: Records, terms: Terms) -> Iterator[Met]:
    for plan in records.plans:
        on = plan_date(plan, spell.start)
        if on is not None and plan_reason(plan, spell, terms) is None:
            yield Met(on, plan.event_id, plan.source, plan.recorded)


def _scores(found: Evidence) -> Iterator[Met]:
    for spell, records in found.parts:
        for score in records.scores:
            if score_reason(score, spell, records, found.terms) is None:
                yield Met(score.on, score.event_id, score.source, score.recorded)


def _treated(found: Evidence) -> Iterator[Met]:
    for spell, records in found.parts:
        for activity in records.activities:
            contact = treatment_contact(activity, spell, records, found.terms)
            if contact is not None:
                yield contact


def treatment_contact(activity: Activity, spell: Spell, records: Records, terms: Terms) -> Met | None:
    """The direct contact that counts and carries this intervention."""
    contact = records.contacts.get(activity.contact_id) if activity.contact_id is not None else None
    if contact is None or contact_reason(contact, spell, terms) or activity_reason(activity, spell, records, terms):
        return None
    return Met(contact.on, contact.event_id, contact.source, contact.recorded) if "intervention" in uses(activity, terms) else None


def _coordinators(found: Evidence) -> Iterator[Met]:
    """At any provider: the spell's parts are those where it has referrals, an assignment may stand elsewhere."""
    spell = found.parts[0][0]
    for records in found.pathway.values():
        for assignment in records.assignments:
            if assignment_reason(assignment, spell, found.terms) is None:
                yield Met(assignment.on, assignment.event_id, assignment.source, assignment.recorded)


def _first(found: Iterable[Met]) -> Met | None:
    return min(found, default=None)


RULES: dict[str, Callable[[Evidence], Met | None]] = {
    "first-contact": lambda found: found.contacts[0] if found.contacts else None,
    "second-contact": lambda found: found.contacts[1] if len(found.contacts) > 1 else None,
    "baseline-outcome": lambda found: _first(_scores(found)),
    "assessment": lambda found: found.done.get("assessment"),
    "care-plan-or-intervention": lambda found: _first([met for met in (found.plan, found.done.get("intervention")) if met]),
    "care-plan": lambda found: found.plan,
    "intervention": lambda found: found.done.get("intervention"),
    "evidence-based-intervention": lambda found: found.done.get("evidence-based-intervention"),
    "treatment-contact": lambda found: _first(_treated(found)),
    "care-coordinator": lambda found: _first(_coordinators(found)),
}
"""One for each of definition.COMPONENTS."""
