"""The pages of waits, the streams that keep them moving, and what one event did."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.waits.web.desk import VALIDATORS, AtDesk, Desk, Reader
from services.waits.web.effects import effects_of
from services.waits.web.filters import Listing, Overview
from services.waits.web.list_page import ListPage, list_page
from services.waits.web.live_page import LivePage, live_page
from services.waits.web.spell_page import SpellPage, read_spell, spell_page
from services.waits.web.words import COMPONENTS, KINDS, MARKS, MILESTONES, SORTS, STATES
from shared import clock as wall
from shared.clock import today
from shared.web.live import digest
from shared.web.people import Person

router = APIRouter(include_in_schema=False)


@router.get("/")
async def front() -> Response:
    return RedirectResponse("/waits", 303)


@router.get("/waits")
async def live(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Overview, Query()]) -> Response:
    html, page = await _live(desk, person, filters)
    stream = filters.to("/waits/live", seen=digest(html))
    return desk.site.page(request, "live.html", section="Live waits", page=page, definition=desk.definition, fragment=html, stream=stream)


@router.get("/waits/live")
async def live_stream(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Overview, Query()]) -> Response:
    async def render() -> str:
        return (await _live(desk, person, filters))[0]

    filters.question(person, today(), desk.definition)  # a filter that cannot be used is refused before the stream begins
    return desk.live.stream(request, ("live", person.providers, filters.to("")), render)


@router.get("/waits/list")
async def spells(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Listing, Query()]) -> Response:
    html, page = await _list(desk, person, filters)
    stream = filters.to("/waits/list/live", seen=digest(html))
    return desk.site.page(request, "list.html", section="Live waits", page=page, states=STATES, sorts=SORTS, fragment=html, stream=stream)


@router.get("/waits/list/live")
async def list_stream(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Listing, Query()]) -> Response:
    async def render() -> str:
        return (await _list(desk, person, filters))[0]

    filters.question(person, today(), desk.definition)
    return desk.live.stream(request, ("list", person.providers, filters.to("")), render)


@router.get("/waits/spells/{spell_id:path}")
async def spell(request: Request, desk: AtDesk, person: Reader, spell_id: str) -> Response:
    html, page = await _spell(desk, person, spell_id)
    may_validate = page.found.waiting and bool(person.roles & VALIDATORS)
    stream = f"/waits/live/spells/{quote(spell_id)}?seen={digest(html)}"
    return desk.site.page(
        request, "spell.html", section="Live waits", page=page, marks=MARKS, may_validate=may_validate, fragment=html, stream=stream
    )


@router.get("/waits/live/spells/{spell_id:path}")
async def spell_stream(request: Request, desk: AtDesk, person: Reader, spell_id: str) -> Response:
    async def render() -> str:
        try:
            return (await _spell(desk, person, spell_id))[0]
        except HTTPException:
            return desk.site.fragment("spell_gone.html")

    await _spell(desk, person, spell_id)  # what is not there is refused before the stream begins
    return desk.live.stream(request, ("spell", person.providers, spell_id), render)


@router.get("/waits/events/{event_id:path}")
async def event(request: Request, desk: AtDesk, person: Reader, event_id: str) -> Response:
    told = await effects_of(desk.pool, await desk.load_reference(), desk.definition, person.providers, event_id, wall.now())
    if told is None:
        raise HTTPException(404)
    return desk.site.page(
        request, "event.html", section="Live waits", event_id=event_id, told=told, definition=desk.definition, kinds=KINDS
    )


async def _live(desk: Desk, person: Person, filters: Overview) -> tuple[str, LivePage]:
    page = await live_page(desk, person, filters)
    return desk.site.fragment("live_fragment.html", page=page), page


async def _list(desk: Desk, person: Person, filters: Listing) -> tuple[str, ListPage]:
    page = await list_page(desk, person, filters)
    return desk.site.fragment("list_fragment.html", page=page, marks=MARKS), page


async def _spell(desk: Desk, person: Person, spell_id: str) -> tuple[str, SpellPage]:
    found = await read_spell(desk, person, desk.definition, [desk.definition], spell_id)
    if found is None:
        raise HTTPException(404)
    page = spell_page(found)
    return desk.site.fragment("spell_fragment.html", page=page, kinds=KINDS, components=COMPONENTS, milestones=MILESTONES), page
