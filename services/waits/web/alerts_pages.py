"""The pages about alerts: what stands, the rules, one rule; and what people do about them."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.waits.rules.alerts import DIRECTIONS, MEASURES, MOST_THRESHOLDS
from services.waits.store import alert_book
from services.waits.store.alert_book import MOST_RULES, Author
from services.waits.store.alerts import MAKERS
from services.waits.web.alert_form import FORMS, RuleForm, one_line
from services.waits.web.alerts_page import AlertsPage, alerts_page, names_of, rule_page
from services.waits.web.desk import AtDesk, Desk, Reader
from shared.clock import LONDON, today
from shared.web.csrf import require_csrf
from shared.web.errors import FieldError
from shared.web.live import digest
from shared.web.people import Person
from shared.web.sign_in import having

router = APIRouter(include_in_schema=False)
Maker = Annotated[Person, Depends(having(MAKERS))]
SECTION = "Alerts"
WAKING_HOUR = 8
LONGEST_SNOOZE = 90
NOTE = 500


@router.get("/alerts")
async def overview(request: Request, desk: AtDesk, person: Reader) -> Response:
    html, page = await _overview(desk, person)
    stream = f"/alerts/live?seen={digest(html)}"
    return desk.site.page(
        request, "alerts.html", section=SECTION, page=page, fragment=html, stream=stream, may_make=bool(person.roles & MAKERS)
    )


@router.get("/alerts/live")
async def overview_stream(request: Request, desk: AtDesk, person: Reader) -> Response:
    async def render() -> str:
        return (await _overview(desk, person))[0]

    return desk.live.stream(request, ("alerts", person.providers), render)


@router.get("/alerts/new")
async def new(request: Request, desk: AtDesk, person: Maker) -> Response:
    return desk.site.page(request, "alert_new.html", section=SECTION, **await _words(desk, person))


@router.post("/alerts/rules")
async def make(request: Request, desk: AtDesk, person: Maker, form: Annotated[RuleForm, Form()]) -> Response:
    require_csrf(request, form.csrf)
    rule = await alert_book.add(desk.pool, _author(person), await form.draft(desk, person))
    if rule is None:
        raise FieldError("title", f"you answer for {MOST_RULES} rules already", "change one of them instead")
    return RedirectResponse(f"/alerts/rules/{rule}", 303)


@router.get("/alerts/rules/{rule}")
async def one(request: Request, desk: AtDesk, person: Reader, rule: int) -> Response:
    page = await rule_page(desk, person, rule)
    if page is None:
        raise HTTPException(404)
    first, last = today() + timedelta(1), today() + timedelta(LONGEST_SNOOZE)
    return desk.site.page(
        request, "alert_rule.html", section=SECTION, page=page, may_make=bool(person.roles & MAKERS), first=first, last=last,
        week=today() + timedelta(7), **await _words(desk, person),
    )  # fmt: skip


@router.post("/alerts/rules/{rule}")
async def change(request: Request, desk: AtDesk, person: Maker, rule: int, form: Annotated[RuleForm, Form()]) -> Response:
    require_csrf(request, form.csrf)
    await _must_see(desk, person, rule)
    await alert_book.change(desk.pool, _author(person), rule, await form.draft(desk, person))
    return RedirectResponse(f"/alerts/rules/{rule}", 303)


@router.post("/alerts/rules/{rule}/turn")
async def turn(
    request: Request, desk: AtDesk, person: Maker, rule: int, csrf: Annotated[str, Form()], to: Annotated[str, Form()]
) -> Response:
    require_csrf(request, csrf)
    if to not in {"on", "off"}:
        raise FieldError.unknown("to", to, ["on", "off"])
    await _must_see(desk, person, rule)
    await alert_book.turn(desk.pool, _author(person), rule, on=to == "on")
    return RedirectResponse(f"/alerts/rules/{rule}", 303)


@router.post("/alerts/{alert}/acknowledge")
async def acknowledge(
    request: Request, desk: AtDesk, person: Maker, alert: int, csrf: Annotated[str, Form()], note: Annotated[str, Form()] = ""
) -> Response:
    """Somebody has seen it. It stands until the number is back."""
    require_csrf(request, csrf)
    words = one_line("note", note, NOTE) if note.strip() else None
    return _back(await alert_book.acknowledge(desk.pool, _author(person), alert, words))


@router.post("/alerts/{alert}/snooze")
async def snooze(
    request: Request, desk: AtDesk, person: Maker, alert: int, csrf: Annotated[str, Form()], until: Annotated[str, Form()] = ""
) -> Response:
    """Nothing is told of it until 8 o'clock of that day in London; if it then still stands, it is told once more."""
    require_csrf(request, csrf)
    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise FieldError("until", "a snooze has an end", "give its last day, such as 2026-03-31") from None
    if not timedelta(0) < day - today() <= timedelta(LONGEST_SNOOZE):
        raise FieldError("until", f"{day} is not within the next {LONGEST_SNOOZE} days", "give a day after today and not later than that")
    at = datetime(day.year, day.month, day.day, WAKING_HOUR, tzinfo=LONDON)
    return _back(await alert_book.snooze(desk.pool, _author(person), alert, at))


def _back(rule: int | None) -> Response:
    if rule is None:
        raise HTTPException(404)
    return RedirectResponse(f"/alerts/rules/{rule}", 303)


async def _must_see(desk: Desk, person: Person, rule: int) -> None:
    if not await alert_book.rules(desk.pool, person.providers, rule):
        raise HTTPException(404)


def _author(person: Person) -> Author:
    return Author(person.username, person.name, person.providers)


async def _words(desk: Desk, person: Person) -> dict[str, Any]:
    """What the form offers."""
    return {
        "names": await names_of(desk, person),
        "measures": {name: words for name, (words, _) in MEASURES.items()},
        "directions": DIRECTIONS,
        "forms": FORMS,
        "most": MOST_THRESHOLDS,
        "mail": desk.outlets.mail is not None,
        "hosts": sorted(desk.outlets.hosts),
    }


async def _overview(desk: Desk, person: Person) -> tuple[str, AlertsPage]:
    page = await alerts_page(desk, person)
    return desk.site.fragment("alerts_fragment.html", page=page), page
