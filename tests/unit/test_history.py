"""What was known when, by example: what each version that came changed, as a person would tell it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.waits.rules.history import Change, history
from shared.versions import Said
from tests.spec.reference import NATIONAL, REFERENCE

AT = date(2024, 9, 30)
TEAMS = [{"team": "T1", "team_type": "A06"}]


def came(day: str, kind: str, record_id: str, **data: Any) -> Said:
    """A version received and recorded at noon of a day of 2024; without data it is void."""
    instant = int(datetime.fromisoformat(f"2024-{day}T12:00:00").replace(tzinfo=UTC).timestamp()) * 1_000_000
    return kind, "RXX", record_id, [instant, instant, "/RXX/epr", f"e-{day}-{kind}-{record_id}", data or None]


def referral(day: str, record_id: str, received_on: str, **more: Any) -> Said:
    return came(day, "referral", record_id, received_on=f"2024-{received_on}", teams=TEAMS, **more)


def contact(day: str, on: str, attendance: str = "5") -> Said:
    return came(day, "contact", "C1", referral_id="R1", on=f"2024-{on}", attendance=attendance, medium="01")


def plan(day: str, on: str) -> Said:
    return came(day, "care-plan", "P1", created_on=f"2024-{on}", agreed_by="person")


BORN = came("06-30", "person", "", birth_date="1980-01-01")
OPEN = referral("07-01", "R1", "07-01")
SCORE = came("07-11", "score", "S1", referral_id="R1", on="2024-07-10", code="1037651000000100", value=4)
SEEN = contact("07-11", "07-10"), came("07-11", "assessment", "A1", referral_id="R1", on="2024-07-10", code="DEMO-ASSESSMENT"), SCORE
STOPPED = [BORN, OPEN, *SEEN, plan("07-20", "07-19")]

STORIES: dict[str, tuple[list[Said], list[str]]] = {
    "a referral starts it": ([BORN, OPEN], ["started 1 Jul"]),
    "the person comes later than the referral": ([OPEN, came("07-03", "person", "", birth_date="1980-01-01")], ["started 1 Jul"]),
    "a contact counts for nothing": ([BORN, OPEN, contact("07-11", "07-10", "3")], [""]),
    "a contact is the first": ([BORN, OPEN, contact("07-11", "07-10")], ["component met 10 Jul"]),
    "a contact is corrected": ([BORN, OPEN, contact("07-11", "07-10"), contact("07-12", "07-09")], ["component moved 10 Jul 9 Jul"]),
    "a contact turns out not attended": (
        [BORN, OPEN, contact("07-11", "07-10"), contact("07-12", "07-10", "3")],
        ["component no longer met 10 Jul"],
    ),
    "the last component stops it": (STOPPED, ["component met 19 Jul", "stopped 19 Jul"]),
    "a later version of the plan": ([*STOPPED, plan("07-21", "07-20")], [""]),
    "an older plan turns up": (
        [*STOPPED, came("07-25", "care-plan", "P0", created_on="2024-07-15", agreed_by="person")],
        ["component moved 19 Jul 15 Jul", "stop moved 19 Jul 15 Jul"],
    ),
    "the score is voided": ([*STOPPED, came("07-25", "score", "S1")], ["component no longer met 10 Jul", "reopened 19 Jul"]),
    "an earlier referral turns up": (
        [BORN, OPEN, referral("07-05", "R0", "06-20")],
        ["start moved 1 Jul 20 Jun"],
    ),
    "discharged": ([BORN, OPEN, referral("08-01", "R1", "07-01", discharged_on="2024-07-31")], ["ended 31 Jul"]),
    "the discharge is corrected": (
        [BORN, referral("07-02", "R1", "07-01", discharged_on="2024-07-02"), referral("08-01", "R1", "07-01", discharged_on="2024-07-31")],
        ["end moved 2 Jul 31 Jul"],
    ),
    "the discharge is taken back": (
        [BORN, referral("07-02", "R1", "07-01", discharged_on="2024-07-02"), referral("08-01", "R1", "07-01")],
        ["no longer ended 2 Jul"],
    ),
    "the referral is voided": ([BORN, OPEN, came("07-05", "referral", "R1")], ["withdrawn 1 Jul"]),
    "a health check": ([BORN, OPEN, came("07-05", "health-check", "H1", element="weight")], [""]),
}


def _words(day: date | None) -> str:
    return f" {day.day} {day:%b}" if day else ""


@pytest.mark.parametrize("story", STORIES)
def test_what_the_last_version_that_came_changed(story: str) -> None:
    said, expected = STORIES[story]
    last = [moment for moment in history(said, REFERENCE, NATIONAL, AT, "RXX:R1") if moment.said][-1]
    assert last.said == said[-1]
    assert [f"{one.what}{_words(one.was)}{_words(one.on)}" for one in last.changes] == [words for words in expected if words]


def test_a_discharge_dated_ahead_ends_the_spell_on_its_day_though_nothing_came() -> None:
    told = history([BORN, referral("07-02", "R1", "07-01", discharged_on="2024-07-31")], REFERENCE, NATIONAL, AT, "RXX:R1")
    assert [(moment.on, moment.said is None, [one.what for one in moment.changes]) for moment in told] == [
        (date(2024, 6, 30), False, []),
        (date(2024, 7, 2), False, [Change.STARTED]),
        (date(2024, 7, 31), True, [Change.ENDED]),
    ]


def test_a_version_received_out_of_order_stands_where_it_came() -> None:
    """The later version came first: what came after it is superseded, and changes nothing."""
    corrected, first = contact("07-12", "07-09"), contact("07-11", "07-10")
    first[3][1] = corrected[3][1] + 1
    told = history([BORN, OPEN, corrected, first], REFERENCE, NATIONAL, AT, "RXX:R1")
    assert [len(moment.changes) for moment in told if moment.said] == [0, 1, 1, 0]


def test_every_change_is_shown_here() -> None:
    shown = {words for _, expected in STORIES.values() for words in expected}
    paused = {Change.TARGET_MOVED}  # by pauses alone
    assert all(any(words.startswith(change) for words in shown) for change in set(Change) - paused)
