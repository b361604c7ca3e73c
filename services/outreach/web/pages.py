"""The overview and the worklist, and the streams that keep them moving."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.outreach.web import words
from services.outreach.web.desk import AtDesk, Desk, Reader
from services.outreach.web.filters import Narrowing, Worklist
from services.outreach.web.list_page import PATH, ListPage, list_page
from services.outreach.web.overview_page import OverviewPage, overview_page
from shared import clock as wall
from shared.web.csrf import csrf_token
from shared.web.live import digest
from shared.web.people import Person

router = APIRouter(include_in_schema=False)
SECTION = "Health checks"


@router.get("/health-checks")
async def overview(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Narrowing, Query()]) -> Response:
    html, page = await _overview(desk, person, filters)
    stream = filters.to("/health-checks/live", seen=digest(html))
    return desk.site.page(request, "overview.html", section=SECTION, page=page, fragment=html, stream=stream)


@router.get("/health-checks/live")
async def overview_stream(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Narrowing, Query()]) -> Response:
    async def render() -> str:
        return (await _overview(desk, person, filters))[0]

    filters.question(await desk.seeing(person), wall.today())  # a filter that cannot be used is refused before the stream begins
    return desk.live.stream(request, ("overview", person.providers, filters.to("")), render)


@router.get(PATH)
async def people(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Worklist, Query()]) -> Response:
    page = await list_page(desk, person, filters)
    # a push would take away what somebody is writing: a page with an open form stands still
    entering = {"csrf": csrf_token(request), "new_id": str(uuid4())} if filters.record else {}
    html = _rows(desk, page, **entering)
    stream = None if filters.record else filters.to(f"{PATH}/live", seen=digest(html))
    return desk.site.page(request, "worklist.html", section=SECTION, page=page, fragment=html, stream=stream, words=words)


@router.get(f"{PATH}/live")
async def list_stream(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Worklist, Query()]) -> Response:
    async def render() -> str:
        return _rows(desk, await list_page(desk, person, filters))

    filters.question(await desk.seeing(person), wall.today())
    filters.place()
    acts = person.roles & {"outreach-worker", "team-manager"}  # rows of those who act have a link to record
    return desk.live.stream(request, ("worklist", person.providers, bool(acts), filters.to("")), render)


def _rows(desk: Desk, page: ListPage, **entering: object) -> str:
    return desk.site.fragment("worklist_fragment.html", page=page, words=words, path=PATH, **entering)


async def _overview(desk: Desk, person: Person, filters: Narrowing) -> tuple[str, OverviewPage]:
    page = await overview_page(desk, person, filters)
    return desk.site.fragment("overview_fragment.html", page=page, words=words), page
