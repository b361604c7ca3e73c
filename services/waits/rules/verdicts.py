"""The verdict on every event of a person, for one spell: it counted, or the one reason why not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from services.waits.rules.components import Met, Parts, treatment_contact
from services.waits.rules.evidence import (
    activity_reason,
    assignment_reason,
    contact_reason,
    pause_reason,
    plan_date,
    plan_reason,
    score_reason,
    uses,
)  # fmt: skip
from services.waits.rules.facts import Activity, Contact, Fact, Pathway, Records
from services.waits.rules.reasons import Reason
from services.waits.rules.spells import LeftOut, Spell
from services.waits.rules.terms import Terms


class Uncounted(NamedTuple):
    """An event of the person, at a provider of the spell, that did not count, and the one reason; `on` None: it carries no day."""

    kind: str
    record_id: str
    source: str
    event_id: str
    on: date | None
    reason: Reason


_Verdict = tuple[Fact, date | None, Reason | None]
"""An event, its day, and why it did not count; None when it did."""
_CONTACT = frozenset({"first-contact", "second-contact"})
_SCORE = frozenset({"baseline-outcome"})
_PLAN = frozenset({"care-plan", "care-plan-or-intervention"})
_COORDINATOR = frozenset({"care-coordinator"})
_USES = {
    "assessment": frozenset({"assessment"}),
    "intervention": frozenset({"intervention", "care-plan-or-intervention"}),
    "evidence-based-intervention": frozenset({"evidence-based-intervention"}),
    "psychological-therapy": frozenset[str](),
}
"""The components that an event of each kind may meet."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The same questions as the clock's, and where the answer lies elsewhere. `met`: the components that the definition counts."""

    pathway: Pathway
    parts: Parts
    left_out: LeftOut
    met: Mapping[str, Met]
    terms: Terms

    def uncounted(self) -> Iterator[Uncounted]:
        for spell, records in self.parts:
            for fact, on, reason in (*self._referrals(spell, records), *self._events(spell, records), *self._pauses(spell, records)):
                if reason:
                    yield Uncounted(fact.kind, fact.id, fact.source, fact.event_id, on, reason)
            for fact in records.voided:
                yield Uncounted(fact.kind, fact.id, fact.source, fact.event_id, None, Reason.VOIDED)
        for fact, on, reason in self._assignments():
            if reason:
                yield Uncounted(fact.kind, fact.id, fact.source, fact.event_id, on, reason)

    def _referrals(self, spell: Spell, records: Records) -> Iterator[_Verdict]:
        for referral in records.referrals:
            yield referral, referral.received_on, self._elsewhere(referral.id, spell, records)

    def _events(self, spell: Spell, records: Records) -> Iterator[_Verdict]:
        terms = self.terms
        for contact in records.contacts.values():
            reason = self._elsewhere(contact.referral_id, spell, records) or contact_reason(contact, spell, terms)
            yield contact, contact.on, reason or self._contact(contact, spell)
        for activity in records.activities:
            reason = self._elsewhere(activity.referral_id, spell, records) or activity_reason(activity, spell, records, terms)
            yield activity, activity.on, reason or self._activity(activity, spell, records)
        for score in records.scores:
            reason = self._elsewhere(score.referral_id, spell, records) or score_reason(score, spell, records, terms)
            yield score, score.on, reason or self._met(score, score.on, _SCORE)
        for plan in records.plans:
            on = plan_date(plan, spell.start) or plan.created_on
            yield plan, on, plan_reason(plan, spell, terms) or self._met(plan, on, _PLAN)

    def _pauses(self, spell: Spell, records: Records) -> Iterator[_Verdict]:
        for pause in records.pauses if self.terms.definition.pauses else ():
            yield pause, pause.on, self._elsewhere(pause.referral_id, spell, records) or pause_reason(pause, spell, self.terms)

    def _assignments(self) -> Iterator[_Verdict]:
        """Those of every provider may count."""
        if self.parts and "care-coordinator" in self.terms.definition.stop.components:
            for records in self.pathway.values():
                for one in records.assignments:
                    reason = assignment_reason(one, self.parts[0][0], self.terms)
                    yield one, one.on, reason or self._met(one, one.on, _COORDINATOR)

    def _contact(self, contact: Contact, spell: Spell) -> Reason | None:
        asked = self.terms.definition.asked
        if self.terms.definition.start == "help-sought" and contact.on == spell.start:
            return None  # it may have opened the door
        if "treatment-contact" in asked and not asked & _CONTACT:
            carrying = self._met(contact, contact.on, frozenset({"treatment-contact"}))
            return Reason.NO_INTERVENTION if carrying and not self._carries(contact) else carrying
        return self._met(contact, contact.on, _CONTACT)

    def _carries(self, contact: Contact) -> bool:
        """Whether an intervention was given at this contact, which counts."""
        met = Met(contact.on, contact.event_id, contact.source, contact.recorded)
        return any(
            treatment_contact(activity, spell, records, self.terms) == met
            for spell, records in self.parts
            for activity in records.activities
        )

    def _activity(self, activity: Activity, spell: Spell, records: Records) -> Reason | None:
        asked, found = self.terms.definition.asked, uses(activity, self.terms)
        if "treatment-contact" in asked and "intervention" in found:
            carrying = treatment_contact(activity, spell, records, self.terms)
            if carrying is not None:
                return None if carrying in self.met.values() else Reason.ALREADY_MET
            contact = records.contacts.get(activity.contact_id or "")
            if contact is not None:
                return contact_reason(contact, spell, self.terms)
        reason = self._met(activity, activity.on, frozenset().union(*(_USES[use] for use in found)))
        unmarked = "intervention" in found and "evidence-based-intervention" in asked and not activity.evidence_based
        return Reason.NOT_EVIDENCE_BASED if unmarked and reason is Reason.NOT_ASKED_FOR else reason

    def _met(self, fact: Fact, on: date | None, components: frozenset[str]) -> Reason | None:
        """None where it met a component that is asked for; else whether another event did, or nobody asked."""
        asked = components & self.terms.definition.asked
        if not asked:
            return Reason.NOT_ASKED_FOR
        counted = any(self.met.get(name) == (on, fact.event_id, fact.source, fact.recorded) for name in asked)
        return None if counted else Reason.ALREADY_MET

    def _elsewhere(self, referral_id: str | None, spell: Spell, records: Records) -> Reason | None:
        """Why nothing on this referral can count for the spell; None when it is one of the spell's own."""
        if referral_id is None:
            return None if self.terms.definition.direct_access else Reason.DIRECT_ACCESS
        if referral_id in spell.referral_ids:
            return None
        if all(referral_id != referral.id for referral in records.referrals):
            return Reason.REFERRAL_NOT_KNOWN
        return self.left_out.get((spell.provider, referral_id), Reason.OUTSIDE_SPELL)
