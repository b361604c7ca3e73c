"""The web application of outreach: the health-check pages and their API."""

from collections.abc import Hashable
from pathlib import Path

from fastapi import FastAPI

from services.outreach.store.people import SQL
from services.outreach.web import api, pages
from services.outreach.web.desk import Desk
from shared import clock as wall
from shared.runtime.database import Pool
from shared.web.application import Access, application


def build_web(pool: Pool, access: Access) -> FastAPI:
    """The application, complete in itself; whoever runs it enters its lifespan (the poll of the watermark)."""

    async def read_watermark() -> Hashable:
        return wall.today(), tuple(await pool.fetchrow(SQL["watermark"]) or ())

    app, site, live = application("outreach", pool, Path(__file__).parent / "templates", access, read_watermark)
    app.state.desk = Desk(pool, site, live)
    app.include_router(pages.router)
    app.include_router(api.router)
    return app
