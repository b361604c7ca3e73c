"""The data-quality page and its list, the streams that keep them moving, and what people say of old waits."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.waits.store import quality
from services.waits.store.pages import Question, spell
from services.waits.web.desk import VALIDATORS, AtDesk, Desk, Reader
from services.waits.web.quality_filters import GapListing, Quality
from services.waits.web.quality_page import GapPage, QualityPage, gap_page, quality_page
from services.waits.web.words import GAPS, KINDS, MARKS
from shared.clock import today
from shared.web.csrf import require_csrf
from shared.web.errors import FieldError
from shared.web.forms import reasoned
from shared.web.live import digest
from shared.web.people import Person
from shared.web.sign_in import having

router = APIRouter(include_in_schema=False)


@router.get("/data-quality")
async def overview(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Quality, Query()]) -> Response:
    html, page = await _overview(desk, person, filters)
    stream = filters.to("/data-quality/live", seen=digest(html))
    return desk.site.page(
        request, "quality.html", section="Data quality", page=page, fragment=html, stream=stream, views=await desk.views(person)
    )


@router.get("/data-quality/live")
async def overview_stream(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Quality, Query()]) -> Response:
    async def render() -> str:
        return (await _overview(desk, person, filters))[0]

    filters.question(
        person, today(), await desk.definition(filters.definition)
    )  # a filter that cannot be used is refused before the stream begins
    return desk.live.stream(request, ("quality", person.providers, filters.to("")), render)


@router.get("/data-quality/list")
async def gaps(request: Request, desk: AtDesk, person: Reader, filters: Annotated[GapListing, Query()]) -> Response:
    html, page = await _gaps(desk, person, filters)
    stream = filters.to("/data-quality/list/live", seen=digest(html))
    return desk.site.page(
        request, "gaps.html", section="Data quality", page=page, gaps=GAPS, fragment=html, stream=stream, views=await desk.views(person)
    )


@router.get("/data-quality/list/live")
async def gaps_stream(request: Request, desk: AtDesk, person: Reader, filters: Annotated[GapListing, Query()]) -> Response:
    async def render() -> str:
        return (await _gaps(desk, person, filters))[0]

    filters.wanting(person)
    return desk.live.stream(request, ("gaps", person.providers, filters.to("")), render)


@router.post("/waits/validations")
async def validate(
    request: Request,
    desk: AtDesk,
    person: Annotated[Person, Depends(having(VALIDATORS))],
    csrf: Annotated[str, Form()],
    spell_id: Annotated[str, Form()],
    last_activity: Annotated[str, Form()],
    verdict: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """What somebody says of an open wait as they saw it. No clock changes by it: the source system's records must."""
    require_csrf(request, csrf)
    if verdict not in MARKS or verdict == "none":
        raise FieldError.unknown("verdict", verdict, [mark for mark in MARKS if mark != "none"])
    said = reasoned(reason)
    definition = await desk.definition(None)
    found = await spell(desk.pool, Question(person.providers, today(), definition.key, state="waiting"), spell_id)
    if found is None:
        raise HTTPException(404)
    if str(found[0]["last_activity"]) != last_activity:
        raise FieldError("last_activity", "something happened since you looked", "look at the wait again, then say what you think")
    await quality.validate(desk.pool, person.username, person.name, found[0], verdict, said)
    return RedirectResponse(f"/waits/spells/{quote(spell_id)}#validations", 303)


async def _overview(desk: Desk, person: Person, filters: Quality) -> tuple[str, QualityPage]:
    page = await quality_page(desk, person, filters)
    return desk.site.fragment("quality_fragment.html", page=page, marks=MARKS, kinds=KINDS), page


async def _gaps(desk: Desk, person: Person, filters: GapListing) -> tuple[str, GapPage]:
    page = await gap_page(desk, person, filters)
    return desk.site.fragment("gaps_fragment.html", page=page, kinds=KINDS), page
