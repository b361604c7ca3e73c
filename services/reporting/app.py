"""`reporting`: measures and returns. Consumes care events, waits and follow-ups; publishes returns; owns the pages of measures."""

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from pydantic import Field, SecretStr

from services.reporting.handlers import Events
from services.reporting.web.site import build_web
from shared.events.topics import TOPICS
from shared.runtime.broker import Subscription
from shared.runtime.database import Pool, connect_pool
from shared.runtime.service import App, Consumes
from shared.runtime.settings import Settings, SettingsError
from shared.web.application import Access
from shared.web.sign_in import DemoSignInError

PATHS = ("/measures", "/returns", "/v1/measures", "/v1/returns", "/openapi/reporting.json")
"""What this service answers where several share one address."""
READ = tuple(topic.name for topic in TOPICS if "reporting" in topic.consumers)


class ReportingSettings(Settings):
    """The worker's."""


class WebSettings(ReportingSettings):
    """The pages' own."""

    clockstop_session_key: SecretStr = Field(min_length=32, description="signs the session cookie")
    clockstop_demo_sign_in: bool = Field(default=False, description="the demonstration sign-in, on a loopback address alone")


def build() -> App:
    """Wire the service from the environment."""
    events = Events()
    return App(
        name="reporting",
        settings=ReportingSettings.of("reporting"),
        web=web,
        steps_back=10,
        consumes=[Consumes(Subscription("reporting", topics=READ, gathers_ms=250), events.consume)],
    )


@contextlib.asynccontextmanager
async def web() -> AsyncIterator[tuple[Pool, FastAPI]]:
    """The pages of measures and returns, and their API."""
    settings = WebSettings.of("reporting")
    async with await connect_pool(settings.database_url.get_secret_value(), "reporting", size=8) as pool:
        try:
            key = settings.clockstop_session_key.get_secret_value()
            app = build_web(pool, Access(key, settings.http_host if settings.clockstop_demo_sign_in else None))
        except DemoSignInError as error:
            raise SettingsError(str(error)) from None
        async with app.router.lifespan_context(app):
            yield pool, app
