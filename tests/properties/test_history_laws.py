"""What was known when: every answer in the history of a spell is the one that was given then, and the last is today's."""

from datetime import date

from hypothesis import given

from services.waits.rules.clock import Clock, clocks
from services.waits.rules.facts import facts
from services.waits.rules.history import Moment, history
from services.waits.rules.versions import Said
from tests.properties.histories import Sent, days, folded, histories, law
from tests.spec.reference import NATIONAL, REFERENCE


def _said(sent: list[Sent]) -> list[Said]:
    return [(one.kind, one.provider, one.record_id, one.version) for one in sent]


def _answers(sent: list[Sent], at: date) -> dict[str, Clock]:
    return {clock.spell_id: clock for clock in clocks(facts(folded(sent)), REFERENCE, NATIONAL, at)}


@law
@given(histories, days)
def test_the_last_answer_of_a_history_is_todays(sent: list[Sent], at: date) -> None:
    today = _answers(sent, at)
    for spell_id in {*today, "RXX:R1", "RXX:R2"}:
        told = history(_said(sent), REFERENCE, NATIONAL, at, spell_id)
        assert told[-1].clock == today.get(spell_id) or spell_id not in today
        assert [moment.said for moment in told if moment.said] == sorted(_said(sent), key=lambda one: one[3][1])


@law
@given(histories, days)
def test_every_answer_of_a_history_was_the_answer_then(sent: list[Sent], at: date) -> None:
    in_order = sorted(sent, key=lambda one: one.version[1])
    for spell_id in _answers(sent, at):
        came = 0
        for moment in history(_said(sent), REFERENCE, NATIONAL, at, spell_id):
            came += moment.said is not None
            then = _answers(in_order[:came], moment.on)
            assert moment.clock is None or moment.clock in then.values()
            assert moment.on <= at


@law
@given(histories, days)
def test_an_answer_moves_only_where_a_change_is_told(sent: list[Sent], at: date) -> None:
    for spell_id in _answers(sent, at):
        before: Clock | None = None
        for moment in history(_said(sent), REFERENCE, NATIONAL, at, spell_id):
            assert bool(moment.changes) == (_read(before) != _read(moment.clock))
            assert moment.said is not None or moment.changes
            before = moment.clock


def _read(clock: Clock | None) -> object:
    if clock is None:
        return None
    met = {name: found.on for name, found in clock.components.items()}
    return clock.start, clock.end, clock.stop, clock.breach_on, met


def test_moments_are_told_in_order() -> None:
    moments = history([], REFERENCE, NATIONAL, date(2024, 9, 30), "RXX:R1")
    assert moments == list[Moment]()
