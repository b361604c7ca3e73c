"""Whole calendar months. A year on from 29 February is 28 February; a month on from 31 January is the last day of February."""

from datetime import date
from functools import lru_cache

_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@lru_cache(1 << 16)  # a person has a few days, and everybody the same ones
def months_on(day: date, months: int) -> date:
    """The same day so many months later (earlier, when negative), or the last day of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if day.day <= 28:
        return date(year, month + 1, day.day)
    leap = month == 1 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return date(year, month + 1, min(day.day, 29 if leap else _LENGTHS[month]))
