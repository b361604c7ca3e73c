"""The web application of reporting: measures and returns."""

from collections.abc import Hashable
from pathlib import Path

from fastapi import FastAPI

from services.reporting.store import definitions
from services.reporting.store.figures import SQL
from services.reporting.web import api, measures
from services.reporting.web.desk import Desk
from shared import clock as wall
from shared.runtime.database import Pool
from shared.web.application import Access, application


def build_web(pool: Pool, access: Access) -> FastAPI:
    """The application, complete in itself; whoever runs it enters its lifespan (the poll of the watermark)."""

    async def read_watermark() -> Hashable:
        await definitions.load(pool)
        return wall.today(), tuple(await pool.fetchrow(SQL["watermark"]) or ())

    app, site, live = application("reporting", pool, Path(__file__).parent / "templates", access, read_watermark)
    app.state.desk = Desk(pool, site, live)
    app.include_router(measures.router)
    app.include_router(api.router)
    return app
