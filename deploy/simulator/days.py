"""Planned time, and the instants at which things are told.

Planned time is a number of days (day 1 is Monday 1 January of the year 1, as `date.toordinal`), all alike, day and night. What is
planned in a week of seven days is told within its five working days, between 08:30 and 17:30 in London, in the same order.
Instants are whole milliseconds of UTC on the same scale.
"""

from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import NamedTuple

from shared.clock import LONDON, london_date

DAY_MS = 86_400_000
OPENS_MS, OPEN_MS = round(8.5 * 3_600_000), 9 * 3_600_000
_MINUTES = tuple(f"{minute // 60:02}:{minute % 60:02}" for minute in range(1440))


class Moment(NamedTuple):
    """An instant, and the London day on which it lies."""

    ms: int
    day: int


def told(planned: float) -> Moment:
    """When something planned is told."""
    weeks, within = divmod(planned - 1, 7)
    day, part = divmod(within * 5 / 7, 1)
    ordinal = int(weeks * 7 + day) + 1
    return Moment(_midnight(ordinal) + OPENS_MS + int(part * OPEN_MS), ordinal)


def moment(instant: datetime) -> Moment:
    """The same instant on this scale."""
    utc = instant.astimezone(UTC)
    since = (utc.hour * 3600 + utc.minute * 60 + utc.second) * 1000 + utc.microsecond // 1000
    return Moment(utc.toordinal() * DAY_MS + since, london_date(instant).toordinal())


def stamp(ms: int) -> str:
    """An instant as RFC 3339."""
    return f"{iso(ms // DAY_MS)}T{_MINUTES[ms % DAY_MS // 60_000]}:{ms % 60_000 // 1000:02}.{ms % 1000:03}+00:00"


@lru_cache(maxsize=1 << 16)
def iso(day: int) -> str:
    """A day as YYYY-MM-DD."""
    return date.fromordinal(day).isoformat()


@lru_cache(maxsize=1 << 16)
def _midnight(day: int) -> int:
    """London's midnight at the start of a day. Clocks change later in the night, so that a working day's hours are off by none."""
    noon = datetime.combine(date.fromordinal(day), time(12), LONDON)
    return day * DAY_MS - int((noon.utcoffset() or noon - noon).total_seconds() * 1000)
