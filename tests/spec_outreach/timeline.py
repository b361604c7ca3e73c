"""A rule, its timelines, and the answer that the rules give to each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.outreach.rules.effect import effects
from services.outreach.rules.facts import facts
from services.outreach.rules.membership import runs
from services.outreach.rules.reference import Reference
from services.outreach.rules.settings import Settings
from services.outreach.rules.standing import Standing, standing
from services.outreach.rules.tasks import Task, tasks
from services.outreach.rules.uptake import complete_with_follow_ups, season, vaccinated
from tests.spec.table import day, show
from tests.spec_outreach.table import Told

REFERENCE = Reference({"RXX": "nhs trust", "RXT": "nhs trust"})


@dataclass(frozen=True)
class Timeline:
    """`answer`: what is asked of the person, by name; what is named as a schedule (and element or finding): all its tasks, in order."""

    says: str
    table: str
    answer: Mapping[str, object]
    at: str = "30 Sep"
    settings: tuple[tuple[str, str, str, Any], ...] = field(default=())  # provider, name, first day, value


@dataclass(frozen=True)
class Rule:
    id: str  # H1, ...; the page's heading with `title`
    title: str
    text: str
    timelines: list[Timeline]


def given(timeline: Timeline) -> dict[str, object]:
    """All that can be asked of a timeline's person."""
    told, at = Told(timeline.table), day(timeline.at)
    settings = Settings([(provider, name, day(first), value) for provider, name, first, value in timeline.settings])
    life = facts(told.document)
    found = tasks(life, told.entered, settings, REFERENCE, at)
    row = standing(life, found, told.entered, settings, REFERENCE, at)
    answers: dict[str, object] = {"on a register": bool(row and row.on_register)}
    for task in found:
        name = " ".join(filter(None, (task.schedule, task.element or task.finding)))
        answers[name] = [*_list(answers.get(name)), _task(task, at)]
    answers["followed"] = ", ".join(f"{one.channel}: {_followed(one.attended_on, one.settled)}" for one in effects(life, told.entered, at))
    for vaccine in ("influenza", "covid-19"):
        answers[vaccine] = vaccinated(life, vaccine, season(at), at)
    answers["complete with every follow-up"] = complete_with_follow_ups(life, found, at)
    answers["spells on registers"] = len(runs(life.entries, at))
    return answers | (_standing(row) if row else {})


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _followed(on: date | None, settled: bool) -> str:
    return f"came on {show(on)}" if on else "did not come" if settled else "too early to say"


def _task(task: Task, at: date) -> str:
    if task.closed_on is not None:
        why = f", {task.stopped_because}" if task.stopped_because else ""
        return f"{task.outcome} {show(task.closed_on)}{why}"
    invited = f", asked for from {show(task.invite_from)}" if task.invite_from != task.opened_on else ""
    return f"{task.status(at)}: due {show(task.due_on)}{invited}"


def _standing(row: Standing) -> dict[str, object]:
    step = row.next_step
    return {
        "complete": row.complete,
        "complete until": row.complete_until and show(row.complete_until),
        "missing": ", ".join(row.missing) or "nothing",
        "refused": ", ".join(row.declined) or "nothing",
        "condition": ", ".join(row.conditions),
        "on the register since": show(row.entered_on),
        "owner": row.owner,
        "practice": row.practice,
        "seen by": ", ".join(row.providers),
        "contact stopped": row.contact_stopped,
        "next step": step and f"{step.channel or 'the team decides'} from {show(step.on)}",
        "hidden until": row.hidden_until and show(row.hidden_until),
        "attempts": row.attempts,
        "last result": row.last_result,
        "next change": row.next_change and show(row.next_change),
    }


def differences(timeline: Timeline) -> list[str]:
    """What the rules say otherwise than the timeline; empty = it holds."""
    answers = given(timeline)
    return [
        f"{name}: {answers.get(name)}, not {value}"
        for name, value in timeline.answer.items()
        if (answers.get(name) or None) != (value or None)
    ]
