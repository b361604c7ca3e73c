"""What the API says, as JSON; a row of CSV has the same fields in the same order."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import asyncpg
import orjson
from pydantic import BaseModel, Field

from services.waits.web.account import Account
from services.waits.web.words import in_order, next_step
from shared.clock import london_date


class Spell(BaseModel):
    """One referral spell and its clock. Dates are London dates, waits whole days."""

    spell_id: str | None = Field(
        description="<provider>:<referral id of the earliest referral>; null: a part of it lies elsewhere, see covered"
    )
    person: str = Field(description="pseudonym")
    definition: str
    definition_version: int
    covered: bool = Field(
        description="whether all of it lies at providers of the reader; of others only start, end, stop and wait are told"
    )
    provider: str
    provider_name: str
    team_types: list[str]
    referral_ids: list[str]
    start: date
    end: date | None
    waited_days: int = Field(description="until it stopped, ended, or today, less what is paused")
    paused_days: int
    breach_on: date = Field(description="the first day past the target")
    first_contact: date | None
    second_contact: date | None
    baseline_outcome: date | None
    assessment: date | None
    assessment_waived: bool
    care_plan_or_intervention: date | None
    components: dict[str, date] = Field(description="what the definition asks for or shows, and the day on which it was met")
    missing: list[str] = Field(description="components that the clock still waits for")
    stop: date | None
    wait_days: int | None = Field(description="days from start to stop, when stopped")
    within_target: bool | None = Field(description="whether it stopped within the target, when stopped")
    dna_count: int | None
    last_contact: date | None
    died_on: date | None
    next_step: str
    last_activity: date | None = Field(description="the latest day on which anything happened on its referrals, counted or not")
    mark: str | None = Field(description="what was last said of it by someone who looked, and stands")
    mark_reason: str | None
    mark_name: str | None
    mark_on: date | None


def spell_facts(row: asyncpg.Record, names: Mapping[str, str]) -> dict[str, Any]:
    """The fields of Spell from a row of the query `spells`."""
    lacking = in_order(row["missing"] or []) if row["waiting"] else []
    died_on = None if row["alive"] else row["death_date"]
    mark = orjson.loads(row["mark"]) if row["mark"] else {}
    return {
        "spell_id": row["spell_id"],
        "person": row["personkey"],
        "definition": row["definition"],
        "definition_version": row["definition_version"],
        "covered": row["covered"],
        "provider": row["provider"],
        "provider_name": names[row["provider"]],
        "team_types": row["team_types"],
        "referral_ids": row["referral_ids"],
        "start": row["start"],
        "end": row["end"],
        "waited_days": row["waited"],
        "paused_days": row["paused_days"],
        "breach_on": row["breach_on"],
        "first_contact": row["first_contact"],
        "second_contact": row["second_contact"],
        "baseline_outcome": row["baseline_outcome"],
        "assessment": row["assessment"],
        "assessment_waived": row["assessment_waived"],
        "care_plan_or_intervention": row["care_plan_or_intervention"],
        "components": {name: date.fromisoformat(met["met_on"]) for name, met in orjson.loads(row["components"] or "{}").items()},
        "missing": lacking,
        "stop": row["stop"],
        "wait_days": row["wait_days"],
        "within_target": row["stop"] < row["breach_on"] if row["stop"] else None,
        "dna_count": row["dna_count"],
        "last_contact": row["last_contact"],
        "died_on": died_on,
        "next_step": next_step(lacking, waiting=row["waiting"], died=died_on),
        "last_activity": row["last_activity"],
        "mark": mark.get("verdict"),
        "mark_reason": mark.get("reason"),
        "mark_name": mark.get("name"),
        "mark_on": london_date(datetime.fromisoformat(mark["said_at"])) if mark else None,
    }


class Spells(BaseModel):
    """A page of the list."""

    total: int = Field(description="spells behind the filters, in all pages")
    next: str | None = Field(description="`after` of the next page; null on the last")
    spells: list[Spell]


class Share(BaseModel):
    stopped: int
    within_target: int


class Missing(BaseModel):
    components: list[str]
    spells: int


class Team(BaseModel):
    provider: str
    team_type: str | None = Field(description="null: the provider as a whole")
    waiting: int
    past_target: int
    due_7: int
    median_days: float | None
    stopped_quarter: Share


class Week(BaseModel):
    week: int = Field(description="1 is days 0 to 7, 4 ends with day 28, 53 is over 364 days")
    seen: bool
    spells: int


class Due(BaseModel):
    on: date = Field(description="the first day past the target")
    spells: int


class Waits(BaseModel):
    """The numbers of the live page."""

    as_at: date
    definition: str
    quarter_from: date = Field(description="first day of the rolling quarter")
    last_event_at: datetime | None
    waiting: int
    past_target: int
    due_7: int
    due_14: int
    stopped_quarter: Share
    missing: list[Missing]
    weeks: list[Week]
    due: list[Due]
    teams: list[Team]


class Explained(Account):
    """One spell: its row in lists, and the account of its clock."""

    spell: Spell
