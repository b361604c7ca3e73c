"""What was known when: every answer in the history of a spell is the one that was given then, and the last is today's."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.waits.rules.clock import clocks
from services.waits.rules.definition import Definition
from services.waits.rules.facts import facts
from services.waits.rules.history import Answer, Moment, answer_of, history
from shared.versions import Said
from tests.properties.histories import Sent, days, folded, histories, law
from tests.spec.reference import DEFINITIONS, REFERENCE

definitions = st.sampled_from(sorted(DEFINITIONS.values(), key=lambda definition: definition.id))


def _said(sent: list[Sent]) -> list[Said]:
    return [(one.kind, one.provider, one.record_id, one.version) for one in sent]


def _answers(sent: list[Sent], under: Definition, at: date) -> dict[str, Answer | None]:
    return {clock.spell_id: answer_of(clock) for clock in clocks(facts(folded(sent)), REFERENCE, under, at)}


@law
@given(histories, definitions, days)
def test_the_last_answer_of_a_history_is_todays(sent: list[Sent], under: Definition, at: date) -> None:
    today = _answers(sent, under, at)
    for spell_id in {*today, "RXX:R1", "RXX:R2"}:
        told = history(_said(sent), REFERENCE, under, at, spell_id)
        assert told[-1].answer == today.get(spell_id) or spell_id not in today
        assert [moment.said for moment in told if moment.said] == sorted(_said(sent), key=lambda one: one[3][1])


@law
@given(histories, definitions, days)
def test_every_answer_of_a_history_was_the_answer_then(sent: list[Sent], under: Definition, at: date) -> None:
    in_order = sorted(sent, key=lambda one: one.version[1])
    for spell_id in _answers(sent, under, at):
        came = 0
        for moment in history(_said(sent), REFERENCE, under, at, spell_id):
            came += moment.said is not None
            then = _answers(in_order[:came], under, moment.on)
            assert moment.answer is None or moment.answer in then.values()
            assert moment.on <= at


@law
@given(histories, definitions, days)
def test_an_answer_moves_only_where_a_change_is_told(sent: list[Sent], under: Definition, at: date) -> None:
    for spell_id in _answers(sent, under, at):
        before: Answer | None = None
        for moment in history(_said(sent), REFERENCE, under, at, spell_id):
            assert bool(moment.changes) == (before != moment.answer)
            assert moment.said is not None or moment.changes
            before = moment.answer


def test_moments_are_told_in_order() -> None:
    moments = history([], REFERENCE, DEFINITIONS["national-2024"], date(2024, 9, 30), "RXX:R1")
    assert moments == list[Moment]()
