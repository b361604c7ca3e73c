"""The pages of signals to look at."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.waits.rules.gaming import CHANCE, LEAST_OF, LEAST_SEEN, SIGNALS, TIMES_USUAL
from services.waits.web.desk import AtDesk, Reader
from services.waits.web.signals_page import (
    Listing,
    Quarter,
    chance_words,
    quarter_words,
    seen_words,
    signal_list,
    signals_page,
    usual_words,
)

router = APIRouter(include_in_schema=False)


@router.get("/signals")
async def overview(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Quarter, Query()]) -> Response:
    limits = {"chance": round(1 / CHANCE), "seen": LEAST_SEEN, "of": LEAST_OF, "times": TIMES_USUAL}
    return desk.site.page(
        request, "signals.html", section="Data quality", page=await signals_page(desk, person, filters), signals=SIGNALS, limits=limits,
        seen_words=seen_words, usual_words=usual_words, chance_words=chance_words, quarter_words=quarter_words,
        views=await desk.views(person),
    )  # fmt: skip


@router.get("/signals/list")
async def spells(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Listing, Query()]) -> Response:
    page = await signal_list(desk, person, filters)
    words, method = SIGNALS[filters.signal]
    return desk.site.page(
        request, "signal_list.html", section="Data quality", page=page, words=words, method=method, quarter_words=quarter_words
    )
