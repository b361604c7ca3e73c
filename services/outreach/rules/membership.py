"""Who is on a register, since when and through whom; and what ends everything that is to be done for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from services.outreach.rules.calendar import months_on
from services.outreach.rules.entered import Entered
from services.outreach.rules.facts import Entry, Life, Referral
from services.outreach.rules.reference import Reference

DIED, REPORTED_DEAD, MOVED_OUT = "died", "reported to have died", "moved out of England"
FIRST_YEAR = 12
"""Months for which secondary care does the checks of those new to it (P10)."""


@dataclass(slots=True)
class Run:
    """An unbroken time on registers, from `start` until the day before `end` (None = it goes on): entries that overlap or meet."""

    start: date
    end: date | None
    ended_by: str | None
    entries: list[Entry]

    def leading(self, day: date) -> Entry:
        """The entry that counts on a day: of those that hold, the last entered; else the last that held."""
        entries = self.entries
        if len(entries) == 1:
            return entries[0]
        begun = [one for one in entries if one.entered_on <= day] or entries[:1]
        holding = [one for one in begun if one.ended_on is None or day < one.ended_on]
        return holding[-1] if holding else max(begun, key=lambda one: (one.ended_on or date.max, one.entered_on, one.key))


class Stop(NamedTuple):
    """The day from which nothing is to be done any more."""

    on: date
    because: str


def runs(entries: Sequence[Entry], at: date) -> list[Run]:
    """The person's times on registers as at a day, the first first; the unit is the person, whoever keeps the entry."""
    found: list[Run] = []
    for entry in entries:
        if entry.entered_on > at:
            break
        if entry.ended_on is not None and entry.ended_on <= entry.entered_on:
            continue  # nobody was ever on it
        ended = entry.ended_on if entry.ended_on is not None and entry.ended_on <= at else None
        ended_by = entry.ended_by if ended else None
        if not found or ((last := found[-1]).end is not None and entry.entered_on > last.end):
            found.append(Run(entry.entered_on, ended, ended_by, [entry]))
            continue
        last.entries.append(entry)
        if last.end is not None and (ended is None or ended > last.end):
            last.end, last.ended_by = ended, ended_by
    return found


def stop(life: Life, entered: Entered, at: date) -> Stop | None:
    """Death, reported or recorded, or a move out of England; by what stands, so that a correction takes it back."""
    stops = [Stop(day, DIED) for day in [death_date(life)] if day is not None and day <= at]
    stops += [
        Stop(one.made_on, REPORTED_DEAD)
        for one in entered.attempts
        if one.result == "deceased" and one.voided_at is None and one.made_on <= at
    ]
    left_england = moved_out(life, at)
    if left_england is not None:
        stops.append(Stop(left_england, MOVED_OUT))
    return min(stops, default=None)


def death_date(life: Life) -> date | None:
    """The earliest that the newest version of any provider gives."""
    if all(one.death_date is None for one in life.persons):
        return None
    newest = {one.provider: one.death_date for one in life.persons}
    return min((day for day in newest.values() if day is not None), default=None)


def moved_out(life: Life, at: date) -> date | None:
    """Since when the newest version of the person that knows a district gives one outside England; None = it does not."""
    since: date | None = None
    for one in life.persons:
        if one.district is not None:
            if one.district.startswith("E"):
                since = None
            elif (day := one.recorded_on) <= at:
                since = since or day
    return since


def ethnicity(life: Life) -> str | None:
    """As last stated; not stated (Z) and not known (99) tell nothing."""
    return next((one.ethnicity for one in reversed(life.persons) if one.ethnicity and one.ethnicity not in {"Z", "99"}), None)


def owner(entry: Entry, referrals: Sequence[Referral], reference: Reference, at: date) -> str:
    """Who is responsible for the checks of somebody on a register: as the entry states, or else by P10.

    The practice, unless the person came under a trust's care within the last 12 months and still is. Whether somebody is stable no
    record tells: a trust says so by `responsible`.
    """
    if entry.responsible is not None:
        return entry.practice if entry.responsible == "practice" else entry.responsible
    new = first_year(referrals, reference, at)
    return new.provider if new is not None else entry.practice


def first_year(referrals: Sequence[Referral], reference: Reference, at: date) -> Referral | None:
    """The latest open referral to a trust, if all that are open there began within the last 12 months."""
    held = [
        one for one in referrals if one.received_on <= at and (one.ended_on is None or one.ended_on > at) and reference.trust(one.provider)
    ]
    if not held or any(months_on(one.received_on, FIRST_YEAR) <= at for one in held if one.provider == held[-1].provider):
        return None
    return held[-1]
