"""/live, /ready and /metrics. Gauges are read from the tables when somebody asks, so that they cannot drift."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.runtime import metrics
from shared.runtime.batch import SQL
from shared.runtime.database import Pool


class Health:
    """What a worker knows of itself. `clients` are its started Kafka consumers; `measures` renders the service's own gauges."""

    def __init__(self, service: str, pool: Pool, measures: Callable[[Pool], Awaitable[None]] | None = None) -> None:
        self.service = service
        self.pool = pool
        self._measures = measures
        self.clients: list[Any] = []

    async def problems(self) -> list[str]:
        """Why this worker is not ready, one line each; [] when it is (with partitions assigned, or standing by)."""
        problems = []
        try:
            async with asyncio.timeout(2):
                await self.pool.fetchval("select 1")
        except Exception as error:  # noqa: BLE001  # any failure is the answer
            problems.append(f"database: {type(error).__name__}")
        if not self.clients:
            problems.append("kafka: not joined yet")
        return problems

    async def measure(self) -> None:
        """Render the gauges from the tables and the log."""
        highwater = {place: client.highwater(place) for client in self.clients for place in client.assignment()}
        for row in await self.pool.fetch(SQL["cursors"]):
            labels = (self.service, row["topic"], str(row["partition"]))
            metrics.PARTITION_STOPPED.labels(*labels).set(row["stopped"] is not None)
            if (high := highwater.get((row["topic"], row["partition"]))) is not None:
                metrics.LAG_RECORDS.labels(*labels).set(max(0, high - row["next_offset"]))
        for row in await self.pool.fetch(SQL["conservation"]):
            metrics.CONSERVATION_GAP.labels(self.service, row["topic"], str(row["partition"])).set(row["read_count"] - row["counted"])
        for row in await self.pool.fetch(SQL["dead_letter_reasons"]):
            metrics.DEAD_LETTERS.labels(self.service, row["reason"]).set(row["count"])
        outbox = await self.pool.fetchrow(SQL["outbox_size"])
        if outbox is not None:
            metrics.OUTBOX_RECORDS.labels(self.service).set(outbox["events"])
            metrics.OUTBOX_AGE_SECONDS.labels(self.service).set(outbox["oldest_seconds"])
        if self._measures is not None:
            await self._measures(self.pool)


def health_app(health: Health) -> Starlette:
    """The ASGI app of a worker."""

    async def live(_request: Request) -> Response:
        return JSONResponse({"live": True})

    async def ready(_request: Request) -> Response:
        problems = await health.problems()
        return JSONResponse({"ready": not problems, "problems": problems}, status_code=503 if problems else 200)

    async def measured(_request: Request) -> Response:
        await health.measure()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[Route("/live", live), Route("/ready", ready), Route("/metrics", measured)])
