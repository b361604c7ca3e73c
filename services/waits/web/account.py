"""The whole account of one spell under one definition, as data: what page, API and command line say of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, Self

from pydantic import BaseModel, Field

from services.waits.rules import explain as rules
from services.waits.rules.beside import Beside, beside, clocks_holding, left_out
from services.waits.rules.clock import Clock
from services.waits.rules.components import Met as MetBy
from services.waits.rules.definition import Definition
from services.waits.rules.differences import Answer, differences, settings
from services.waits.rules.effects import Known, superseded
from services.waits.rules.facts import Pathway, facts
from services.waits.rules.history import Change, Moment, history
from services.waits.rules.reasons import Reason
from services.waits.rules.reference import Reference
from services.waits.rules.verdicts import Uncounted as NotCounted
from services.waits.web.telling import changed, hidden, standing, waited
from services.waits.web.words import EVIDENCE, ODDITIES
from shared.versions import Document, Said

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SHOWN = frozenset().union(*EVIDENCE.values(), {"referral"})
"""Kinds of record whose events count, or not, for a spell."""
NO_ATTEMPT = frozenset({Reason.ALREADY_MET, Reason.NOT_ASKED_FOR, Reason.RECEIVED_AFTER})
"""Reasons of events that counted for another component, or might have; what came after the instant asked about was no attempt then."""
Name = tuple[str, str]
"""Source and id of an event."""


class Told(BaseModel):
    """What one definition makes of the referrals: a clock, or the reason why there is none."""

    definition: str
    definition_version: int
    title: str
    target_days: int
    standing: str = Field(description="how the clock stands, in one sentence")
    reason: Reason | None = Field(None, description="why there is no clock")
    spell_id: str | None = Field(None, description="null: no clock, or a spell at providers that you do not see")
    referral_ids: list[str] = []
    start: date | None = None
    end: date | None = None
    stop: date | None = None
    days: int | None = Field(None, description="waited until it stopped, ended, or today; paused days do not count")
    paused_days: int = 0
    breach_on: date | None = Field(None, description="the first day past the target")
    within_target: bool | None = Field(None, description="when stopped")
    missing: list[str] = Field([], description="components that the clock still waits for")
    oddities: list[str] = Field([], description="of the published code: those that explain the difference from the answer asked for")


class Met(BaseModel):
    on: date
    day: int = Field(description="days since the clock start")
    source: str | None = Field(description="null: an event of a provider that you do not see")
    event_id: str | None


class Uncounted(BaseModel):
    kind: str
    record_id: str
    source: str
    event_id: str
    on: date | None
    reason: Reason


class Unmet(BaseModel):
    component: str
    attempts: list[Uncounted] = Field(description="what came that could have met it, and did not count")


class InternalWait(BaseModel):
    since: str
    until: str
    days: int


class PausedTold(BaseModel):
    since: date
    until: date
    why: str
    source: str
    event_id: str


class ChangeTold(BaseModel):
    what: Change
    component: str | None
    on: date | None
    was: date | None


class MomentTold(BaseModel):
    """A version of a record came, or (`received` null) a day began on which time alone changed the answer."""

    on: date = Field(description="the London day")
    received: datetime | None = None
    recorded: datetime | None = None
    kind: str | None = None
    record_id: str | None = None
    source: str | None = None
    event_id: str | None = None
    voided: bool = False
    sentence: str
    changes: list[ChangeTold]


class Account(BaseModel):
    """One spell under one definition: why its clock stopped, or still runs, and how that came to be known."""

    as_at: date
    clock: Told
    components: dict[str, Met | None] = Field(description="those the definition asks for; null: not met")
    unmet: list[Unmet]
    uncounted: list[Uncounted] = Field(description="each event at the spell's providers that did not count, and why")
    pauses: list[PausedTold] = Field(description="times in which the clock stood still; they may overlap")
    milestones: dict[str, date]
    internal_waits: list[InternalWait]
    hidden_wait: InternalWait | None = Field(description="the longest after the first contact")
    hidden: str = Field(description="the same in one sentence")
    history: list[MomentTold] = Field(description="what was known when: each version that came, and what it changed; the last is today's")
    beside: list[Told] = Field(description="the same referrals under every other definition")


class Question(NamedTuple):
    """Under which definition, as at the end of which London day, and which definitions to show beside it."""

    definition: Definition
    at: date
    others: Sequence[Definition] = ()


@dataclass(frozen=True, slots=True)
class Material:
    """What is known of one person: the records that stand, and by provider all versions received. `visible`: providers to tell of.

    `later`: what providers sent after the instant asked about.
    """

    document: Document
    received: Mapping[str, Sequence[Known]]
    visible: frozenset[str]
    later: Mapping[str, Sequence[Known]] = field(default_factory=dict)

    @classmethod
    def parted(
        cls, document: Document, received: Mapping[str, Sequence[Known]], visible: frozenset[str], known_at: datetime | None
    ) -> Self:
        """With what had been received by an instant apart from what providers sent since; None: all of it is known."""
        if known_at is None:
            return cls(document, received, visible)
        until = (known_at - EPOCH) // timedelta(microseconds=1)
        by_then = {provider: [one for one in found if one.version[1] <= until] for provider, found in received.items()}
        later = {provider: [one for one in found if one.version[1] > until and not one.cause] for provider, found in received.items()}
        return cls(document, by_then, visible, later)


def account(material: Material, reference: Reference, question: Question, spell_id: str) -> Account:
    """The account of the spell that holds a referral (`<provider>:<referral id>`), or of why none does."""
    pathway = facts(material.document)
    definition, at = question.definition, question.at
    provider, _, referral_id = spell_id.partition(":")

    def answer(under: Definition) -> Clock | None:
        return next(iter(clocks_holding(pathway, reference, under, at, provider, [referral_id], 1)), None)

    found = answer(definition)
    told = rules.explain(pathway, reference, definition, at, found.spell_id if found else spell_id)
    ids = told.clock.referral_ids if told.clock and provider == told.clock.provider else (referral_id,)
    seen = _seen(pathway, material.visible)
    own = Beside(definition, told.clock, left_out(told, referral_id) if told.clock is None else None)
    uncounted = [
        Uncounted.model_validate(one._asdict())
        for one in (*(one for one in told.uncounted if (one.source, one.event_id) in seen), *_not_standing(material))
    ]
    moments = history(list(_said(material)), reference, definition, at, told.clock.spell_id if told.clock else spell_id)
    return Account(
        as_at=at,
        clock=_told(own, at, material.visible),
        components={name: _met(met, told.clock, seen) if met and told.clock else None for name, met in told.components.items()},
        unmet=[_unmet(name, uncounted) for name in (told.clock.missing if told.clock else ())],
        uncounted=uncounted,
        pauses=[PausedTold.model_validate(one._asdict()) for one in told.pauses],
        milestones=told.milestones,
        internal_waits=[InternalWait.model_validate(wait._asdict()) for wait in told.internal_waits],
        hidden_wait=InternalWait.model_validate(told.hidden_wait._asdict()) if told.hidden_wait else None,
        hidden=hidden(told.hidden_wait),
        history=[_moment(moment, material.visible) for moment in moments if _tells(moment, material.visible)],
        beside=[
            _told(one, at, material.visible).model_copy(update={"oddities": _oddities(own.definition, one.definition, answer)})
            for one in beside(pathway, reference, question.others, at, provider, ids)
        ],
    )


def _oddities(own: Definition, other: Definition, answer: Answer) -> list[str]:
    """Told between the guidance and the published code, which differ in oddities alone."""
    if not ODDITIES.keys() >= set(settings(own, other)):
        return []
    return sorted(ODDITIES[name] for name in differences(own, other, answer))


def _told(one: Beside, at: date, visible: frozenset[str]) -> Told:
    definition, clock = one.definition, one.clock
    names = {"definition": definition.id, "definition_version": definition.version, "title": definition.title}
    whole = clock is None or visible.issuperset(clock.providers)
    told = Told(
        **names, target_days=definition.target_days, reason=one.reason, standing=standing(clock, definition, at, one.reason, why=whole)
    )
    if clock is None:
        return told
    days = {"start": clock.start, "end": clock.end, "stop": clock.stop, "breach_on": clock.breach_on}
    wait = {"days": waited(clock, at), "paused_days": clock.paused_days, "within_target": clock.within_target}
    shown = {"spell_id": clock.spell_id, "referral_ids": list(clock.referral_ids), "missing": list(clock.missing)} if whole else {}
    return told.model_copy(update={**days, **wait, **shown})


def _seen(pathway: Pathway, visible: frozenset[str]) -> set[Name]:
    """The events that may be told of."""
    return {(fact.source, fact.event_id) for provider, records in pathway.items() if provider in visible for fact in records.events()}


def _met(met: MetBy, clock: Clock, seen: set[Name]) -> Met:
    source, event_id = (met.source, met.event_id) if (met.source, met.event_id) in seen else (None, None)
    return Met(on=met.on, day=(met.on - clock.start).days, source=source, event_id=event_id)


def _unmet(component: str, uncounted: Iterable[Uncounted]) -> Unmet:
    kinds = EVIDENCE[component]
    return Unmet(component=component, attempts=[one for one in uncounted if one.kind in kinds and one.reason not in NO_ATTEMPT])


def _not_standing(material: Material) -> Iterator[NotCounted]:
    """Versions that a later one replaced, and those that came after the instant asked about."""
    for provider in sorted(material.visible & material.received.keys()):
        older = [one for one, _ in superseded(material.received[provider])]
        for found, reason in ((older, Reason.SUPERSEDED), (material.later.get(provider, ()), Reason.RECEIVED_AFTER)):
            yield from sorted(NotCounted(one.kind, one.record_id, *one.name, None, reason) for one in found if one.kind in SHOWN)


def _said(material: Material) -> Iterator[Said]:
    for provider, versions in material.received.items():
        for one in versions:
            yield one.kind, provider, one.record_id, one.version


def _tells(moment: Moment, visible: frozenset[str]) -> bool:
    """What comes at a provider that the reader does not see is told of only where it changed the answer."""
    return bool(moment.changes) or moment.said is None or moment.said[1] in visible


def _moment(moment: Moment, visible: frozenset[str]) -> MomentTold:
    changes = [ChangeTold.model_validate(one._asdict()) for one in moment.changes]
    told = MomentTold(on=moment.on, sentence=changed(moment.changes), changes=changes)
    if moment.said is None or moment.said[1] not in visible:
        return told
    kind, _, record_id, (recorded, received, source, event_id, data) = moment.said
    instants = {name: EPOCH + timedelta(microseconds=value) for name, value in (("received", received), ("recorded", recorded))}
    event = {"kind": kind, "record_id": record_id, "source": source, "event_id": event_id, "voided": not data}
    return told.model_copy(update={**instants, **event})
