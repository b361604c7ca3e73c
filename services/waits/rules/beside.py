"""One spell under other definitions: the clocks that hold its referrals, or why there is none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from services.waits.rules.clock import Clock, clock
from services.waits.rules.definition import Definition
from services.waits.rules.explain import Explanation, explain
from services.waits.rules.facts import Pathway
from services.waits.rules.reasons import Reason
from services.waits.rules.reference import Reference
from services.waits.rules.spells import Spell, spells
from services.waits.rules.succession import inherited
from services.waits.rules.terms import Terms

_Held = TypeVar("_Held", Clock, Spell)


@dataclass(frozen=True, slots=True)
class Beside:
    """What one definition makes of the referrals of a spell: a clock, or `reason` why there is none (None: no such referral)."""

    definition: Definition
    clock: Clock | None
    reason: Reason | None = None


def holding(found: Iterable[_Held], provider: str, referral_ids: Sequence[str]) -> list[_Held]:
    """The clocks or spells that hold any of these referrals of a provider; the one that holds the first of them stands first."""
    own = [one for one in found if provider in one.providers and not set(referral_ids).isdisjoint(one.referral_ids)]
    return sorted(own, key=lambda one: referral_ids[0] not in one.referral_ids)


def clocks_holding(
    pathway: Pathway,
    reference: Reference,
    definition: Definition,
    at: date,
    provider: str,
    referral_ids: Sequence[str],
    most: int | None = None,
) -> list[Clock]:
    """The same of all clocks of a person, no others computed; at most so many."""
    terms = Terms(definition, reference, at)
    pathway = inherited(pathway, terms)
    return [clock(spell, pathway, terms) for spell in holding(spells(pathway, terms)[0], provider, referral_ids)[:most]]


def beside(
    pathway: Pathway, reference: Reference, definitions: Iterable[Definition], at: date, provider: str, referral_ids: Sequence[str]
) -> list[Beside]:
    """Each definition's clocks of these referrals, in the order of the definitions; at least one line of each."""
    found: list[Beside] = []
    for definition in definitions:
        own = clocks_holding(pathway, reference, definition, at, provider, referral_ids)
        found += [Beside(definition, one) for one in own]
        if not own:
            told = explain(pathway, reference, definition, at, f"{provider}:{referral_ids[0]}")
            found.append(Beside(definition, None, left_out(told, referral_ids[0])))
    return found


def left_out(told: Explanation, referral_id: str) -> Reason | None:
    """Why a referral that was explained makes no spell: VOIDED, or what keeps it out; None when it is not known."""
    return next((one.reason for one in told.uncounted if one.kind == "referral" and one.record_id == referral_id), None)
