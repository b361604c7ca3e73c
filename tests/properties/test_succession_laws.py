"""Laws of succession: nothing is lost or doubled, nothing changes before the day, and to ask twice changes nothing."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.waits.rules.clock import clocks
from services.waits.rules.definition import Definition
from services.waits.rules.facts import Pathway, facts
from services.waits.rules.next_change import next_change
from services.waits.rules.pauses import may_stand_still
from services.waits.rules.reference import Reference
from services.waits.rules.succession import inherited
from services.waits.rules.terms import Terms
from tests.properties.histories import Sent, days, folded, histories, law
from tests.spec.reference import DEFINITIONS, EXCLUDED_PROVIDERS, MEMBERS, TOOLS

definitions = st.sampled_from(list(DEFINITIONS.values()))


def succeeded(first_day: date) -> Reference:
    return Reference(MEMBERS, TOOLS.values(), EXCLUDED_PROVIDERS, successions=[("RXX", "RYY", first_day)])


def told_of(pathway: Pathway) -> Counter[tuple[str, str]]:
    """Every referral, activity, score, stay and pause there is, but for the provider."""
    return Counter(
        (fact.kind, fact.id)
        for records in pathway.values()
        for facts in (records.referrals, records.activities, records.scores, records.stays, records.pauses)
        for fact in facts
    )


@law
@given(histories, days, days, definitions)
def test_nothing_is_lost_and_to_ask_twice_changes_nothing(history: list[Sent], first_day: date, at: date, definition: Definition) -> None:
    pathway = facts(folded(history))
    terms = Terms(definition, succeeded(first_day), at)
    after = inherited(pathway, terms)
    before_, after_ = told_of(pathway), told_of(after)
    assert before_.keys() == after_.keys()
    assert all(after_[name] <= number for name, number in before_.items())  # less: what both tell of under one id is one
    assert inherited(after, terms) == after
    if at < first_day:
        assert after is pathway


@law
@given(histories, days, days, definitions)
def test_who_is_succeeded_starts_no_spell_from_that_day_on(history: list[Sent], first_day: date, at: date, definition: Definition) -> None:
    reference = succeeded(first_day)
    told = clocks(facts(folded(history)), reference, definition, at)
    assert len({clock.spell_id for clock in told}) == len(told)
    if at >= first_day:
        old = [clock for clock in told if clock.provider == "RXX" and definition.unit != "person"]
        assert all(clock.end is not None and clock.end < first_day for clock in old)


@law
@given(histories, days, days, st.integers(1, 60), definitions)
def test_the_day_is_a_change_that_time_brings(history: list[Sent], first_day: date, at: date, length: int, definition: Definition) -> None:
    pathway, reference = facts(folded(history)), succeeded(first_day)
    change = next_change(pathway, at, reference)
    now = clocks(pathway, reference, definition, at)
    if any(may_stand_still(definition, one.start, one.paused_days, one.dna_count, at) for one in now if one.stop is one.end is None):
        change = at + timedelta(1)
    later = at + timedelta(length) if change is None else min(at + timedelta(length), change - timedelta(1))
    assert clocks(pathway, reference, definition, later) == now


def test_whoever_succeeds_in_a_line_succeeded_all_before() -> None:
    line = Reference(successions=[("RXA", "RXB", date(2024, 4, 1)), ("RXB", "RXC", date(2025, 4, 1)), ("RXD", "RXE", date(2025, 4, 1))])
    assert line.succeeded_by({"RXC"}) == {"RXA", "RXB"}
    assert line.succeeded_by({"RXA"}) == frozenset()
