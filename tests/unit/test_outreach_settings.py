"""A provider's own settings: from the day they begin, and refused in one line that names the remedy."""

from datetime import date
from typing import Any

import pytest

from services.outreach.rules.schedule import Annual
from services.outreach.rules.settings import Rung, Settings, shipped

FIRST = date(2024, 6, 1)
ANNUAL = {
    "rule": "annual", "id": "annual-recall", "version": 2, "title": "Annual", "source": "RXX", "date": "2024-06-01",
    "months": 12, "first_months": 1, "invite_days": 56,
}  # fmt: skip
LADDER = [{"channel": "call", "after_days": 0}, {"channel": "text", "after_days": 3}]


def test_a_setting_holds_from_its_day_for_its_provider_alone() -> None:
    settings = Settings([("RXX", "ladder", FIRST, LADDER)])
    assert settings.of("RXX", date(2024, 5, 31)) == shipped()
    assert settings.of("RXX", FIRST).ladder == (Rung("call", 0), Rung("text", 3))
    assert settings.of("RXT", FIRST) == shipped()
    assert (settings.change_after("RXX", date(2024, 5, 31)), settings.change_after("RXX", FIRST)) == (FIRST, None)
    assert settings.change_after("RXT", date(2024, 5, 31)) is None


def test_a_providers_own_wins_over_everybodys_and_a_later_over_an_earlier() -> None:
    rows = [("*", "declined-months", date(2024, 8, 1), 3), ("RXX", "declined-months", FIRST, 6), ("*", "declined-months", FIRST, 9)]
    settings = Settings(rows)
    assert settings.of("RXX", date(2024, 9, 1)).declined_months == 6
    assert [settings.of("RXT", day).declined_months for day in (date(2024, 5, 1), FIRST, date(2024, 8, 1))] == [12, 9, 3]


def test_a_schedule_is_replaced_whole() -> None:
    own = Settings([("RXX", "schedule.annual-recall", FIRST, ANNUAL)]).of("RXX", FIRST)
    assert isinstance(own.annual, Annual)
    assert (own.annual.version, own.annual.invite_days) == (2, 56)
    assert own.schedules.keys() == shipped().schedules.keys()


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("laddr", LADDER, "laddr: no such setting: use schedule.<id>, findings, ladder"),
        ("ladder", LADDER[:1], "ladder: at least two rungs"),
        ("ladder", [{"channel": "fax", "after_days": 0}], "ladder.channel: 'fax' is not one of letter"),
        ("ladder", "call", "ladder: a list is needed"),
        ("low-risk-lipids-months", 18, "low-risk-lipids-months: 18 is neither 12 nor 24"),
        ("follow-up-days", {"smoking": 0}, "follow-up-days.smoking: 0 is too small"),
        ("follow-up-days", {"fear": 3}, "follow-up-days.fear: no such field"),
        ("automatic-messages", 1, "automatic-messages: true or false is needed"),
        ("schedule.annual-recall", ANNUAL | {"months": 0}, "schedule.annual-recall.months: 0 is too small"),
        ("schedule.annual-recall", ANNUAL | {"date": "June"}, "schedule.annual-recall.date: 'June' is no date"),
        ("schedule.other", ANNUAL, "schedule.other.id: 'annual-recall' stands under schedule.other"),
        ("schedule.annual-recall", ANNUAL | {"id": "yearly"}, "schedule.annual-recall.id: 'yearly' stands under"),
        ("schedule.clozapine", ANNUAL | {"id": "clozapine"}, "schedule.clozapine.id: 'clozapine' is no schedule of this rule"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(name: str, value: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        Settings([("RXX", name, FIRST, value)])
    assert str(refused.value).startswith(complaint)
    assert "\n" not in str(refused.value)


def test_every_shipped_schedule_names_its_source() -> None:
    assert all(one.source and one.version >= 1 and one.title for one in shipped().schedules.values())
    assert shipped().findings.source
