"""The web application of waits: pages, live push and API on one address."""

from collections.abc import Hashable, Sequence
from pathlib import Path

from fastapi import FastAPI

from services.waits.publish import Outlets
from services.waits.store.pages import watermark
from services.waits.store.silence import WATCHED
from services.waits.web import (
    alerts_api,
    alerts_pages,
    api,
    decisions,
    pages,
    quality_api,
    quality_pages,
    senders,
    signals_pages,
    trends_api,
    trends_pages,
    views,
)
from services.waits.web.desk import Desk
from services.waits.web.schemas import OpenApi
from shared import clock as wall
from shared.runtime.database import Pool
from shared.web.application import Access, application

WORKING_DAY_SECONDS = 10 * 60 * 60


def build_web(
    pool: Pool,
    access: Access,
    other_apis: Sequence[OpenApi] = (),
    outlets: Outlets = Outlets(),  # noqa: B008  # frozen
) -> FastAPI:
    """The application, complete in itself; whoever runs it enters its lifespan (the poll of the watermark).

    Raises DemoSignInError when others could reach the demonstration sign-in. `other_apis` are described beside its own: those of
    services on the same address. `outlets` are the ways in which messages of alerts leave.
    """

    async def read_watermark() -> Hashable:
        return wall.today(), await watermark(pool, wall.now() - WATCHED)

    app, site, live = application("waits", pool, Path(__file__).parent / "templates", access, read_watermark)
    app.state.desk = Desk(pool, site, live, outlets)
    app.include_router(pages.router)
    app.include_router(quality_pages.router)
    app.include_router(api.router)
    app.include_router(quality_api.router)
    app.include_router(trends_pages.router)
    app.include_router(decisions.router)
    app.include_router(trends_api.router)
    app.include_router(alerts_pages.router)
    app.include_router(alerts_api.router)
    app.include_router(signals_pages.router)
    app.include_router(views.router)
    app.include_router(senders.router)
    app.state.apis = lambda: [*other_apis, app.openapi()]
    return app
