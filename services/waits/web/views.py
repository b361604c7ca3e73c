"""Views that people keep: save the filters of a page under a name, open them again, share them with colleagues."""

from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Form, Request
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.waits.store import views as store
from services.waits.store.views import MOST_VIEWS
from services.waits.web.alert_form import one_line
from services.waits.web.desk import AtDesk, Desk, Reader
from services.waits.web.filters import Listing, Narrowing, Overview
from services.waits.web.quality_filters import GapListing, Quality
from services.waits.web.signals_page import Quarter
from shared.clock import today
from shared.web.csrf import require_csrf
from shared.web.errors import FieldError
from shared.web.people import Person

router = APIRouter(include_in_schema=False)
PAGES: dict[str, tuple[str, type[Narrowing]]] = {
    "/waits": ("Live waits", Overview),
    "/waits/list": ("List of waits", Listing),
    "/data-quality": ("Data quality", Quality),
    "/data-quality/list": ("Records in which something is wanting", GapListing),
    "/signals": ("Signals to look at", Quarter),
}
"""Pages whose filters can be kept: their names and what reads their addresses."""
TITLE = 80


@router.get("/views")
async def mine(request: Request, desk: AtDesk, person: Reader) -> Response:
    pages = {path: name for path, (name, _) in PAGES.items()}
    return desk.site.page(
        request, "views.html", section="Live waits", views=await desk.views(person), pages=pages, most=MOST_VIEWS, username=person.username
    )


@router.post("/views")
async def save(
    request: Request,
    desk: AtDesk,
    person: Reader,
    csrf: Annotated[str, Form()],
    address: Annotated[str, Form(max_length=2000)],
    title: Annotated[str, Form(max_length=400)] = "",
    shared: Annotated[bool, Form()] = False,  # a box of the form
) -> Response:
    """Keep an address of ours under a name; then back to it."""
    require_csrf(request, csrf)
    name, kept = one_line("title", title, TITLE), await own_address(desk, person, address)
    if not await store.save(desk.pool, person.username, name, kept, shared=shared):
        raise FieldError("title", f"you have {MOST_VIEWS} views already", "delete one of them first, at /views")
    return RedirectResponse(kept, 303)


@router.post("/views/{view}")
async def change(
    request: Request,
    desk: AtDesk,
    person: Reader,
    view: int,
    csrf: Annotated[str, Form()],
    title: Annotated[str, Form(max_length=400)] = "",
    shared: Annotated[bool, Form()] = False,  # a box of the form
) -> Response:
    require_csrf(request, csrf)
    if not await store.change(desk.pool, person.username, view, one_line("title", title, TITLE), shared=shared):
        raise FieldError("title", "no view of yours, or another of yours has this name", "choose another name")
    return RedirectResponse("/views", 303)


@router.post("/views/{view}/delete")
async def drop(request: Request, desk: AtDesk, person: Reader, view: int, csrf: Annotated[str, Form()]) -> Response:
    require_csrf(request, csrf)
    if not await store.drop(desk.pool, person.username, view):
        raise HTTPException(404)
    return RedirectResponse("/views", 303)


async def own_address(desk: Desk, person: Person, address: str) -> str:
    """The address of one of our pages, written as we write it, without a place in a list. Raises FieldError for any other."""
    wrong = FieldError("address", "not a page whose filters can be kept", f"save from one of {', '.join(PAGES)}")
    try:
        parts = urlsplit(address)
    except ValueError:
        raise wrong from None
    if parts.scheme or parts.netloc or parts.path not in PAGES:
        raise wrong
    try:
        filters = PAGES[parts.path][1].model_validate(dict(parse_qsl(parts.query)))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise FieldError(str(first["loc"][-1]), first["msg"], "choose the filters anew and save again") from None
    if not isinstance(filters, GapListing):
        filters.question(person, today(), await desk.definition(filters.definition))
    return filters.to(parts.path, after=None)
