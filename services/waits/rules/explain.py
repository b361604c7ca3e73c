"""Why is this clock still running? Components met and unmet, every event that did not count and why, internal waits."""

from dataclasses import dataclass
from datetime import date

from services.waits.rules.clock import Clock, clock, parts_of
from services.waits.rules.components import Met
from services.waits.rules.definition import Definition
from services.waits.rules.facts import Pathway
from services.waits.rules.internal_waits import InternalWait, hidden_wait, internal_waits
from services.waits.rules.pauses import Paused, pauses
from services.waits.rules.reference import Reference
from services.waits.rules.spells import Spell, spells
from services.waits.rules.succession import inherited
from services.waits.rules.terms import Terms
from services.waits.rules.verdicts import Uncounted, Verdicts


@dataclass(frozen=True, slots=True)
class Explanation:
    """`clock` is None where the referral of that id makes no spell: its reason is then among `uncounted`."""

    clock: Clock | None
    components: dict[str, Met | None]  # those the definition asks for, in its order; None = unmet
    uncounted: list[Uncounted]  # by day, kind and record
    milestones: dict[str, date]  # reached, in order of time
    internal_waits: list[InternalWait]
    hidden_wait: InternalWait | None  # the longest after the first contact
    pauses: list[Paused]  # of a clock that may pause, in order


def explain(pathway: Pathway, reference: Reference, definition: Definition, at: date, spell_id: str) -> Explanation:
    """Explain one spell (`<provider>:<referral id>`) as at the end of the London day `at`."""
    terms = Terms(definition, reference, at)
    pathway = inherited(pathway, terms)
    found, left_out = spells(pathway, terms)
    spell = next((spell for spell in found if spell.id == spell_id), None)
    told = clock(spell, pathway, terms) if spell else None
    met = told.components if told else {}
    provider = spell_id.partition(":")[0]
    looked_at = parts_of(spell or _no_spell(provider), pathway) if spell or provider in pathway else []
    milestones = _milestones(spell, told) if spell and told else {}
    verdicts = Verdicts(pathway, looked_at, left_out, {name: met[name] for name in definition.asked if name in met}, terms)
    return Explanation(
        clock=told,
        components={name: met.get(name) for name in definition.stop.components},
        uncounted=sorted(verdicts.uncounted(), key=lambda event: (event.on or date.max, event[:4])),
        milestones=milestones,
        internal_waits=internal_waits(milestones),
        hidden_wait=hidden_wait(milestones, told, at) if told else None,
        pauses=pauses(looked_at, terms) if spell else [],
    )


def _no_spell(provider: str) -> Spell:
    """Inside it lies no day, so that no event counts."""
    return Spell(provider, (provider,), members=(), referral_ids=(), start=date.max, end=date.min, closed=False)


def _milestones(spell: Spell, told: Clock) -> dict[str, date]:
    received = min(member.referral.received_on for member in spell.members)
    reached = {
        "start": None if told.start == received else told.start,
        "received": received,
        "accepted": told.accepted_on,
        "first-contact": told.first_contact,
        "assessment": told.assessment,
        "care-plan": told.care_plan,
        "intervention": told.intervention,
        "psychological-therapy": told.psychological_therapy,
        "care-coordinator": told.met_on("care-coordinator"),
        "stop": told.stop,
    }
    days = [(name, on) for name, on in reached.items() if on is not None]
    return dict(sorted(days, key=lambda milestone: milestone[1]))
