"""What every service's pages need to run: their settings, a pool to read with, and their lifespan."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from pydantic import Field, SecretStr

from shared.runtime.database import Pool, connect_pool
from shared.runtime.settings import Settings, SettingsError
from shared.web.application import Access
from shared.web.sign_in import DemoSignInError


class PageSettings(Settings):
    """Those of pages."""

    clockstop_session_key: SecretStr = Field(min_length=32, description="signs the session cookie")
    clockstop_demo_sign_in: bool = Field(default=False, description="the demonstration sign-in, on a loopback address alone")


@asynccontextmanager
async def pages_of(service: str, settings: PageSettings, build: Callable[[Pool, Access], FastAPI]) -> AsyncIterator[tuple[Pool, FastAPI]]:
    """A service's pages with the pool that they read with, running. Raises SettingsError."""
    access = Access(settings.clockstop_session_key.get_secret_value(), settings.http_host if settings.clockstop_demo_sign_in else None)
    async with await connect_pool(settings.database_url.get_secret_value(), service, size=8) as pool:
        try:
            app = build(pool, access)
        except DemoSignInError as error:
            raise SettingsError(str(error)) from None
        async with app.router.lifespan_context(app):
            yield pool, app
