"""When does silence say something? The rhythm of a provider's events of one kind, learned from when they came.

Time is looked at in quarters of an hour: a quarter in which anything came is heard, however much came, so that a burst or a load of
files teaches no more than its length. Two manners of sending are told apart:

- `flow`: heard on many working days. Each quarter has the odds of being missed that it had in the past, by hour in London and by
  whether the day is a working day (a weekend or bank holiday is not). A silence weighs the sum of -ln(odds) of the quarters missed, so
  a night in which nothing ever comes weighs nothing. It is too long when it weighs more than the longest usual ones did.
- `deliveries`: heard on few days, as from monthly files. A silence is too long when it lasts clearly more days than any between two
  deliveries did.

Rest days (weekends and bank holidays) are facts: `rest` says of a London date whether it is one.
"""

import math
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

WINDOW = timedelta(days=91)
"""How far back a rhythm is learned from."""
LEARNING_DAYS = 14
"""No verdict on a flow before it has been heard for so long ..."""
LEARNING_QUARTERS = 20
"""... and in so many quarters of an hour."""
FLOW_SHARE = 1 / 3
"""Heard on fewer of the working days than this, it comes in deliveries."""
LEAST_WEIGHT = math.log(10_000)
"""No silence of a flow is too long unless its odds, quarter by quarter, are below one in ten thousand."""
LONGEST_RANK = 3
"""The third longest silence of the past is the longest usual one: two outages do not teach that outages are usual."""
LONGEST_TIMES = 1.5
"""So many times the longest usual one is too long."""
LEARNING_DELIVERIES = 3
DELIVERY_DAYS = 3
"""Days no further apart than this belong to one delivery."""
GRACE_DAYS = 5
"""A delivery may come so many days later than the latest ever did, or later still where they come irregularly."""
REMEMBERED_DAYS = 60
HORIZON = timedelta(days=60)
"""No flow is expected later than this after it was last heard."""

_LONDON = ZoneInfo("Europe/London")
_HOUR = timedelta(hours=1)
_QUARTER = timedelta(minutes=15)

Rest = Callable[[date], bool]
Hour = tuple[datetime, int]
"""An hour (UTC) and its quarters in which something came, one bit each: 1 is the first, 8 the last."""


class Rhythm(NamedTuple):
    """`weights`: of a missed hour, 24 of working days, then 24 of rest days. `limit`: the weight (flow) or days (deliveries) of the
    longest silence that is still usual. `days`: the latest London dates on which it was heard."""  # fmt: skip

    manner: Literal["learning", "flow", "deliveries"]
    weights: tuple[float, ...]
    limit: float
    days: tuple[date, ...]


def learn(heard: Sequence[Hour], remembered: Collection[date], rest: Rest) -> Rhythm:
    """The rhythm of the hours heard, in order and at least one. `remembered`: days of earlier rhythms, for what comes once a month.

    Only the time up to the last hour heard teaches: a silence that still lasts is never learned as usual.
    """
    last = heard[-1][0] + _HOUR
    first = max(heard[0][0], last - WINDOW)
    known = {hour: quarters for hour, quarters in heard if hour >= first}
    here = {_local(hour).date() for hour in known}
    days = tuple(sorted(here | set(remembered)))[-REMEMBERED_DAYS:]
    since, until = _local(first).date(), _local(last).date()
    working = [day for day in _dates(since, until) if not rest(day)]
    if sum(day in here for day in working) < FLOW_SHARE * len(working):
        return _deliveries(days)
    if (until - since).days < LEARNING_DAYS or sum(quarters.bit_count() for quarters in known.values()) < LEARNING_QUARTERS:
        return Rhythm("learning", (), 0.0, days)
    return _flow(first, last, known, days, rest)


def _flow(first: datetime, last: datetime, known: dict[datetime, int], days: tuple[date, ...], rest: Rest) -> Rhythm:
    hours = [first + number * _HOUR for number in range((last - first) // _HOUR)]
    kinds = [_kind(hour, rest) for hour in hours]
    quarters, missed = [0] * 48, [0] * 48
    for hour, kind in zip(hours, kinds, strict=True):
        quarters[kind] += 4
        missed[kind] += 4 - known.get(hour, 0).bit_count()
    # never missed: as if half a quarter had been; never heard: missing it weighs nothing
    weights = tuple(-4 * math.log(max(gone, 0.5) / all_) if all_ else 0.0 for gone, all_ in zip(missed, quarters, strict=True))
    silences, lasting = [], 0.0
    for hour, kind in zip(hours, kinds, strict=True):
        bits = known.get(hour, 0)
        if not bits:
            lasting += weights[kind]
            continue
        for place in range(4):
            if bits >> place & 1:
                silences.append(lasting)
                lasting = 0.0
            else:
                lasting += weights[kind] / 4
    longest = sorted(silences)[-LONGEST_RANK]
    return Rhythm("flow", weights, max(LEAST_WEIGHT, LONGEST_TIMES * longest), days)


def _deliveries(days: Sequence[date]) -> Rhythm:
    pauses = [(after - before).days for before, after in pairwise(days) if (after - before).days > DELIVERY_DAYS]
    if len(pauses) < LEARNING_DELIVERIES - 1:
        return Rhythm("learning", (), 0.0, tuple(days))
    longest = max(pauses)
    return Rhythm("deliveries", (), longest + max(GRACE_DAYS, 2 * (longest - median(pauses))), tuple(days))


def expected_by(rhythm: Rhythm, last: datetime, rest: Rest) -> datetime | None:
    """The instant from which the silence since `last` (aware) is too long; None while learning. It never depends on what time it is:
    more silence cannot turn silent into not silent."""  # fmt: skip
    if rhythm.manner == "learning":
        return None
    if rhythm.manner == "deliveries":
        day = _local(last).date() + timedelta(math.ceil(rhythm.limit) + 1)
        return datetime(day.year, day.month, day.day, tzinfo=_LONDON).astimezone(UTC)
    at = datetime.fromtimestamp((last.timestamp() // 900 + 1) * 900, UTC)  # the quarter in which it came is heard
    weight, horizon = 0.0, last + HORIZON
    while at < horizon:
        until = at.replace(minute=0) + _HOUR
        hourly = rhythm.weights[_kind(at, rest)]
        share = (until - at) / _HOUR
        if weight + hourly * share >= rhythm.limit:
            return at + _HOUR * ((rhythm.limit - weight) / hourly)
        weight, at = weight + hourly * share, until
    return horizon


def usual_minutes(rhythm: Rhythm, at: datetime, rest: Rest) -> float | None:
    """How far apart the quarters heard usually lie at this time of day, never less than 15; None when nothing is usual then."""
    if rhythm.manner != "flow" or not (weight := rhythm.weights[_kind(at, rest)]):
        return None
    return 15 / (1 - math.exp(-weight / 4))


def _kind(at: datetime, rest: Rest) -> int:
    here = _local(at)
    return here.hour + 24 * rest(here.date())


def _local(at: datetime) -> datetime:
    return at.astimezone(_LONDON)


def _dates(first: date, last: date) -> list[date]:
    return [first + timedelta(number) for number in range((last - first).days + 1)]
