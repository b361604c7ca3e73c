"""What every rule that opens tasks is given, and the tasks that it opens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.outreach.rules.entered import Answer, Attempt, Entered
from services.outreach.rules.facts import Check, Entry, Fact, Life
from services.outreach.rules.membership import Run, Stop, owner, runs, stop
from services.outreach.rules.reference import Reference
from services.outreach.rules.schedule import Point, Schedule
from services.outreach.rules.settings import Own, Settings
from services.outreach.rules.task import Outcome, Task


@dataclass(slots=True)
class Close:
    """How a task ended."""

    on: date
    outcome: Outcome
    by: str | None = None
    because: str | None = None


@dataclass(slots=True)
class Terms:
    """One person as at a day."""

    life: Life
    settings: Settings
    reference: Reference
    at: date
    attempts: Sequence[Attempt]  # until that day, not voided
    answers: dict[str, list[Answer]]  # by task, the same
    checks: Sequence[Check]  # until that day
    by_element: dict[str, list[Check]]
    runs: list[Run]
    stop: Stop | None
    tasks: list[Task] = field(default_factory=list)
    _known: set[str] = field(default_factory=set)

    @property
    def own(self) -> Callable[[str, date], Own]:
        return self.settings.of

    def run_on(self, day: date) -> Run | None:
        """The time on registers that the day belongs to."""
        return next((run for run in self.runs if run.start <= day and (run.end is None or day < run.end)), None)

    def name(self, schedule: Schedule, what: str, origin: str) -> str:
        """The id of a task; where one thing opened two alike, as a review moved to another day and back, the later gets a number."""
        task_id = f"{schedule.id}:{what}:{origin}"
        again = 1
        while task_id in self._known:
            again += 1
            task_id = f"{schedule.id}:{what}:{origin}#{again}"
        self._known.add(task_id)
        return task_id

    def add(
        self,
        task_id: str,
        schedule: Schedule,
        anchor: Fact,
        origin: str,
        opened_on: date,
        point: Point,
        close: Close | None,
        element: str | None = None,
        finding: str | None = None,
    ) -> None:
        """Add a task, unless everything had stopped by then; what is still open when it stops is stopped."""
        if self.stop is not None:
            if opened_on >= self.stop.on:
                return
            if close is None or close.on > self.stop.on:
                close = Close(self.stop.on, "stopped", None, self.stop.because)
        if isinstance(anchor, Entry):
            owned = owner(anchor, self.life.referrals, self.reference, close.on if close else self.at)
            practice: str | None = anchor.practice
        else:
            owned, practice = anchor.provider, None
        head = task_id, schedule.id, schedule.version, element, finding, anchor.key, origin, anchor.provider, owned, practice, opened_on
        ended = (close.on, close.outcome, close.by, close.because) if close else _LIVE
        self.tasks.append(Task(*head, max(opened_on, point.invite_from), point.due_on, *ended))


_LIVE = (None, None, None, None)


def terms(life: Life, entered: Entered, settings: Settings, reference: Reference, at: date) -> Terms:
    answers: dict[str, list[Answer]] = {}
    for one in sorted(entered.answers, key=lambda one: (one.on, one.answer_id)):
        if one.voided_at is None and one.on <= at:
            answers.setdefault(one.task_id, []).append(one)
    attempts = sorted(
        (one for one in entered.attempts if one.voided_at is None and one.made_on <= at), key=lambda one: (one.made_on, one.attempt_id)
    )
    checks = life.checks if not life.checks or life.checks[-1].on <= at else [one for one in life.checks if one.on <= at]
    by_element: dict[str, list[Check]] = {}
    for check in checks:
        by_element.setdefault(check.element, []).append(check)
    return Terms(life, settings, reference, at, attempts, answers, checks, by_element, runs(life.entries, at), stop(life, entered, at))
