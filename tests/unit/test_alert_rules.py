"""Rules for alerts: each threshold fires once when it is reached, and again only after it was let go."""

import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.waits.rules.alerts import (
    BACK_OFF_SECONDS,
    MEASURES,
    Direction,
    Measure,
    Rule,
    in_order,
    let_go,
    next_attempt,
    reached,
    spoken,
    step,
    wrong,
)
from services.waits.rules.messages import BEHIND, behind, card, document, headline, text

PAST = Rule("past-target", "above", (100, 200, 300))
SHARE = Rule("share-within", "below", (60, 50))


def told(rule: Rule, values: list[float | None]) -> list[tuple[tuple[float, ...], tuple[float, ...]]]:
    """What each look in turn fires and lets go."""
    standing: set[float] = set()
    found = []
    for value in values:
        fired, resolved = step(rule, standing, value)
        standing = (standing | set(fired)) - set(resolved)
        found.append((fired, resolved))
    return found


def test_each_threshold_fires_once_and_again_after_it_was_let_go() -> None:
    values: list[float | None] = [99, 100, 150, 96, 99, 100, 95, 100, 301, None, 301, 0]
    assert told(PAST, values) == [
        ((), ()), ((100,), ()), ((), ()), ((), ()), ((), ()), ((), ()),  # 96 is not back by a twentieth: 100 is told once
        ((), (100,)), ((100,), ()), ((200, 300), ()), ((), ()), ((), ()), ((), (100, 200, 300)),
    ]  # fmt: skip


def test_a_share_falls() -> None:
    assert told(SHARE, [61, 60, 61.9, 59, 49.5, 51.9, 52, 62]) == [
        ((), ()), ((60,), ()), ((), ()), ((), ()), ((50,), ()), ((), ()), ((), (50,)), ((), (60,)),
    ]  # fmt: skip


def test_a_threshold_that_the_rule_has_no_more_is_let_go() -> None:
    assert step(PAST, {100, 250}, 260) == ((200,), (250,))
    assert step(PAST, {250}, None) == ((), (250,))


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (PAST, None),
        (SHARE, None),
        (Rule("waiting", "above", ()), "1 to 6"),
        (Rule("waiting", "above", (1, 2, 3, 4, 5, 6, 7)), "1 to 6"),
        (Rule("waiting", "above", (0, 2)), "always"),
        (Rule("share-within", "below", (100,)), "always"),
        (Rule("share-within", "above", (101,)), "0 to 100"),
        (Rule("waiting", "below", (-1,)), "from 0"),
        (Rule("waiting", "above", (10_000_001,)), "from 0"),
        (Rule("bed-days", "above", (1,)), "not known"),  # type: ignore[arg-type]
    ],
)
def test_a_rule_that_could_tell_nothing_is_refused(rule: Rule, why: str | None) -> None:
    problem = wrong(rule)
    assert (problem is None) == (why is None)
    assert why is None or why in str(problem)


NUMBERS = st.one_of(st.integers(0, 400), st.floats(0, 400).map(lambda value: round(value, 1)))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    measure: Measure = draw(st.sampled_from(get_args(Measure)))
    direction: Direction = draw(st.sampled_from(get_args(Direction)))
    top = 99 if measure == "share-within" else 400
    lines = draw(st.sets(st.integers(1, top), min_size=1, max_size=6))
    return Rule(measure, direction, in_order(direction, lines))


@given(rules(), st.lists(NUMBERS, max_size=40))
def test_a_threshold_alternates_between_firing_and_being_let_go(rule: Rule, values: list[float]) -> None:
    assert wrong(rule) is None
    last: dict[float, str] = {}
    for fired, resolved in told(rule, [*values]):
        assert not set(fired) & set(resolved)
        for line in fired:
            assert last.get(line) != "fired"
            last[line] = "fired"
        for line in resolved:
            assert last[line] == "fired"
            last[line] = "resolved"


@given(rules())
def test_every_threshold_can_be_let_go_and_never_while_it_is_reached(rule: Rule) -> None:
    best = 0.0 if rule.direction == "above" else 100.0 if rule.measure == "share-within" else math.inf
    for line in rule.thresholds:
        assert let_go(rule, line, best)
        assert reached(rule, line, line)
        assert not let_go(rule, line, line)


def test_a_message_is_tried_for_ten_hours_and_then_given_up() -> None:
    assert [next_attempt(number) for number in range(1, 9)] == [*BACK_OFF_SECONDS, None]


FACTS = {
    "rule": 7, "title": "Westside", "measure": "past-target", "direction": "above", "thresholds": [200, 300], "value": 311.0,
    "providers": {"RXA": "Westside Trust"}, "provider": "RXA", "team_type": "A06", "team": "Functional CMHT", "definition": None,
    "at": "2026-03-12T09:12:08Z",
}  # fmt: skip


def test_a_message_counts_and_links() -> None:
    assert headline(FACTS) == "Westside: 311 waiting, past 28 days (rises to 200 or 300)"
    body = text(FACTS, "https://waits.example")
    assert "https://waits.example/waits/list?state=past-target&provider=RXA&team_type=A06" in body
    assert "https://waits.example/alerts/rules/7" in body
    assert "Westside Trust (RXA), Functional CMHT" in body
    sent = document(FACTS, "https://waits.example", "k1")
    assert (sent["id"], sent["value"], sent["thresholds"]) == ("k1", 311.0, [200, 300])
    [attachment] = card(FACTS, "https://waits.example")["attachments"]
    assert attachment["content"]["body"][0]["text"] == headline(FACTS)
    assert [action["url"] for action in attachment["content"]["actions"]] == [sent["link"], sent["rule_link"]]
    assert spoken("share-within", 62.5, None) == "62.5% of this quarter's stops within 28 days"
    assert headline(FACTS | {"definition": "eip-2016@1"}) == "Westside: 311 waiting, past the target (rises to 200 or 300)"


def test_the_page_behind_is_narrowed_as_the_rule_is() -> None:
    assert behind(FACTS | {"definition": "eip-2016@1"}).endswith("&definition=eip-2016@1")
    assert behind(FACTS | {"measure": "gaps"}) == "/data-quality/list?provider=RXA"
    assert behind(FACTS | {"measure": "silent-feeds", "provider": None}) == "/data-quality"


def test_every_measure_has_words_and_a_page_behind_it() -> None:
    assert set(get_args(Measure)) == set(MEASURES) == set(BEHIND)
