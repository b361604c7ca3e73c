"""Periods by name, and rolling ones."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.rules.period import Period, financial_quarter, parse, rolling


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-12", date(2024, 12, 1), date(2024, 12, 31)),
        ("2025-26-Q1", date(2025, 4, 1), date(2025, 6, 30)),
        ("2025-26-Q2", date(2025, 7, 1), date(2025, 9, 30)),
        ("2025-26-Q4", date(2026, 1, 1), date(2026, 3, 31)),
        ("2099-00-Q3", date(2099, 10, 1), date(2099, 12, 31)),
        ("2025-Q1", date(2025, 1, 1), date(2025, 3, 31)),
        ("2025-Q4", date(2025, 10, 1), date(2025, 12, 31)),
        ("2025-26-FY", date(2025, 4, 1), date(2026, 3, 31)),
    ],
)
def test_periods_by_name(text: str, first: date, last: date) -> None:
    assert parse(text) == Period(text, first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024",
        "2024-13",
        "2024-00",
        "2024-9",
        "2025-Q0",
        "2025-Q5",
        "2025-26-Q5",
        "2025-26",
        "24-09",
        "\u0662\u0660\u0662\u0664-09",
        "0000-01",
        "2024-09 ",
    ],
)
def test_an_unknown_period_is_told_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no period: write a month \(2024-09\), a quarter"):
        parse(text)


def test_years_that_do_not_follow_each_other() -> None:
    with pytest.raises(ValueError, match="the financial year that begins in April 2025 is 2025-26"):
        parse("2025-27-Q1")


@pytest.mark.parametrize(("months", "first"), [(1, date(2024, 9, 1)), (3, date(2024, 7, 1)), (12, date(2023, 10, 1))])
def test_rolling_periods_end_with_a_month(months: int, first: date) -> None:
    """W19."""
    period = rolling(date(2024, 9, 30), months)
    assert (period.first, period.last, len(list(period.months()))) == (first, date(2024, 9, 30), months)


def test_a_rolling_period_ends_on_no_other_day() -> None:
    with pytest.raises(ValueError, match="2024-02-28 is not the last day of a month"):
        rolling(date(2024, 2, 28), 3)


@given(st.dates(date(2001, 1, 1), date(2098, 12, 31)))
def test_every_day_is_in_one_quarter_of_three_months(on: date) -> None:
    quarter = financial_quarter(on)
    assert quarter.first <= on <= quarter.last
    assert [month.first for month in quarter.months()] == [
        quarter.first,
        *(month.last + timedelta(1) for month in list(quarter.months())[:2]),
    ]
    assert parse(quarter.name) == quarter
    assert financial_quarter(quarter.last + timedelta(1)).first == quarter.last + timedelta(1)
