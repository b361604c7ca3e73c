"""XmR charts: every Making Data Count rule at its edge, the icons, re-based limits, and the run chart of too few points."""

from itertools import chain

import pytest

from shared.xmr import LEAST, Assurance, Better, Chart, Rule, Variation, limits, xmr

WAVE = [10.0, 12.0] * 10  # mean 11, average moving range 2: limits 5.68 and 16.32, close to them beyond 7.45 and 14.55


def rules_at(chart: Chart, index: int) -> set[Rule]:
    return set(chart.points[index].rules)


def test_limits_are_the_mean_and_2_66_average_moving_ranges() -> None:
    held = limits(WAVE)
    assert (held.mean, held.lower, held.upper, held.points) == (11, 11 - 2.66 * 2, 11 + 2.66 * 2, 20)


def test_chance_alone_is_common_cause() -> None:
    chart = xmr(WAVE, Better.LOWER)
    assert {point.variation for point in chart.points} == {Variation.COMMON}
    assert chart.variation is Variation.COMMON


def test_beyond_a_limit_is_special_and_on_it_is_not() -> None:
    """A last value that stands on its own upper limit, found by solving for it: 19 values before it, 10 of them 10."""
    before = WAVE[:19]

    def held(last: float) -> float:
        return limits([*before, last]).upper - last

    low, high = 12.0, 200.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if held(middle) > 0 else (low, middle)
    assert Rule.BEYOND not in rules_at(xmr([*before, low], Better.LOWER), 19)
    beyond = xmr([*before, low + 0.01], Better.LOWER)
    assert rules_at(beyond, 19) == {Rule.BEYOND}
    assert beyond.variation is Variation.CONCERN_HIGH


@pytest.mark.parametrize(("length", "special"), [(6, False), (7, True), (8, True)])
def test_a_shift_is_seven_on_one_side(length: int, special: bool) -> None:
    values = [*([9.0, 13.0] * 10), *chain.from_iterable([13.0, 12.5] for _ in range(4))][: 20 + length]
    values[19] = 9.0
    chart = xmr(values, Better.HIGHER)
    assert all(value > chart.points[0].limits.mean for value in values[20:] if chart.points[0].limits)
    assert [Rule.SHIFT in rules_at(chart, index) for index in range(len(values))] == [False] * 20 + [special] * length
    assert chart.variation is (Variation.IMPROVEMENT_HIGH if special else Variation.COMMON)


@pytest.mark.parametrize(("length", "special"), [(6, False), (7, True)])
def test_a_trend_is_seven_rising_its_ends_included(length: int, special: bool) -> None:
    run = [8.0 + index for index in range(length)]
    values = [12.0, 8.0] * 8 + [12.0, *run, 10.0, 12.0]
    chart = xmr(values, Better.LOWER)
    first = len(values) - length - 2
    found = [Rule.TREND in rules_at(chart, index) for index in range(len(values))]
    assert found == [False] * first + [special] * length + [False] * 2
    if special:  # below the mean, and rising: the run says which way, not the side
        assert chart.points[first].rules == (Rule.TREND,)
        assert chart.points[first].variation is Variation.CONCERN_HIGH


def test_two_of_three_close_to_a_limit_on_one_side_of_the_mean() -> None:
    long = WAVE * 3
    held = limits([*long, 15.0, 12.0, 15.0, 10.0, 12.0])
    assert held.mean + (held.upper - held.mean) * 2 / 3 < 15.0 < held.upper
    chart = xmr([*long, 15.0, 12.0, 15.0, 10.0, 12.0], Better.NEITHER)
    assert [rules_at(chart, index) for index in (60, 61, 62)] == [{Rule.NEAR_LIMIT}, set(), {Rule.NEAR_LIMIT}]
    assert chart.points[62].variation is Variation.NEITHER_HIGH
    across = xmr([*long, 15.0, 10.0, 15.0, 10.0, 12.0], Better.NEITHER)
    assert rules_at(across, 60) == rules_at(across, 62) == set()


@pytest.mark.parametrize(
    ("better", "last", "icon"),
    [
        (Better.HIGHER, 30.0, Variation.IMPROVEMENT_HIGH),
        (Better.HIGHER, -9.0, Variation.CONCERN_LOW),
        (Better.LOWER, 30.0, Variation.CONCERN_HIGH),
        (Better.LOWER, -9.0, Variation.IMPROVEMENT_LOW),
        (Better.NEITHER, 30.0, Variation.NEITHER_HIGH),
        (Better.NEITHER, -9.0, Variation.NEITHER_LOW),
    ],
)
def test_the_icon_is_of_the_latest_point_by_the_way_that_is_better(better: Better, last: float, icon: Variation) -> None:
    assert xmr([*WAVE, last], better).variation is icon
    assert xmr([*WAVE[:5], last, *WAVE], better).variation is Variation.COMMON


@pytest.mark.parametrize(
    ("better", "target", "icon"),
    [
        (Better.HIGHER, 17.0, Assurance.MISS),
        (Better.HIGHER, limits(WAVE).upper, Assurance.MISS),
        (Better.HIGHER, 16.0, Assurance.HIT_AND_MISS),
        (Better.HIGHER, 5.0, Assurance.HIT),
        (Better.LOWER, 17.0, Assurance.HIT),
        (Better.LOWER, 11.0, Assurance.HIT_AND_MISS),
        (Better.LOWER, limits(WAVE).lower, Assurance.MISS),
        (Better.NEITHER, 17.0, None),
        (Better.HIGHER, None, None),
    ],
)
def test_assurance_is_where_the_target_stands_against_the_limits(better: Better, target: float | None, icon: Assurance | None) -> None:
    assert xmr(WAVE, better, target=target).assurance is icon


def test_fewer_than_fifteen_points_are_a_run_chart_without_icons() -> None:
    chart = xmr([*WAVE[:13], 90.0], Better.HIGHER, target=5.0)
    assert (chart.median, chart.variation, chart.assurance) == (11.0, None, None)
    assert {(point.limits, point.rules) for point in chart.points} == {(None, ())}
    assert xmr([*WAVE[:14], 90.0], Better.HIGHER).variation is Variation.IMPROVEMENT_HIGH
    assert LEAST == 15
    assert xmr([], Better.HIGHER).median is None


def test_limits_are_rebased_only_where_someone_said_so() -> None:
    values = [*WAVE, *(value + 20 for value in WAVE[:12])]
    as_one, parted = xmr(values, Better.LOWER), xmr(values, Better.LOWER, rebased=[20], target=50.0)
    assert Rule.SHIFT in rules_at(as_one, 31)
    assert [point.limits.mean for point in parted.points if point.limits] == [11.0] * 20 + [31.0] * 12
    assert {point.rules for point in parted.points} == {()}
    assert (parted.variation, parted.assurance) == (Variation.COMMON, Assurance.HIT)
    early = xmr(values[:-1], Better.LOWER, rebased=[20], target=50.0)
    assert (early.variation, early.assurance) == (None, None), "11 points since: too few to judge by"


@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, 1e9 / 7])
def test_values_that_never_change_are_common_cause(value: float) -> None:
    assert {point.rules for point in xmr([value] * 40, Better.LOWER).points} == {()}
