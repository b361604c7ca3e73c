"""Signals to look at: each for what it is about and for its neighbours that it is not, and the tests that say what stands out."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from math import comb
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.waits.rules.gaming import (
    BULK,
    SIGNALS,
    Tally,
    Wait,
    after,
    binomial_tail,
    quarters,
    redated_days,
    tallies,
    told_on,
    verdict,
)

QUARTER, AT = date(2026, 1, 1), date(2026, 6, 30)
START = date(2026, 1, 20)


def days(number: int) -> timedelta:
    return timedelta(number)


def wait(stop: int | None = None, end: int | None = None, **given: Any) -> Wait:
    """A wait from START; `stop`, `end` and further dates as days from it. All that is needed was done on the day of the stop."""
    on = {name: START + days(value) for name, value in given.items() if isinstance(value, int) and name != "redated_days"}
    stopped = None if stop is None else START + days(stop)
    done: dict[str, Any] = dict.fromkeys(("first_contact", "baseline_outcome", "assessment", "plan"), stopped)
    values: dict[str, Any] = {
        "spell_id": "RXA:R1", "personkey": "pk1", "team_types": ("A06",), "start": START, "end": None if end is None else START + days(end),
        "stop": stopped, "second_contact": None, "breach_on": START + days(29), "next_start": None, "told_on": stopped, "redated_days": 0,
    } | done | given | on  # fmt: skip
    return Wait(**values)


def seen(one: Wait, at: date = AT) -> dict[str, bool]:
    """Signal -> whether the wait shows it, of those that it could."""
    found, _ = tallies([one], QUARTER, at)
    return {signal: bool(tally.seen) for (_, signal), tally in found.items() if signal != BULK}


@pytest.mark.parametrize(
    ("signal", "one", "shows"),
    [
        ("edge-stops", wait(14), None),
        ("edge-stops", wait(15), False),
        ("edge-stops", wait(25), False),
        ("edge-stops", wait(26), True),
        ("edge-stops", wait(28), True),
        ("edge-stops", wait(29), False),
        ("edge-stops", wait(43), None),
        ("told-late", wait(20, told_on=55), False),  # 35 days after, as monthly files are
        ("told-late", wait(20, told_on=56), True),
        ("told-late", wait(29, told_on=90), None),  # not within 28 days
        ("told-late", wait(20, told_on=None), None),
        ("received-again", wait(end=10, next_start=15), False),  # within 5 days it would be one spell
        ("received-again", wait(end=10, next_start=16), True),
        ("received-again", wait(end=10, next_start=20), True),
        ("received-again", wait(end=10, next_start=21), False),
        ("received-again", wait(end=10), False),
        ("received-again", wait(5, end=10, next_start=17), None),  # helped first
        ("closed-before", wait(end=21), False),
        ("closed-before", wait(end=22), True),
        ("closed-before", wait(end=28), True),
        ("closed-before", wait(end=29), False),
        ("one-day", wait(20), True),
        ("one-day", wait(20, first_contact=19), False),
        ("one-day", wait(20, assessment=None), True),  # waived
        ("one-day", wait(20, second_contact=80), False),
        ("one-day", wait(20, second_contact=81), True),
        ("hidden-wait", wait(20, second_contact=104), False),
        ("hidden-wait", wait(20, second_contact=105), True),
        ("hidden-wait", wait(20), True),
        ("hidden-wait", wait(29), None),
        ("plan-re-dated", wait(20, redated_days=1), True),
        ("plan-re-dated", wait(20), False),
        ("plan-re-dated", wait(20, plan=None), None),
    ],
)
def test_a_signal_has_two_sides(signal: str, one: Wait, shows: bool | None) -> None:  # a row of the table
    assert seen(one).get(signal) is shows


def test_what_needs_time_is_not_counted_before_it() -> None:
    stop = START + days(20)
    assert "one-day" not in seen(wait(20), stop + days(59))
    assert seen(wait(20), stop + days(60))["one-day"]
    assert "hidden-wait" not in seen(wait(20), stop + days(83))
    assert seen(wait(20), stop + days(84)) == seen(wait(20)) | {"hidden-wait": False}


def test_a_quarter_has_its_own_waits() -> None:
    assert after(QUARTER) == date(2026, 4, 1)
    assert seen(wait(70)) != {}
    assert seen(wait(71)) == {}  # 1 April
    assert seen(wait(end=71)) == {}
    assert quarters(date(2026, 2, 28), 5) == [date(2026, 1, 1), date(2025, 10, 1), date(2025, 7, 1), date(2025, 4, 1), date(2025, 1, 1)]


def test_counts_are_the_lists_behind_them_and_two_teams_count_both() -> None:
    waits = [wait(number, personkey=f"p{number}", team_types=("A06", "A08")[: 1 + number % 2]) for number in range(10, 40)]
    found, shown = tallies(waits, QUARTER, AT)
    assert sum(team == "A08" for team, _ in found) == len({signal for _, signal in found})
    for (team, signal), tally in found.items():
        assert tally.seen == len([one for one in shown if (one.team_type, one.signal) == (team, signal)]) <= tally.of


def scored(counts: Sequence[int]) -> tuple[Tally, int]:
    waits = [wait(50, baseline_outcome=day, personkey=f"p{day}-{number}") for day, count in enumerate(counts) for number in range(count)]
    found, shown = tallies(waits, QUARTER, AT)
    return found["A06", BULK], len([one for one in shown if one.signal == BULK])


def test_many_scores_on_one_day_stand_out_against_the_other_days() -> None:
    calm, listed = scored([2, 3, 1, 2, 4, 2, 3, 1, 2, 3])
    assert (calm, listed) == (Tally(23, 4, 4, 10), 4)
    assert not verdict(BULK, calm, [], []).stands_out
    busy, _ = scored([2, 3, 1, 2, 4, 2, 3, 1, 2, 25])
    assert verdict(BULK, busy, [], []).stands_out
    even, _ = scored([25] * 10)
    assert not verdict(BULK, even, [], []).stands_out


OTHERS = [Tally(200, 20), Tally(200, 22), Tally(100, 8)]


@pytest.mark.parametrize(
    ("own", "others", "past", "source", "stands"),
    [
        (Tally(100, 40), OTHERS, [], "others", True),
        (Tally(100, 12), OTHERS, [], "others", False),
        (Tally(100, 0), OTHERS, [], "others", False),
        (Tally(19, 19), OTHERS, [], "others", False),  # too few
        (Tally(40, 4), [Tally(1000, 0)] * 3, [], "others", False),  # below five, however unlikely
        (Tally(100, 40), OTHERS[:2], [Tally(150, 15)], "own past", True),
        (Tally(100, 40), OTHERS[:2], [Tally(150, 60)], "own past", False),
        (Tally(100, 40), OTHERS[:2], [Tally(99, 1)], "nothing to compare with", False),
        (Tally(10000, 1300), [Tally(10000, 1000)] * 3, [], "others", False),  # sure, but not half as much again
    ],
)
def test_a_share_stands_out_when_it_is_large_and_no_chance(
    own: Tally,
    others: list[Tally],
    past: list[Tally],
    source: str,
    stands: bool,  # a row of the table
) -> None:
    found = verdict("edge-stops", own, others, past)
    assert (found.source, found.stands_out) == (source, stands)
    assert (found.usual is None) == (source == "nothing to compare with")


@given(st.integers(1, 60).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))), st.floats(0.01, 0.99))
def test_the_tail_is_the_sum_of_its_chances(numbers: tuple[int, int], share: float) -> None:
    seen, of = numbers
    expected = sum(comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(seen, of + 1))
    assert binomial_tail(seen, of, share) == pytest.approx(expected, abs=1e-9)


def version(recorded: datetime, event: str, **data: Any) -> list[Any]:
    return [int(recorded.timestamp() * 1e6), 0, "/s", event, data or None]


def test_a_stop_was_told_with_the_last_of_what_was_met_on_its_day() -> None:
    def met(on: str, recorded_on: str) -> dict[str, str]:
        return {"met_on": on, "event": "e", "recorded_on": recorded_on}

    components = {
        "first-contact": met("2026-02-01", "2026-06-01"),
        "baseline-outcome": met("2026-02-09", "2026-04-15"),
        "assessment": met("2026-02-09", "2026-02-10"),
    }
    assert told_on(date(2026, 2, 9), components) == date(2026, 4, 15)
    assert told_on(date(2026, 2, 1), components) == date(2026, 6, 1)
    assert told_on(date(2026, 2, 9), {"assessment": {"met_on": "2026-02-09", "event": "e"}}) is None


def test_a_plan_is_re_dated_by_its_later_versions_alone() -> None:
    first = version(datetime(2026, 3, 1, tzinfo=UTC), "p1", created_on="2026-02-25", agreed_on="2026-02-27")
    later = version(datetime(2026, 3, 9, tzinfo=UTC), "p2", created_on="2026-02-10", agreed_on="2026-02-12")
    voided = version(datetime(2026, 3, 10, tzinfo=UTC), "p3")
    assert redated_days({"RXA|care-plan|P": [first, later, voided]}, "RXA", START) == 15
    assert redated_days({"RXA|care-plan|P": [later, first]}, "RXA", START) == 15  # in whatever order they are held
    assert redated_days({"RXA|care-plan|P": [first, later]}, "RXA", date(2026, 2, 20)) == 0  # it left the spell
    assert redated_days({"RXA|care-plan|P": [first], "RXA|care-plan|Q": [later]}, "RXA", START) == 0
    assert redated_days({"RXB|care-plan|P": [first, later]}, "RXA", START) == 0


def test_every_signal_says_how_it_is_counted() -> None:
    assert all((len(words) < 60 and method.endswith(".")) or signal == BULK for signal, (words, method) in SIGNALS.items())
