"""What an event did, in one sentence each: the API's answer and the command line's."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from services.waits.rules.definition import Definition
from services.waits.rules.effects import Effect, Known, What, copy_of, effects
from services.waits.rules.reasons import Reason
from services.waits.rules.reference import Reference
from services.waits.store.effects import Sent, sent
from services.waits.web.words import COMPONENTS, KINDS
from shared.clock import london_date
from shared.runtime.database import Pool
from shared.versions import rank
from shared.web.formats import day


class EventName(BaseModel):
    """What names an event."""

    source: str
    id: str


class EffectTold(BaseModel):
    """One effect. What does not belong to its kind is null."""

    effect: What
    sentence: str = Field(description="the same in plain words")
    spell_id: str | None = None
    on: date | None = Field(None, description="the London day concerned")
    day: int | None = Field(None, description="that day, counted from the clock start")
    component: str | None = None
    reason: Reason | None = Field(None, description="of no-effect: why it counted for nothing")
    referral_id: str | None = None
    by: EventName | None = Field(None, description="the event that superseded, voided or moved this one")


class EventEffects(BaseModel):
    """What one event did. The same event may have several effects, on several spells."""

    source: str
    id: str
    type: str
    provider: str
    kind: str
    record_id: str
    received: datetime
    effects: list[EffectTold]


class Effects(BaseModel):
    """What the events of one id did, from all that had been received by `as_of`; several when sources share an id."""

    as_of: datetime
    definition: str
    events: list[EventEffects]


async def effects_of(
    pool: Pool,
    reference: Reference,
    definition: Definition,
    providers: frozenset[str],
    event_id: str,
    now: datetime,
    known_at: datetime | None = None,
) -> Effects | None:
    """None when none of `providers` sent an event of this id that was accepted. `known_at`: what could be said at that instant."""
    found = await sent(pool, event_id, providers, known_at)
    if not found:
        return None
    as_of = known_at or now
    return Effects(
        as_of=as_of,
        definition=definition.id,
        events=[_told(one, _effects(one, reference, definition, london_date(as_of), known_at)) for one in found],
    )


def _told(one: Sent, did: list[Effect]) -> EventEffects:
    return EventEffects(
        source=one.known.name.source,
        id=one.known.name.id,
        type=one.type,
        provider=one.provider,
        kind=one.known.kind,
        record_id=one.known.record_id,
        received=one.received,
        effects=[_effect(effect, one.known) for effect in did],
    )


def _effects(one: Sent, reference: Reference, definition: Definition, at: date, known_at: datetime | None) -> list[Effect]:
    """Of an event that came later, that it was not known."""
    if known_at is not None and one.received > known_at:
        return [Effect(What.NO_EFFECT, reason=Reason.RECEIVED_AFTER)]
    return _followed(one, reference, definition, at)


def _followed(one: Sent, reference: Reference, definition: Definition, at: date) -> list[Effect]:
    """The effects where the event's record was, and after each move where it went. A version that stayed is no move."""
    told: list[Effect] = []
    left = dict(one.persons)
    person, known = next(iter(left)), one.known
    while True:
        did = effects(one.provider, known, left[person], reference, definition, at, one.elsewhere.get(person, {}))
        if did[0].what is not What.MOVED:
            return told + did
        copy = copy_of(known, left[person])
        if copy is None or rank(copy.version) <= rank(known.version):
            told += did
            del left[person]
            person = did[0].moved_to or ""
            copy = copy_of(one.known, left.get(person, []))
        if copy is None:
            return told
        known = copy


def _effect(effect: Effect, known: Known) -> EffectTold:
    return EffectTold(
        effect=effect.what,
        sentence=sentence(effect, known),
        spell_id=effect.spell_id,
        on=effect.on,
        day=effect.day,
        component=effect.component,
        reason=effect.reason,
        referral_id=effect.referral_id,
        by=EventName(source=effect.by.source, id=effect.by.id) if effect.by else None,
    )


SENTENCES = {
    What.CLOCK_STARTED: "started the clock on {on}",
    What.SAME_CLOCK: "started no new clock: it belongs to the spell that began on {on}",
    What.SPELL_ENDED: "ended the spell on {on}",
    What.COMPONENT_MET: "met: {component} on {on}",
    What.CLOCK_STOPPED: "stopped the clock at day {day}",
    What.REFERRAL_TAKEN_OUT: "took referral {referral_id} out of the clock: a hospital stay is attached to it",
    What.JOINED: "joined two local ids: the records of both belong to one person, and its clocks follow",
    What.READ: "read with this person's clocks; starts and stops none by itself",
    What.NO_EFFECT: "no effect: {reason}",
    What.NOT_READ: "no effect: no clock reads {kind} records",
    What.SUPERSEDED: "superseded by a later version: event {by}",
    What.DUPLICATE: "duplicate: event {by} says the same and stands instead",
    What.VOIDED: "voided by event {by}",
    What.TOOK_BACK: "took back what was said of {kind} {record_id}",
    What.MOVED: "moved to another person by {cause}: event {by}",
}
REASONS = {Reason.REFERRAL_NOT_KNOWN: "its referral is not known yet", Reason.CONTACT_NOT_KNOWN: "its contact is not known yet"}
"""Reasons that read better in a sentence of their own."""
CAUSES = {"merge": "merge", "un-merge": "un-merge", "moved": "a later version that names the other"}
"""Why a record moves to another person, by the kind of the cause."""


def sentence(effect: Effect, known: Known) -> str:
    """One effect of an event in plain words."""
    return SENTENCES[effect.what].format(
        on=day(effect.on),
        day=effect.day,
        component=COMPONENTS.get(effect.component or ""),
        referral_id=effect.referral_id,
        reason=REASONS.get(effect.reason, effect.reason) if effect.reason else None,
        kind=KINDS.get(known.kind, known.kind),
        record_id=known.record_id,
        by=effect.by.id if effect.by else None,
        cause=CAUSES.get(effect.cause.kind, effect.cause.kind) if effect.cause else None,
    )
