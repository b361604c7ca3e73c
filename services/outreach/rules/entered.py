"""What outreach's own workers enter of a person: attempts to reach them, and answers to what was offered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to reach a person, and what came of it. It hangs on a record, its `anchor`, and follows it to whoever it belongs to."""

    attempt_id: str
    personkey: str
    anchor: str  # <provider>|<kind>|<record id>
    schedule: str
    channel: str
    made_on: date
    made_at: datetime
    by: str
    result: str | None  # one of results.RESULTS; None = nothing known yet
    reason: str | None
    part: tuple[str, ...]  # elements that were declined; none named = all of them
    until: date | None  # ask again from then on
    automatic: bool
    entered_at: datetime
    voided_at: datetime | None = None

    @property
    def provider(self) -> str:
        return self.anchor.partition("|")[0]

    @property
    def key(self) -> str:
        """As a record key, where it is the origin of a task."""
        return f"{self.provider}|attempt|{self.attempt_id}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's answer to one task: an offer, a follow-up, a next step."""

    answer_id: str
    anchor: str
    task_id: str
    answer: str  # accepted, declined, later
    destination: str | None
    reason: str
    on: date
    by: str
    entered_at: datetime
    voided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """All that was entered of one person; what was voided counts for nothing."""

    attempts: Sequence[Attempt] = ()
    answers: Sequence[Answer] = ()


NOTHING = Entered()
