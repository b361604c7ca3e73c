"""What `reporting` says: a return took a step of its life."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.events.envelope import TOLERANT, Derived

TOPIC, SOURCE = "returns.v1", "/clockstop/reporting"
ReturnChange = Literal[
    "drafted",
    "frozen",
    "checked",
    "signed",
    "submitted",
    "acknowledged",
    "undeliverable",
    "unknown",
    "restated",
    "closed",
]


class Return(BaseModel):
    """One version of a return for one period; readers keep the greatest `revision` of each."""

    model_config = TOLERANT
    return_id: str
    revision: Annotated[int, Field(ge=1)]
    definition: str
    period: str
    version: Annotated[int, Field(ge=1)]
    hash: str | None = None
    change: ReturnChange
    by: str


class ReturnChanged(Derived):
    """`cmh.return.changed.v1` on `returns.v1`."""

    type: Literal["cmh.return.changed.v1"] = "cmh.return.changed.v1"
    data: Return
