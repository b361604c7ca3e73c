"""Quiet hours: the first instant at which a message may go. Hours are London time, whatever the clocks do that night."""

from datetime import datetime, time, timedelta

from shared.versions import LONDON

Hours = tuple[time, time]
"""From, to: `to` before `from` runs past midnight; both alike, the whole day: nothing is ever sent."""
NIGHT: Hours = (time(20), time(8))
"""Where nobody has said otherwise."""
_DAYS = 3  # two sets of hours leave an instant free on each day, or on none; one night a year is an hour short
_AFTER_THE_SKIP = time(2)


def quiet(instant: datetime, hours: Hours) -> bool:
    """Whether it is quiet then, by the clock on the wall: hours within the one that comes twice in October come twice."""
    start, end = hours
    on_the_wall = instant.astimezone(LONDON).time()
    if start == end:
        return True
    return start <= on_the_wall < end if start < end else on_the_wall >= start or on_the_wall < end


def first_instant(instant: datetime, wanted: Hours | None, everybody: Hours = NIGHT) -> datetime | None:
    """The first instant, not before `instant` (aware), that is quiet for neither; None = there is none.

    A boundary that the clocks skip in March (01:30) is passed at the first instant after it, 02:00.
    """
    both = [hours for hours in (wanted, everybody) if hours is not None]
    ends = [hours[1] for hours in both] + [_AFTER_THE_SKIP]
    candidates = [instant] + [_at(instant, days, end.replace(fold=fold)) for days in range(_DAYS) for end in ends for fold in (0, 1)]
    return min((one for one in candidates if one >= instant and not any(quiet(one, hours) for hours in both)), default=None)


def _at(instant: datetime, days: int, wall: time) -> datetime:
    """That time of the day so many days on."""
    day = instant.astimezone(LONDON).date() + timedelta(days)
    return datetime.combine(day, wall, LONDON).astimezone(instant.tzinfo)
