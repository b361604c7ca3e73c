"""Physical health of people with severe mental illness: register, checks, medication, monitoring and what follows a finding."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from shared.events.envelope import STRICT, Dates, Identifier, Ods, Payload

ReadingName = Literal[
    "systolic", "diastolic", "hba1c", "fasting glucose", "random glucose", "total cholesterol", "hdl cholesterol", "ldl cholesterol",
    "triglycerides", "bmi", "weight", "height", "smoking status", "audit-c", "alcohol", "white cells", "neutrophils",
]  # fmt: skip


class Register(Payload):
    """A person's entry on the SMI register. `responsible`: the practice, or the ODS code of the trust."""

    entry_id: Identifier
    condition: Literal["schizophrenia", "bipolar affective disorder", "other psychosis"]
    entered_on: date
    left_on: Dates = None
    remission_on: Dates = None
    practice: Ods
    responsible: Annotated[str, StringConstraints(pattern=r"^(practice|[A-Z0-9]{3,10})$")] | None = None


class Reading(BaseModel):
    """One measured value. Which units a name takes, and which values can be, is data of the front door."""

    model_config = STRICT
    name: ReadingName
    value: float | Literal["current", "former", "never"]
    unit: Annotated[str, StringConstraints(min_length=1, max_length=20)] | None = None


class HealthCheck(Payload):
    """One element of a physical health check; six of them, each by itself, make the annual check complete."""

    check_id: Identifier
    element: Literal["alcohol", "blood glucose", "blood pressure", "bmi", "blood lipids", "smoking", "weight", "blood count"]
    on: date
    readings: Annotated[list[Reading], Field(max_length=20)] | None = None
    status: Literal["recorded", "declined", "unsuitable"]
    setting: Literal["practice", "trust", "community", "home", "other"] | None = None


class Medication(Payload):
    """A medicine that sets a schedule of checks."""

    record_id: Identifier
    kind: Literal["antipsychotic", "clozapine"]
    started_on: date
    stopped_on: Dates = None


class Monitoring(Payload):
    """A person's own protocol: how often something is to be checked."""

    record_id: Identifier
    kind: Literal["eating disorder", "antipsychotic", "clozapine", "other"]
    every_days: Annotated[int, Field(ge=1, le=1100)]
    from_: Annotated[date, Field(alias="from")]
    to: Dates = None


class PhysicalIntervention(Payload):
    """What was done about a finding of a check."""

    record_id: Identifier
    kind: Literal[
        "stop smoking", "diet and activity", "weight", "hypertension", "glucose", "lipids", "alcohol brief intervention", "referral on"
    ]
    finding: Literal["bmi", "weight gain", "blood pressure", "glucose", "lipids", "smoking", "alcohol"]
    on: date
    status: Literal["offered", "declined", "started", "attended", "completed"]


class Vaccination(Payload):
    """An influenza or COVID-19 vaccination, given or not."""

    record_id: Identifier
    kind: Literal["influenza", "covid-19"]
    on: date
    status: Literal["offered", "given", "declined", "unsuitable"]
