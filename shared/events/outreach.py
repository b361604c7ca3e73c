"""What `outreach` says: something that is to be done for a person fell due, was tried, or was done."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

from shared.events.envelope import TOLERANT, Derived

FollowUpChange = Literal["opened", "due soon", "due", "overdue", "attempted", "answered", "done", "declined", "stopped"]


class TaskCause(BaseModel):
    """Why a task changed. `receivedtime` lets a reader answer as known at T without asking `outreach`."""

    model_config = TOLERANT
    kind: Literal["event", "reference", "setting", "date", "entry"]
    source: str | None = None
    id: str | None = None
    receivedtime: AwareDatetime


class FollowUp(BaseModel):
    """One task as it is now; readers keep the greatest `revision` of each. `withdrawn`: nothing asks for it any more, as if it had never
    been. `channel`, `made_on`, `result`: of the attempt that the cause names."""  # fmt: skip

    model_config = TOLERANT
    task_id: str
    revision: Annotated[int, Field(ge=1)]
    personkey: str
    owner: str
    provider: str | None = None
    practice: str | None = None
    schedule: str
    element: str | None = None
    finding: str | None = None
    opened_on: date | None = None
    due_on: date
    closed_on: date | None = None
    outcome: Literal["done", "declined", "unsuitable", "stopped", "superseded", "withdrawn"] | None = None
    change: FollowUpChange
    channel: str | None = None
    made_on: date | None = None
    result: str | None = None
    cause: TaskCause


class FollowUpChanged(Derived):
    """`cmh.follow-up.changed.v1` on `outreach.v1`."""

    type: Literal["cmh.follow-up.changed.v1"] = "cmh.follow-up.changed.v1"
    personkey: str
    data: FollowUp
