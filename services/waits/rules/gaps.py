"""What is wanting in a person's records: events whose referral is not known, codes that were left out. Clocks cannot count on these.

A gap is `<provider>|<what>|<kind>|<record id>|<day of which the record tells, or nothing>`. This runs whenever a person's clocks do:
plain loops, and no object unless something is wanting.
"""

from collections.abc import Callable
from datetime import date

from services.waits.rules.facts import Activity, Pathway, Person, Records, Referral, Score
from services.waits.rules.terms import Terms

NOT_KNOWN = "99"
"""The ethnic category of someone who was not asked."""

_Wants = Callable[[str, str, str, date | None], None]


def gaps(pathway: Pathway, terms: Terms) -> list[str]:
    """In one order. What a person's record lacks counts while a referral of theirs is open at the end of `terms.at`."""
    found: list[str] = []
    for provider, records in pathway.items():

        def wants(what: str, kind: str, record_id: str, on: date | None, provider: str = provider) -> None:
            found.append("|".join((provider, what, kind, record_id, on.isoformat() if on else "")))

        _parents(records, wants)
        _codes(records, terms, wants)
    return sorted(found)


def _parents(records: Records, wants: _Wants) -> None:
    """Events on a referral, or in a contact, that is not known; without a referral on purpose is direct access."""
    referrals = {referral.id for referral in records.referrals}
    referrals_or_none = {*referrals, None}
    for contact in records.contacts.values():
        if contact.referral_id not in referrals_or_none:
            wants("no-referral", contact.kind, contact.id, contact.on)
    acts: list[Activity | Score] = [*records.activities, *records.scores]
    for act in acts:
        if act.referral_id not in referrals:
            wants("no-referral", act.kind, act.id, act.on)
        if act.contact_id is not None and act.contact_id not in records.contacts:
            wants("no-contact", act.kind, act.id, act.on)
    for stay in records.stays:
        if stay.referral_id not in referrals_or_none:
            wants("no-referral", stay.kind, stay.id, stay.admitted_on)


def _codes(records: Records, terms: Terms, wants: _Wants) -> None:
    for contact in records.contacts.values():
        if contact.medium is None and contact.attendance in terms.definition.attended:
            wants("no-medium", contact.kind, contact.id, contact.on)
    known = terms.reference.team_types
    any_open = False
    for referral in records.referrals:
        any_open = any_open or _open(referral, terms.at)
        if known and any(team.team_type not in known for team in referral.teams):
            wants("no-team-type", referral.kind, referral.id, referral.received_on)
    if any_open:
        _unsaid(records.persons[-1] if records.persons else None, wants)


def _open(referral: Referral, at: date) -> bool:
    if referral.received_on > at:
        return False
    ends = (referral.discharged_on, referral.rejected_on, referral.closed_on, referral.not_submitted_after)
    return all(end is None or end > at for end in ends)


def _unsaid(person: Person | None, wants: _Wants) -> None:
    if person is None or person.birth_date is None:
        wants("no-birth-date", "person", "", None)
    if person is None or person.ethnicity in {None, NOT_KNOWN}:
        wants("no-ethnicity", "person", "", None)
    if person is None or person.district is None:
        wants("no-area", "person", "", None)
    if person is None or person.practice is None:
        wants("no-practice", "person", "", None)
