"""Made-up lives on registers: the rules and the recount agree, and the recount finds what is planted in the rules."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.recount_lives import DifferenceError
from tests.support.recount_outreach_lives import compare

PEOPLE = 150


def test_rules_and_recount_agree() -> None:
    told = list(compare(11, PEOPLE))
    assert len(told) == 5
    assert all(line.endswith("0 differences") for line in told)


def _year_of_365_days(day: date, months: int) -> date:
    return day + timedelta(months * 365 // 12)


PLANTED: dict[str, tuple[str, Any]] = {
    "a year is 365 days": ("services.outreach.rules.recall.months_on", _year_of_365_days),
    "an offer closes a follow-up": (
        "services.outreach.rules.follow_ups.CLOSING",
        frozenset({"offered", "started", "attended", "completed"}),
    ),
    "a referral on closes when it is sent": ("services.outreach.rules.follow_ups.REFERRAL_ON", "nothing"),
    "nobody dies": ("services.outreach.rules.membership.death_date", lambda _: None),
    "who moved away is asked on": ("services.outreach.rules.membership.moved_out", lambda *_: None),
    "no lower threshold for anybody": ("services.outreach.rules.follow_ups.ethnicity", lambda _: None),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_fault_is_found(planted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*PLANTED[planted])
    with pytest.raises(DifferenceError):
        list(compare(11, PEOPLE))
