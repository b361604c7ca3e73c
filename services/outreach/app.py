"""`outreach`: SMI physical health checks and what follows them. Consumes care events; publishes follow-ups; owns the worklist pages."""

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from pydantic import Field, SecretStr

from services.outreach.handlers import CareEvents
from services.outreach.handlers.due_dates import DueDates
from services.outreach.store.due import measure_due
from services.outreach.web.site import build_web
from shared.events.topics import CARE_TOPICS
from shared.runtime.broker import Subscription
from shared.runtime.database import Pool, connect_pool
from shared.runtime.due import Job
from shared.runtime.service import App, Consumes
from shared.runtime.settings import Settings, SettingsError
from shared.web.application import Access
from shared.web.sign_in import DemoSignInError

PATHS = ("/health-checks", "/v1/outreach", "/openapi/outreach.json")
"""What this service answers where several share one address."""


class OutreachSettings(Settings):
    """The worker's."""


class WebSettings(OutreachSettings):
    """The pages' own."""

    clockstop_session_key: SecretStr = Field(min_length=32, description="signs the session cookie")
    clockstop_demo_sign_in: bool = Field(default=False, description="the demonstration sign-in, on a loopback address alone")


def build() -> App:
    """Wire the service from the environment."""
    events = CareEvents()
    dates = DueDates(events)
    return App(
        name="outreach",
        settings=OutreachSettings.of("outreach"),
        web=web,
        consumes=[Consumes(Subscription("outreach", topics=CARE_TOPICS), events.consume)],
        jobs=[
            Job("tell what is due", 5.0, dates.tell_due),
            Job("recompute what is due", 5.0, dates.recompute_due),
            Job("recompute under new data", 5.0, dates.sweep),
            Job("queue next steps", 10.0, dates.next_steps),
        ],
        measures=[measure_due],
    )


@contextlib.asynccontextmanager
async def web() -> AsyncIterator[tuple[Pool, FastAPI]]:
    """The health-check pages and their API."""
    settings = WebSettings.of("outreach")
    async with await connect_pool(settings.database_url.get_secret_value(), "outreach", size=8) as pool:
        try:
            key = settings.clockstop_session_key.get_secret_value()
            app = build_web(pool, Access(key, settings.http_host if settings.clockstop_demo_sign_in else None))
        except DemoSignInError as error:
            raise SettingsError(str(error)) from None
        async with app.router.lifespan_context(app):
            yield pool, app
