"""Interventions (coded activities), care plans, and support beside treatment."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.events.envelope import Dates, Identifier, Ods, Payload, Procedure

AgreedBy = Literal["person", "family or carer", "clinician", "other"]


class Intervention(Payload):
    """A coded activity. The reference set of its code, not this type, decides what it counts as."""

    activity_id: Identifier
    referral_id: Identifier
    contact_id: Identifier | None = None
    on: date
    code: Procedure
    evidence_based: bool | None = None


class CarePlan(Payload):
    """One version of a care plan; it belongs to the person, to no referral. Every unvoided version is evidence (W12)."""

    plan_id: Identifier
    type: Literal["10", "11", "12", "13", "14"] | None = None
    created_on: Dates = None
    updated_on: Dates = None
    agreed_on: Dates = None
    agreed_by: AgreedBy | Annotated[list[AgreedBy], Field(max_length=10)] | None = None
    coproduced: bool | None = None
    review_due_on: date | None = None


class Support(Payload):
    """Practical help, often by the voluntary sector; it needs no referral."""

    support_id: Identifier
    referral_id: Identifier | None = None
    kind: Literal["debt and benefits advice", "employment", "education", "peer support", "housing", "community group", "other"]
    given_by: Ods | None = None
    first_on: date
    last_on: Dates = None
    outcome: Literal["job started", "job kept"] | None = None
