"""The pages of trends and the forecast. They are as at today and do not move: what they show changes by the day."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.waits.web.desk import DECIDERS, AtDesk, Reader
from services.waits.web.filters import AsKnown
from services.waits.web.forecast_page import COUNTED, HORIZONS, forecast_page
from services.waits.web.trends_filters import Ahead, Trending
from services.waits.web.trends_page import VARIATIONS, groups_page, stages_page, trends_page
from services.waits.web.words import COMPONENTS, MILESTONES, PATHWAYS, in_order

router = APIRouter(include_in_schema=False)


@router.get("/trends")
async def trends(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Trending, Query()]) -> Response:
    page = await trends_page(desk, person, filters)
    return desk.site.page(
        request, "trends.html", section="Trends", page=page, seen=page.seen, pathways=PATHWAYS, variations=VARIATIONS,
        may_decide=bool(person.roles & DECIDERS) and filters.known_at is None,
    )  # fmt: skip


@router.get("/trends/stages")
async def stages(request: Request, desk: AtDesk, person: Reader, filters: Annotated[AsKnown, Query()]) -> Response:
    page = await stages_page(desk, person, filters)
    return desk.site.page(request, "stages.html", section="Trends", page=page, seen=page.seen, pathways=PATHWAYS, milestones=MILESTONES)


@router.get("/trends/groups")
async def groups(request: Request, desk: AtDesk, person: Reader, filters: Annotated[AsKnown, Query()]) -> Response:
    page = await groups_page(desk, person, filters)
    return desk.site.page(request, "groups.html", section="Trends", page=page, seen=page.seen, pathways=PATHWAYS)


@router.get("/forecast")
async def forecast(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Ahead, Query()]) -> Response:
    page = await forecast_page(desk, person, filters)
    steps = [name for name in in_order(page.seen.definition.stop.components) if name in COUNTED]
    return desk.site.page(
        request, "forecast.html", section="Forecast", page=page, seen=page.seen, pathways=PATHWAYS, horizons=HORIZONS, steps=steps,
        components=COMPONENTS, may_decide=bool(person.roles & DECIDERS) and filters.known_at is None,
    )  # fmt: skip
