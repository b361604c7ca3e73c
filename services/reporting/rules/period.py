"""Periods that figures are of: months, rolling quarters and years (W19), financial and calendar quarters, financial years."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple


class Period(NamedTuple):
    """Whole months; both days are in it."""

    name: str
    first: date
    last: date

    def months(self) -> Iterator["Period"]:
        for number in range(_number(self.first), _number(self.last) + 1):
            yield _months(number, 1)


def parse(text: str) -> Period:
    """`2024-09`, `2025-26-Q2` (July to September 2025), `2025-Q3` (the same), `2025-26-FY`. ValueError in one line."""
    month = re.fullmatch(r"(\d{4})-(\d\d)", text, re.ASCII)
    quarter = re.fullmatch(r"(\d{4})-Q(\d)", text, re.ASCII)
    financial = re.fullmatch(r"(\d{4})-(\d\d)-(Q\d|FY)", text, re.ASCII)
    if month and 1 <= int(month[2]) <= 12 and _known(month[1]):
        return _months(_number(date(int(month[1]), int(month[2]), 1)), 1)
    if quarter and 1 <= int(quarter[2]) <= 4 and _known(quarter[1]):
        return _months(int(quarter[1]) * 12 + int(quarter[2]) * 3 - 3, 3, text)
    if financial and _known(financial[1]):
        year = int(financial[1])
        if int(financial[2]) != (year + 1) % 100:
            raise ValueError(f"{text} is no period: the financial year that begins in April {year} is {_financial(year)}")
        if financial[3] == "FY":
            return _months(year * 12 + 3, 12, text)
        if financial[3] in {"Q1", "Q2", "Q3", "Q4"}:
            return _months(year * 12 + int(financial[3][1]) * 3, 3, text)
    raise ValueError(
        f"{text} is no period: write a month (2024-09), a quarter of a financial year (2025-26-Q2: July to September 2025), "
        "a quarter of a calendar year (2025-Q3) or a financial year (2025-26-FY)"
    )


def rolling(last: date, months: int) -> Period:
    """W19: the `months` whole months up to a month's end; 0: the financial year to date. ValueError if the day is none."""
    if (last + timedelta(1)).day != 1:
        raise ValueError(f"{last} is not the last day of a month")
    months = months or (last.month - 4) % 12 + 1
    return _months(_number(last) - months + 1, months)


def so_far(on: date, months: int) -> Period:
    """The `months` months up to a day, the last of them as far as it has come."""
    whole = _months(_number(on) - months + 1, months)
    return whole._replace(last=on)


def month_of(on: date) -> Period:
    return _months(_number(on), 1)


def months_before(month: Period, months: int) -> list[Period]:
    """So many months before a month, the oldest first."""
    number = _number(month.first)
    return [_months(number - back, 1) for back in range(months, 0, -1)]


def financial_quarter(on: date) -> Period:
    """The quarter of the financial year that a day is in."""
    number = _number(on) - 3
    return parse(f"{_financial(number // 12)}-Q{number % 12 // 3 + 1}")


def following(period: Period) -> Period:
    """The next one of the same length: a month, a quarter of a financial year, a financial year."""
    first = period.last + timedelta(1)
    match len(list(period.months())):
        case 1:
            return rolling(_first(_number(first) + 1) - timedelta(1), 1)
        case 3:
            return financial_quarter(first)
        case _:
            return parse(f"{_financial(financial_quarter(first).first.year)}-FY")


def _months(number: int, months: int, name: str | None = None) -> Period:
    """`number`: months since the year 0. One month is named by itself, several by the first and the last unless they have a name."""
    first, last = _first(number), _first(number + months) - timedelta(1)
    return Period(name or (f"{first:%Y-%m}" if months == 1 else f"{first:%Y-%m} to {last:%Y-%m}"), first, last)


def _first(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def _number(on: date) -> int:
    return on.year * 12 + on.month - 1


def _financial(year: int) -> str:
    return f"{year}-{(year + 1) % 100:02}"


def _known(year: str) -> bool:
    return 2000 <= int(year) <= 2199
