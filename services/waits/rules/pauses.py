"""Days on which a local clock stands still: those of pause records, and those after so many missed contacts in a row."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from services.waits.rules.definition import Definition
from services.waits.rules.evidence import pause_reason, placed
from services.waits.rules.facts import Records
from services.waits.rules.spells import Spell
from services.waits.rules.terms import Terms

_DAY = timedelta(1)


class Paused(NamedTuple):
    """A time of standing still, its first and last day, by the event that began it; no later than the date asked for."""

    since: date
    until: date
    why: str
    source: str
    event_id: str


def pauses(parts: Iterable[tuple[Spell, Records]], terms: Terms) -> list[Paused]:
    """All that pause the clock of a spell, in order; they may overlap. A part: the spell as one provider sees it, and its records."""
    definition = terms.definition
    if definition.pauses is None:
        return []
    found: list[Paused] = []
    for spell, records in parts:
        for pause in records.pauses:
            if pause_reason(pause, spell, terms) is None:
                until = terms.at if pause.until is None else min(pause.until, terms.at)
                found.append(Paused(pause.on, until, pause.reason, pause.source, pause.event_id))
        if definition.pauses.tries:
            found += _after_tries(spell, records, definition.pauses.tries, terms)
    return sorted(found)


def _after_tries(spell: Spell, records: Records, tries: int, terms: Terms) -> Iterator[Paused]:
    """From the day after the last of so many missed contacts to the day before the next attended one."""
    definition = terms.definition
    of_the_spell = [contact for contact in records.contacts.values() if placed(contact.referral_id, contact.on, spell, terms) is None]
    missed = 0
    since: Paused | None = None
    for contact in sorted(of_the_spell, key=lambda one: (one.on, one.attendance in definition.attended, one.event_id)):
        if contact.attendance in definition.attended:
            if since and since.since < contact.on:
                yield since._replace(until=contact.on - _DAY)
            missed, since = 0, None
        elif contact.attendance in definition.did_not_attend:
            missed += 1
            if missed == tries:
                since = Paused(contact.on + _DAY, terms.at, f"not reached {tries} times in a row", contact.source, contact.event_id)
    if since and since.since <= terms.at:
        yield since


def may_stand_still(definition: Definition, start: date, paused: int, missed: int, at: date) -> bool:
    """Whether a clock that runs, as computed at the end of `at` with so many paused days and missed contacts, may stand still on the
    next day; then that day alone changes it."""
    if definition.pauses is None:
        return False
    tries = definition.pauses.tries
    return paused > 0 or start == at or (tries is not None and missed >= tries)


def paused_days(found: Sequence[Paused], start: date, until: date) -> int:
    """Whole days after `start`, up to and with `until`, on which the clock stood still; a day in two pauses counts once."""
    days = 0
    counted_to = start
    for pause in found:  # in order of their first day
        first, last = max(pause.since, counted_to + _DAY), min(pause.until, until)
        if first <= last:
            days += (last - first).days + 1
            counted_to = last
    return days


def past_target(start: date, definition: Definition, found: Sequence[Paused]) -> date:
    """The first day past the target: 29 days after the start for "28 or fewer", and as many later as the clock stood still before it."""
    day = start + timedelta(definition.target_days + (definition.target_test == "<="))
    counted_to = start
    for pause in found:
        first = max(pause.since, counted_to + _DAY)
        if first <= min(pause.until, day):
            day += pause.until - first + _DAY
            counted_to = pause.until
    return day
