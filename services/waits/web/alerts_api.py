"""Alerts and signals under /v1: the same reads as their pages, as JSON and CSV."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Security
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.waits.web.alerts_page import alerts_page
from services.waits.web.desk import READERS, AtDesk
from services.waits.web.signals_page import Listing, Quarter, signal_facts, signal_list, signals_page, spell_facts
from shared.web.errors import problems
from shared.web.people import Person
from shared.web.sign_in import BEARER, SESSION, calling, having
from shared.web.tables import CSV, Format, csv_download, csv_wanted

router = APIRouter(
    prefix="/v1", tags=["alerts and signals"], dependencies=[Security(BEARER), Security(SESSION)], responses=problems(401, 403, 422)
)
PersonCalling = Annotated[Person, Depends(having(READERS, calling))]


class Alert(BaseModel):
    """A threshold that was reached, and stands."""

    id: int
    rule_id: int
    title: str
    reached: str = Field(description="the threshold, in words")
    then: str = Field(description="the number when it was reached, in words")
    now: str
    whose: str
    fired_at: datetime
    state: str = Field(description="to look at, seen by somebody, or snoozed until an instant")
    note: str | None = Field(description="of whoever acknowledged it")


class Signal(BaseModel):
    """How many spells of one provider, team type and quarter show something that deserves a look, and whether that is unusual."""

    quarter: date
    provider: str
    team_type: str
    signal: str
    words: str
    seen: int = Field(description="spells that show it; of `bulk-scores`, scores of the busiest day")
    of: int = Field(description="spells that could")
    usual: float | None = Field(description="the usual share of 1; of `bulk-scores`, scores a day; null: nothing to compare with")
    compared_with: str
    chance: float | None = Field(description="of so many by chance alone")
    stands_out: bool
    method: str


class SignalSpell(BaseModel):
    """A spell that shows a signal."""

    provider: str
    team_type: str
    spell_id: str
    person: str = Field(description="pseudonym")
    on: date = Field(description="the day it is about")
    days: int = Field(description="the days that matter")
    start: date | None
    stop: date | None
    end: date | None


class Narrow(BaseModel):
    """The form it is wanted in; without `format` the Accept header decides."""

    format: Format | None = None


class QuarterExport(Quarter):
    """Which quarter, whose, and the form it is wanted in."""

    format: Format | None = None


class ListExport(Listing):
    """Which signal, whose, and the form it is wanted in."""

    format: Format | None = None


@router.get("/alerts", summary="Thresholds of alert rules that stand", response_model=list[Alert], responses=CSV)
async def alerts(request: Request, desk: AtDesk, person: PersonCalling, narrow: Annotated[Narrow, Query()]) -> Any:
    rows = [row._asdict() | {"state": row.state} for row in (await alerts_page(desk, person)).standing]
    return await _csv("alerts.csv", Alert, rows) if csv_wanted(request, narrow.format) else rows


@router.get("/signals", summary="Signals to look at, by provider, team type and quarter", response_model=list[Signal], responses=CSV)
async def signals(request: Request, desk: AtDesk, person: PersonCalling, filters: Annotated[QuarterExport, Query()]) -> Any:
    rows = [signal_facts(one) for one in (await signals_page(desk, person, filters)).every]
    return await _csv("signals.csv", Signal, rows) if csv_wanted(request, filters.format) else rows


@router.get("/signals/spells", summary="The spells that show a signal", response_model=list[SignalSpell], responses=CSV)
async def signal_spells(request: Request, desk: AtDesk, person: PersonCalling, filters: Annotated[ListExport, Query()]) -> Any:
    rows = [spell_facts(dict(row)) for row in (await signal_list(desk, person, filters)).rows]
    return await _csv("signal-spells.csv", SignalSpell, rows) if csv_wanted(request, filters.format) else rows


async def _csv(name: str, model: type[BaseModel], rows: Iterable[dict[str, Any]]) -> Response:
    async def one_by_one() -> AsyncIterator[Sequence[object]]:
        for row in rows:
            yield [row[field] for field in model.model_fields]

    return await csv_download(name, model.model_fields, one_by_one())
