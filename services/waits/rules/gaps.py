"""What is wanting in a person's records: events whose referral is not known, codes that were left out. Clocks cannot count on these."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from services.waits.rules.facts import Activity, Contact, Pathway, Person, Records, Referral, Score
from services.waits.rules.terms import Terms

NOT_KNOWN = "99"
"""The ethnic category of someone who was not asked."""


class Gap(NamedTuple):
    """`what` is wanting in one record; `on`: the day of which the record tells, None where it tells of none."""

    provider: str
    what: str
    kind: str
    record_id: str
    on: date | None

    def __str__(self) -> str:
        return "|".join((*self[:4], self.on.isoformat() if self.on else ""))


def gaps(pathway: Pathway, terms: Terms) -> list[Gap]:
    """In one order. What a person's record lacks counts while a referral of theirs is open at the end of `terms.at`."""
    found = [Gap(provider, *wanting) for provider, records in pathway.items() for wanting in _wanting(records, terms)]
    return sorted(found, key=str)


_Wanting = tuple[str, str, str, date | None]


def _wanting(records: Records, terms: Terms) -> Iterator[_Wanting]:
    for contact in records.contacts.values():
        if contact.medium is None and contact.attendance in terms.definition.attended:
            yield "no-medium", contact.kind, contact.id, contact.on
    for referral in records.referrals:
        if not all(terms.reference.knows_team_type(team.team_type) for team in referral.teams):
            yield "no-team-type", referral.kind, referral.id, referral.received_on
    if any(_open(referral, terms.at) for referral in records.referrals):
        for what in _unsaid(records.persons[-1] if records.persons else None):
            yield what, "person", "", None
    yield from _without_parent(records)


def _without_parent(records: Records) -> Iterator[_Wanting]:
    """Events on a referral, or in a contact, that is not known; without a referral on purpose is direct access."""
    referrals = {referral.id for referral in records.referrals}
    acts: list[Activity | Score] = [*records.activities, *records.scores]
    events: list[Contact | Activity | Score] = [*records.contacts.values(), *acts]
    for event in events:
        if event.referral_id is not None and event.referral_id not in referrals:
            yield "no-referral", event.kind, event.id, event.on
    for stay in records.stays:
        if stay.referral_id is not None and stay.referral_id not in referrals:
            yield "no-referral", stay.kind, stay.id, stay.admitted_on
    for act in acts:
        if act.contact_id is not None and act.contact_id not in records.contacts:
            yield "no-contact", act.kind, act.id, act.on


def _open(referral: Referral, at: date) -> bool:
    ends = (referral.discharged_on, referral.rejected_on, referral.closed_on, referral.not_submitted_after)
    return referral.received_on <= at and not any(end is not None and end <= at for end in ends)


def _unsaid(person: Person | None) -> Iterator[str]:
    if person is None or person.birth_date is None:
        yield "no-birth-date"
    if person is None or person.ethnicity in {None, NOT_KNOWN}:
        yield "no-ethnicity"
    if person is None or person.district is None:
        yield "no-area"
    if person is None or person.practice is None:
        yield "no-practice"
