"""The web application of outreach: the health-check pages and their API."""

from collections.abc import Hashable
from pathlib import Path

from fastapi import FastAPI

from services.outreach.handlers import CareEvents
from services.outreach.handlers.entering import Entering
from services.outreach.publish.vault import Vault
from services.outreach.store.people import SQL
from services.outreach.web import api, entries, pages
from services.outreach.web.desk import Desk
from shared import clock as wall
from shared.runtime.database import Pool
from shared.web.application import Access, application


def build_web(pool: Pool, access: Access, vault: Vault | None = None) -> FastAPI:
    """The application, complete in itself; whoever runs it enters its lifespan (the poll of the watermark).

    `vault`: where names and contacts are asked for; without it none are shown.
    """

    async def read_watermark() -> Hashable:
        return wall.today(), tuple(await pool.fetchrow(SQL["watermark"]) or ())

    app, site, live = application("outreach", pool, Path(__file__).parent / "templates", access, read_watermark)
    app.state.desk = Desk(pool, site, live, Entering(CareEvents()), vault)
    app.include_router(pages.router)
    app.include_router(entries.router)
    app.include_router(api.router)
    return app
