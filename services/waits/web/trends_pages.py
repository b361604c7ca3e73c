"""The pages of trends and the forecast. They are as at today and do not move: what they show changes by the day."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.waits.web.desk import DECIDERS, AtDesk, Reader
from services.waits.web.filters import Narrowing
from services.waits.web.forecast_page import HORIZONS, forecast_page
from services.waits.web.trends_filters import Ahead, Trending
from services.waits.web.trends_page import VARIATIONS, groups_page, stages_page, trends_page
from services.waits.web.words import MILESTONES, PATHWAYS

router = APIRouter(include_in_schema=False)


@router.get("/trends")
async def trends(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Trending, Query()]) -> Response:
    page = await trends_page(desk, person, filters)
    may = bool(person.roles & DECIDERS)
    facts = {"page": page, "pathways": PATHWAYS, "variations": VARIATIONS, "may_decide": may}
    return desk.site.page(request, "trends.html", section="Trends", **facts)


@router.get("/trends/stages")
async def stages(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Narrowing, Query()]) -> Response:
    page = await stages_page(desk, person, filters)
    return desk.site.page(request, "stages.html", section="Trends", page=page, pathways=PATHWAYS, milestones=MILESTONES)


@router.get("/trends/groups")
async def groups(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Narrowing, Query()]) -> Response:
    page = await groups_page(desk, person, filters)
    return desk.site.page(request, "groups.html", section="Trends", page=page, pathways=PATHWAYS)


@router.get("/forecast")
async def forecast(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Ahead, Query()]) -> Response:
    page = await forecast_page(desk, person, filters)
    facts = {"page": page, "pathways": PATHWAYS, "horizons": HORIZONS, "may_decide": bool(person.roles & DECIDERS)}
    return desk.site.page(request, "forecast.html", section="Forecast", **facts)
