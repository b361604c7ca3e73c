"""What the API says of people on registers, as JSON; a row of CSV has the same fields in the same order."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import asyncpg
import orjson
from pydantic import BaseModel, Field

from services.outreach.web.words import ELEMENTS


class Element(BaseModel):
    """One of the six elements of the annual check."""

    on: date | None = Field(description="last recorded, in any setting")
    status: str = Field(description="recorded, missing, due soon, due, overdue, declined or unsuitable")
    due_on: date | None
    provider: str | None = Field(description="who recorded it last")


class OnRegister(BaseModel):
    """One person who is or was on a register, as at today. Dates are London dates."""

    person: str = Field(description="pseudonym")
    on_register: bool
    conditions: list[str]
    entered_on: date
    left_on: date | None
    owner: str = Field(description="ODS code of the trust or practice that is responsible")
    practice: str | None
    pcn: str | None
    complete: bool = Field(description="all six elements recorded within the last 12 months")
    complete_until: date | None = Field(description="the first day on which that is so no longer, if nothing more is recorded")
    elements: dict[str, Element]
    missing: list[str] = Field(description="elements not recorded within the last 12 months")
    declined: list[str]
    due_on: date | None = Field(description="of the earliest thing to be done")
    next_channel: str | None
    next_on: date | None
    next_why: str | None
    channels: list[str] = Field(description="how they want to be reached, the wanted channel first")
    formats: list[str]
    language: str | None
    attempts: int = Field(description="to reach them in this round")
    last_channel: str | None
    last_result: str | None
    last_attempt_on: date | None
    hidden_until: date | None
    contact_stopped: str | None = Field(description="why they are not to be contacted; opted out: by messages")


class People(BaseModel):
    """A page of people on registers."""

    as_at: date
    total: int = Field(description="behind these filters")
    people: list[OnRegister]
    next: str | None = Field(description="`after` of the next page; null: this is the last")


class Group(BaseModel):
    trait: str = Field(description="all, practice, pcn, ethnicity, age or deprivation")
    value: str | None
    people: int = Field(description="on the register")
    complete: int = Field(description="all six elements recorded within the last 12 months")


class Lacking(BaseModel):
    element: str
    people: int


class Due(BaseModel):
    status: str = Field(description="due-soon, due or overdue")
    schedule: str | None = Field(description="null: any")
    people: int = Field(description="with something to be done that is so")


class FollowUp(BaseModel):
    finding: str
    open: int
    opened: int = Field(description="people; in the last 12 months")
    done: int = Field(description="people; in the last 12 months")
    declined: int = Field(description="people; in the last 12 months")
    median_days: float | None = Field(description="from the finding until it was answered")


class Effect(BaseModel):
    trait: str = Field(description="all, channel, ethnicity or deprivation")
    value: str | None
    tried: int = Field(description="people with an attempt in the last 12 months that was followed, or whose 15 days are over")
    came: int = Field(description="of them, with an element of a check recorded within 15 days of one")
    first_tried: int = Field(description="of those tried, with none recorded before the attempt")
    first_came: int = Field(description="of these, with one recorded within 15 days of it")


class Month(BaseModel):
    until: date = Field(description="the last day of the month")
    people: int = Field(description="on the register that day")
    complete: int


class Overview(BaseModel):
    """The numbers of the overview; each is the length of a list."""

    as_at: date
    register_: int = Field(alias="register", description="people on the register")
    complete: int
    target: float | None = Field(description="the dated target of the share complete")
    answered: int = Field(description="complete, and every follow-up of a finding done")
    groups: list[Group]
    missing: list[Lacking]
    due: list[Due]
    follow_ups: list[FollowUp]
    vaccinated: dict[str, int] = Field(description="vaccine -> people given it since the last 1 September")
    effect: list[Effect]
    months: list[Month]


COLUMNS = [
    *(name for name in OnRegister.model_fields if name != "elements"),
    *(f"{element.replace(' ', '_')}_{part}" for element in ELEMENTS for part in ("on", "status", "due_on")),
]
"""Of the CSV: the elements one after the other, at the end."""


def facts(row: asyncpg.Record) -> dict[str, Any]:
    """The fields of OnRegister from a row of the query `people`."""
    held: Mapping[str, Mapping[str, Any]] = orjson.loads(row["elements"])
    plain = {name: row["personkey" if name == "person" else name] for name in OnRegister.model_fields if name != "elements"}
    return plain | {"elements": {name: _element(held[name]) for name in ELEMENTS if name in held}}


def _element(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: date.fromisoformat(value) if value and name in {"on", "due_on"} else value for name, value in one.items()}


def csv_row(row: asyncpg.Record) -> list[object]:
    """The cells of COLUMNS."""
    found = facts(row)
    elements = found.pop("elements")
    parts = (elements.get(element, {}).get(part) for element in ELEMENTS for part in ("on", "status", "due_on"))
    return [*found.values(), *parts]
