"""How a person on a register stands on a day: one row of the worklist."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from services.outreach.rules.entered import Entered
from services.outreach.rules.facts import Life
from services.outreach.rules.ladder import Step
from services.outreach.rules.reference import Reference
from services.outreach.rules.settings import Settings
from services.outreach.rules.tasks import Task


class ElementState(NamedTuple):
    """One of the six. `status`: recorded, due soon, due, overdue, declined, unsuitable."""

    on: date | None  # last recorded
    status: str
    due_on: date | None
    provider: str | None  # who recorded it last


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody who is or was on a register, as at a day."""

    providers: tuple[str, ...]  # who may see it: those with an entry or a task, and who is responsible
    on_register: bool
    conditions: tuple[str, ...]
    entered_on: date
    left_on: date | None
    practice: str | None
    owner: str
    birth_date: date | None
    death_date: date | None
    ethnicity: str | None
    lsoa: str | None
    elements: Mapping[str, ElementState]
    missing: tuple[str, ...]  # not recorded within the last 12 months
    declined: tuple[str, ...]  # declined or unsuitable, not to be asked again yet
    complete: bool  # all six recorded within the last 12 months
    complete_until: date | None  # the first day on which it is so no longer
    due_on: date | None  # of the earliest live task
    next_step: Step | None
    hidden_until: date | None
    attempts: int  # in this round
    last_channel: str | None
    last_result: str | None
    last_attempt_on: date | None
    channels: tuple[str, ...]
    formats: tuple[str, ...]
    language: str | None
    contact_stopped: str | None  # died, moved, transferred, left, remission, restricted: none at all; opted out: no messages
    next_change: date | None  # the first later day on which time alone changes anything here, or the status of a task


def standing(life: Life, tasks: Sequence[Task], entered: Entered, settings: Settings, reference: Reference, at: date) -> Standing | None:
    """None for somebody who was never on a register; of them `next_change` says when to look again."""
    raise NotImplementedError


def next_change(life: Life, tasks: Sequence[Task], entered: Entered, settings: Settings, at: date) -> date | None:
    """The first day after `at` on which time alone may change a task's status, or how the person stands."""
    raise NotImplementedError
