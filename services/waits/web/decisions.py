"""Forms by which people set targets, new limits and capacities. Each is kept with their name and reason, and can be taken back."""

from datetime import date
from math import isfinite
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from services.waits.rules.trends import SHARES, Measure
from services.waits.store.decisions import Decision, Kind, Scope, decide
from services.waits.store.pages import Question
from services.waits.web.desk import DECIDERS, AtDesk, Desk
from services.waits.web.trends_filters import Ahead, Trending
from services.waits.web.trends_page import seen, subject, trends_page
from shared import clock as wall
from shared.web.csrf import require_csrf
from shared.web.errors import FieldError
from shared.web.forms import reasoned
from shared.web.people import Person
from shared.web.sign_in import having
from shared.xmr import LEAST_AFTER_REBASE

router = APIRouter(include_in_schema=False)
Decider = Annotated[Person, Depends(having(DECIDERS))]


@router.post("/trends/targets")
async def set_target(
    request: Request,
    desk: AtDesk,
    person: Decider,
    filters: Annotated[Trending, Query()],
    csrf: Annotated[str, Form()],
    measure: Annotated[Measure, Form()],
    what: Annotated[Literal["set", "take-back"], Form()],
    number: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """A target for one measure of exactly this view."""
    require_csrf(request, csrf)
    question, _ = await seen(desk, person, filters)
    wanted = None if what == "take-back" else a_number("number", number, 100 if measure in SHARES else None)
    said = Decision(wall.now(), person.name, subject(measure, filters), wanted, None, what == "set", reasoned(reason))
    return await _kept(desk, person, question, "target", said, f"{filters.to('/trends')}#{measure.value}")


@router.post("/trends/limits")
async def set_limits(
    request: Request,
    desk: AtDesk,
    person: Decider,
    filters: Annotated[Trending, Query()],
    csrf: Annotated[str, Form()],
    measure: Annotated[Measure, Form()],
    what: Annotated[Literal["set", "take-back"], Form()],
    since: Annotated[date, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """New limits for one measure of exactly this view, from the first day of a period on."""
    require_csrf(request, csrf)
    page = await trends_page(desk, person, filters)
    [trend] = (trend for trend in page.trends if trend.measure is measure)
    if what == "set" and since not in {period.since for period in trend.may_rebase}:
        raise FieldError("since", "no day from which limits can be new", f"choose a period that has {LEAST_AFTER_REBASE} values since")
    if what == "take-back" and since not in {one.since for one in trend.limits}:
        raise FieldError("since", "no limits are new from that day", "choose one of the days from which they are")
    question, _ = await seen(desk, person, filters)
    said = Decision(wall.now(), person.name, subject(measure, filters), None, since, what == "set", reasoned(reason))
    return await _kept(desk, person, question, "limits", said, f"{filters.to('/trends')}#{measure.value}")


@router.post("/forecast/capacity")
async def set_capacity(
    request: Request,
    desk: AtDesk,
    person: Decider,
    filters: Annotated[Ahead, Query()],
    csrf: Annotated[str, Form()],
    team: Annotated[str, Form()],
    what: Annotated[Literal["set", "take-back"], Form()],
    number: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Clock stops a week that one team type of one provider can do; `team` is `provider|team type`."""
    require_csrf(request, csrf)
    provider, _, team_type = team.partition("|")
    if not provider or not team_type:
        raise FieldError("team", "no team type of a provider", "choose one of the list")
    question, _ = await seen(desk, person, filters.model_copy(update={"provider": provider, "team_type": team_type, "pathway": None}))
    wanted = None if what == "take-back" else a_number("number", number, None)
    said = Decision(wall.now(), person.name, "stops", wanted, None, what == "set", reasoned(reason))
    return await _kept(desk, person, question, "capacity", said, f"{filters.to('/forecast')}#stops")


async def _kept(desk: Desk, person: Person, question: Question, kind: Kind, said: Decision, shown_at: str) -> Response:
    """Keep a decision about exactly this view, and go to where it shows."""
    await decide(desk.pool, person.username, Scope.of(question), kind, said)
    return RedirectResponse(shown_at, 303)


def a_number(field: str, text: str, most: float | None) -> float:
    """Raises FieldError unless it is one from 0 to `most`."""
    remedy = f"write a number from 0 to {most:g}" if most is not None else "write a number from 0 up"
    try:
        value = float(text.strip().rstrip("%"))
    except ValueError:
        raise FieldError(field, f"{text[:20]!r} is no number", remedy) from None
    if not isfinite(value) or value < 0 or value > (1e6 if most is None else most):
        raise FieldError(field, f"{text[:20]!r} is out of range", remedy)
    return value
