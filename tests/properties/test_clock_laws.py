"""Laws that hold for every clock of every definition, whatever was recorded."""

import json
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, note
from hypothesis import strategies as st

from services.waits.rules.clock import clocks
from services.waits.rules.definition import Definition
from services.waits.rules.explain import explain
from services.waits.rules.facts import facts
from services.waits.rules.next_change import next_change
from services.waits.rules.versions import Document, fold
from tests.properties.histories import DEFINITIONS, Sent, days, folded, histories, law
from tests.spec.reference import REFERENCE

definitions = st.sampled_from(DEFINITIONS)


@law
@given(histories, st.data(), days, definitions)
def test_order_repetition_and_batching_leave_no_trace(history: list[Sent], data: st.DataObject, at: date, definition: Definition) -> None:
    again = data.draw(st.lists(st.sampled_from(history)).flatmap(lambda repeated: st.permutations(history + repeated)))
    batch = data.draw(st.integers(1, 7))
    other: Document = {}
    for first in range(0, len(again), batch):
        other = json.loads(json.dumps(other))  # every batch reads what the last one wrote
        for one in again[first : first + batch]:
            fold(other, one.kind, one.provider, one.record_id, one.version)
    assert other == folded(history)
    assert clocks(facts(other), REFERENCE, definition, at) == clocks(facts(folded(history)), REFERENCE, definition, at)


@law
@given(histories, st.data())
def test_providers_may_be_heard_in_any_interleaving(history: list[Sent], data: st.DataObject) -> None:
    """Each provider's events in their own order, the providers' against each other in any."""
    feeds = {provider: [one for one in history if one.provider == provider] for provider in ("RXX", "RYY")}
    turns = data.draw(st.permutations([one.provider for one in history]))
    assert folded([feeds[provider].pop(0) for provider in turns]) == folded(history)


@law
@given(histories, st.data())
def test_what_was_known_then_is_part_of_what_is_known_later(history: list[Sent], data: st.DataObject) -> None:
    """As known at an instant: the versions received by it. What came since, folded onto that, is what is known now."""
    then = data.draw(st.sampled_from([one.version[1] for one in history]))
    known = folded([one for one in history if one.version[1] <= then])
    received = {one.version[3] for one in history if one.version[1] <= then}
    assert {version[3] for versions in known.values() for version in versions} <= received
    for one in history:
        if one.version[1] > then:
            fold(known, one.kind, one.provider, one.record_id, one.version)
    assert known == folded(history)


@law
@given(histories)
def test_what_is_known_already_changes_nothing(history: list[Sent]) -> None:
    document = folded(history)
    assert not any(fold(document, one.kind, one.provider, one.record_id, one.version) for one in history)
    assert document == folded(history)


@law
@given(histories, days, definitions)
def test_every_clock_runs_forward(history: list[Sent], at: date, definition: Definition) -> None:
    for clock in clocks(facts(folded(history)), REFERENCE, definition, at):
        note(str(clock))
        assert clock.start <= at
        assert clock.end is None or clock.end <= at
        assert clock.stop is None or clock.start <= clock.stop <= at
        assert clock.within_target is None or clock.wait_days is not None
        days_allowed = definition.target_days - (definition.target_test == "<")
        assert clock.within_target == (None if clock.wait_days is None else clock.wait_days <= days_allowed)
        assert all(met.on <= (clock.end or at) for met in clock.components.values())
        assert clock.first_contact is None or clock.start <= clock.first_contact
        assert (clock.waited_days(at) is None) == (clock.stop is not None or clock.end is not None)


@law
@given(histories, days, definitions)
def test_spells_part_all_referrals_and_never_touch(history: list[Sent], at: date, definition: Definition) -> None:
    told = clocks(facts(folded(history)), REFERENCE, definition, at)
    assert told == sorted(told, key=lambda clock: (clock.provider, clock.start, clock.referral_ids))
    for earlier, later in pairwise(told):
        if earlier.provider == later.provider:
            assert earlier.end is not None
            assert later.start > earlier.end + timedelta(definition.merge_gap_days)
            assert not set(earlier.referral_ids) & set(later.referral_ids)


@law
@given(histories, days, st.integers(1, 60), definitions)
def test_time_alone_changes_nothing_before_the_next_change(history: list[Sent], at: date, length: int, definition: Definition) -> None:
    pathway = facts(folded(history))
    change = next_change(pathway, at, REFERENCE, [definition])
    later = at + timedelta(length) if change is None else min(at + timedelta(length), change - timedelta(1))
    now = clocks(pathway, REFERENCE, definition, at)
    assert clocks(pathway, REFERENCE, definition, later) == now
    for clock in now:
        waited = clock.waited_days(at)
        assert clock.waited_days(later) == (None if waited is None else waited + (later - at).days)


@law
@given(histories, days, definitions)
def test_explanation_and_clock_never_disagree(history: list[Sent], at: date, definition: Definition) -> None:
    pathway = facts(folded(history))
    for clock in clocks(pathway, REFERENCE, definition, at):
        told = explain(pathway, REFERENCE, definition, at, clock.spell_id)
        assert told.clock == clock
        assert {name: met for name, met in told.components.items() if met} == {
            name: met for name, met in clock.components.items() if name in definition.stop.components
        }
        counted = {met.event_id for met in clock.components.values()}
        uncounted = [event.event_id for event in told.uncounted]
        records = pathway[clock.provider]
        evidence = [*records.contacts.values(), *records.activities, *records.scores, *records.plans]
        assert len(uncounted) == len(set(uncounted))
        assert not counted & set(uncounted)
        assert {fact.event_id for fact in evidence} <= counted | set(uncounted)
