"""The only place that reads the wall clock. Instants are UTC; calendar dates are Europe/London dates."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def day_begins(day: date) -> datetime:
    """The instant at which a day begins in London."""
    return datetime.combine(day, time(), LONDON)


def london_date(instant: datetime) -> date:
    """The calendar date in London of an aware instant: 23:30 UTC on 30 June is 1 July."""
    return instant.astimezone(LONDON).date()


def today() -> date:
    """Today's calendar date in London."""
    return london_date(now())
