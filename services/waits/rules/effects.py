"""What did this event do? Its version of a record stands and moved a clock, stands without effect, or stands no longer.

A pure function of all versions received of one person at one provider, reference data, a definition and a date.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from services.waits.rules.clock import Clock
from services.waits.rules.definition import Definition
from services.waits.rules.explain import Explanation, explain
from services.waits.rules.facts import READ, Stay, facts
from services.waits.rules.reasons import Reason
from services.waits.rules.reference import Reference
from services.waits.rules.spells import LeftOut, Spell, spells
from services.waits.rules.succession import inherited
from services.waits.rules.terms import Terms
from shared.versions import EVIDENCE, MOVED, Document, Version, fold, rank


class What(StrEnum):
    """Everything that an accepted event can do; a closed list."""

    CLOCK_STARTED = "clock-started"
    SAME_CLOCK = "same-clock"
    SPELL_ENDED = "spell-ended"
    COMPONENT_MET = "component-met"
    CLOCK_STOPPED = "clock-stopped"
    REFERRAL_TAKEN_OUT = "referral-taken-out"
    JOINED = "joined"
    READ = "read"
    NO_EFFECT = "no-effect"
    NOT_READ = "not-read"
    SUPERSEDED = "superseded"
    DUPLICATE = "duplicate"
    VOIDED = "voided"
    TOOK_BACK = "took-back"
    MOVED = "moved"


BY_KIND = {"merge": What.JOINED, "person": What.READ}
"""Kinds of record whose versions have one effect as long as they stand."""
NOTHING: Mapping[str, list[Version]] = MappingProxyType({})


class Name(NamedTuple):
    """What names an event."""

    source: str
    id: str


class Cause(NamedTuple):
    """Why we made an event ourselves: the kind of reason, and the event that gave it."""

    kind: str
    event: Name


class Known(NamedTuple):
    """One version of a record, as the ledger keeps it; `cause` of those that we made, `moved_to` of a record that left."""

    kind: str
    record_id: str
    version: Version
    cause: Cause | None = None
    moved_to: str | None = None

    @property
    def name(self) -> Name:
        return Name(self.version[2], self.version[3])


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect, with what belongs to its kind: the spell, the London day, the day of its clock, the event that did it."""

    what: What
    spell_id: str | None = None
    on: date | None = None
    day: int | None = None
    component: str | None = None
    reason: Reason | None = None
    referral_id: str | None = None
    cause: Cause | None = None
    by: Name | None = None
    moved_to: str | None = None


def fate(one: Known, versions: Sequence[Known]) -> Effect | None:
    """What became of a version among those of its record under one person; None while it stands."""
    later = sorted((other for other in versions if rank(other.version) > rank(one.version)), key=lambda other: rank(other.version))
    if not one.version[4]:
        return Effect(What.SUPERSEDED, by=later[-1].name) if later and one.kind not in EVIDENCE else None
    moves = [other for other in versions if other.version[4] is MOVED and other.version[1] > one.version[1]]
    if moves:
        first = min(moves, key=lambda other: other.version[1])
        return Effect(What.MOVED, cause=first.cause, by=first.cause.event if first.cause else None, moved_to=first.moved_to)
    void = next((other for other in later if other.version[4] is None), None)
    if void is not None:
        return Effect(What.VOIDED, by=void.name)
    if one.kind in EVIDENCE:  # every version is evidence; of one recorded instant the last alone
        later = [other for other in later if other.version[0] == one.version[0]]
    if not later:
        return None
    return Effect(What.DUPLICATE if later[-1].version[4] == one.version[4] else What.SUPERSEDED, by=later[-1].name)


def superseded(versions: Sequence[Known]) -> Iterator[tuple[Known, Effect]]:
    """Each version that a later one of its record, not a void, replaced."""
    records: dict[tuple[str, str], list[Known]] = {}
    for one in versions:
        records.setdefault((one.kind, one.record_id), []).append(one)
    for record in records.values():
        for one in record if len(record) > 1 else ():
            found = fate(one, record)
            if found and one.version[4] and found.what in {What.SUPERSEDED, What.DUPLICATE}:
                yield one, found


def effects(
    provider: str,
    one: Known,
    versions: Sequence[Known],
    reference: Reference,
    definition: Definition,
    at: date,
    elsewhere: Mapping[str, list[Version]] = NOTHING,
) -> list[Effect]:
    """What `one` did to the clocks as at the end of the London day `at`; at least one effect.

    `versions`: all of its person at its provider, `one` among them. `elsewhere`: the document of the person at other providers, for
    definitions whose clocks look there.
    """
    own = [other for other in versions if (other.kind, other.record_id) == (one.kind, one.record_id)]
    gone = fate(one, own)
    if gone is not None:
        return [gone]
    if not one.version[4]:
        return [Effect(What.TOOK_BACK)]
    if one.kind in BY_KIND:
        return [Effect(BY_KIND[one.kind])]
    if one.kind not in READ or not _looks_at(one.kind, definition):
        return [Effect(What.NOT_READ)]
    document: Document = {}
    for other in versions:
        fold(document, other.kind, provider, other.record_id, other.version)
    terms = Terms(definition, reference, at)
    pathway = inherited(facts({**elsewhere, **document}), terms)
    found, left_out = spells(pathway, terms)
    places = [place for place in (provider, *(one.successor for one in reference.line(provider))) if place in pathway]
    if one.kind == "referral":
        return _referral([(place, one.record_id) for place in places], found, left_out)
    if one.kind == "stay":
        place, stay = next((place, stay) for place in places for stay in pathway[place].stays if stay.id == one.record_id)
        known = {referral.id for referral in pathway[place].referrals}
        return [_stay(stay, known, left_out.get((place, stay.referral_id or "")), at)]
    explained = [explain(pathway, reference, definition, at, spell.id) for spell in found if not set(places).isdisjoint(spell.providers)]
    met = [effect for told in explained if told.clock for effect in _met(told.clock, one.name, definition)]
    return met or [_uncounted(one.name, explained or [explain(pathway, reference, definition, at, f"{provider}:")])]


def _looks_at(kind: str, definition: Definition) -> bool:
    if kind == "pause":
        return definition.pauses is not None
    return kind != "assignment" or "care-coordinator" in definition.asked


def _referral(names: Sequence[tuple[str, str]], found: Sequence[Spell], left_out: LeftOut) -> list[Effect]:
    """It starts a clock or belongs to one, and the last of a spell to end ends it. `names`: its provider and id, and its successors'."""
    own = [(spell, member) for spell in found for member in spell.members if (member.provider, member.referral.id) in names]
    if not own:
        return [Effect(What.NO_EFFECT, reason=next(left_out[name] for name in names if name in left_out))]
    spell, member = own[0]
    what = What.CLOCK_STARTED if spell.members[0] == member else What.SAME_CLOCK
    told = [Effect(what, spell.id, spell.start)]
    end = member.end
    if end is not None and end == spell.end:
        told.append(Effect(What.SPELL_ENDED, spell.id, end, (end - spell.start).days))
    return told


def copy_of(one: Known, versions: Sequence[Known]) -> Known | None:
    """The version that we made to repeat `one`, after a move; the newest, None when there is none."""
    same = (one.kind, one.record_id, one.version[0], one.version[4])
    copies = [other for other in versions if other.cause and (other.kind, other.record_id, other.version[0], other.version[4]) == same]
    return max(copies, key=lambda other: rank(other.version), default=None)


def _met(clock: Clock, name: Name, definition: Definition) -> Iterator[Effect]:
    """The components that this event met, and whether the last of them stopped the clock."""
    stopped = False
    for component, met in clock.components.items():
        if component in definition.asked and (met.source, met.event_id) == name:
            yield Effect(What.COMPONENT_MET, clock.spell_id, met.on, (met.on - clock.start).days, component)
            waived = component == "assessment" and clock.assessment_waived
            stopped |= component in definition.stop.components and not waived and met.on == clock.stop
    if stopped:
        yield Effect(What.CLOCK_STOPPED, clock.spell_id, clock.stop, clock.wait_days)


def _uncounted(name: Name, explained: Sequence[Explanation]) -> Effect:
    """Why it counted for no spell: to be outside one is no news where another knows more. READ: it counted, and met nothing itself."""
    reasons = [
        Effect(What.NO_EFFECT, told.clock.spell_id if told.clock else None, event.on, reason=event.reason)
        for told in explained
        for event in told.uncounted
        if (event.source, event.event_id) == name
    ]
    telling = [effect for effect in reasons if effect.reason is not Reason.OUTSIDE_SPELL]
    return next(iter([*telling, *reasons]), Effect(What.READ))


def _stay(stay: Stay, known: set[str], reason: Reason | None, at: date) -> Effect:
    """W6: it takes the referral that it hangs on out, unless something else did so before."""
    if stay.referral_id is None:
        return Effect(What.READ)
    if stay.referral_id not in known:
        return Effect(What.NO_EFFECT, reason=Reason.REFERRAL_NOT_KNOWN)
    if stay.admitted_on > at:
        return Effect(What.NO_EFFECT, on=stay.admitted_on, reason=Reason.AFTER_AT)
    if reason is Reason.STAY_OUT_OF_SCOPE:
        return Effect(What.REFERRAL_TAKEN_OUT, on=stay.admitted_on, referral_id=stay.referral_id)
    return Effect(What.NO_EFFECT, on=stay.admitted_on, reason=reason)
