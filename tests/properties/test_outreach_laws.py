"""Laws that hold for everything outreach asks for, whatever was recorded and entered."""

import json
from datetime import date, timedelta

from hypothesis import given, note
from hypothesis import strategies as st

from services.outreach.rules.entered import Entered
from services.outreach.rules.facts import Life, facts
from services.outreach.rules.ladder import may_contact
from services.outreach.rules.membership import moved_out, runs
from services.outreach.rules.reference import Reference
from services.outreach.rules.settings import Settings
from services.outreach.rules.standing import next_change, standing
from services.outreach.rules.tasks import Task, tasks
from shared.versions import Document, fold
from tests.properties.histories import Sent, folded, law
from tests.properties.outreach_lives import SETTINGS, answers, ats, entered, histories

REFERENCE = Reference({"RXX": "nhs trust"})
settings = st.sampled_from(SETTINGS)


def what(task: Task) -> tuple[str, str]:
    """The schedule, and the element, finding or record that it asks for."""
    return task.schedule, task.element or task.finding or task.task_id.split(":", 2)[1]


@law
@given(histories, entered, st.data(), ats, settings)
def test_order_repetition_and_batching_leave_no_trace(
    history: list[Sent], made: Entered, data: st.DataObject, at: date, under: Settings
) -> None:
    again = data.draw(st.lists(st.sampled_from(history)).flatmap(lambda repeated: st.permutations(history + repeated)))
    batch = data.draw(st.integers(1, 7))
    other: Document = {}
    for first in range(0, len(again), batch):
        other = json.loads(json.dumps(other))
        for one in again[first : first + batch]:
            fold(other, one.kind, one.provider, one.record_id, one.version)
    shuffled = Entered(data.draw(st.permutations(made.attempts)), made.answers)
    told = [(facts(document), said) for document, said in ((other, shuffled), (folded(history), made))]
    found = [tasks(life, said, under, REFERENCE, at) for life, said in told]
    assert found[0] == found[1]
    rows = [standing(life, found[0], said, under, REFERENCE, at) for life, said in told]
    assert rows[0] == rows[1]


@law
@given(histories, entered, st.data(), ats, settings)
def test_at_most_one_live_task_for_a_thing_and_a_day(
    history: list[Sent], made: Entered, data: st.DataObject, at: date, under: Settings
) -> None:
    """I5; and stronger: of an element or a finding one is live in each schedule, whatever its day."""
    life = facts(folded(history))
    answered = data.draw(answers([one.task_id for one in tasks(life, made, under, REFERENCE, at)]))
    found = tasks(life, Entered(made.attempts, answered), under, REFERENCE, at)
    note("\n".join(map(str, found)))
    assert len({one.task_id for one in found}) == len(found)
    live = [one for one in found if one.closed_on is None]
    assert len({(*what(one), one.due_on, one.provider) for one in live}) == len(live)
    of_elements = [what(one) for one in live if one.element or one.finding]
    assert len(set(of_elements)) == len(of_elements)


@law
@given(histories, entered, ats, settings)
def test_nothing_is_live_after_the_end(history: list[Sent], made: Entered, at: date, under: Settings) -> None:
    life = facts(folded(history))
    found = tasks(life, made, under, REFERENCE, at)
    died = [one.death_date for one in {one.provider: one for one in life.persons}.values() if one.death_date and one.death_date <= at]
    reported = [one for one in made.attempts if one.result == "deceased" and one.voided_at is None and one.made_on <= at]
    if died or reported or moved_out(life, at):
        assert not [one for one in found if one.closed_on is None]
    if any(one.death_date for one in life.persons if one is {each.provider: each for each in life.persons}[one.provider]):
        assert may_contact(life, at, made) == "died"
    held = runs(life.entries, at)
    if not held or held[-1].end is not None:
        assert not [one for one in found if one.closed_on is None and one.schedule in {"annual-recall", "community-offer"}]
        row = standing(life, found, made, under, REFERENCE, at)
        assert row is None or not row.on_register


@law
@given(histories, entered, ats, settings)
def test_a_task_runs_forward_and_nobody_is_asked_early(history: list[Sent], made: Entered, at: date, under: Settings) -> None:
    life = facts(folded(history))
    found = tasks(life, made, under, REFERENCE, at)
    for one in found:
        note(str(one))
        assert one.opened_on <= one.invite_from
        assert one.opened_on <= at
        assert one.invite_from <= max(one.due_on, one.opened_on)
        assert (one.closed_on is None) == (one.outcome is None)
        assert one.closed_on is None or one.opened_on <= one.closed_on <= at
        assert (one.outcome == "stopped") == (one.stopped_because is not None)
        assert one.outcome in {None, "stopped"} or one.closed_by
        assert one.status(one.invite_from - timedelta(1)) in {"not yet", one.outcome}
    row = standing(life, found, made, under, REFERENCE, at)
    if row is not None and row.next_step is not None:
        asked = [one.invite_from for one in found if one.closed_on is None]
        assert row.next_step.on >= min(asked)
        assert row.hidden_until is None or row.next_step.on >= row.hidden_until
        assert row.contact_stopped in {None, "opted out"}


@law
@given(histories, entered, ats, st.integers(0, 200), settings)
def test_a_status_is_what_it_was_on_its_day(history: list[Sent], made: Entered, at: date, earlier: int, under: Settings) -> None:
    """As at an earlier day the same tasks stood as they tell now; a move is the exception, for coming back takes it back."""
    life = facts(folded(history))
    before = at - timedelta(earlier)
    if any(one.district and not one.district.startswith("E") for one in life.persons):
        return
    now = {one.task_id: one for one in tasks(life, made, under, REFERENCE, at)}
    then = {one.task_id: one for one in tasks(life, made, under, REFERENCE, before)}
    note(f"now {now}\nthen {then}")
    assert {name: one.status(before) for name, one in now.items() if one.opened_on <= before} == {
        name: one.status(before) for name, one in then.items()
    }


@law
@given(histories, entered, ats, st.integers(1, 4000), settings)
def test_nothing_drops_off_because_it_is_old(history: list[Sent], made: Entered, at: date, later: int, under: Settings) -> None:
    life = facts(folded(history))
    until = at + timedelta(later)
    ahead = [*life.days, *[one.made_on for one in made.attempts]]
    if any(at < day <= until for day in ahead):
        return
    assert live(life, made, under, at) == live(life, made, under, until)


def live(life: Life, made: Entered, under: Settings, at: date) -> list[tuple[str, date]]:
    return [(one.task_id, one.due_on) for one in tasks(life, made, under, REFERENCE, at) if one.closed_on is None]


@law
@given(histories, entered, st.data(), ats, settings)
def test_time_alone_changes_nothing_before_the_day_it_names(
    history: list[Sent], made: Entered, data: st.DataObject, at: date, under: Settings
) -> None:
    life = facts(folded(history))
    edges = {day for one in tasks(life, made, under, REFERENCE, at) for day in (one.invite_from, one.due_on)}
    at = data.draw(st.sampled_from(sorted({at, *edges})))  # a day on which something changes is the likeliest to hide a change
    found = tasks(life, made, under, REFERENCE, at)
    changes_on = next_change(life, found, made, under, at)
    row = standing(life, found, made, under, REFERENCE, at)
    assert row is None or row.next_change == changes_on
    last = (changes_on or at + timedelta(1500)) - timedelta(1)
    for day in {at + timedelta(1), at + (last - at) / 2, last}:
        if not at < day <= last:
            continue
        again = tasks(life, made, under, REFERENCE, day)
        assert again == found
        assert [one.status(day) for one in again] == [one.status(at) for one in found]
        assert standing(life, again, made, under, REFERENCE, day) == row
