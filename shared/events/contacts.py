"""Care contacts."""

from datetime import date, time
from typing import Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from shared.events.envelope import Code, Identifier, Payload, TeamType


class Contact(Payload):
    """A booked, attended or missed contact. Without `attendance` it is booked, and may lie in the future."""

    contact_id: Identifier
    referral_id: Identifier | None = None
    direct_access: bool | None = None
    on: date
    at: time | None = None
    attendance: Literal["2", "3", "4", "5", "6", "7"] | None = None
    medium: Literal["01", "02", "03", "04", "05", "06", "09", "10", "11", "12", "13", "98"] | None = None
    team_type: TeamType | None = None
    language: Code | None = None
    interpreter: bool | None = None

    @model_validator(mode="after")
    def _referral_or_direct_access(self) -> Self:
        if self.referral_id is None and not self.direct_access:
            raise PydanticCustomError("missing", "referral_id is required unless direct_access is true", {"field": "referral_id"})
        return self
