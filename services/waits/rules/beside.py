"""One spell under other definitions: the clocks that hold its referrals, or why there is none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.waits.rules.clock import Clock, clocks
from services.waits.rules.definition import Definition
from services.waits.rules.explain import Explanation, explain
from services.waits.rules.facts import Pathway
from services.waits.rules.reasons import Reason
from services.waits.rules.reference import Reference


@dataclass(frozen=True, slots=True)
class Beside:
    """What one definition makes of the referrals of a spell: a clock, or `reason` why there is none (None: no such referral)."""

    definition: Definition
    clock: Clock | None
    reason: Reason | None = None


def holding(found: Iterable[Clock], provider: str, referral_ids: Sequence[str]) -> list[Clock]:
    """The clocks that hold any of these referrals of a provider; the one that holds the first of them stands first."""
    own = [clock for clock in found if provider in clock.providers and not set(referral_ids).isdisjoint(clock.referral_ids)]
    return sorted(own, key=lambda clock: referral_ids[0] not in clock.referral_ids)


def beside(
    pathway: Pathway, reference: Reference, definitions: Iterable[Definition], at: date, provider: str, referral_ids: Sequence[str]
) -> list[Beside]:
    """Each definition's clocks of these referrals, in the order of the definitions; at least one line of each."""
    found: list[Beside] = []
    for definition in definitions:
        own = holding(clocks(pathway, reference, definition, at), provider, referral_ids)
        found += [Beside(definition, clock) for clock in own]
        if not own:
            told = explain(pathway, reference, definition, at, f"{provider}:{referral_ids[0]}")
            found.append(Beside(definition, None, left_out(told, referral_ids[0])))
    return found


def left_out(told: Explanation, referral_id: str) -> Reason | None:
    """Why a referral that was explained makes no spell: VOIDED, or what keeps it out; None when it is not known."""
    return next((one.reason for one in told.uncounted if one.kind == "referral" and one.record_id == referral_id), None)
