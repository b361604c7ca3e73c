"""The web application that every service's pages are: session, sign-in, errors, live push and static files on one address."""

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from fastapi import FastAPI
from starlette.middleware.sessions import SessionMiddleware
from starlette.staticfiles import StaticFiles

from shared.runtime import metrics
from shared.runtime.database import Pool
from shared.web.errors import install_errors
from shared.web.live import Live, Watermark
from shared.web.pages import STATIC, SecurityHeaders, Site, templates
from shared.web.people import People
from shared.web.sign_in import DemoSignIn

WORKING_DAY_SECONDS = 10 * 60 * 60


class Access(NamedTuple):
    """Who gets in. `session_key` signs the cookie, the same for all services on one address; `demo_host` is the address served when the
    demonstration sign-in is wanted, else None."""  # fmt: skip

    session_key: str
    demo_host: str | None


class Application(NamedTuple):
    """What a service hangs its routes on."""

    app: FastAPI
    site: Site
    live: Live


def application(service: str, pool: Pool, pages: Path, access: Access, watermark: Callable[[], Awaitable[Hashable]]) -> Application:
    """An application without routes but for sign-in and /static; whoever runs it enters its lifespan (the poll of the watermark).

    `pages`: the folder of the service's templates. Raises DemoSignInError when others could reach the demonstration sign-in.
    """
    mark = Watermark(watermark)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with mark.polling():
            yield

    site, live = Site(templates(pages)), Live(mark)
    described = f"/openapi/{service}.json"
    app = FastAPI(title=f"Clockstop: {service}", version="1", openapi_url=described, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.people = People(pool)
    metrics.LIVE_STREAMS.labels(service).set_function(lambda: live.pages)
    app.add_middleware(
        SessionMiddleware,
        secret_key=access.session_key,
        session_cookie="clockstop",
        max_age=WORKING_DAY_SECONDS,
        https_only=access.demo_host is None,  # the demonstration has no TLS and no other way in
    )
    app.add_middleware(SecurityHeaders)
    install_errors(app, site)
    if access.demo_host is not None:
        app.include_router(DemoSignIn(site, app.state.people, access.demo_host).router())
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return Application(app, site, live)
