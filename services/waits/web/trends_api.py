"""Trends and forecast under /v1: the same reads as their pages, as JSON and CSV."""

from collections.abc import AsyncIterator, Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Security
from pydantic import BaseModel

from services.waits.web.desk import AtDesk, Caller
from services.waits.web.filters import AsKnown, KnownAt
from services.waits.web.forecast_page import HORIZONS, ForecastPage, Outlook, forecast_page
from services.waits.web.trends_filters import Ahead, Trending
from services.waits.web.trends_models import Came, Expected, Fifth, Forecast, Group, Lacking, LookBack, Part, Point, Stage, Stops
from services.waits.web.trends_page import TrendsPage, groups_page, stages_page, trends_page
from shared.web.errors import problems
from shared.web.sign_in import BEARER, SESSION
from shared.web.tables import CSV, Format, csv_download, csv_wanted

router = APIRouter(
    prefix="/v1", tags=["trends"], dependencies=[Security(BEARER), Security(SESSION)], responses=problems(401, 403, 422, 503)
)


class TrendsExport(Trending):
    """Which part, and the form it is wanted in; without `format` the Accept header decides."""

    known_at: KnownAt = None
    format: Format | None = None


class PartExport(AsKnown):
    """Which part, and the form it is wanted in."""

    known_at: KnownAt = None
    format: Format | None = None


class ForecastExport(Ahead):
    """Which part, in how many weeks, and the form it is wanted in."""

    known_at: KnownAt = None
    format: Format | None = None


@router.get("/trends", summary="Measures over time with their process limits", response_model=list[Point], responses=CSV)
async def trends(request: Request, desk: AtDesk, person: Caller, filters: Annotated[TrendsExport, Query()]) -> Any:
    page = await trends_page(desk, person, filters)
    return await _answer(request, filters.format, "trends.csv", Point, _points(page))


@router.get("/trends/stages", summary="Internal waits by team", response_model=list[Stage], responses=CSV)
async def stages(request: Request, desk: AtDesk, person: Caller, filters: Annotated[PartExport, Query()]) -> Any:
    page = await stages_page(desk, person, filters)
    rows = [Stage.model_validate(stages[pair]._asdict()) for _, _, stages in page.rows for pair in page.stages if pair in stages]
    return await _answer(request, filters.format, "internal-waits.csv", Stage, rows)


@router.get("/trends/groups", summary="Shares and waits by group of people", response_model=list[Group], responses=CSV)
async def groups(request: Request, desk: AtDesk, person: Caller, filters: Annotated[PartExport, Query()]) -> Any:
    page = await groups_page(desk, person, filters)
    rows = [
        Group(
            **row.group._asdict() | {"group": row.name},
            share=row.share.share if row.share else None,
            share_low=row.share.low if row.share else None,
            share_high=row.share.high if row.share else None,
            difference=row.gap.difference if row.gap else None,
            difference_low=row.gap.low if row.gap else None,
            difference_high=row.gap.high if row.gap else None,
        )
        for _, _, rows in page.traits
        for row in rows
    ]
    return await _answer(request, filters.format, "groups.csv", Group, rows)


@router.get(
    "/forecast",
    summary="Who is expected to pass the target, and the stops needed; as CSV the latter",
    response_model=Forecast,
    responses=CSV,
)
async def forecast(request: Request, desk: AtDesk, person: Caller, filters: Annotated[ForecastExport, Query()]) -> Any:
    page = await forecast_page(desk, person, filters)
    stops = _stops(page)
    if csv_wanted(request, filters.format):
        return await _answer(request, "csv", "clock-stops-needed.csv", Stops, stops)
    return Forecast(
        as_at=page.seen.at,
        definition=page.seen.definition.key,
        by=page.by,
        parts=[Part(provider=one.provider, team_type=one.team_type, expected=_expected(one)) for one in page.outlooks],
        missing=[Lacking(components=list(one.lacking or ()), expected=_expected(one)) for one in page.by_missing],
        looked_back=LookBack(
            on=page.looked_back,
            parts=[
                Came(part=name, within_days=days, came=came, **said._asdict())
                for name, horizons in page.said
                for days, (said, came) in zip(HORIZONS, horizons, strict=True)
            ],
            calibration=[Fifth(**fifth._asdict()) for fifth in page.calibration],
        ),
        stops=stops,
    )


def _points(page: TrendsPage) -> list[Point]:
    rows = []
    for trend in page.trends:
        judged = iter(trend.chart.points)
        for row in reversed(trend.rows):
            point = next(judged) if row.value.value is not None else None
            limits = point.limits if point else None
            rows.append(
                Point(
                    measure=trend.measure,
                    since=row.value.period.since,
                    until=row.value.period.until,
                    value=row.value.value,
                    spells=row.value.spells,
                    of=row.value.of,
                    mean=limits.mean if limits else None,
                    lower=limits.lower if limits else None,
                    upper=limits.upper if limits else None,
                    variation=row.says,
                    rules=row.rules,
                    target=trend.target.number if trend.target else None,
                    assurance=trend.chart.assurance,
                )
            )
    return rows


def _expected(one: Outlook) -> list[Expected]:
    return [Expected(within_days=days, **said._asdict()) for days, said in zip(HORIZONS, one.expected, strict=True)]


def _stops(page: ForecastPage) -> list[Stops]:
    return [
        Stops(
            provider=one.provider,
            team_type=one.team_type,
            waiting=one.doing.waiting,
            **{line: one.doing.weekly.get(line, 0.0) for line in ("started", "stopped", "closed")},
            capacity=one.capacity.number if one.capacity else None,
            needed=one.need.reach,
            wanting=one.gap,
            hold=one.need.hold,
            weeks=one.weeks,
            words=one.words,
        )
        for one in page.needs
    ]


async def _answer(request: Request, given: Format | None, name: str, model: type[BaseModel], rows: Iterable[BaseModel]) -> Any:
    if not csv_wanted(request, given):
        return rows

    async def cells() -> AsyncIterator[list[object]]:
        for row in rows:
            yield list(row.model_dump(mode="json").values())

    return await csv_download(name, model.model_fields, cells())
