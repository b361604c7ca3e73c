"""What was known when: how the answer of one spell's clock changed with each version that came, and with time in between.

A pure function of all versions received, reference data, a definition and a date. Each answer is the one of that moment: from what had
been received by then, as at the end of that London day, though never of a day after the one asked for.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from services.waits.rules.beside import clocks_holding
from services.waits.rules.clock import Clock
from services.waits.rules.definition import Definition
from services.waits.rules.facts import READ, Parsed, Pathway, facts
from services.waits.rules.next_change import next_change
from services.waits.rules.reference import Reference
from services.waits.rules.spells import spells
from services.waits.rules.succession import inherited
from services.waits.rules.terms import Terms
from shared.versions import Document, Said, fold, london_day


class Change(StrEnum):
    """Everything that can happen to an answer; a closed list."""

    STARTED = "started"
    WITHDRAWN = "withdrawn"
    START_MOVED = "start moved"
    COMPONENT_MET = "component met"
    COMPONENT_MOVED = "component moved"
    COMPONENT_LOST = "component no longer met"
    STOPPED = "stopped"
    STOP_MOVED = "stop moved"
    REOPENED = "reopened"
    ENDED = "ended"
    END_MOVED = "end moved"
    END_LOST = "no longer ended"
    TARGET_MOVED = "target moved"


class Changed(NamedTuple):
    """One change: the component it is about, the day now and the day before; each None where there is none."""

    what: Change
    component: str | None = None
    on: date | None = None
    was: date | None = None


class Answer(NamedTuple):
    """What the history of a clock is about."""

    start: date
    end: date | None
    stop: date | None
    breach_on: date
    met: dict[str, date]  # by component


def answer_of(clock: Clock | None) -> Answer | None:
    """What is told of a clock; None = there is none."""
    if clock is None:
        return None
    return Answer(clock.start, clock.end, clock.stop, clock.breach_on, {name: met.on for name, met in clock.components.items()})


@dataclass(frozen=True, slots=True)
class Moment:
    """A version came, or (`said` None) a day began on which time alone changed the answer. `answer`: from then on."""

    on: date  # the London day
    said: Said | None
    changes: tuple[Changed, ...]
    answer: Answer | None

    @property
    def received(self) -> int | None:
        """Microseconds since the epoch."""
        return self.said[3][1] if self.said else None


def history(said: Sequence[Said], reference: Reference, definition: Definition, at: date, spell_id: str) -> list[Moment]:
    """Every version in the order received, and each day between two of them on which time changed the answer.

    `spell_id`: the spell as it is now, or `<provider>:<referral id>` of a referral that makes none. Before its referrals were known to
    be one spell, the answer is that of its first referral, else of the earliest of them. The last answer is today's.
    """
    in_order = sorted(said, key=lambda one: one[3][1])
    whole: Document = {}
    for one in in_order:
        fold(whole, *one)
    parsed: Parsed = {}
    terms = Terms(definition, reference, at)
    now, _ = spells(inherited(facts(whole, parsed), terms), terms)
    provider, _, first = spell_id.partition(":")
    ids = first, *next((spell.referral_ids for spell in now if spell.id == spell_id), ())

    def answer(pathway: Pathway, on: date) -> Answer | None:
        """Of the clock that is, or was then, that of this spell."""
        return answer_of(next(iter(clocks_holding(pathway, reference, definition, on, provider, ids, 1)), None))

    return list(_moments(in_order, terms, answer, parsed))


def _moments(said: Sequence[Said], terms: Terms, now: Callable[[Pathway, date], Answer | None], parsed: Parsed) -> Iterator[Moment]:
    document: Document = {}
    pathway = facts(document)
    answer: Answer | None = None
    day = date.min
    for one in chain(said, [None]):
        until = terms.at if one is None else min(terms.at, london_day(one[3][1]))
        for ahead in _days(pathway, terms, day, until):
            before, answer = answer, now(pathway, ahead)
            if before != answer:
                yield Moment(ahead, None, tuple(_changes(before, answer)), answer)
        if one is None:
            break
        day, before = max(day, until), answer
        if fold(document, *one) and one[0] in READ:
            pathway = facts(document, parsed)
            answer = now(pathway, day)
        yield Moment(day, one, tuple(_changes(before, answer)), answer)


def _days(pathway: Pathway, terms: Terms, after: date, until: date) -> Iterator[date]:
    """On which time alone may have changed the answer. A clock that stands still moves its target day by day: told once, on the last."""
    day = after
    while (ahead := next_change(pathway, day, terms.reference)) is not None and ahead <= until:
        day = ahead
        yield day
    if terms.definition.pauses and day < until:
        yield until


def _changes(before: Answer | None, after: Answer | None) -> Iterator[Changed]:
    if after is None:
        if before is not None:
            yield Changed(Change.WITHDRAWN, was=before.start)
        return
    if before is None:
        yield Changed(Change.STARTED, on=after.start)
    elif before.start != after.start:
        yield Changed(Change.START_MOVED, on=after.start, was=before.start)
    elif before.breach_on != after.breach_on:
        yield Changed(Change.TARGET_MOVED, on=after.breach_on, was=before.breach_on)
    was_met = before.met if before else {}
    for component in dict.fromkeys((*was_met, *after.met)):
        was, on = was_met.get(component), after.met.get(component)
        yield from _moved(was, on, Change.COMPONENT_MET, Change.COMPONENT_MOVED, Change.COMPONENT_LOST, component)
    yield from _moved(before.stop if before else None, after.stop, Change.STOPPED, Change.STOP_MOVED, Change.REOPENED)
    yield from _moved(before.end if before else None, after.end, Change.ENDED, Change.END_MOVED, Change.END_LOST)


def _moved(was: date | None, on: date | None, new: Change, moved: Change, lost: Change, component: str | None = None) -> Iterator[Changed]:
    if was != on:
        yield Changed(new if was is None else lost if on is None else moved, component, on, was)
