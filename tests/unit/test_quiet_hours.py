"""When a message may go: across midnight, and across both changes of the clocks."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.outreach.rules.quiet import NIGHT, first_instant, quiet
from tests.properties.histories import law

LATE = (time(21), time(9))
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "wanted", "goes"),
    [
        ("2024-06-03T19:59+01:00", None, "2024-06-03T19:59+01:00"),
        ("2024-06-03T20:00+01:00", None, "2024-06-04T08:00+01:00"),
        ("2024-06-04T03:00+01:00", None, "2024-06-04T08:00+01:00"),
        ("2024-06-04T07:59+01:00", LATE, "2024-06-04T09:00+01:00"),
        ("2024-06-04T12:00+01:00", (time(11), time(14)), "2024-06-04T14:00+01:00"),
        ("2024-06-04T19:00+01:00", (time(11), time(20)), "2024-06-05T08:00+01:00"),  # one ends as the other begins
        ("2024-03-30T23:00+00:00", None, "2024-03-31T08:00+01:00"),  # the night that is an hour short
        ("2024-10-26T23:00+01:00", None, "2024-10-27T08:00+00:00"),  # the night that is an hour long
    ],
)
def test_the_first_instant(now: str, wanted: tuple[time, time] | None, goes: str) -> None:
    assert first_instant(at(now), wanted) == at(goes)


def test_an_end_within_the_hour_that_is_skipped_is_passed_after_it() -> None:
    assert first_instant(at("2024-03-31T00:10+00:00"), (time(0), time(1, 30)), (time(3), time(4))) == at("2024-03-31T02:00+01:00")


def test_an_end_within_the_hour_that_comes_twice_is_passed_at_the_first() -> None:
    assert first_instant(at("2024-10-27T00:10+01:00"), (time(0), time(1, 30)), (time(3), time(4))) == at("2024-10-27T01:30+01:00")


def test_quiet_all_day_lets_nothing_go() -> None:
    assert first_instant(at("2024-06-03T12:00+01:00"), (time(8), time(8))) is None
    assert first_instant(at("2024-06-03T12:00+01:00"), (time(8), time(20)), NIGHT) is None


@law
@given(st.sampled_from(["2024-03-30", "2024-06-03", "2024-10-26"]), st.integers(0, 47), times, times, times, times)
def test_it_is_quiet_until_then_and_no_longer(day: str, half_hours: int, start: time, end: time, others: time, until: time) -> None:
    now = at(f"{day}T00:00+00:00") + timedelta(minutes=30 * half_hours)
    both = ((start, end), (others, until))
    goes = first_instant(now, *both)
    half = timedelta(minutes=30)
    free = [now + half * step for step in range(150) if not any(quiet(now + half * step, hours) for hours in both)]
    assert goes == (free[0] if free else None)
