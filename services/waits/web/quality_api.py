"""Data quality under /v1: the same reads as its page, as JSON and CSV."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.waits.store.pages import organisations
from services.waits.store.quality import every_gap, late
from services.waits.web.desk import AtDesk, Caller
from services.waits.web.quality_filters import GapListing, Quality
from services.waits.web.quality_page import feed_rows, gap_facts, gap_page
from shared.web.tables import CSV, Format, csv_download, csv_wanted

router = APIRouter(prefix="/v1", tags=["data quality"])


class Feed(BaseModel):
    """When a provider was last heard, and whether that is usual. Kind `any`: all kinds of event together."""

    provider: str
    provider_name: str
    kind: str
    last_received_at: datetime
    usual: str = Field(description="in words")
    expected_by: datetime | None = Field(description="the silence is too long from then on; null while learning")
    state: str = Field(description="silent, as usual or learning")


class Gap(BaseModel):
    """One record in which something is wanting."""

    provider: str
    provider_name: str
    person: str = Field(description="pseudonym")
    what: str
    words: str
    kind: str
    record_id: str
    on: date | None
    received_at: datetime | None = Field(description="null: no such record has come")


class Gaps(BaseModel):
    """A page of the list."""

    total: int
    next: str | None = Field(description="`after` of the next page; null on the last")
    gaps: list[Gap]


class Late(BaseModel):
    """Contacts, assessments, interventions and scores received in one London month, and those told of more than 60 days late."""

    provider: str
    month: date
    events: int
    late: int


class Narrow(Quality):
    """Which providers, and the form it is wanted in; without `format` the Accept header decides."""

    format: Format | None = None


class GapExport(GapListing):
    """A list, and the form it is wanted in."""

    format: Format | None = None


@router.get("/silence", summary="When each feed was last heard, and which are silent", response_model=list[Feed], responses=CSV)
async def silence(request: Request, desk: AtDesk, person: Caller, filters: Annotated[Narrow, Query()]) -> Any:
    filters.wanting(person)
    rows = await feed_rows(desk, filters.seen(person), await organisations(desk.pool, person.providers))
    return await _csv("silence.csv", Feed, rows) if csv_wanted(request, filters.format) else [row._asdict() for row in rows]


@router.get("/late", summary="Late events by provider and month", response_model=list[Late], responses=CSV)
async def late_events(request: Request, desk: AtDesk, person: Caller, filters: Annotated[Narrow, Query()]) -> Any:
    rows = await late(desk.pool, filters.wanting(person))
    return await _csv("late-events.csv", Late, rows) if csv_wanted(request, filters.format) else [row._asdict() for row in rows]


@router.get("/gaps", summary="Records in which something is wanting, as JSON pages or as one CSV", response_model=Gaps, responses=CSV)
async def gaps(request: Request, desk: AtDesk, person: Caller, filters: Annotated[GapExport, Query()]) -> Any:
    if csv_wanted(request, filters.format):
        names = await organisations(desk.pool, person.providers)
        rows = (list(gap_facts(row, names).values()) async for row in every_gap(desk.pool, filters.wanting(person)))
        return await csv_download("gaps.csv", Gap.model_fields, rows)
    page = await gap_page(desk, person, filters)
    return {"total": page.total, "next": filters.onward(page.onward), "gaps": page.gaps}


async def _csv(name: str, model: type[BaseModel], rows: Iterable[Sequence[object]]) -> Response:
    async def one_by_one() -> AsyncIterator[Sequence[object]]:
        for row in rows:
            yield row

    return await csv_download(name, model.model_fields, one_by_one())
