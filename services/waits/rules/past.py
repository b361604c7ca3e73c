"""Where the clocks at the end of an earlier month are not today's, cut off at that day.

What starts, ends or is met after a day had not happened by it: that much a reader of today's clock sees. It does not see what took
something away since, or what counts from a later day than its own: a stay that took a referral out, a plan agreed months after it was
made, a move abroad, an event before its referral was received, a succession. For months before such days the clocks are computed as
they were.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from services.waits.rules.clock import Clock, clocks
from services.waits.rules.definition import Definition
from services.waits.rules.facts import Pathway, Records
from services.waits.rules.reference import Reference


class Period(NamedTuple):
    """The clocks at the end of every month after that of `after` (None: from the beginning) up to the one that ends on `until`, each to be
    cut off at the month's end asked for."""  # fmt: skip

    after: date | None
    until: date
    clocks: tuple[Clock, ...]


def past(pathway: Pathway, reference: Reference, definition: Definition, at: date) -> list[Period]:
    """The periods before today's clocks hold; none where they hold for all months."""
    turns = {day for records in pathway.values() for day in _turns(records, definition)}
    turns |= {one.first_day for provider in pathway for one in reference.line(provider)}
    ends = sorted({_month_before(day) for day in turns if day <= at})
    return [
        Period(after, until, tuple(clocks(pathway, reference, definition, until)))
        for after, until in zip([None, *ends], ends, strict=False)
    ]


def _turns(records: Records, definition: Definition) -> Iterator[date]:
    """The days with which something comes to count, or counts no longer, that is dated before them; a month ends in between."""
    received = {referral.id: referral.received_on for referral in records.referrals}
    if not definition.stays:
        for stay in records.stays:
            began = received.get(stay.referral_id or "")
            if began is not None and _parted(began, stay.admitted_on):
                yield stay.admitted_on
    if definition.residence:  # heard of in a month, it ends referrals at the end of the month before
        yield from [one.recorded_on for one in records.persons if one.district and not one.district.startswith(definition.residence)]
    for plan in records.plans:
        made = min([on for on in (plan.created_on, plan.updated_on) if on is not None], default=None)
        if made is not None:
            yield from [on for on in (plan.agreed_on, plan.created_on) if on is not None and _parted(made, on)]
    for dated in (records.contacts.values(), records.activities, records.scores):
        for fact in dated:
            began = received.get(fact.referral_id or "")
            if began is not None and _parted(fact.on, began):
                yield began


def _parted(first: date, last: date) -> bool:
    """Whether a month ends on or after the first day and before the last."""
    return first < last and first <= _month_before(last)


def _month_before(day: date) -> date:
    """The last day of the month before the one of this day."""
    return day.replace(day=1) - timedelta(1)
