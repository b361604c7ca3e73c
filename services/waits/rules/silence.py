"""When does silence say something? The rhythm of a provider's events of one kind, learned from when they came.

Time is looked at in quarters of an hour: a quarter in which anything came is heard, however much came, so that a burst or a load of
files teaches no more than its length. Two manners of sending are told apart:

- `flow`: heard on many working days. Each quarter has the odds of being missed that it had in the past, by time of day in London and
  by whether the day is a working day (a weekend or bank holiday is not). A silence weighs the sum of -ln(odds) of the quarters missed,
  so a night in which nothing ever comes weighs nothing. It is too long when it weighs more than the longest usual ones did.
- `deliveries`: heard on few days, as from monthly files. A silence is too long when it lasts clearly more days than any between two
  deliveries did.

Rest days (weekends and bank holidays) are facts: `rest` says of a London date whether it is one.
"""

import math
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
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

PLACES = 2 * 24 * 4

_LONDON = ZoneInfo("Europe/London")
_HOUR = timedelta(hours=1)
_QUARTER = timedelta(minutes=15)

Rest = Callable[[date], bool]
Hour = tuple[datetime, int]
"""An hour (UTC) and its quarters in which something came, one bit each: 1 is the first, 8 the last."""


class Rhythm(NamedTuple):
    """How a feed usually comes. `weights`: what it weighs that a quarter of an hour is missed, by quarters of a working day in London,
    then of a rest day. `limit`: weight (flow) or days (deliveries) of the longest silence that is still usual. `days`: the latest London
    dates on which it was heard."""  # fmt: skip

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
    hours = [(_place(int(hour.timestamp() // 3600), rest), known.get(hour, 0)) for hour in _hours(first, last)]
    past = [(place + quarter, bits >> quarter & 1) for place, bits in hours for quarter in range(4)]
    all_, missed = [0] * PLACES, [0] * PLACES
    for place, heard in past:
        all_[place] += 1
        missed[place] += not heard
    # never missed: as if half of one had been; never heard: missing it weighs nothing
    weights = tuple([-math.log(max(gone, 0.5) / number) if number else 0.0 for gone, number in zip(missed, all_, strict=True)])
    silences, lasting = [], 0.0
    for place, heard in past:
        if heard:
            silences.append(lasting)
            lasting = 0.0
        else:
            lasting += weights[place]
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
    following = int(last.timestamp() // 900) + 1  # the quarter in which it came is heard
    silent = 0.0
    for quarter in range(following, following + HORIZON // _QUARTER):
        weight = rhythm.weights[_place(quarter // 4, rest) + quarter % 4]
        if silent + weight >= rhythm.limit:
            return datetime.fromtimestamp((quarter + (rhythm.limit - silent) / weight) * 900, UTC)
        silent += weight
    return last + HORIZON


def usual_minutes(rhythm: Rhythm, at: datetime, rest: Rest) -> float | None:
    """How far apart what comes usually lies at this hour of the day, never less than 15; None when nothing is usual then."""
    if rhythm.manner != "flow":
        return None
    place = _place(int(at.timestamp() // 3600), rest)
    heard = sum(1 - math.exp(-weight) for weight in rhythm.weights[place : place + 4])
    return 60 / heard if heard else None


@lru_cache(maxsize=4096)
def _place(hour: int, rest: Rest) -> int:
    """Where the weights of an hour (since 1970) begin."""
    here = _local(datetime.fromtimestamp(hour * 3600, UTC))
    return here.hour * 4 + PLACES // 2 * rest(here.date())


def _local(at: datetime) -> datetime:
    return at.astimezone(_LONDON)


def _hours(first: datetime, last: datetime) -> list[datetime]:
    return [first + number * _HOUR for number in range((last - first) // _HOUR)]


def _dates(first: date, last: date) -> list[date]:
    return [first + timedelta(number) for number in range((last - first).days + 1)]
