"""Persons: who somebody is (front door only) and what is known of them (canonical)."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from shared.events.envelope import STRICT, Dates, Identifier, Payload

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class PersonDetails(BaseModel):
    """Identifying data. It exists in what a provider sends and in the vault, and nowhere else."""

    model_config = STRICT
    local_id: Identifier
    nhs_number: Annotated[str, StringConstraints(max_length=40)] | None = None
    name: Text | None = None
    telephone: Text | None = None
    email: Text | None = None
    address: Text | None = None
    postcode: Annotated[str, StringConstraints(min_length=2, max_length=10)] | None = None


class Person(Payload):
    """What one provider knows of one person: one record for each provider and person, all of whose versions are evidence."""

    birth_date: Dates = None
    death_date: Dates = None
    ethnicity: Annotated[str, StringConstraints(max_length=3)] | None = None
    gender: Annotated[str, StringConstraints(max_length=2)] | None = None
    language: Annotated[str, StringConstraints(max_length=10)] | None = None
    lsoa: Annotated[str, StringConstraints(max_length=9)] | None = None
    local_authority: Annotated[str, StringConstraints(max_length=9)] | None = None
    practice: Annotated[str, StringConstraints(max_length=10)] | None = None
    groups: Annotated[list[Text], Field(max_length=50)] | None = None
    carer_identified_on: Dates = None
    carer_assessment_offered_on: Dates = None
    veteran: bool | None = None
