"""Why is this clock still running? Components met and unmet, every event that did not count and why, internal waits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import NamedTuple

from services.waits.rules.clock import Clock, Met, clock, first_of_each_use
from services.waits.rules.definition import Definition
from services.waits.rules.evidence import activity_reason, contact_reason, plan_date, plan_reason, score_reason
from services.waits.rules.facts import Fact, Pathway, Records
from services.waits.rules.reasons import Reason
from services.waits.rules.reference import Reference
from services.waits.rules.spells import Spell, spells
from services.waits.rules.terms import Terms


class Uncounted(NamedTuple):
    """An event of the person at the spell's provider that did not count, and the one reason; `on` None: it carries no day."""

    kind: str
    record_id: str
    source: str
    event_id: str
    on: date | None
    reason: Reason


class InternalWait(NamedTuple):
    """Whole days between two milestones of a spell, both reached."""

    since: str
    until: str
    days: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """`clock` is None where the referral of that id makes no spell: its reason is then among `uncounted`."""

    clock: Clock | None
    components: dict[str, Met | None]  # those the definition asks for, in its order; None = unmet
    uncounted: list[Uncounted]  # by day, kind and record
    milestones: dict[str, date]  # reached, in order of time
    internal_waits: list[InternalWait]


def explain(pathway: Pathway, reference: Reference, definition: Definition, at: date, spell_id: str) -> Explanation:
    """Explain one spell (`<provider>:<referral id>`) as at the end of the London day `at`."""
    provider = spell_id.partition(":")[0]
    records = pathway.get(provider, Records())
    terms = Terms(definition, reference, at)
    found, left_out = spells(provider, records, terms)
    spell = next((spell for spell in found if spell.id == spell_id), None)
    told = clock(spell, records, terms) if spell else None
    met = told.components if told else {}
    milestones = _milestones(spell, told, records, terms) if spell and told else {}
    verdicts = _Verdicts(spell or _no_spell(provider), records, left_out, terms)
    return Explanation(
        clock=told,
        components={name: met.get(name) for name in definition.stop.components},
        uncounted=sorted(verdicts.uncounted(set(met.values())), key=lambda event: (event.on or date.max, event[:4])),
        milestones=milestones,
        internal_waits=[
            InternalWait(since, until, (milestones[until] - milestones[since]).days) for since, until in combinations(milestones, 2)
        ],
    )


def _no_spell(provider: str) -> Spell:
    """Inside it lies no day, so that no event counts."""
    return Spell(provider, members=(), referral_ids=(), start=date.max, end=date.min)


def _milestones(spell: Spell, told: Clock, records: Records, terms: Terms) -> dict[str, date]:
    accepted = [on for member in spell.members if (on := member.referral.accepted_on) is not None and on <= terms.at]
    therapy = first_of_each_use(spell, records, terms).get("psychological-therapy")
    reached = {
        "received": told.start,
        "accepted": min(accepted, default=None),
        "first-contact": told.first_contact,
        "assessment": told.assessment,
        "care-plan": told.care_plan,
        "intervention": told.intervention,
        "psychological-therapy": therapy.on if therapy else None,
    }
    days = [(name, on) for name, on in reached.items() if on is not None]
    return dict(sorted(days, key=lambda milestone: milestone[1]))


@dataclass(frozen=True, slots=True)
class _Verdicts:
    """The verdict on every event at a spell's provider: the same questions as the clock's, and where the answer lies elsewhere."""

    spell: Spell
    records: Records
    left_out: dict[str, Reason]
    terms: Terms

    def uncounted(self, counted: set[Met]) -> Iterator[Uncounted]:
        for fact, on, reason in (*self._referrals(), *self._events()):
            verdict = reason or (None if (on, fact.event_id, fact.source) in counted else Reason.ALREADY_MET)
            if verdict:
                yield Uncounted(fact.kind, fact.id, fact.source, fact.event_id, on, verdict)
        for fact in self.records.voided:
            yield Uncounted(fact.kind, fact.id, fact.source, fact.event_id, None, Reason.VOIDED)

    def _referrals(self) -> Iterator[tuple[Fact, date, Reason]]:
        for referral in self.records.referrals:
            reason = self._elsewhere(referral.id)
            if reason:
                yield referral, referral.received_on, reason

    def _events(self) -> Iterator[tuple[Fact, date | None, Reason | None]]:
        """Each event, its day, and why it cannot count; None when it may, though another may have met the component before."""
        spell, records, terms = self.spell, self.records, self.terms
        for contact in records.contacts.values():
            yield contact, contact.on, self._elsewhere(contact.referral_id) or contact_reason(contact, spell, terms)
        for activity in records.activities:
            yield activity, activity.on, self._elsewhere(activity.referral_id) or activity_reason(activity, spell, records, terms)
        for score in records.scores:
            yield score, score.on, self._elsewhere(score.referral_id) or score_reason(score, spell, records, terms)
        for plan in records.plans:
            yield plan, plan_date(plan, spell.start) or plan.created_on, plan_reason(plan, spell, terms)

    def _elsewhere(self, referral_id: str | None) -> Reason | None:
        """Why nothing on this referral can count for the spell; None when it is one of the spell's own."""
        if referral_id is None:
            return Reason.DIRECT_ACCESS
        if referral_id in self.spell.referral_ids:
            return None
        if all(referral_id != referral.id for referral in self.records.referrals):
            return Reason.REFERRAL_NOT_KNOWN
        return self.left_out.get(referral_id, Reason.OUTSIDE_SPELL)
