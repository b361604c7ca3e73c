"""One person's page, and what workers enter on it or on the worklist: attempts, results, answers, texts; taken back that same day."""

from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit
from uuid import uuid4

from fastapi import APIRouter, Form, Request
from pydantic import AfterValidator
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.outreach.handlers.entering import Answered, MayAct, Result, Tried
from services.outreach.publish.vault import VaultError
from services.outreach.store.messages import Wanted, queue
from services.outreach.store.person import next_task
from services.outreach.store.rows import Row
from services.outreach.store.seeing import Seeing
from services.outreach.store.worklist import Question
from services.outreach.web import words
from services.outreach.web.desk import Actor, AtDesk, Desk, Reader, may_act
from services.outreach.web.pages import SECTION
from services.outreach.web.person_page import PersonPage, person_page
from shared import clock as wall
from shared.web.csrf import require_csrf
from shared.web.errors import FieldError
from shared.web.people import Person

router = APIRouter(include_in_schema=False)
PEOPLE = "/health-checks/people"
CONTACT = ("name", "telephone", "email", "address")


def _ours(address: str) -> str:
    """Raises FieldError unless it is one of these pages."""
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("//")
    if parts.scheme or parts.netloc or not parts.path.startswith("/health-checks"):
        raise FieldError("back", "not one of the health-check pages", "open the worklist again")
    return address


Back = Annotated[str, Form(max_length=2000), AfterValidator(_ours)]
"""Where the form stood."""


@router.get(f"{PEOPLE}/{{personkey}}")
async def one_person(request: Request, desk: AtDesk, person: Reader, personkey: str, saved: str | None = None) -> Response:
    page = await _page(desk, person, personkey)
    await desk.audit(person, "person", {"person": personkey})
    return _shown(request, desk, page, saved=saved)


@router.post(f"{PEOPLE}/{{personkey}}/contact")
async def contact(request: Request, desk: AtDesk, person: Actor, personkey: str, csrf: Annotated[str, Form()]) -> Response:
    """Name and contact of one person, for whoever is to reach them: asked of the vault, shown once, kept by nobody."""
    require_csrf(request, csrf)
    page = await _page(desk, person, personkey)
    if not page.may_see_contact:
        raise HTTPException(403)
    if desk.vault is None:
        raise FieldError(None, "names and contacts cannot be asked for here", "set VAULT_API_URL and CLOCKSTOP_VAULT_API_KEY, start again")
    await desk.audit(person, "contact", {"person": personkey})
    told: dict[str, dict[str, str]] = {}
    try:
        for provider in dict.fromkeys(one.task["provider"] for one in page.live):
            said = await desk.vault.ask(
                personkey, provider, CONTACT, purpose="show", asked_by=person.username, reference=f"{PEOPLE}/{personkey}"
            )
            told |= {page.names.get(provider, provider): dict(said)} if said else {}
    except VaultError as error:
        raise FieldError(None, str(error), "try again in a minute") from None
    return _shown(request, desk, page, contact=told)


@router.post("/health-checks/attempts")
async def attempt(
    request: Request,
    desk: AtDesk,
    person: Actor,
    csrf: Annotated[str, Form()],
    to: Annotated[str, Form(alias="person", max_length=64)],
    attempt_id: Annotated[str, Form(max_length=64, min_length=8)],
    channel: Annotated[str, Form()],
    made_on: Annotated[date, Form()],
    back: Back,
    task: Annotated[str, Form(max_length=400)] = "",
    result: Annotated[str, Form()] = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
    part: Annotated[list[str], Form()] = [],  # noqa: B006  # never changed
    until: Annotated[str, Form()] = "",
) -> Response:
    require_csrf(request, csrf)
    seen = await desk.seeing(person)
    if reason.strip() and not result:
        raise FieldError("result", "a reason without a result", "choose what came of it, or leave the reason out")
    about = task or (await _next(desk, seen, to))["task_id"]
    came = Result(result, reason, tuple(part), _day("until", until)) if result else None
    tried = Tried(attempt_id, to, about, channel, made_on, came)
    async with desk.pool.acquire() as connection, connection.transaction():
        await desk.entering.enter_attempt(connection, tried, person.username, _mine(person, seen))
    return _back(back, to, f"attempt.{attempt_id}")


@router.post("/health-checks/results")
async def result(
    request: Request,
    desk: AtDesk,
    person: Actor,
    csrf: Annotated[str, Form()],
    to: Annotated[str, Form(alias="person", max_length=64)],
    attempt_id: Annotated[str, Form(max_length=64)],
    result: Annotated[str, Form()],
    back: Back,
    reason: Annotated[str, Form(max_length=2000)] = "",
    part: Annotated[list[str], Form()] = [],  # noqa: B006  # never changed
    until: Annotated[str, Form()] = "",
) -> Response:
    """What came of an attempt of which nothing was known yet."""
    require_csrf(request, csrf)
    seen = await desk.seeing(person)
    came = Result(result, reason, tuple(part), _day("until", until))
    async with desk.pool.acquire() as connection, connection.transaction():
        await desk.entering.enter_result(connection, attempt_id, came, _mine(person, seen))
    return _back(back, to, None)


@router.post("/health-checks/answers")
async def answer(
    request: Request,
    desk: AtDesk,
    person: Actor,
    csrf: Annotated[str, Form()],
    to: Annotated[str, Form(alias="person", max_length=64)],
    answer_id: Annotated[str, Form(max_length=64, min_length=8)],
    task: Annotated[str, Form(max_length=400)],
    answer: Annotated[str, Form()],
    back: Back,
    reason: Annotated[str, Form(max_length=2000)] = "",
    destination: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    require_csrf(request, csrf)
    seen = await desk.seeing(person)
    if destination and destination not in (await _page(desk, person, to)).destinations:
        raise FieldError("destination", f"{destination[:40]!r} is not in the directory for this person", "choose one of the list")
    answered = Answered(answer_id, to, task, answer, reason, wall.today(), destination or None)
    async with desk.pool.acquire() as connection, connection.transaction():
        await desk.entering.enter_answer(connection, answered, person.username, _mine(person, seen))
    return _back(back, to, f"answer.{answer_id}")


@router.post("/health-checks/entries/{entry}/take-back")
async def take_back(request: Request, desk: AtDesk, person: Actor, entry: str, csrf: Annotated[str, Form()], back: Back) -> Response:
    """By who entered it, on the same day."""
    require_csrf(request, csrf)
    kind, _, entry_id = entry.partition(".")
    kinds: dict[str, Literal["attempt", "answer"]] = {"attempt": "attempt", "answer": "answer"}
    if kind not in kinds:
        raise HTTPException(404)
    seen = await desk.seeing(person)
    async with desk.pool.acquire() as connection, connection.transaction():
        await desk.entering.void_entry(connection, kinds[kind], entry_id, person.username, _mine(person, seen))
    return _back(back, None, None)


@router.post("/health-checks/messages")
async def text_now(
    request: Request,
    desk: AtDesk,
    person: Actor,
    csrf: Annotated[str, Form()],
    to: Annotated[str, Form(alias="person", max_length=64)],
    attempt_id: Annotated[str, Form(max_length=64, min_length=8)],
    back: Back,
) -> Response:
    """Queue a text: it goes when quiet hours are over, if by then it still may."""
    require_csrf(request, csrf)
    seen = await desk.seeing(person)
    task = await _next(desk, seen, to)
    if not _mine(person, seen)(task):
        raise HTTPException(403)
    now = wall.now()
    template = "invitation" if task["schedule"] == "annual-recall" else "follow-up" if task["schedule"] == "follow-up" else "reminder"
    about = task["anchor"], task["schedule"], [task["task_id"]], task["owner"]
    wanted = Wanted(to, f"by hand/{wall.london_date(now)}", *about, "text", template, now, person.username)
    async with desk.pool.acquire() as connection, connection.transaction():
        if await queue(connection, wanted, now) is None:
            raise FieldError(None, "a text to this person was asked for today already", "see on their page what became of it")
    return _back(back, to, None)


async def _page(desk: Desk, person: Person, personkey: str) -> PersonPage:
    page = await person_page(desk, person, personkey)
    if page is None:
        raise HTTPException(404)
    return page


def _shown(request: Request, desk: Desk, page: PersonPage, **more: Any) -> Response:
    here = f"{PEOPLE}/{quote(page.row.person['person'], safe='')}"
    return desk.site.page(request, "person.html", section=SECTION, page=page, words=words, here=here, new_id=str(uuid4()), **more)


def _mine(person: Person, seen: Seeing) -> MayAct:
    return lambda task: may_act(person, seen, task["owner"])


async def _next(desk: Desk, seen: Seeing, personkey: str) -> Row:
    task = await next_task(desk.pool, Question(seen, wall.today()), personkey)
    if task is None:
        raise FieldError("person", "nothing is to be done for this person that you may act on", "open the worklist again")
    return dict(task)


def _day(field: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise FieldError(field, f"{text[:20]!r} is no date", "write it as 2026-03-12") from None


def _back(back: str, to: str | None, saved: str | None) -> Response:
    """To where the form stood, at the same row."""
    parts = urlsplit(back)
    query = "&".join(part for part in (parts.query, f"saved={quote(saved)}" if saved else "") if part)
    address = parts.path + (f"?{query}" if query else "") + (f"#p-{quote(to)}" if to and not saved else "")
    return RedirectResponse(address, 303)
