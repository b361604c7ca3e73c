"""Referrals, hospital provider spells, who is assigned to a person, and pauses."""

from datetime import date, time
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.events.envelope import STRICT, Code, Dates, Identifier, Payload, TeamType

RejectReason = Literal["01", "02", "03"]
CloseReason = Literal["01", "02", "03", "04", "05", "06", "07", "08", "09"]


class Team(BaseModel):
    """One team on a referral. Each in-scope team ends by itself (02-clock section 7)."""

    model_config = STRICT
    team: Identifier | None = None
    team_type: TeamType
    dedicated_pathway: Literal["AED", "CEN", "rehab"] | None = None
    from_: Annotated[date | None, Field(alias="from")] = None
    to: Dates = None
    rejected_on: Dates = None
    reject_reason: RejectReason | None = None
    closed_on: Dates = None
    close_reason: CloseReason | None = None
    not_submitted_after: Dates = None


class Referral(Payload):
    """One request to one provider; `received_on` starts the national clock."""

    referral_id: Identifier
    received_on: date
    help_sought_on: Dates = None
    decided_on: Dates = None
    accepted_on: Dates = None
    received_at: time | None = None
    source: Code | None = None
    reason: Code | None = None
    priority: Literal["1", "2", "3", "4"] | None = None
    teams: Annotated[list[Team], Field(min_length=1, max_length=50)]
    discharged_on: Dates = None
    rejected_on: Dates = None
    reject_reason: RejectReason | None = None
    closed_on: Dates = None
    close_reason: CloseReason | None = None
    not_submitted_after: Dates = None


class Ward(BaseModel):
    """One ward of a stay."""

    model_config = STRICT
    class_: Annotated[Code | None, Field(alias="class")] = None
    from_: Annotated[date | None, Field(alias="from")] = None
    to: Dates = None


class Stay(Payload):
    """A hospital provider spell; one that hangs on a referral takes it out of the national clock (W6)."""

    stay_id: Identifier
    referral_id: Identifier | None = None
    admitted_on: date
    discharged_on: Dates = None
    wards: Annotated[list[Ward], Field(max_length=100)] | None = None
    admission_source: Code | None = None
    out_of_area: bool | None = None


class Assignment(Payload):
    """A professional who answers for a person: the second half of the early-intervention clock stop."""

    assignment_id: Identifier
    referral_id: Identifier | None = None
    role: Literal["care coordinator", "key worker"]
    team_type: TeamType | None = None
    from_: Annotated[date, Field(alias="from")]
    to: Dates = None


class Pause(Payload):
    """A time in which a provider's own clock stands still. The national clock never pauses (W11); only local definitions read it."""

    pause_id: Identifier
    referral_id: Identifier
    from_: Annotated[date, Field(alias="from")]
    to: Dates = None
    reason: Literal["person asked to wait", "unable to contact", "other"]
