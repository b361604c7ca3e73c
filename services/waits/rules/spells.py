"""How the referrals that a definition looks at merge into spells (W8, W9, W26)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from services.waits.rules.facts import Pathway, Person
from services.waits.rules.reasons import Reason
from services.waits.rules.scope import InScope, in_scope, last
from services.waits.rules.starts import door
from services.waits.rules.terms import Terms


class Door(NamedTuple):
    """A contact without a referral: a spell that follows closely starts with it."""

    provider: str
    start: date
    end: date


class Spell(NamedTuple):
    """One person's in-scope referrals that overlap or follow closely, by received date, then id."""

    provider: str  # of the first referral
    providers: tuple[str, ...]  # all of them, sorted
    members: tuple[InScope, ...]
    referral_ids: tuple[str, ...]
    start: date
    end: date | None
    closed: bool

    @property
    def id(self) -> str:
        return f"{self.provider}:{self.referral_ids[0]}"

    def at(self, provider: str) -> "Spell":
        """The same spell with the referrals of one of its providers: ids are unique within a provider."""
        ids = tuple([member.referral.id for member in self.members if member.provider == provider])
        return self._replace(provider=provider, referral_ids=ids)


LeftOut = dict[tuple[str, str], Reason]
"""Why a referral (provider, id) is in no spell."""


def spells(pathway: Pathway, terms: Terms) -> tuple[list[Spell], LeftOut]:
    """The spells that had started by the end of `at`, by provider and start, and the reason of each referral in none of them."""
    left_out: LeftOut = {}
    found: list[Spell] = []
    for providers in _UNITS[terms.definition.unit](pathway):
        for group in _groups(providers, pathway, terms, left_out):
            spell = _spell(group)
            if spell.start < terms.definition.oldest_start:  # W26: the whole spell, whatever of it is younger
                left_out.update({(member.provider, member.referral.id): Reason.STARTED_TOO_EARLY for member in spell.members})
            else:
                found.append(spell)
    return found, left_out


_UNITS: dict[str, Callable[[Pathway], list[list[str]]]] = {
    "provider": lambda pathway: [[provider] for provider in sorted(pathway)],
    "referral": lambda pathway: [[provider] for provider in sorted(pathway)],
    "person": lambda pathway: [sorted(pathway)],
}
"""The providers whose referrals of one person may make one spell."""


def persons_at(providers: Sequence[str], pathway: Pathway) -> list[Person]:
    """The versions of the person's record in order of recording; of several providers, each knows what those before it said."""
    if len(providers) == 1:
        return pathway[providers[0]].persons
    told = [(person.recorded_on, provider, person) for provider in providers for person in pathway[provider].persons]
    known: list[Person] = []
    for *_, person in sorted(told, key=lambda one: one[:2]):
        known.append(_filled(person, known[-1]) if known else person)
    return known


def _filled(person: Person, before: Person) -> Person:
    silent = [name for name in ("birth_date", "death_date", "district", "ethnicity", "practice") if getattr(person, name) is None]
    return replace(person, **{name: getattr(before, name) for name in silent})


def _groups(providers: list[str], pathway: Pathway, terms: Terms, left_out: LeftOut) -> list[list[InScope | Door]]:
    """Referrals, and contacts that open a door, that belong together; each group holds a referral."""
    definition = terms.definition
    persons = persons_at(providers, pathway)
    pieces: list[InScope | Door] = []
    for provider in providers:
        for referral in pathway[provider].referrals:
            member = in_scope(provider, referral, pathway[provider], persons, terms)
            if isinstance(member, Reason):
                left_out[provider, referral.id] = member
            else:
                pieces.append(member)
    if definition.unit == "referral":
        return [[piece] for piece in sorted(pieces, key=_by_start)]
    if definition.start == "help-sought" and definition.direct_access and pieces:
        pieces += [Door(provider, on, on) for provider in providers for on in door(pathway[provider], terms)]
    if len(pieces) > 1:
        pieces.sort(key=_by_start)
    return [group for group in _merged(pieces, definition.merge_gap_days) if any(isinstance(piece, InScope) for piece in group)]


def _by_start(piece: InScope | Door) -> tuple[date, str, str]:
    return piece.start, piece.provider, piece.referral.id if isinstance(piece, InScope) else ""


def _merged(pieces: Iterable[InScope | Door], gap_days: int) -> list[list[InScope | Door]]:
    """W8: overlapping, or at most so many days after the furthest end so far."""
    groups: list[list[InScope | Door]] = []
    furthest: date | None = None  # the furthest end of the last group; None = open, which every later one joins
    gap = timedelta(gap_days)
    for piece in pieces:
        if groups and (furthest is None or piece.start <= furthest + gap):
            groups[-1].append(piece)
            furthest = last((furthest, piece.end))
        else:
            groups.append([piece])
            furthest = piece.end
    return groups


def _spell(group: list[InScope | Door]) -> Spell:
    members = [piece for piece in group if isinstance(piece, InScope)]
    if len(members) > 1:
        members.sort(key=lambda member: (member.referral.received_on, member.referral.id, member.provider))
    first = members[0]
    providers = (first.provider,) if len(group) == 1 else tuple(sorted({piece.provider for piece in group}))
    end = last([member.end for member in members])
    closed = end is not None and any(member.closed for member in members if member.end == end)
    ids = tuple([member.referral.id for member in members])
    return Spell(first.provider, providers, tuple(members), ids, min([piece.start for piece in group]), end, closed)
