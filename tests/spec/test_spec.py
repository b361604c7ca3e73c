"""Every timeline holds, every rule has one, every reason is shown, and the committed page is the one they print."""

import pytest

from services.waits.rules.reasons import Reason
from tests.spec.chapters import CHAPTERS
from tests.spec.page import COMMAND, PAGE, page
from tests.spec.timeline import Rule, Timeline, differences

RULES = [rule for rules in CHAPTERS.values() for rule in rules]
BY_THE_LEDGER = {Reason.SUPERSEDED, Reason.RECEIVED_AFTER}  # a timeline folds to what stands; tests/component/test_effects.py shows them
MEASURES = {19, 21, 24}  # of periods and percentiles: rules of the returns, not of one clock


@pytest.mark.parametrize(
    ("rule", "timeline"),
    [pytest.param(rule, timeline, id=f"{rule.id}: {timeline.says}") for rule in RULES for timeline in rule.timelines],
)
def test_timeline_holds(rule: Rule, timeline: Timeline) -> None:
    assert differences(timeline) == [], rule.text


def test_every_rule_of_the_clock_has_timelines() -> None:
    told = {rule.id for rule in RULES if rule.timelines}
    assert {f"W{number}" for number in range(1, 27) if number not in MEASURES} <= told


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason not in BY_THE_LEDGER])
def test_every_reason_is_shown_by_a_timeline(reason: Reason) -> None:
    assert reason in {shown for rule in RULES for timeline in rule.timelines for shown in timeline.not_counted.values()}


def test_the_committed_page_is_the_one_printed() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"docs/clock-rules.md is out of date: run `{COMMAND}`"
