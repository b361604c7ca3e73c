"""The pages of measures and the stream that keeps the first one moving."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.reporting.web.desk import AtDesk, Desk, Reader
from services.reporting.web.filters import Measuring
from services.reporting.web.measures_page import MeasuresPage, measure_page, measures_page
from services.reporting.web.reading import DEFINITIONS, view
from shared.web.live import digest
from shared.web.people import Person
from shared.web.xmr_picture import VARIATIONS

router = APIRouter(include_in_schema=False)
SECTION = "Returns"


@router.get("/measures")
async def measures(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Measuring, Query()]) -> Response:
    html, page = await _measures(desk, person, filters)
    stream = filters.to("/measures/live", seen=digest(html)) if page.seen.live else None
    return desk.site.page(request, "measures.html", section=SECTION, page=page, seen=page.seen, fragment=html, stream=stream, **WORDS)


@router.get("/measures/live")
async def measures_stream(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Measuring, Query()]) -> Response:
    async def render() -> str:
        return (await _measures(desk, person, filters))[0]

    await view(desk, person, filters)  # a filter that cannot be used is refused before the stream begins
    return desk.live.stream(request, ("measures", person.providers, person.roles, filters.to("")), render)


@router.get("/measures/print")
async def printable(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Measuring, Query()]) -> Response:
    """Every measure with its chart and its table, for paper."""
    page = await measures_page(desk, person, filters)
    return desk.site.page(request, "measures_print.html", section=SECTION, page=page, seen=page.seen, **WORDS)


@router.get("/measures/{measure_id}")
async def measure(request: Request, desk: AtDesk, person: Reader, measure_id: str, filters: Annotated[Measuring, Query()]) -> Response:
    page = await measure_page(desk, person, filters, measure_id)
    return desk.site.page(request, "measure.html", section=SECTION, page=page, seen=page.seen, **WORDS)


async def _measures(desk: Desk, person: Person, filters: Measuring) -> tuple[str, MeasuresPage]:
    page = await measures_page(desk, person, filters)
    return desk.site.fragment("measures_fragment.html", page=page, seen=page.seen), page


WORDS: dict[str, Any] = {"definitions": DEFINITIONS, "variations": VARIATIONS}
