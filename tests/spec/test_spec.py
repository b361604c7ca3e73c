"""Every timeline holds, every rule has one, every reason is shown, and the committed page is the one they print."""

import pytest

from services.waits.rules.reasons import Reason
from tests.spec.chapters import CHAPTERS
from tests.spec.page import COMMAND, PAGE, page
from tests.spec.reference import DEFINITIONS
from tests.spec.timeline import Rule, Timeline, differences

RULES = [rule for rules in CHAPTERS.values() for rule in rules]
BY_THE_LEDGER = {Reason.SUPERSEDED, Reason.RECEIVED_AFTER}  # a timeline folds to what stands; tests/component/test_effects.py shows them


@pytest.mark.parametrize(
    ("rule", "timeline"),
    [pytest.param(rule, timeline, id=f"{rule.id}: {timeline.says}") for rule in RULES for timeline in rule.timelines],
)
def test_timeline_holds(rule: Rule, timeline: Timeline) -> None:
    assert differences(timeline) == [], rule.text


@pytest.mark.parametrize("number", range(1, 27))
def test_every_rule_has_timelines_on_both_sides_of_its_edge(number: int) -> None:
    """Whatever else they say, two of its stories must be answered differently."""
    told = [timeline for rule in RULES if rule.id == f"W{number}" for timeline in rule.timelines]
    answers = {repr((sorted(timeline.answer), timeline.answer, timeline.not_counted, timeline.together)) for timeline in told}
    assert len(answers) >= 2


def test_every_shipped_definition_has_timelines() -> None:
    assert {timeline.under for rule in RULES for timeline in rule.timelines} == set(DEFINITIONS)


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason not in BY_THE_LEDGER])
def test_every_reason_is_shown_by_a_timeline(reason: Reason) -> None:
    assert reason in {shown for rule in RULES for timeline in rule.timelines for shown in timeline.not_counted.values()}


def test_the_committed_page_is_the_one_printed() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"docs/clock-rules.md is out of date: run `{COMMAND}`"
