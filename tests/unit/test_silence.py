"""Silence, by cases a manager would name; days are London days of 2026, whose spring bank holidays are 3 and 6 April, 4 and 25 May."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.waits.rules.silence import Hour, Rhythm, expected_by, learn, usual_minutes
from services.waits.store.silence import is_rest_day
from shared.clock import LONDON

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 3, 2, tzinfo=LONDON)  # a Monday


def at(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=LONDON).astimezone(UTC)


def hours(instants: Iterable[datetime]) -> list[Hour]:
    """What is kept of events that came at these instants."""
    heard: dict[datetime, int] = {}
    for instant in instants:
        utc = instant.astimezone(UTC)
        hour = utc.replace(minute=0, second=0, microsecond=0)
        heard[hour] = heard.get(hour, 0) | 1 << utc.minute // 15
    return sorted(heard.items())


def every(minutes: float, start: datetime, end: datetime, wanted: Callable[[datetime], bool]) -> Iterator[datetime]:
    """Instants so many minutes apart that are wanted by their London time."""
    instant = start.astimezone(UTC)
    while instant < end:
        if wanted(instant.astimezone(LONDON)):
            yield instant
        instant += minutes * MINUTE


def office(here: datetime) -> bool:
    """Working days, 8 to 18."""
    return not is_rest_day(here.date()) and 8 <= here.hour < 18


def taught(instants: Iterable[datetime], remembered: Iterable[date] = ()) -> Rhythm:
    return learn(hours(instants), set(remembered), is_rest_day)


def silent_from(rhythm: Rhythm, last: datetime) -> datetime:
    by = expected_by(rhythm, last, is_rest_day)
    assert by is not None
    return by.astimezone(LONDON)


WEEKS = at(3, 30), at(5, 22, 18)  # eight weeks, with three bank holidays
STEADY = taught(every(4, *WEEKS, office))


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (at(5, 22, 9, 12), at(5, 22, 9, 45)),  # a Friday morning: nothing for half an hour
        (at(5, 22, 17, 58), at(5, 26, 8, 30)),  # the night, the weekend and the bank holiday say nothing
        (at(5, 28, 17, 58), at(5, 29, 8, 30)),
    ],
    ids=["in the day", "over a bank holiday weekend", "over night"],
)
def test_a_steady_feed_is_missed_within_the_hour_and_never_out_of_hours(last: datetime, expected: datetime) -> None:
    assert abs(silent_from(STEADY, last) - expected) < 15 * MINUTE


def test_a_steady_feed_says_how_often_it_usually_comes() -> None:
    assert usual_minutes(STEADY, at(5, 22, 10), is_rest_day) == pytest.approx(15, abs=0.5)
    assert usual_minutes(STEADY, at(5, 22, 22), is_rest_day) is None
    assert usual_minutes(STEADY, at(5, 25, 10), is_rest_day) is None


def test_hours_are_london_hours_on_both_sides_of_the_change_of_clocks() -> None:
    """Learned in winter; on the Monday after 29 March the day begins an hour earlier by UTC."""
    winter = taught(every(4, at(1, 12), at(3, 27, 18), office))
    assert abs(silent_from(winter, at(3, 27, 17, 58)) - at(3, 30, 8, 30)) < 15 * MINUTE
    night = taught(every(4, at(1, 12), at(3, 29), lambda here: here.hour in (1, 2)))  # 01:00 to 02:00 does not exist on 29 March
    assert abs(silent_from(night, at(3, 28, 2, 58)) - at(3, 29, 2, 30)) < 15 * MINUTE


def test_a_load_of_files_one_night_teaches_nothing_about_nights() -> None:
    load = [at(4, 14, 2) + minute * MINUTE for minute in range(180)] * 100
    loaded = taught([*every(4, *WEEKS, office), *load])
    assert abs(silent_from(loaded, at(5, 21, 17, 58)) - at(5, 22, 8, 30)) < 30 * MINUTE


def test_an_outage_in_the_past_does_not_deafen() -> None:
    """Two working days long, twice."""
    out = {date(2026, 4, 21), date(2026, 4, 22), date(2026, 5, 12), date(2026, 5, 13)}
    scarred = taught(every(4, *WEEKS, lambda here: office(here) and here.date() not in out))
    assert silent_from(scarred, at(5, 22, 9, 12)) - at(5, 22, 9, 12) < 3 * HOUR


def test_a_silence_that_lasts_is_not_learned_as_usual() -> None:
    assert taught(every(4, *WEEKS, office)) == STEADY  # learning asks for nothing but what was heard
    for days in (1, 20):
        assert silent_from(STEADY, at(5, 22, 9, 12)) < at(5, 22, 9, 12) + days * DAY


@pytest.mark.parametrize("days", [1, 5, 13])
def test_no_verdict_without_enough_history(days: int) -> None:
    rhythm = taught(every(4, at(4, 7), at(4, 7) + days * DAY, office))
    assert (rhythm.manner, expected_by(rhythm, at(4, 8), is_rest_day)) == ("learning", None)


def test_a_batch_each_night_is_missed_the_same_night() -> None:
    nightly = taught(every(1, *WEEKS, lambda here: here.hour == 2 and here.minute < 20))
    by = silent_from(nightly, at(5, 21, 2, 19))
    assert at(5, 22, 2) < by < at(5, 23, 2, 30)


def monthly(*months_days: tuple[int, int]) -> list[datetime]:
    return [at(month, day, 10, minute) for month, day in months_days for minute in range(40)]


def test_monthly_files_are_silent_when_the_month_is_overdue() -> None:
    files = taught(monthly((2, 19), (3, 19), (4, 21)), remembered=[date(2025, 12, 18), date(2026, 1, 20)])
    assert files.manner == "deliveries"
    by = silent_from(files, at(4, 21, 10, 39))
    assert date(2026, 5, 25) < by.date() < date(2026, 6, 5)
    assert taught(monthly((3, 19), (4, 21))).manner == "learning"


def test_days_of_deliveries_are_remembered_beyond_the_window() -> None:
    first = taught(monthly((1, 20), (2, 19), (3, 19)))
    second = taught(monthly((6, 18)), remembered=first.days)
    assert second.days[:3] == (date(2026, 1, 20), date(2026, 2, 19), date(2026, 3, 19))


def test_a_delivery_over_several_days_is_one() -> None:
    spread = taught(monthly((2, 19), (2, 20), (2, 23), (3, 19), (3, 20), (4, 21), (4, 22)))
    assert (spread.manner, spread.limit >= 29) == ("deliveries", True)


gaps_strategy = st.integers(1, 60 * 24 * 20)


@given(st.sampled_from([STEADY, taught(monthly((2, 19), (3, 19), (4, 21)))]), gaps_strategy, gaps_strategy, st.integers(0, 60 * 24 * 60))
def test_more_silence_never_turns_silent_into_not_silent(rhythm: Rhythm, before: int, longer: int, when: int) -> None:
    """At one time, of two silences the longer is silent if the shorter is."""
    last = at(5, 22) + when * MINUTE
    now = last + before * MINUTE
    if silent_from(rhythm, last) <= now:
        assert silent_from(rhythm, last - longer * MINUTE) <= now


def simulated(random: Random, days: int, per_day: float) -> list[datetime]:
    """A known rhythm: so many entries on a working day, a tenth on others, each of one to four events within ten minutes."""
    found = []
    for number in range(days):
        here = START + number * DAY
        rate = per_day * (0.1 if is_rest_day(here.date()) else 1)
        minute = 8 * 60 + random.expovariate(1) * 600 / rate
        while minute < 18 * 60:
            found += [here + (minute + random.uniform(0, 10)) * MINUTE for _ in range(random.randint(1, 4))]
            minute += random.expovariate(1) * 600 / rate
    return sorted(found)


def test_a_quarter_of_a_known_rhythm(capsys: pytest.CaptureFixture[str]) -> None:
    """Learned anew each week of a quarter that follows a quarter: false alarms of four feeds, and how soon a dead one is missed."""
    lines, false_alarms = [], 0
    delays: dict[float, list[float]] = {}
    for seed, per_day in ((1, 300.0), (2, 60.0), (3, 12.0), (4, 2.0)):
        instants = simulated(Random(seed), 182, per_day)  # noqa: S311  # not a secret
        alarms, rhythm, learned = 0, None, None
        for before, after in pairwise(instants):
            if before < START + 91 * DAY:
                continue
            if learned != before.date() - before.weekday() * DAY:
                learned = before.date() - before.weekday() * DAY
                rhythm = taught(instant for instant in instants if before - 91 * DAY < instant <= before)
            assert rhythm
            alarms += silent_from(rhythm, before) <= after
            if after.hour in (9, 14) and len(delays.setdefault(per_day, [])) < 200:
                delays[per_day].append((silent_from(rhythm, after) - after) / HOUR)
        false_alarms += alarms
        delay = sorted(delays[per_day])
        lines.append(f"{per_day:5.0f} entries a working day: {alarms} false alarms in 91 days; missed after {delay[len(delay) // 2]:.1f} h")
    with capsys.disabled():
        print("", *lines, sep="\n")
    assert false_alarms <= 1
    medians = [sorted(found)[len(found) // 2] for found in delays.values()]
    assert medians[0] < 2
    assert medians[1] < 8
    assert medians == sorted(medians)
