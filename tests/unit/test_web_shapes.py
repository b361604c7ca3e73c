"""Formats, cursors, filters in addresses, and where the marks of a chart stand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.waits.rules.definition import Stop
from services.waits.store.pages import rolling_quarter
from services.waits.web.charts import days, histogram, round_up, sparkline
from services.waits.web.filters import Filters, Listing
from services.waits.web.timeline import Bar, Event, timeline
from services.waits.web.words import next_step, together
from shared.web import formats
from shared.web.errors import FieldError
from shared.web.tables import cursor, place

START = date(2026, 1, 1)


def test_dates_numbers_and_plurals_as_people_write_them() -> None:
    assert formats.day(date(2026, 3, 2)) == "2 March 2026"
    assert formats.day(None) == ""
    assert formats.instant(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == "1 July 2026, 00:30:00"
    assert [formats.number(value) for value in (1204, 24.5, 27.0)] == ["1,204", "24.5", "27"]
    assert [formats.counted(value, "wait") for value in (0, 1, 1204)] == ["0 waits", "1 wait", "1,204 waits"]


def test_a_cursor_comes_back_as_it_was_or_is_refused() -> None:
    kinds = (str, int)
    assert place("after", cursor(["RXA:é", 50]), kinds) == ["RXA:é", 50]
    for text in ("", "%%%", "nonsense", cursor(["RXA"]), cursor([50, "RXA"]), "é"):
        with pytest.raises(FieldError, match="after"):
            place("after", text, kinds)


def test_the_rolling_quarter_is_this_month_and_the_two_before() -> None:
    """W19."""
    assert rolling_quarter(date(2026, 3, 31)) == date(2026, 1, 1)
    assert rolling_quarter(date(2026, 1, 1)) == date(2025, 11, 1)
    assert rolling_quarter(date(2024, 2, 29)) == date(2023, 12, 1)


def test_filters_are_written_into_addresses_as_they_are_read() -> None:
    given = {"provider": "RXA", "missing": "assessment", "not_seen": "true", "due_on": "2026-03-12", "sort": "waited", "team_type": ""}
    address = Listing.model_validate(given).to("/waits/list", after=None)
    assert address == "/waits/list?provider=RXA&state=waiting&missing=assessment&not_seen=true&due_on=2026-03-12&sort=waited"
    assert Filters.model_validate({"search": "R 1&x"}).to("/waits/list") == "/waits/list?search=R+1%26x"


def test_a_search_alone_looks_at_every_state() -> None:
    assert Filters.model_validate({"search": "R1"}).state is None
    assert Filters.model_validate({}).state == "waiting"
    assert Filters.model_validate({"search": "R1", "state": "closed"}).state == "closed"


def test_what_is_missing_in_words() -> None:
    four = Stop("all", ("first-contact", "assessment", "baseline-outcome", "care-plan-or-intervention"))
    assert together(["baseline-outcome"], four) == "only a baseline outcome"
    assert together(["baseline-outcome", "assessment"], four) == "an assessment and a baseline outcome"
    assert together(four.components, four) == "everything: nothing recorded yet"
    assert together(["first-contact"], Stop("all", ("first-contact",))) == "a first contact"
    either = ("care-plan", "evidence-based-intervention")
    assert together(either, Stop("any", either)) == "an agreed plan or an evidence-based intervention"


def test_the_next_step_is_the_first_thing_that_is_missing() -> None:
    assert next_step(["baseline-outcome", "first-contact"], waiting=True, died=None) == "Offer a first contact"
    assert next_step([], waiting=False, died=None) == ""
    assert next_step(["assessment"], waiting=True, died=START) == "None: this person has died"


def test_the_target_line_stands_between_day_28_and_day_29() -> None:
    """Week 4 ends with day 28, so the line stands at the end of the fourth bar."""
    chart = histogram({(4, True): 10, (5, False): 10}, 4, 530, 100)
    assert chart.bars[3].x + chart.bars[3].width <= chart.target_x <= chart.bars[4].x


def test_a_long_tail_does_not_press_the_weeks_flat() -> None:
    chart = histogram({(1, True): 90, (53, True): 6000, (53, False): 3000}, 4, 530, 100)
    assert chart.bars[0].lower == 100
    tail = chart.bars[-1]
    assert (tail.cut, tail.lower + tail.upper, tail.lower / tail.upper) == (True, 100, 2)
    assert not chart.bars[0].cut
    assert not histogram({}, 4, 530, 100).bars[-1].cut


def test_an_axis_ends_at_an_even_round_number() -> None:
    assert [round_up(value) for value in (0, 1, 7, 90, 91, 1399, 525_000)] == [2, 2, 8, 90, 92, 1400, 540_000]


def test_a_line_from_least_to_greatest() -> None:
    assert sparkline([5, 10, 7.5], 100, 20) == "0.0,20.0 50.0,0.0 100.0,10.0"
    assert sparkline([3, 3], 100, 20) == "0.0,10.0 100.0,10.0"


def test_a_bar_for_each_day_with_and_without_waits() -> None:
    found = days({START + timedelta(2): 4, START + timedelta(3): 2}, START, 3, 30, 56)
    assert [(day.on.day, day.spells, day.height) for day in found] == [(2, 0, 0), (3, 4, 56), (4, 2, 28)]


def test_a_timeline_is_to_scale_and_nothing_on_it_overlaps() -> None:
    events = [
        Event(START, "missed", "contact: not attended"),
        Event(START + timedelta(10), "met", "first contact"),
        Event(START + timedelta(10), "met", "assessment"),
        Event(START + timedelta(11), "met", "baseline outcome"),
        Event(START + timedelta(50), "met", "agreed plan or intervention"),
        Event(START + timedelta(90), "uncounted", "score: outside the spell"),
        Event(START - timedelta(1), "uncounted", "contact: outside the spell"),
    ]
    own = Bar("National", START, START + timedelta(50), START + timedelta(28), within=False)
    earlier = Bar("Programme", START - timedelta(25), START + timedelta(10), START + timedelta(3), within=False)
    drawn = timeline([own, earlier], events)
    assert [mark.day for mark in drawn.marks] == [0, 10, 10, 11, 50]
    first, second = drawn.bars
    assert (first.x, first.x + first.width) == pytest.approx((drawn.marks[0].x, drawn.marks[-1].x))
    assert (first.target_x - first.x) / first.width == pytest.approx(28 / 50)
    assert (second.width, first.x - second.x) == pytest.approx((first.width * 35 / 50, first.width * 25 / 50))
    assert second.y > first.y > drawn.axis_y
    assert [day for x, day in drawn.ticks if x == pytest.approx(first.x)] == [0]
    assert len({mark.y for mark in drawn.marks if mark.day in {10, 11}}) == 3
    assert drawn.marks[-1].leftwards
    assert max(mark.y for mark in drawn.marks) < drawn.axis_y
