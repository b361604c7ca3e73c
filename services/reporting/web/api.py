"""The API under /v1/measures: the same reads as the pages, as JSON, CSV and XLSX."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Security
from pydantic import BaseModel, Field

from services.reporting.web.desk import AtDesk, Caller
from services.reporting.web.files import XLSX, Figure, csv_file, figures_of, xlsx_file
from services.reporting.web.filters import Measuring
from services.reporting.web.measures_page import measure_page
from services.reporting.web.reading import view
from shared.web.errors import problems
from shared.web.sign_in import BEARER, SESSION
from shared.web.tables import CSV, csv_wanted

router = APIRouter(
    prefix="/v1/measures", tags=["measures"], dependencies=[Security(BEARER), Security(SESSION)], responses=problems(401, 403, 422, 503)
)
FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": CSV[200]["content"] | {XLSX: {"schema": {"type": "string", "format": "binary"}}}}
}


class Export(Measuring):
    """Which figures, and the form they are wanted in; without `format` the Accept header decides."""

    format: Literal["json", "csv", "xlsx"] | None = None


class Point(BaseModel):
    """One month of a measure. `value` None: hidden, or there is none."""

    until: date
    value: float | None
    lower: float | None
    upper: float | None
    mean: float | None
    says: Annotated[str | None, Field(description="common-cause, or what is no chance; None: there are no limits")]
    planned: float | None


class Series(BaseModel):
    """A measure over its whole months, the oldest first."""

    measure: str
    name: str
    numerator: str | None
    denominator: str | None
    counted: str
    left_out: str
    source: str
    unit: str
    place: str
    target: float | None
    baseline: Annotated[str | None, Field(description="as it stood when it was set, and as who asks may see it")]
    baseline_by: Annotated[str | None, Field(description="its month, by what definition it was counted, who set it")]
    baseline_otherwise: Annotated[bool, Field(description="the measure is counted by another definition now")]
    months: list[Point]


@router.get("", summary="Every measure of a month", response_model=list[Figure], responses=FILES)
async def measures(request: Request, desk: AtDesk, person: Caller, filters: Annotated[Export, Query()]) -> Any:
    seen = await view(desk, person, filters)
    rows = await figures_of(desk, seen)
    name = f"measures-{seen.month.name}"
    if filters.format == "xlsx":
        return xlsx_file(f"{name}.xlsx", seen, rows)
    if csv_wanted(request, "csv" if filters.format == "csv" else "json" if filters.format else None):
        return await csv_file(f"{name}.csv", rows)
    return rows


@router.get("/{measure_id}", summary="One measure month by month", response_model=Series, responses=problems(404))
async def measure(desk: AtDesk, person: Caller, measure_id: str, filters: Annotated[Measuring, Query()]) -> Any:
    page = await measure_page(desk, person, filters, measure_id)
    told, trend = page.line.measure, page.line.trend
    judged = iter(trend.chart.points)
    months = []
    for value, _, planned in reversed(trend.rows):
        point = next(judged) if value.value is not None else None
        held = point.limits if point else None
        limits = {"lower": held and held.lower, "upper": held and held.upper, "mean": held and held.mean}
        says = point.variation.value if point and held else None
        months.append(Point(until=value.period.until, value=value.value, says=says, planned=planned, **limits))
    base = page.baseline
    return Series(
        measure=told.id, name=told.figure.name, numerator=told.figure.numerator or None, denominator=told.figure.denominator or None,
        counted=told.counted, left_out=told.left_out, source=page.family.source, unit=told.unit, place=page.seen.code,
        target=None if page.target is None else 100 * page.target.number, months=months, baseline=base and base.text,
        baseline_by=base and base.about.words, baseline_otherwise=base is not None and base.other,
    )  # fmt: skip
