"""`waits`: pathways, spells, clocks. Consumes care events; publishes waits; owns the live waits pages."""

import contextlib
from collections.abc import AsyncIterator, Sequence

from pydantic import Field, SecretStr

from services.waits.handlers import CareEvents
from services.waits.handlers.side_by_side import SideBySide
from services.waits.store import definitions, silence
from services.waits.store.audit import Audit, measure_due
from services.waits.store.definitions import DefinitionError, add_shipped
from services.waits.web.schemas import OpenApi
from services.waits.web.site import build_web
from shared.events.topics import CARE_TOPICS
from shared.runtime.broker import Subscription
from shared.runtime.database import Pool, connect_pool
from shared.runtime.due import Job
from shared.runtime.service import App, Consumes, Web
from shared.runtime.settings import Settings, SettingsError
from shared.web.sign_in import DemoSignInError


class WebSettings(Settings):
    """The pages' own."""

    clockstop_session_key: SecretStr = Field(min_length=32, description="signs the session cookie")
    clockstop_demo_sign_in: bool = Field(default=False, description="the demonstration sign-in, on a loopback address alone")


def build() -> App:
    """Wire the service from the environment."""
    events = CareEvents(definitions.definition(definitions.MAIN))
    others = SideBySide(events)
    return App(
        name="waits",
        settings=Settings.of("waits"),
        web=web,
        consumes=[Consumes(Subscription("waits", topics=CARE_TOPICS), events.consume)],
        jobs=[
            Job("tell what is due", 5.0, events.tell_due),
            Job("recompute what is due", 5.0, events.recompute_due),
            Job("compute other clocks", 0.5, others.compute_asked),
            Job("compute new definitions", 1.0, others.compute_new),
            Job("sweep retired definitions", 10.0, others.sweep),
            Job("learn rhythms", 60.0, silence.learn_due),
            Job("look for silence", 10.0, silence.look),
            Job("audit", 60.0, Audit().look),
        ],
        starts=_starts,
        measures=[measure_due, silence.measure],
    )


async def _starts(pool: Pool) -> None:
    """Keep the definitions that this version of the software brings."""
    try:
        async with pool.acquire() as connection, connection.transaction():
            await add_shipped(connection)
    except DefinitionError as error:
        raise SettingsError(str(error)) from None


@contextlib.asynccontextmanager
async def web(other_apis: Sequence[OpenApi] = ()) -> AsyncIterator[Web]:
    """The live waits pages and their API; `other_apis` are those of services on the same address."""
    settings = WebSettings.of("waits")
    async with await connect_pool(settings.database_url.get_secret_value(), "waits", size=8) as pool:
        try:
            app = build_web(
                pool,
                settings.clockstop_session_key.get_secret_value(),
                settings.http_host if settings.clockstop_demo_sign_in else None,
                other_apis,
            )
        except DemoSignInError as error:
            raise SettingsError(str(error)) from None
        async with app.router.lifespan_context(app):
            yield pool, app
