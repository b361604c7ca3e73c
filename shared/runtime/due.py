"""Due dates: columns of the state itself, claimed in small transactions. No timer store: what is due follows from state and clock."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import structlog

from shared.runtime import metrics
from shared.runtime.database import Connection, Pool


class Job(NamedTuple):
    """`act(connection)` claims at most one batch of due rows (`for update skip locked`), acts, and returns how many; 0 = none is due."""

    name: str
    every_seconds: float
    act: Callable[[Connection], Awaitable[int]]


async def run_job(service: str, job: Job, pool: Pool, stopping: asyncio.Event) -> None:
    """Act until nothing is due, rest, again; after an outage it catches up batch by batch."""
    log = structlog.get_logger()
    while not stopping.is_set():
        try:
            async with pool.acquire(timeout=5) as connection, connection.transaction():
                effects = await job.act(connection)
        except Exception as error:  # noqa: BLE001  # rolled back: the rows are still due
            metrics.JOB_FAILURES.labels(service, job.name).inc()
            log.warning("job failed, will run again", job=job.name, error=type(error).__name__, detail=str(error)[:300])
            effects = 0
        metrics.JOB_EFFECTS.labels(service, job.name).inc(effects)
        if not effects:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), job.every_seconds)
