"""The effect of outreach: who came within 15 days of an attempt."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from services.outreach.rules.entered import Entered
from services.outreach.rules.facts import Life

WITHIN_DAYS = 15


@dataclass(frozen=True, slots=True)
class Effect:
    """One attempt and what followed. Attended: an element of a check recorded on the day of the attempt or within 15 days after it."""

    attempt_id: str
    provider: str
    channel: str
    made_on: date
    attended_on: date | None
    first_time: bool  # nothing was ever recorded before the attempt
    settled: bool  # its 15 days are over, or it was followed already


@dataclass(frozen=True, slots=True)
class Share:
    """Of the settled attempts of one channel (or group), those that were followed."""

    attempts: int
    followed: int
    first_timers: int  # attempts to people of whom nothing was ever recorded
    first_timers_followed: int


def effects(life: Life, entered: Entered, at: date) -> list[Effect]:
    """Each attempt made until `at` that stands; several before one check are followed by it, each."""
    recorded = [one.on for one in life.checks if one.status == "recorded" and one.on <= at]
    found = []
    for one in sorted(entered.attempts, key=lambda one: (one.made_on, one.attempt_id)):
        if one.voided_at is not None or one.made_on > at:
            continue
        last = one.made_on + timedelta(WITHIN_DAYS)
        attended_on = next((on for on in recorded if one.made_on <= on <= last), None)
        first_time = not recorded or recorded[0] >= one.made_on
        found.append(
            Effect(one.attempt_id, one.provider, one.channel, one.made_on, attended_on, first_time, attended_on is not None or at > last)
        )
    return found


def share(effects: Iterable[Effect]) -> Share:
    """What is not settled yet counts nowhere: a young attempt would look like a failed one."""
    settled = [one for one in effects if one.settled]
    first = [one for one in settled if one.first_time]
    return Share(
        len(settled),
        sum(one.attended_on is not None for one in settled),
        len(first),
        sum(one.attended_on is not None for one in first),
    )
