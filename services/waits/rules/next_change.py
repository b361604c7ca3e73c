"""When a pathway wants to be looked at again, though no event came."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from services.waits.rules.definition import Definition
from services.waits.rules.facts import Pathway, Records, Referral
from services.waits.rules.reference import Reference

NOTHING = Reference()


def next_change(pathway: Pathway, at: date, definitions: Iterable[Definition] = (), reference: Reference = NOTHING) -> date | None:
    """The first day after `at` on which time alone, without a new event, may change a clock of this person.

    Days of a fact dated ahead: a receipt, the day help was sought or a person decided, an end, an admission, an activity, a plan or
    its agreement, an assignment, a pause, a version of the person; a provider's succession; and, while a clock of `definitions` may
    stand still, each day.
    The growing wait itself and the breach are no change: they follow from `start` and `breach_on`.
    """
    ahead = [day for records in pathway.values() for day in _days(records) if day is not None and day > at]
    ahead += [one.first_day for provider in pathway for one in reference.line(provider) if one.first_day > at]
    if any(_stands_still(records, at, one) for one in definitions if one.pauses for records in pathway.values()):
        ahead.append(at + timedelta(1))
    return min(ahead, default=None)


def _stands_still(records: Records, at: date, definition: Definition) -> bool:
    """Whether the clock of a referral that is open may stand still on the next day: each such day changes the days that count."""
    still_open = {referral.id for referral in records.referrals if _open(referral, at)}
    if any(pause.referral_id in still_open and pause.on <= at and (pause.until is None or pause.until > at) for pause in records.pauses):
        return True
    missed = [one for one in records.contacts.values() if one.on <= at and one.attendance in definition.did_not_attend]
    tries = definition.pauses.tries if definition.pauses else None
    return bool(still_open) and tries is not None and len(missed) >= tries


def _open(referral: Referral, at: date) -> bool:
    ends = (referral.discharged_on, referral.rejected_on, referral.closed_on, referral.not_submitted_after)
    return referral.received_on <= at and all(end is None or end > at for end in ends)


def _days(records: Records) -> Iterator[date | None]:
    for referral in records.referrals:
        yield from (referral.received_on, referral.help_sought_on, referral.decided_on)
        yield from (referral.discharged_on, referral.rejected_on, referral.closed_on, referral.not_submitted_after)
        for team in referral.teams:
            yield from (team.rejected_on, team.closed_on, team.not_submitted_after)
    for contact in records.contacts.values():
        if contact.attendance is not None:  # a booked contact changes nothing when its day passes
            yield contact.on
    for plan in records.plans:
        yield from (plan.created_on, plan.updated_on, plan.agreed_on)
    yield from (stay.admitted_on for stay in records.stays)
    yield from (person.recorded_on for person in records.persons)
    for dated in (records.activities, records.scores, records.assignments, records.pauses):
        yield from (fact.on for fact in dated)
