"""The forecast against a count by hand, a process whose chances are known, and a look back; the capacity that is needed; differences."""

from collections import Counter
from random import Random

import pytest

from services.waits.rules.capacity import Flow, need, weeks_to_reach
from services.waits.rules.forecast import (
    LEFT,
    WINDOW,
    Chance,
    Course,
    _steps,
    calibration,
    chances,
    expected,
    lacking,
    passed,
)
from services.waits.rules.inequality import gap, wilson

A06, A08 = ("RXA", "A06"), ("RXA", "A08")
TARGET = 28


def course(begin: int, left: int | None, *met: int | None, teams: tuple[tuple[str, str], ...] = (A06,)) -> Course:
    return Course(teams, begin, left, met)


def made_up(random: Random, people: int, daily: float, teams: tuple[tuple[str, str], ...] = (A06,)) -> list[Course]:
    """Waits of a year with two components: each lacking one is met with this chance a day, the second only after the first."""
    found = []
    for _ in range(people):
        begin = -random.randrange(365)
        days: list[int | None] = []
        on = begin
        for _component in range(2):
            while random.random() > daily:
                on += 1
            days.append(on if on <= 0 else None)
        found.append(Course(teams, begin, days[1], tuple(days)))
    return found


def test_steps_are_those_of_a_count_by_hand() -> None:
    random = Random(5)  # noqa: S311  # reproducible
    for _ in range(300):
        begin = random.randrange(-130, 1)
        met = [random.choice([None, begin + random.randrange(45)]) for _ in range(3)]
        left = random.choice([None, begin + random.randrange(45)])
        one = course(begin, left if left is not None and left <= 0 else None, *(on if on is not None and on <= 0 else None for on in met))
        counted: Counter[tuple[int, int, int]] = Counter()
        for day in range(-WINDOW, 0):
            if day < begin or day + 1 > begin + TARGET or (one.left is not None and one.left <= day):
                continue
            gone = one.left is not None and one.left == day + 1
            counted[(day - begin) // 7, lacking(one, day), LEFT if gone else lacking(one, day + 1)] += 1
        told: Counter[tuple[int, int, int]] = Counter()
        for band, state, following, days in _steps(one, -WINDOW, 0, TARGET):
            told[band, state, following] += days
        assert told == counted, one


def test_what_nobody_resolved_stays_and_what_everybody_did_leaves() -> None:
    quick = [course(-60 + day, -60 + day + 3, -60 + day + 3) for day in range(50)]
    stuck = [course(-70, None, None), course(-20, None, None)]
    [(_, chance)] = [(one.past_in, one.chance) for one in chances([*quick, course(-2, None, None)], 0, TARGET)]
    assert chance < 0.01
    assert [one.chance for one in chances(stuck, 0, TARGET)] == [1.0]
    assert chances(stuck, 0, TARGET)[0].past_in == 9


def test_a_new_team_borrows_from_its_provider() -> None:
    quick = [course(-60 + day, -57 + day, -57 + day) for day in range(50)]
    here = chances([*quick, course(-1, None, None, teams=(A08,))], 0, TARGET)[0].chance
    elsewhere = chances([*quick, course(-1, None, None, teams=(("RXB", "A08"),))], 0, TARGET)[0].chance
    assert (here < 0.05, elsewhere) == (True, 1.0)


def test_on_its_last_day_and_past_it() -> None:
    last, past, left, new = course(-28, None, None), course(-29, None, None), course(-28, 0, None), course(0, None, None)
    found = chances([last, past, left, new], 0, TARGET)
    assert [(one.course, one.past_in) for one in found] == [(last, 1), (new, 29)]
    assert found[0].chance == 1.0


def test_chances_are_those_of_the_process() -> None:
    """Two steps of 1 in 20 a day each: who lacks both on day 0 still waits after 28 days with a known chance."""
    daily = 0.05
    stay = 1 - daily
    both = sum(daily * stay ** (met - 1) * stay ** (28 - met) for met in range(1, 29)) + stay**28
    open_now = [course(0, None, None, None), course(0, None, 0, None), course(-21, None, -20, None)]
    found = chances([*made_up(Random(3), 6000, daily), *open_now], 0, TARGET)[-3:]  # noqa: S311
    for one, chance in zip(found, (both, stay**28, stay**7), strict=True):
        assert one.chance == pytest.approx(chance, abs=0.04)


def test_a_look_back_is_right_on_average_and_in_each_fifth() -> None:
    known = made_up(Random(11), 8000, 0.06)  # noqa: S311
    found = chances(known, -TARGET, TARGET)
    came = sum(passed(one.course, TARGET) for one in found)
    said = expected(found, 28)
    assert said.due == sum(one.past_in <= 28 for one in found)
    assert len(found) > 300
    assert sum(one.chance for one in found) == pytest.approx(came, rel=0.12)
    fifths = calibration(found, TARGET)
    assert sum(one.waits for one in fifths) == len(found)
    for one in fifths:
        if one.waits > 100:
            assert one.passed / one.waits == pytest.approx(one.mean_chance, abs=0.1)


def test_no_chance_is_more_than_certain_however_shares_are_rounded() -> None:
    for seed in range(12):
        random = Random(seed)  # noqa: S311  # reproducible
        found = chances(made_up(random, 150, random.choice([0.001, 0.003, 0.01]), (A06, A08)), 0, TARGET)
        assert all(0 <= one.chance <= 1 for one in found)
        expected(found, TARGET)


def test_expected_numbers_and_their_range() -> None:
    one = course(-20, None, None)
    told = expected([Chance(one, 7, 1, 0.5)] * 100 + [Chance(one, 8, 1, 1.0)] * 9, 7)
    assert (told.due, told.expected, told.low, told.high) == (100, 50.0, 42, 58)
    assert expected([], 7) == (0, 0, 0, 0)


def test_stops_needed_to_reach_and_to_hold() -> None:
    """70 come a week, 7 of them leave without help: 290 may wait within 28 days; 410 do."""
    needed = need(410, Flow(started=70, stopped=50, closed=7), TARGET, 12)
    assert (needed.excess, needed.hold, needed.reach) == (120, 63, 73)
    assert weeks_to_reach(needed, 73) == 12
    assert weeks_to_reach(needed, 63) is None
    assert weeks_to_reach(need(100, Flow(70, 50, 7), TARGET, 12), 0) == 0
    assert need(0, Flow(0, 0, 5), TARGET, 12) == (0, 0, 0)


@pytest.mark.parametrize(("hits", "of", "low", "high"), [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)])
def test_wilson_intervals_as_published(hits: int, of: int, low: float, high: float) -> None:
    """The third is Newcombe's own example (1998)."""
    told = wilson(hits, of)
    assert [told.low, told.high] == pytest.approx([low, high], abs=5e-5)


def test_a_gap_is_newcombes_and_needs_five_people() -> None:
    """56 of 70 against 48 of 80: 0.2 (0.0524 to 0.3339), method 10 of Newcombe (1998)."""
    told = gap(56, 70, 48, 80)
    assert told is not None
    assert list(told) == pytest.approx([0.2, 0.0524, 0.3339], abs=5e-5)
    assert told.real
    assert gap(4, 4, 10, 20) is None
    small = gap(3, 5, 10, 20)
    assert small is not None
    assert not small.real
