"""The pages of waits, the streams that keep them moving, and what one event did."""

from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.waits.rules.definition import Definition
from services.waits.web.desk import VALIDATORS, AtDesk, Desk, Reader
from services.waits.web.effects import effects_of
from services.waits.web.filters import Listing, OneSpell, Overview
from services.waits.web.list_page import ListPage, list_page
from services.waits.web.live_page import LivePage, live_page, questions
from services.waits.web.spell_page import SpellPage, read_spell, spell_holding, spell_page
from services.waits.web.then import asked, check
from services.waits.web.words import COMPONENTS, KINDS, MARKS, MILESTONES, SORTS, states
from shared import clock as wall
from shared.web.live import digest
from shared.web.people import Person

router = APIRouter(include_in_schema=False)


@router.get("/")
async def front() -> Response:
    return RedirectResponse("/waits", 303)


@router.get("/waits")
async def live(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Overview, Query()]) -> Response:
    html, page = await _live(desk, person, filters)
    stream = None if filters.known_at else filters.to("/waits/live", seen=digest(html))  # what was known stays as it is
    return desk.site.page(
        request, "live.html", section="Live waits", page=page, fragment=html, stream=stream, views=await desk.views(person)
    )


@router.get("/waits/live")
async def live_stream(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Overview, Query()]) -> Response:
    async def render() -> str:
        return (await _live(desk, person, filters))[0]

    await questions(desk, person, filters)  # a filter that cannot be used is refused before the stream begins
    return desk.live.stream(request, ("live", person.providers, filters.to("")), render)


@router.get("/waits/list")
async def spells(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Listing, Query()]) -> Response:
    html, page = await _list(desk, person, filters)
    stream = None if filters.known_at else filters.to("/waits/list/live", seen=digest(html))
    return desk.site.page(
        request,
        "list.html",
        section="Live waits",
        page=page,
        states=states(page.definition),
        sorts=SORTS,
        fragment=html,
        stream=stream,
        views=await desk.views(person),
    )


@router.get("/waits/list/live")
async def list_stream(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Listing, Query()]) -> Response:
    async def render() -> str:
        return (await _list(desk, person, filters))[0]

    await asked(desk, person, filters, await desk.definition(filters.definition, known_at=filters.known_at))
    return desk.live.stream(request, ("list", person.providers, filters.to("")), render)


@router.get("/waits/spells/{spell_id:path}")
async def spell(request: Request, desk: AtDesk, person: Reader, spell_id: str, filters: Annotated[OneSpell, Query()]) -> Response:
    under = await desk.definition(filters.definition, known_at=filters.known_at)
    found = await _spell(desk, person, spell_id, filters, under)
    if found is None:
        if filters.known_at is None and (other := await spell_holding(desk, person, spell_id, under)):
            return RedirectResponse(filters.to(other), 303)
        raise HTTPException(404)
    html, page = found
    stream = f"/waits/live/spells/{quote(spell_id)}?{urlencode({'definition': under.key, 'seen': digest(html)})}"
    return desk.site.page(
        request, "spell.html", section="Live waits", page=page, definition=under, marks=MARKS, filters=filters, fragment=html,
        may_validate=page.found.waiting and filters.known_at is None and bool(person.roles & VALIDATORS),
        stream=None if filters.known_at else stream,
    )  # fmt: skip


@router.get("/waits/live/spells/{spell_id:path}")
async def spell_stream(request: Request, desk: AtDesk, person: Reader, spell_id: str, filters: Annotated[OneSpell, Query()]) -> Response:
    under = await desk.definition(filters.definition)

    async def render() -> str:
        found = await _spell(desk, person, spell_id, filters, under)
        return found[0] if found else desk.site.fragment("spell_gone.html")

    if await _spell(desk, person, spell_id, filters, under) is None:  # what is not there is refused before the stream begins
        raise HTTPException(404)
    return desk.live.stream(request, ("spell", person.providers, spell_id, under.key), render)


@router.get("/waits/events/{event_id:path}")
async def event(request: Request, desk: AtDesk, person: Reader, event_id: str, filters: Annotated[OneSpell, Query()]) -> Response:
    check(filters.known_at)
    under = await desk.definition(filters.definition, known_at=filters.known_at)
    reference = await desk.load_reference(filters.known_at)
    told = await effects_of(desk.pool, reference, under, person.providers, event_id, wall.now(), filters.known_at)
    if told is None:
        raise HTTPException(404)
    return desk.site.page(request, "event.html", section="Live waits", event_id=event_id, told=told, definition=under, kinds=KINDS)


async def _live(desk: Desk, person: Person, filters: Overview) -> tuple[str, LivePage]:
    page = await live_page(desk, person, filters)
    return desk.site.fragment("live_fragment.html", page=page), page


async def _list(desk: Desk, person: Person, filters: Listing) -> tuple[str, ListPage]:
    page = await list_page(desk, person, filters)
    return desk.site.fragment("list_fragment.html", page=page, marks=MARKS), page


async def _spell(desk: Desk, person: Person, spell_id: str, filters: OneSpell, definition: Definition) -> tuple[str, SpellPage] | None:
    found = await read_spell(desk, person, spell_id, definition, filters.known_at)
    if found is None:
        return None
    page = spell_page(found)
    words = {"kinds": KINDS, "components": COMPONENTS, "milestones": MILESTONES}
    return desk.site.fragment("spell_fragment.html", page=page, filters=filters, **words), page
