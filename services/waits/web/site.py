"""The web application of waits: pages, live push and API on one address."""

from collections.abc import AsyncIterator, Hashable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.sessions import SessionMiddleware
from starlette.staticfiles import StaticFiles

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
from shared.runtime import metrics
from shared.runtime.database import Pool
from shared.web.errors import install_errors
from shared.web.live import Live, Watermark
from shared.web.pages import STATIC, SecurityHeaders, Site, templates
from shared.web.people import People
from shared.web.sign_in import DemoSignIn

WORKING_DAY_SECONDS = 10 * 60 * 60


def build_web(
    pool: Pool,
    session_key: str,
    demo_host: str | None,
    other_apis: Sequence[OpenApi] = (),
    outlets: Outlets = Outlets(),  # noqa: B008  # frozen
) -> FastAPI:
    """The application, complete in itself; whoever runs it enters its lifespan (the poll of the watermark).

    `demo_host` is the address it is served on when the demonstration sign-in is wanted, else None. Raises DemoSignInError
    when others could reach that address. `other_apis` are described beside its own: those of services on the same address.
    `outlets` are the ways in which messages of alerts leave.
    """

    async def read_watermark() -> Hashable:
        return wall.today(), await watermark(pool, wall.now() - WATCHED)

    mark = Watermark(read_watermark)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with mark.polling():
            yield

    sections = {
        "Live waits": "/waits",
        "Trends": "/trends",
        "Forecast": "/forecast",
        "Data quality": "/data-quality",
        "Alerts": "/alerts",
        "Senders": "/senders",
    }
    site = Site(templates(Path(__file__).parent / "templates"), sections)
    app = FastAPI(title="Clockstop: waits", version="1", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.people = People(pool)
    live = Live(mark)
    metrics.LIVE_STREAMS.labels("waits").set_function(lambda: live.pages)
    app.state.desk = Desk(pool, site, live, outlets)
    app.add_middleware(
        SessionMiddleware,
        secret_key=session_key,
        session_cookie="clockstop",
        max_age=WORKING_DAY_SECONDS,
        https_only=demo_host is None,  # the demonstration has no TLS and no other way in
    )
    app.add_middleware(SecurityHeaders)
    install_errors(app, site)
    if demo_host is not None:
        app.include_router(DemoSignIn(site, app.state.people, demo_host).router())
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
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app
