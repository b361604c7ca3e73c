"""How people stood on past days, as spans, says the same as the worklist of each of those days would."""

from collections.abc import Sequence
from datetime import date, timedelta

from services.outreach.rules.entered import NOTHING
from services.outreach.rules.facts import facts
from services.outreach.rules.past import Span, past
from services.outreach.rules.reference import Reference
from services.outreach.rules.settings import Settings
from services.outreach.rules.standing import standing
from services.outreach.rules.tasks import tasks
from tests.component import outreach_rows
from tests.component.outreach_rows import AT, OnRegister

SETTINGS, REFERENCE = Settings(), Reference()


def covers(spans: Sequence[Span], day: date) -> bool:
    return any(since <= day and (until is None or day < until) for since, until in spans)


def odd() -> list[OnRegister]:
    """Checked at each edge of a year, left, dead, and complete long ago."""
    six = ("alcohol", "blood glucose", "blood pressure", "bmi", "blood lipids", "smoking")
    return [
        OnRegister("a", checked=dict.fromkeys(six, 366)),
        OnRegister("b", checked={name: 300 + number * 20 for number, name in enumerate(six)}),
        OnRegister("c", checked=dict.fromkeys(six, 500), left=100),
        OnRegister("d", checked=dict.fromkeys(six, 90), died=30),
        OnRegister("e", checked=dict.fromkeys(six, 30), entered=20),
        OnRegister("f", checked=dict.fromkeys(six[:5], 30)),
    ]


def test_spans_say_what_the_worklist_of_each_day_would() -> None:
    registered = complete = 0
    for one in [*odd(), *list(outreach_rows.people())[::9]]:
        life = facts(outreach_rows.document(one))
        told = past(life, AT)
        for days in (0, 1, 2, 19, 20, 21, 29, 30, 31, 99, 100, 101, 134, 135, 136, 299, 300, 365, 366, 400, 500, 899, 900, 901):
            day = AT - timedelta(days)
            stands = standing(life, tasks(life, NOTHING, SETTINGS, REFERENCE, day), NOTHING, SETTINGS, REFERENCE, day)
            on_register = stands is not None and stands.on_register
            assert covers(told.registered, day) == on_register, (one.personkey, days)
            assert covers(told.complete, day) == (on_register and stands is not None and stands.complete), (one.personkey, days)
            registered, complete = registered + on_register, complete + covers(told.complete, day)
    assert registered > 100 < complete * 3
