"""The day on which a referral's clock starts: one rule for each name that a definition may give."""

from collections.abc import Callable, Iterator
from datetime import date

from services.waits.rules.facts import Contact, Records, Referral
from services.waits.rules.terms import Terms


def door(records: Records, terms: Terms) -> Iterator[date]:
    """The days of direct contacts without a referral: somebody came to an open door."""
    for contact in records.contacts.values():
        if contact.referral_id is None and contact.on <= terms.at and _took_place(contact, terms):
            yield contact.on


def _help_sought(referral: Referral, records: Records, terms: Terms) -> date:
    """The day help was sought, else that of the receipt or of an earlier direct contact on the referral."""
    if referral.help_sought_on is not None:
        return referral.help_sought_on
    contacts = [contact for contact in records.contacts.values() if contact.referral_id == referral.id]
    return min([referral.received_on, *(contact.on for contact in contacts if _took_place(contact, terms))])


def _took_place(contact: Contact, terms: Terms) -> bool:
    return contact.attendance in terms.definition.attended and contact.medium in terms.definition.media


STARTS: dict[str, Callable[[Referral, Records, Terms], date]] = {
    "referral-received": lambda referral, _records, _terms: referral.received_on,
    "decided-on": lambda referral, _records, _terms: referral.decided_on or referral.received_on,
    "help-sought": _help_sought,
}
