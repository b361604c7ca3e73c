"""The longest wait after the first contact, by example."""

from datetime import date

import pytest

from services.waits.rules.explain import explain
from services.waits.rules.facts import facts
from tests.spec.reference import NATIONAL, REFERENCE
from tests.spec.table import day, document

REFERRAL = "1 Jul | referral R1 |\n"
CARE = "10 Jul | assessment A1 |\n10 Jul | care plan P1 |\n10 Jul | score S1 |\n"


@pytest.mark.parametrize(
    ("table", "at", "expected"),
    [
        (REFERRAL, "30 Sep", None),
        (REFERRAL + "1 Jul | contact C1 |", "1 Jul", None),
        (REFERRAL + "10 Jul | contact C1 |", "30 Sep", ("first-contact", "today", 82)),
        ("1 Jul | referral R1 | discharged 20 Jul\n10 Jul | contact C1 |", "30 Sep", ("first-contact", "end", 10)),
        (REFERRAL + CARE + "10 Jul | contact C1 |", "30 Sep", None),
        (REFERRAL + CARE + "2 Jul | contact C1 |", "30 Sep", ("first-contact", "assessment", 8)),
        (
            REFERRAL + CARE.replace("score", "referral R2 |\n9 Aug | score") + "2 Jul | contact C1 | on R1",
            "30 Sep",
            ("care-plan", "stop", 30),
        ),
        (REFERRAL + CARE + "2 Jul | contact C1 |\n1 Sep | intervention I1 |", "30 Sep", ("stop", "intervention", 53)),
    ],
    ids=["not seen", "seen today", "still waits", "ended", "all at once", "before the stop", "until the stop", "after the stop"],
)
def test_the_longest_wait_after_the_first_contact(table: str, at: str, expected: tuple[str, str, int] | None) -> None:
    told = explain(facts(document(table)), REFERENCE, NATIONAL, day(at), "RXX:R1")
    assert told.hidden_wait == expected


def test_a_wait_lies_between_every_two_milestones() -> None:
    told = explain(facts(document(REFERRAL + CARE + "2 Jul | contact C1 |")), REFERENCE, NATIONAL, date(2024, 9, 30), "RXX:R1")
    count = len(told.milestones)
    assert list(told.milestones) == ["received", "first-contact", "assessment", "care-plan", "stop"]
    assert len(told.internal_waits) == count * (count - 1) / 2
    assert ("received", "stop", 9) in told.internal_waits
