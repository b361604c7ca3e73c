"""A provider that another one succeeds: what runs on goes on at the successor, as one record of the person (docs/adr/0010)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, TypeVar

from services.waits.rules.facts import Pathway, Records
from services.waits.rules.reference import Succession
from services.waits.rules.spells import spells
from services.waits.rules.terms import Terms

_T = TypeVar("_T")


def inherited(pathway: Pathway, terms: Terms) -> Pathway:
    """The pathway as at the end of `at`: with each successor what it took over from providers that are no more."""
    successions = terms.reference.successions
    if successions.keys().isdisjoint(pathway):
        return pathway
    left = set(pathway)
    while due := [one for provider in left if (one := successions.get(provider)) and one.first_day <= terms.at]:
        first = min(due, key=lambda one: (one.first_day, one.predecessor))
        left.remove(first.predecessor)
        left.add(first.successor)
        pathway = _handed_over(pathway, first, terms)
    return pathway


def _handed_over(pathway: Pathway, succession: Succession, terms: Terms) -> Pathway:
    old, new = pathway[succession.predecessor], pathway.get(succession.successor, Records())
    going = _going(old, new, succession, terms)
    if not going:
        return pathway
    stays, goes = _parted(old, going)
    if terms.definition.unit != "person":  # plans and persons belong to the person, who may have spells at both
        goes.plans, goes.persons = old.plans, old.persons
    return {**pathway, succession.predecessor: stays, succession.successor: _joined(goes, new)}


def _going(old: Records, new: Records, succession: Succession, terms: Terms) -> set[str]:
    """The referrals of those spells of the predecessor that were open on the successor's first day, that a referral of the successor
    follows within the merge gap, or that the successor sends on under an id they had."""  # fmt: skip
    definition, first_day = terms.definition, succession.first_day
    sent_on = {referral.id for referral in new.referrals}
    starts = [member.start for spell in spells({succession.successor: new}, terms)[0] for member in spell.members]
    gap = timedelta(definition.merge_gap_days) if definition.unit != "referral" else timedelta(-1)
    going: set[str] = set()
    for spell in spells({succession.predecessor: old}, terms)[0]:
        follows = spell.end is not None and any(first_day <= start <= spell.end + gap for start in starts)
        if spell.end is None or spell.end >= first_day or follows or not sent_on.isdisjoint(spell.referral_ids):
            going.update(spell.referral_ids)
    return going


def _parted(old: Records, going: set[str]) -> tuple[Records, Records]:
    """What stays, and what goes with these referrals; a contact in which something of theirs was done is known at both."""
    seen_in = {fact.contact_id for facts in (old.activities, old.scores) for fact in facts if fact.referral_id in going}
    stays = Records(plans=old.plans, persons=old.persons, assignments=old.assignments, voided=old.voided)
    goes = Records()
    for referral in old.referrals:
        (goes if referral.id in going else stays).referrals.append(referral)
    for name in ("stays", "activities", "scores", "pauses"):
        for fact in getattr(old, name):
            getattr(goes if fact.referral_id in going else stays, name).append(fact)
    for contact_id, contact in old.contacts.items():
        (goes if contact.referral_id in going else stays).contacts[contact_id] = contact
        if contact_id in seen_in:
            goes.contacts[contact_id] = contact
    return stays, goes


def _joined(goes: Records, new: Records) -> Records:
    """One record of the person: of a referral, contact or activity that both tell of under one id, what the successor says stands."""
    return Records(
        referrals=_over(goes.referrals, new.referrals),
        stays=_over(goes.stays, new.stays),
        contacts={**goes.contacts, **new.contacts},
        activities=_over(goes.activities, new.activities),
        scores=_over(goes.scores, new.scores),
        plans=[*goes.plans, *new.plans],
        persons=sorted([*goes.persons, *new.persons], key=lambda person: person.recorded_on),
        assignments=new.assignments,
        pauses=_over(goes.pauses, new.pauses),
        voided=new.voided,
    )


def _over(old: Iterable[_T], new: list[_T]) -> list[_T]:
    said = {_named(fact) for fact in new}
    return [fact for fact in old if _named(fact) not in said] + new


def _named(fact: Any) -> tuple[str, str]:
    return fact.kind, fact.id
