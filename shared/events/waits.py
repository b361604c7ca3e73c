"""What `waits` says: a wait changed."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

from shared.events.envelope import TOLERANT, Derived, Ods

Change = Literal["started", "component-met", "stopped", "due", "breached", "closed", "revised", "withdrawn"]


class Met(BaseModel):
    """A component that is met: the day, the id of the event that met it, and the day on which that was recorded."""

    model_config = TOLERANT
    met_on: date
    event: str | None = None
    recorded_on: date | None = None


class Part(BaseModel):
    """A referral of a spell as the definition sees it: its days, and the teams by which it is in scope."""

    model_config = TOLERANT
    provider: Ods
    referral_id: str
    start: date
    end: date | None = None
    team_types: list[str]


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
    closed: bool | None = None
    parts: list[Part] | None = None
    change: Change
    cause: Cause


class PastWait(BaseModel):
    """A spell as it stood at the end of a month."""

    model_config = TOLERANT
    spell_id: str
    provider: Ods
    start: date
    end: date | None = None
    closed: bool
    components: dict[str, Met]
    stop: date | None = None
    parts: list[Part]


class Period(BaseModel):
    """The ends of months after `after` (absent: from the beginning) up to `until`, and the person's spells for these."""

    model_config = TOLERANT
    after: date | None = None
    until: date
    waits: list[PastWait]


class PastWaits(BaseModel):
    """The months for which a person's spells are not those of today, cut off at the month's end; readers keep the greatest `revision`."""

    model_config = TOLERANT
    personkey: str
    definition: str
    definition_version: int
    revision: Annotated[int, Field(ge=1)]
    periods: list[Period]
    cause: Cause


class PastWaitsChanged(Derived):
    """`cmh.past-waits.changed.v1` on `waits.v1`."""

    type: Literal["cmh.past-waits.changed.v1"] = "cmh.past-waits.changed.v1"
    personkey: str
    data: PastWaits


class WaitChanged(Derived):
    """`cmh.wait.changed.v1` on `waits.v1`."""

    type: Literal["cmh.wait.changed.v1"] = "cmh.wait.changed.v1"
    personkey: str
    data: Wait
