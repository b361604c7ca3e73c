"""How dates, numbers and words look on a page: "12 March 2026", "1,204", "1 wait", "2 waits"."""

from datetime import date, datetime

from shared.clock import LONDON


def day(value: date | None) -> str:
    """A date in full, "12 March 2026"; empty when there is none."""
    return f"{value.day} {value:%B %Y}" if value else ""


def short_day(value: date | None) -> str:
    """A date where space is short, "12 Mar 2026"."""
    return f"{value.day} {value:%b %Y}" if value else ""


def instant(value: datetime | None) -> str:
    """An aware instant in London time, "12 March 2026, 09:12:04"."""
    return f"{day(value.astimezone(LONDON))}, {value.astimezone(LONDON):%H:%M:%S}" if value else ""


def local(value: datetime) -> str:
    """An aware instant in London time as a form's field of date and time takes it."""
    return f"{value.astimezone(LONDON):%Y-%m-%dT%H:%M:%S}"


def since(value: datetime, today: date) -> str:
    """An aware instant in London time as briefly as it is told apart, "09:12" today, "12 March, 09:12" before."""
    here = value.astimezone(LONDON)
    return f"{here:%H:%M}" if here.date() == today else f"{here.day} {here:%B, %H:%M}"


def number(value: float) -> str:
    """Thousands separators; whole numbers without a fraction, others with one digit."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def counted(value: int, one: str, many: str | None = None) -> str:
    """A number with its word: "1 wait", "1,204 waits"."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"
