"""The web application of reporting: measures and returns."""

from collections.abc import Hashable
from pathlib import Path

from fastapi import FastAPI

from services.reporting.store import definitions
from services.reporting.store.figures import SQL
from services.reporting.web import api, measures, reconciling, returns, returns_api
from services.reporting.web.desk import Counting, Desk
from shared import clock as wall
from shared.runtime.database import Pool
from shared.web.application import Access, application


def build_web(pool: Pool, access: Access, counting: Counting | None = None) -> FastAPI:
    """The application, complete in itself; whoever runs it enters its lifespan (the poll of the watermark). `counting`: see `Desk`."""

    async def read_watermark() -> Hashable:
        await definitions.load(pool)
        return wall.today(), tuple(await pool.fetchrow(SQL["watermark"]) or ())

    app, site, live = application("reporting", pool, Path(__file__).parent / "templates", access, read_watermark)
    app.state.desk = Desk(pool, site, live, counting)
    app.include_router(reconciling.router)
    app.include_router(measures.router)
    app.include_router(returns.router)
    app.include_router(api.router)
    app.include_router(returns_api.router)
    return app
