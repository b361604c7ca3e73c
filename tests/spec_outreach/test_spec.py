"""Every timeline holds, every rule has one on each side of its edge, and the committed page is the one they print."""

import pytest

from tests.spec_outreach.chapters import CHAPTERS
from tests.spec_outreach.page import COMMAND, PAGE, page
from tests.spec_outreach.timeline import Rule, Timeline, differences

RULES = [rule for rules in CHAPTERS.values() for rule in rules]


@pytest.mark.parametrize(
    ("rule", "timeline"),
    [pytest.param(rule, timeline, id=f"{rule.id}: {timeline.says}") for rule in RULES for timeline in rule.timelines],
)
def test_timeline_holds(rule: Rule, timeline: Timeline) -> None:
    assert differences(timeline) == [], rule.text


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_timelines_on_both_sides_of_its_edge(rule: Rule) -> None:
    """Whatever else they say, two of its stories must be answered differently."""
    assert len({repr(timeline.answer) for timeline in rule.timelines}) >= 2


def test_rules_are_numbered_in_order() -> None:
    assert [rule.id for rule in RULES] == [f"H{number}" for number in range(1, len(RULES) + 1)]


def test_the_committed_page_is_the_one_printed() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"docs/outreach-rules.md is out of date: run `{COMMAND}`"
