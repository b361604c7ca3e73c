"""One task, and its status on a day."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Outcome = Literal["done", "declined", "unsuitable", "stopped", "superseded"]
Status = Literal["not yet", "due soon", "due", "overdue", "done", "declined", "unsuitable", "stopped", "superseded"]


@dataclass(slots=True)
class Task:
    """One task. `task_id` is unique for the person and stays while what opened it stands.

    Nothing changes one: it is not frozen because a frozen one takes ten times as long to make.
    """

    task_id: str  # <schedule>:<element, finding or record id>:<origin>
    schedule: str
    schedule_version: int
    element: str | None
    finding: str | None
    anchor: str  # key of the record whose provider the task belongs to
    origin: str  # key of the record that opened it
    provider: str  # of the anchor
    owner: str  # ODS of the trust or practice that is responsible
    practice: str | None
    opened_on: date
    invite_from: date
    due_on: date
    closed_on: date | None = None  # None = live
    outcome: Outcome | None = None
    closed_by: str | None = None  # event id, or id of an attempt or an answer
    stopped_because: str | None = None  # died, left the register, remission, moved out of England, medicine stopped, ...

    def status(self, day: date) -> Status:
        """Where it stands on a day: its dates alone decide."""
        if self.outcome is not None and self.closed_on is not None and self.closed_on <= day:
            return self.outcome
        if day < self.invite_from:
            return "not yet"
        if day < self.due_on:
            return "due soon"
        return "due" if day == self.due_on else "overdue"
