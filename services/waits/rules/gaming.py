"""Signals to look at: ways in which a four-week figure can look better than the waits behind it are.

A signal accuses nobody. Each is a share: of the spells of one provider, team type and calendar quarter that could show something, how
many do. It stands out when the share is larger than is usual, by more than chance explains (`verdict`). What is usual is the share of all
other teams in the same quarter; where there are too few of them, the team's own past year.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from shared.versions import Document, rank

LATE_DAYS = 35
"""Monthly files are recorded at the month's end: what is recorded within so many days is not late."""
QUIET_DAYS = 60
HIDDEN_DAYS = 84
RESET_DAYS = range(6, 11)
"""Days from an end to the next start that lie just outside the five which merge (W8)."""
EDGE = range(26, 29)
BEFORE_TARGET = range(22, 29)

SIGNALS: dict[str, tuple[str, str]] = {
    "edge-stops": ("stopped on days 26 to 28", "Of the clocks stopped on days 15 to 42: those stopped on days 26, 27 or 28."),
    "told-late": (
        "stop within 28 days, recorded after them",
        "Of the clocks stopped within 28 days: those stopped by something recorded more than 35 days after its date, and past the 28 days.",
    ),
    "received-again": (
        "closed without help, received again after 6 to 10 days",
        "Of the spells closed without help: those whose person was received again 6 to 10 days later. Up to 5 days the wait goes on.",
    ),
    "closed-before": ("closed without help on days 22 to 28", "Of the spells closed without help: those closed on days 22 to 28."),
    "one-day": (
        "everything on one day, nothing since",
        "Of the clocks stopped 60 days ago or more: those whose components were all met on one day, without a second contact in 60 days.",
    ),
    "hidden-wait": (
        "first contact within 28 days, no second in 12 weeks",
        "Of the clocks stopped within 28 days, first contact 84 days ago or more: those without a second contact within 84 days.",
    ),
    "plan-re-dated": (
        "a care plan given an earlier date afterwards",
        "Of the clocks stopped with a care plan: those of which a later version of the plan bears an earlier date inside the spell.",
    ),
    "bulk-scores": (
        "baseline outcomes of many people on one day",
        "The most baseline outcomes on one day, held against the mean of the days on which the team has any (Poisson).",
    ),
}
"""What it is called, and how it is counted."""
BULK = "bulk-scores"

LEAST_SEEN, LEAST_OF, LEAST_BULK = 5, 20, 10
"""No signal below these numbers: of spells that show it, that could, and of scores on one day."""
TIMES_USUAL = 1.5
CHANCE = 0.001
"""It would come about by chance in fewer than one of a thousand such shares."""
OTHERS_TEAMS, OTHERS_OF = 3, 100


class Wait(NamedTuple):
    """One spell as signals look at it; dates are London dates, None where there is none."""

    spell_id: str
    personkey: str
    team_types: Sequence[str]
    start: date
    end: date | None
    stop: date | None
    first_contact: date | None
    second_contact: date | None
    baseline_outcome: date | None
    assessment: date | None
    plan: date | None
    breach_on: date
    next_start: date | None  # of the same person's next spell there
    told_on: date | None  # the day on which what stopped the clock was recorded, the last of it
    redated_days: int  # by how many days a later version of a plan is dated earlier; 0: by none


class Shown(NamedTuple):
    """One spell that shows a signal: the day it is about, and the days that matter."""

    team_type: str
    signal: str
    spell_id: str
    personkey: str
    on: date
    days: int


class Tally(NamedTuple):
    """Spells that could show a signal, and that do; `most`, `days`: scores of the busiest day, and days with any (bulk alone)."""

    of: int
    seen: int
    most: int = 0
    days: int = 0


Key = tuple[str, str]
"""Team type, signal."""


def quarters(at: date, number: int) -> list[date]:
    """The first days of the calendar quarter of `at` and of those before it."""
    months = [(at.year * 12 + (at.month - 1) // 3 * 3) - 3 * back for back in range(number)]
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def after(quarter: date) -> date:
    """The first day of the next quarter."""
    return (quarter + timedelta(93)).replace(day=1)


def tallies(waits: Iterable[Wait], quarter: date, at: date) -> tuple[dict[Key, Tally], list[Shown]]:
    """What the spells of one provider show in a quarter, as known at `at`: counts by team type and signal, and the spells behind them."""
    of: Counter[Key] = Counter()
    shown: list[Shown] = []
    scores: defaultdict[str, defaultdict[date, list[Wait]]] = defaultdict(lambda: defaultdict(list))
    until = after(quarter)
    for wait in waits:
        for signal, on, days, shows in _looked(wait, quarter, until, at):
            of.update((team, signal) for team in wait.team_types)
            if shows:
                shown += [Shown(team, signal, wait.spell_id, wait.personkey, on, days) for team in wait.team_types]
        if wait.baseline_outcome and quarter <= wait.baseline_outcome < until:
            for team in wait.team_types:
                scores[team][wait.baseline_outcome].append(wait)
    seen = Counter((one.team_type, one.signal) for one in shown)
    found = {key: Tally(number, seen[key]) for key, number in of.items()}
    for team, days_of in scores.items():
        day, busiest = max(days_of.items(), key=lambda pair: (len(pair[1]), pair[0]))
        found[team, BULK] = Tally(sum(map(len, days_of.values())), len(busiest), len(busiest), len(days_of))
        shown += [Shown(team, BULK, wait.spell_id, wait.personkey, day, (day - wait.start).days) for wait in busiest]
    return found, shown


def _looked(wait: Wait, quarter: date, until: date, at: date) -> Iterator[tuple[str, date, int, bool]]:
    """(signal, the day it is about, the days that matter, whether the spell shows it) of each signal that the spell could show."""
    if wait.stop is not None and quarter <= wait.stop < until:
        yield from _stopped(wait, wait.stop, at)
    elif wait.stop is None and wait.end is not None and quarter <= wait.end < until:
        days = (wait.end - wait.start).days
        yield "closed-before", wait.end, days, days in BEFORE_TARGET
        again = (wait.next_start - wait.end).days if wait.next_start else -1
        yield "received-again", wait.end, again, again in RESET_DAYS


def _stopped(wait: Wait, stop: date, at: date) -> Iterator[tuple[str, date, int, bool]]:
    days, within = (stop - wait.start).days, stop < wait.breach_on
    if 15 <= days <= 42:
        yield "edge-stops", stop, days, days in EDGE
    if within and wait.told_on is not None:
        late = (wait.told_on - stop).days
        yield "told-late", stop, late, late > LATE_DAYS and wait.told_on >= wait.breach_on
    if (at - stop).days >= QUIET_DAYS:
        met = {day for day in (wait.first_contact, wait.baseline_outcome, wait.assessment, wait.plan) if day is not None}
        alone = wait.second_contact is None or (wait.second_contact - stop).days > QUIET_DAYS
        yield "one-day", stop, days, met == {stop} and alone
    if within and wait.first_contact and (at - wait.first_contact).days >= HIDDEN_DAYS:
        until = ((wait.second_contact or at) - wait.first_contact).days
        yield "hidden-wait", wait.first_contact, until, until > HIDDEN_DAYS
    if wait.plan is not None:
        yield "plan-re-dated", wait.plan, wait.redated_days, wait.redated_days > 0


class Verdict(NamedTuple):
    """What is usual (a share of 1, or scores a day), what that was learned from, the chance of so much, and whether it stands out."""

    usual: float | None
    source: str  # "others", "own past", "own days", or "nothing to compare with"
    chance: float | None
    stands_out: bool


def verdict(signal: str, own: Tally, others: Sequence[Tally], past: Sequence[Tally]) -> Verdict:
    """Whether a tally stands out. `others`: the same signal of all other teams in that quarter; `past`: its own before.

    An exact one-sided binomial test against what is usual; for scores of one day, a Poisson test of the busiest day, for as many days as
    there are.
    """
    if signal == BULK:
        mean = own.of / own.days
        chance = min(1.0, _poisson_tail(own.most, mean) * own.days)
        return Verdict(mean, "own days", chance, own.most >= LEAST_BULK and own.most >= TIMES_USUAL * mean and chance < CHANCE)
    with_any = [tally for tally in others if tally.of]
    if len(with_any) >= OTHERS_TEAMS and sum(tally.of for tally in with_any) >= OTHERS_OF:
        source, base = "others", with_any
    elif sum(tally.of for tally in past) >= OTHERS_OF:
        source, base = "own past", list(past)
    else:
        return Verdict(None, "nothing to compare with", None, False)
    usual = (sum(tally.seen for tally in base) + 0.5) / (sum(tally.of for tally in base) + 1)
    chance = binomial_tail(own.seen, own.of, usual)
    enough = own.seen >= LEAST_SEEN and own.of >= LEAST_OF and own.seen >= TIMES_USUAL * usual * own.of
    return Verdict(usual, source, chance, enough and chance < CHANCE)


def binomial_tail(seen: int, of: int, share: float) -> float:
    """The chance of `seen` or more of `of` when each has the chance `share` (0 < share < 1)."""
    if seen <= 0:
        return 1.0
    logs = [
        math.lgamma(of + 1) - math.lgamma(k + 1) - math.lgamma(of - k + 1) + k * math.log(share) + (of - k) * math.log1p(-share)
        for k in range(seen, of + 1)
    ]
    return min(1.0, math.fsum(math.exp(one) for one in logs))


def _poisson_tail(most: int, mean: float) -> float:
    return max(0.0, 1.0 - math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(most)))


def told_on(stop: date, components: Mapping[str, Mapping[str, str]]) -> date | None:
    """The London day on which the last of the components that were met on the day of the stop was recorded; None: not known."""
    recorded = [met["recorded_on"] for met in components.values() if met["met_on"] == stop.isoformat() and "recorded_on" in met]
    return date.fromisoformat(max(recorded)) if recorded else None


def redated_days(document: Document, provider: str, start: date) -> int:
    """By how many days at most a later version of a care plan is dated before an earlier one, to a day from `start` on; 0: none is."""
    moved = 0
    for key, versions in document.items():
        if key.startswith(f"{provider}|care-plan|"):
            dates = [_plan_date(version[4]) for version in sorted(versions, key=rank) if version[4]]
            known = [day for day in dates if day is not None]
            moved = max([moved, *((max(known[:place]) - day).days for place, day in enumerate(known) if place and day >= start)])
    return moved


def _plan_date(data: Mapping[str, Any]) -> date | None:
    text = data.get("agreed_on") or data.get("created_on")
    return date.fromisoformat(text) if text else None
