"""/live, /ready and /metrics of every process. Gauges are read from the tables and the log for each answer, so that they cannot drift."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import uvicorn
from aiokafka import TopicPartition
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from shared import clock
from shared.runtime import metrics
from shared.runtime.batch import SQL
from shared.runtime.database import Pool
from shared.runtime.settings import Settings

AGES = (1, 2, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400, 172_800, 345_600, 604_800, 1_209_600)
"""The steps, in seconds, in which the age of the oldest unread record is told."""
ANSWER_SECONDS = 2.0
Tls = tuple[Path | None, Path | None]
Measure = Callable[[Pool], Awaitable[None]]
"""Sets the gauges that only one service has, from its own tables."""


class Health:
    """What a process knows of itself. `clients` are a worker's started Kafka consumers; None where no log is read."""

    def __init__(self, service: str, *pools: Pool, clients: list[Any] | None = None, measures: Sequence[Measure] = ()) -> None:
        self.service = service
        self.pools = pools
        self.clients = clients
        self._measures = measures
        self._one_at_a_time = asyncio.Lock()

    async def problems(self) -> list[str]:
        """Why this process is not ready, one line each; [] when it is (with partitions assigned, or standing by)."""
        problems = []
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                for pool in self.pools:
                    await pool.fetchval("select 1")
        except Exception as error:  # noqa: BLE001  # any failure is the answer
            problems.append(f"database: {type(error).__name__}")
        if self.clients is not None and not self.clients:
            problems.append("kafka: not joined yet")
        return problems

    async def measured(self) -> bytes:
        """All metrics of this process, in Prometheus' text format. What does not answer has no gauges, rather than old ones."""
        async with self._one_at_a_time:
            for gauge in metrics.RENDERED:
                gauge.clear()
            database = not await self.problems() if self.clients is None else await self._from_tables()
            metrics.DEPENDENCY_ANSWERS.labels(self.service, "database").set(database)
            for pool in self.pools:
                used = pool.get_size() - pool.get_idle_size()
                for state, count in {
                    "in-use": used,
                    "idle": pool.get_idle_size(),
                    "unopened": pool.get_max_size() - pool.get_size(),
                }.items():
                    metrics.DATABASE_CONNECTIONS.labels(self.service, state).inc(count)
            return generate_latest()

    async def _from_tables(self) -> bool:
        """A worker's gauges; False when the database does not answer."""
        try:
            async with asyncio.timeout(2 * ANSWER_SECONDS):
                for pool in self.pools:
                    cursors = await self._runtime(pool)
                    for measure in self._measures:
                        await measure(pool)
        except Exception:  # noqa: BLE001  # any failure is the answer
            return False
        metrics.DEPENDENCY_ANSWERS.labels(self.service, "kafka").set(await self._from_log(cursors))
        return True

    async def _runtime(self, pool: Pool) -> Mapping[TopicPartition, int]:
        """The gauges of the runtime's own tables; returns the cursors."""
        cursors = await pool.fetch(SQL["cursors"])
        gaps = await pool.fetch(SQL["conservation"])
        for row in cursors:
            metrics.PARTITION_STOPPED.labels(self.service, row["topic"], str(row["partition"])).set(row["stopped"] is not None)
        for row in gaps:
            metrics.CONSERVATION_GAP.labels(self.service, row["topic"], str(row["partition"])).set(row["read_count"] - row["counted"])
        for row in await pool.fetch(SQL["dead_letter_reasons"]):
            metrics.DEAD_LETTERS.labels(self.service, row["reason"]).set(row["count"])
        outbox = await pool.fetchrow(SQL["outbox_size"])
        if outbox is not None:
            metrics.OUTBOX_RECORDS.labels(self.service).set(outbox["events"])
            metrics.OUTBOX_AGE_SECONDS.labels(self.service).set(outbox["oldest_seconds"])
        return {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in cursors}

    async def _from_log(self, cursors: Mapping[TopicPartition, int]) -> bool:
        """How far the assigned partitions are behind; False when Kafka does not answer."""
        try:
            async with asyncio.timeout(2 * ANSWER_SECONDS):
                for client in self.clients or []:
                    places = [place for place in client.assignment() if place in cursors]
                    ends = await client.end_offsets(places)
                    behind = {place: cursors[place] for place in places if ends[place] > cursors[place]}
                    ages = await oldest_unread(client, behind)
                    for place in places:
                        labels = (self.service, place.topic, str(place.partition))
                        metrics.LAG_RECORDS.labels(*labels).set(max(0, ends[place] - cursors[place]))
                        metrics.LAG_SECONDS.labels(*labels).set(ages.get(place, 0))
        except Exception:  # noqa: BLE001  # any failure is the answer
            return False
        return bool(self.clients)


async def oldest_unread(client: Any, cursors: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
    """For each cursor with records beyond it, the greatest of AGES that the oldest of these has reached; 0 for a younger one.

    Asks the broker which offset comes first at an instant, halving the steps: five questions, whatever the number of partitions.
    """
    now = int(clock.now().timestamp() * 1000)
    reached = dict.fromkeys(cursors, 0)
    beyond = dict.fromkeys(cursors, len(AGES))
    while open_ := {place: (reached[place] + beyond[place]) // 2 for place in cursors if reached[place] < beyond[place]}:
        firsts = await client.offsets_for_times({place: now - AGES[step] * 1000 for place, step in open_.items()})
        for place, step in open_.items():
            first = firsts[place]
            if first is None or first.offset > cursors[place]:  # what is unread was written before that instant
                reached[place] = step + 1
            else:
                beyond[place] = step
    return {place: AGES[count - 1] if count else 0 for place, count in reached.items()}


def health_app(health: Health, *, metrics_too: bool = True) -> Starlette:
    """The ASGI app of /live and /ready, and /metrics unless strangers can ask."""

    async def live(_request: Request) -> Response:
        return JSONResponse({"live": True})

    async def ready(_request: Request) -> Response:
        problems = await health.problems()
        return JSONResponse({"ready": not problems, "problems": problems}, status_code=503 if problems else 200)

    async def measured(_request: Request) -> Response:
        return Response(await health.measured(), media_type=CONTENT_TYPE_LATEST)

    routes = [Route("/live", live), Route("/ready", ready)]
    return Starlette(routes=[*routes, Route("/metrics", measured)] if metrics_too else routes)


@contextlib.asynccontextmanager
async def serving(health: Health, settings: Settings) -> AsyncIterator[None]:
    """/live, /ready and /metrics on METRICS_HOST:METRICS_PORT."""
    async with listening(health_app(health), settings.metrics_host, settings.metrics_port):
        yield


@contextlib.asynccontextmanager
async def listening(app: ASGIApp, host: str, port: int, tls: Tls = (None, None)) -> AsyncIterator[None]:
    """An app on an address, beside whatever else the process does, in its own event loop; over HTTPS with a certificate and its key."""
    config = uvicorn.Config(
        app, host=host, port=port, ssl_certfile=tls[0], ssl_keyfile=tls[1], log_config=None, access_log=False, server_header=False
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())  # `serve()` would take SIGTERM away from the process
    try:
        yield
    finally:
        server.should_exit = True
        await task
