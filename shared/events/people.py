"""Persons: who somebody is (front door only), what is known of them (canonical), how to reach them, and who is one person."""

from datetime import time
from typing import Annotated, Literal

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


class QuietHours(BaseModel):
    """When not to call or write, London time; `to` before `from` runs past midnight."""

    model_config = STRICT
    from_: Annotated[time, Field(alias="from")]
    to: time


class Preference(Payload):
    """How somebody wants to be reached, the wanted channel first: one record for each provider and person."""

    channels: Annotated[list[Literal["letter", "text", "email", "call", "peer support", "home visit"]], Field(max_length=10)] | None = None
    formats: Annotated[list[Literal["easy read", "large print", "braille", "audio", "sign language"]], Field(max_length=10)] | None = None
    opt_out: bool | None = None
    restricted: bool | None = None
    quiet_hours: QuietHours | None = None


class Merge(Payload):
    """Two local ids of one provider are one person; a void takes that back. Sent: local ids. Canonical: personkeys."""

    merge_id: Identifier
    from_: Annotated[Identifier, Field(alias="from")]
    into: Identifier
