"""Laws that hold for every clock, whatever was recorded."""

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, note
from hypothesis import strategies as st

from services.waits.rules.clock import clock as clock_of
from services.waits.rules.clock import clocks, clocks_under
from services.waits.rules.definition import Definition
from services.waits.rules.explain import explain
from services.waits.rules.facts import facts
from services.waits.rules.next_change import next_change
from services.waits.rules.pauses import may_stand_still
from services.waits.rules.spells import spells
from services.waits.rules.succession import inherited
from services.waits.rules.terms import Terms
from shared.versions import Document, fold
from tests.properties.histories import Sent, days, folded, histories, law
from tests.spec.reference import DEFINITIONS, NATIONAL, REFERENCE

definitions = st.sampled_from(list(DEFINITIONS.values()))


@law
@given(histories, st.data(), days, definitions)
def test_order_repetition_and_batching_leave_no_trace(history: list[Sent], data: st.DataObject, at: date, under: Definition) -> None:
    again = data.draw(st.lists(st.sampled_from(history)).flatmap(lambda repeated: st.permutations(history + repeated)))
    batch = data.draw(st.integers(1, 7))
    other: Document = {}
    for first in range(0, len(again), batch):
        other = json.loads(json.dumps(other))  # every batch reads what the last one wrote
        for one in again[first : first + batch]:
            fold(other, one.kind, one.provider, one.record_id, one.version)
    assert other == folded(history)
    assert clocks(facts(other), REFERENCE, under, at) == clocks(facts(folded(history)), REFERENCE, under, at)


@law
@given(histories)
def test_what_is_known_already_changes_nothing(history: list[Sent]) -> None:
    document = folded(history)
    assert not any(fold(document, one.kind, one.provider, one.record_id, one.version) for one in history)
    assert document == folded(history)


@law
@given(histories, days, definitions)
def test_every_clock_runs_forward(history: list[Sent], at: date, under: Definition) -> None:
    for clock in clocks(facts(folded(history)), REFERENCE, under, at):
        note(str(clock))
        assert clock.start <= at
        assert clock.end is None or clock.end <= at
        assert clock.stop is None or clock.start <= clock.stop <= at
        assert clock.wait_days is None or clock.wait_days >= 0
        assert clock.within_target == (None if clock.wait_days is None else clock.wait_days <= under.target_days)
        assert under.after_end or all(met.on <= (clock.end or at) for met in clock.components.values())
        assert all(clock.start <= met.on <= at for met in clock.components.values())
        assert (clock.waited_days(at) is None) == (clock.stop is not None or clock.end is not None)
        assert (clock.missing == ()) == (clock.stop is not None)
        assert set(clock.missing) <= set(under.stop.components) - clock.components.keys()
        assert clock.paused_days == 0 or under.pauses
        assert clock.provider in clock.providers
        assert clock.closed == (clock.end is not None) or under.closed_by != frozenset(under.ends)


@law
@given(histories, days)
def test_what_definitions_see_alike_is_theirs_alone_too(history: list[Sent], at: date) -> None:
    pathway, alone = facts(folded(history)), []
    for under in DEFINITIONS.values():
        terms = Terms(under, REFERENCE, at)
        whole = inherited(pathway, terms)
        alone += [clock_of(spell, whole, terms) for spell in spells(whole, terms)[0]]
    assert clocks_under(DEFINITIONS.values(), pathway, REFERENCE, at) == alone


def test_definitions_of_one_sight_differ_in_judgement_alone() -> None:
    alike = {name for name, one in DEFINITIONS.items() if one.sight == NATIONAL.sight}
    assert {"national-2024", "consultation-2021", "first-contact", "second-contact", "local-pausable"} <= alike
    seen = {
        "start": "decided-on",
        "media": frozenset({"01"}),
        "team_types": {"A06": "A06"},
        "stays": True,
        "uses": {},
        "for_each_team": True,
    }
    for name, value in seen.items():
        assert replace(NATIONAL, **{name: value}).sight != NATIONAL.sight  # type: ignore[arg-type]


@law
@given(histories, days)
def test_spells_part_all_referrals_and_never_touch(history: list[Sent], at: date) -> None:
    told = clocks(facts(folded(history)), REFERENCE, NATIONAL, at)
    assert told == sorted(told, key=lambda clock: (clock.provider, clock.start, clock.referral_ids))
    for earlier, later in pairwise(told):
        if earlier.provider == later.provider:
            assert earlier.end is not None
            assert later.start > earlier.end + timedelta(5)
            assert not set(earlier.referral_ids) & set(later.referral_ids)


@law
@given(histories, days, st.integers(1, 60), definitions)
def test_time_alone_changes_nothing_before_the_next_change(history: list[Sent], at: date, length: int, under: Definition) -> None:
    pathway = facts(folded(history))
    change = next_change(pathway, at)
    now = clocks(pathway, REFERENCE, under, at)
    if any(may_stand_still(under, one.start, one.paused_days, one.dna_count, at) for one in now if one.stop is one.end is None):
        change = at + timedelta(1)
    later = at + timedelta(length) if change is None else min(at + timedelta(length), change - timedelta(1))
    assert clocks(pathway, REFERENCE, under, later) == now
    for clock in now:
        waited = clock.waited_days(at)
        assert clock.waited_days(later) == (None if waited is None else waited + (later - at).days)


@law
@given(histories, days, definitions)
def test_explanation_and_clock_never_disagree(history: list[Sent], at: date, under: Definition) -> None:
    pathway = facts(folded(history))
    for clock in clocks(pathway, REFERENCE, under, at):
        told = explain(pathway, REFERENCE, under, at, clock.spell_id)
        assert told.clock == clock
        assert list(told.components) == list(under.stop.components)
        assert {name: met for name, met in told.components.items() if met} == {
            name: met for name, met in clock.components.items() if name in under.stop.components
        }
        counted = {met.event_id for name, met in clock.components.items() if name in under.asked}
        uncounted = [event.event_id for event in told.uncounted]
        assert len(uncounted) == len(set(uncounted))
        assert not counted & set(uncounted)
        if "treatment-contact" not in under.asked and under.start != "help-sought":  # where an event may count without meeting one
            found = [pathway[provider] for provider in clock.providers]
            evidence = [fact for one in found for fact in (*one.contacts.values(), *one.activities, *one.scores, *one.plans)]
            assert {fact.event_id for fact in evidence} <= counted | set(uncounted)


@law
@given(histories, days)
def test_a_pause_only_ever_gives_time(history: list[Sent], at: date) -> None:
    """The same clocks as without pauses, with the paused days taken off and the day past the target moved on."""
    pathway, pausable = facts(folded(history)), DEFINITIONS["local-pausable"]
    running = replace(pausable, pauses=None)
    for paused, plain in zip(clocks(pathway, REFERENCE, pausable, at), clocks(pathway, REFERENCE, running, at), strict=True):
        assert (paused.spell_id, paused.stop, paused.end) == (plain.spell_id, plain.stop, plain.end)
        assert paused.breach_on >= plain.breach_on
        waited = (plain.stop or plain.end or at) - plain.start  # less than nothing where a referral's discharge is dated before it
        assert 0 <= paused.paused_days <= max(0, waited.days)
        assert plain.within_target is not True or paused.within_target


@law
@given(histories, days)
def test_waiting_for_less_never_takes_longer(history: list[Sent], at: date) -> None:
    """Of the same spells: help by any one of several things comes no later than by all of them."""
    pathway = facts(folded(history))
    several = replace(NATIONAL, waivers=())
    one_of = replace(several, stop=replace(NATIONAL.stop, mode="any"))
    for last, first in zip(clocks(pathway, REFERENCE, several, at), clocks(pathway, REFERENCE, one_of, at), strict=True):
        assert last.stop is None or (first.stop is not None and first.stop <= last.stop)
