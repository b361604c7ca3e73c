"""Whole weeks and months, values from counts, exact centiles, and where the marks of a chart stand."""

from datetime import date, timedelta
from itertools import pairwise
from statistics import median, quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.waits.rules.trends import STAGES, Measure, centile, periods, series
from shared.web.xmr_picture import picture, scale
from shared.xmr import Better, Period, xmr


def test_a_week_is_whole_when_its_sunday_is_over() -> None:
    sunday = date(2026, 3, 8)
    assert periods(sunday, "week", 1) == [Period(date(2026, 2, 23), date(2026, 3, 1))]
    assert periods(sunday + timedelta(1), "week", 2) == [
        Period(date(2026, 2, 23), date(2026, 3, 1)),
        Period(date(2026, 3, 2), sunday),
    ]


def test_a_month_is_whole_when_its_last_day_is_over() -> None:
    assert periods(date(2024, 3, 31), "month", 1) == [Period(date(2024, 2, 1), date(2024, 2, 29))]
    assert periods(date(2024, 1, 1), "month", 2)[0] == Period(date(2023, 11, 1), date(2023, 11, 30))


@given(st.dates(date(2015, 1, 1), date(2035, 1, 1)), st.sampled_from(["week", "month"]))
def test_periods_follow_each_other_up_to_yesterday_at_most(at: date, by: str) -> None:
    found = periods(at, by, 30)  # type: ignore[arg-type]  # one of both
    assert all(after.since - before.until == timedelta(1) for before, after in pairwise(found))
    assert found[-1].until < at
    assert (at - found[-1].until).days <= (7 if by == "week" else 31)


def test_values_of_a_period() -> None:
    whole = periods(date(2026, 3, 9), "week", 2)
    counts = {
        "started": [10, 3, 4], "left": [1, 2, 5], "past": [4, 1, 0], "past-left": [0, 2, 0], "stopped": [1, 2, 0], "within": [0, 1, 0],
        "closed": [0, 0, 5], "seen": [3, 4, 8], "seen-within": [1, 1, 2],
    }  # fmt: skip
    found = series(whole, counts, [12.5, None])
    assert {measure: [value.value for value in values] for measure, values in found.items()} == {
        Measure.WAITING: [10, 9], Measure.PAST_TARGET: [3, 3], Measure.STARTED: [3, 4], Measure.SEEN_WITHIN: [25, 25],
        Measure.STOPPED: [2, 0], Measure.SHARE_WITHIN: [50, None], Measure.MEDIAN_DAYS: [12.5, None], Measure.CLOSED: [0, 5],
    }  # fmt: skip


@given(st.lists(st.integers(0, 400), min_size=2))
def test_centiles_are_exact_with_linear_interpolation(days: list[int]) -> None:
    """W24."""
    counts = {value: days.count(value) for value in days}
    assert centile(counts, 0.5) == pytest.approx(median(days))
    assert centile(counts, 0.9) == pytest.approx(quantiles(days, n=10, method="inclusive")[8])


def test_centiles_of_one_and_of_nothing() -> None:
    assert (centile({7: 1}, 0.9), centile({}, 0.5)) == (7, None)


def test_stages_follow_the_pathway() -> None:
    order = ["received", "accepted", "first-contact", "assessment", "care-plan", "intervention", "psychological-therapy"]
    assert all(order.index(since) < order.index(until) for since, until in STAGES)
    assert [pair for pair in STAGES if order.index(pair[1]) - order.index(pair[0]) == 1] == list(pairwise(order))


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_round_ends_hold_what_is_drawn(one: float, other: float) -> None:
    low, high, lines = scale(min(one, other), max(one, other))
    assert low <= min(one, other) <= max(one, other) <= high
    assert low < high
    assert 2 <= len(lines) <= 7


def test_marks_stand_inside_and_parts_meet() -> None:
    whole = periods(date(2026, 3, 9), "week", 30)
    values = series(whole, {line: [0, *range(30)] for line in _LINES}, [None] * 30)[Measure.STARTED]
    chart = xmr([value.value or 0 for value in values], Better.NEITHER, rebased=[15])
    drawn = picture(values, chart, 40.0, False, 560, 150)
    assert drawn is not None
    assert all(0 <= mark.x <= 560 and 0 <= mark.y <= 150 for mark in drawn.marks)
    assert [mark.y for mark in drawn.marks] == sorted((mark.y for mark in drawn.marks), reverse=True)
    assert len(drawn.parts) == 2
    assert drawn.parts[0].until_x == pytest.approx(drawn.parts[1].since_x)
    assert drawn.target is not None
    assert drawn.target < drawn.marks[-1].y
    assert picture([], xmr([], Better.LOWER), None, False, 560, 150) is None


_LINES = ("started", "left", "past", "past-left", "stopped", "within", "closed", "seen", "seen-within")
