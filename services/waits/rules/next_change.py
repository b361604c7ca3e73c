"""When a pathway wants to be looked at again, though no event came."""

from collections.abc import Iterator
from datetime import date

from services.waits.rules.facts import Pathway, Records
from services.waits.rules.reference import Reference

NOTHING = Reference()


def next_change(pathway: Pathway, at: date, reference: Reference = NOTHING) -> date | None:
    """The first day after `at` on which time alone, without a new event, may change a clock of this person.

    Days of a fact dated ahead: a receipt, an acceptance, the day help was sought or a person decided, an end, an admission, an
    activity, a plan or its agreement, an assignment, a pause, a version of the person; a provider's succession. The growing wait
    itself and the breach are no change: they follow from `start` and `breach_on`; of a clock that may stand still,
    `pauses.may_stand_still` says so.
    """
    ahead = [day for records in pathway.values() for day in _days(records) if day is not None and day > at]
    ahead += [one.first_day for provider in pathway for one in reference.line(provider) if one.first_day > at]
    return min(ahead, default=None)


def _days(records: Records) -> Iterator[date | None]:
    for referral in records.referrals:
        yield from (referral.received_on, referral.help_sought_on, referral.decided_on, referral.accepted_on)
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
