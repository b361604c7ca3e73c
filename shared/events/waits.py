"""What `waits` says: a wait changed."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

from shared.events.envelope import TOLERANT, Derived, Ods

Change = Literal["started", "component-met", "stopped", "due", "breached", "closed", "revised", "withdrawn"]


class Met(BaseModel):
    """A component that is met: the day, and the id of the event that met it."""

    model_config = TOLERANT
    met_on: date
    event: str | None = None


class Cause(BaseModel):
    """Why a clock changed. `receivedtime` lets a reader answer as known at T without asking `waits`."""

    model_config = TOLERANT
    kind: Literal["event", "reference", "definition", "date"]
    source: str | None = None
    id: str | None = None
    receivedtime: AwareDatetime


class Wait(BaseModel):
    """The whole clock of one spell under one version of a definition; readers keep the greatest `revision` of each."""

    model_config = TOLERANT
    spell_id: str
    personkey: str
    provider: Ods
    referral_ids: list[str]
    definition: str
    definition_version: int
    revision: Annotated[int, Field(ge=1)]
    start: date
    end: date | None = None
    components: dict[str, Met]
    stop: date | None = None
    wait_days: int | None = None
    breach_on: date
    change: Change
    cause: Cause


class WaitChanged(Derived):
    """`cmh.wait.changed.v1` on `waits.v1`."""

    type: Literal["cmh.wait.changed.v1"] = "cmh.wait.changed.v1"
    personkey: str
    data: Wait
