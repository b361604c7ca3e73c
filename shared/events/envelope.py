"""The CloudEvents 1.0 envelope and the plain types of its fields (10-events, "Envelope").

Strict models: nothing is coerced, instants must carry an offset, lengths are bounded. `Sent` models refuse unknown fields (the
front door); `Canonical` ones ignore them, so that a newer minor version of one of our own services does not stop an older one.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

STRICT = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False, str_max_length=2000, defer_build=True)
TOLERANT = ConfigDict(strict=True, frozen=True, extra="ignore", allow_inf_nan=False, str_max_length=2000, defer_build=True)

Ods = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{3,10}$")]
"""An Organisation Data Service code, as RXA or G4F2K."""
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\s|;]+( [^\s|;]+)*$")]
"""An identifier given by the sender: up to 64 characters, single spaces inside, no bars and no semicolons (they join lists)."""
EventId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^\S+$")]
Source = Annotated[str, StringConstraints(max_length=100, pattern=r"^/[A-Z0-9]{3,10}/[A-Za-z0-9._-]+$")]
"""`/<ods>/<system>`: the provider and its sending system."""
Code = Annotated[str, StringConstraints(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9-]+$")]
Procedure = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^\s*[A-Za-z0-9-]+\s*(\|[^|]*\|\s*)?(:.*)?$")]
"""A SNOMED CT procedure: concept, optional `|term|`, optional `:refinement`."""
TeamType = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{2}$")]
Dates = date | None


class Payload(BaseModel):
    """What every record's data has: the provider that sent it."""

    model_config = STRICT
    provider: Ods


class Envelope(BaseModel):
    """The attributes that every event of a provider carries."""

    model_config = STRICT
    specversion: Literal["1.0"]
    id: EventId
    source: Source
    time: AwareDatetime | None = None
    recordedtime: AwareDatetime
    datacontenttype: Literal["application/json"] | None = None


class MadeBecause(BaseModel):
    """Why the front door made an event itself, as when a record moves to another person: the kind of cause, and the event that is it."""

    model_config = TOLERANT
    kind: Annotated[str, Field(max_length=40)]
    source: Annotated[str, Field(max_length=100)] | None = None
    id: EventId | None = None


class Canonical(BaseModel):
    """The same event inside: pseudonymous, and marked with the instant at which the front door received it."""

    model_config = TOLERANT
    specversion: Literal["1.0"]
    id: EventId
    source: Annotated[str, Field(max_length=100)]
    time: AwareDatetime | None = None
    recordedtime: AwareDatetime
    receivedtime: AwareDatetime
    personkey: Annotated[str, Field(min_length=1, max_length=64)]
    cause: MadeBecause | None = None


class Derived(BaseModel):
    """An event that one of our own services states."""

    model_config = TOLERANT
    specversion: Literal["1.0"] = "1.0"
    id: EventId
    source: Annotated[str, Field(max_length=100)]
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
