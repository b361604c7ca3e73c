"""`run(build)`: the one main of every service. `python -m services.<name> worker|web|migrate`."""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import structlog
import uvloop
from starlette.types import ASGIApp

from shared.runtime import broker, logs, web
from shared.runtime.consumer import Consumer, Handler
from shared.runtime.database import Pool, connect_pool, migrate
from shared.runtime.due import Job, run_job
from shared.runtime.health import Health, Measure, listening, serving
from shared.runtime.outbox import Relay
from shared.runtime.settings import Settings, SettingsError

Web = tuple[Pool, ASGIApp]
"""A web app that runs, and the pool that it reads with."""


@dataclass(frozen=True)
class Consumes:
    """One consumer group of a service. `dead_letter_run=None`: no limit on dead letters in a row."""

    subscription: broker.Subscription
    handler: Handler
    dead_letter_run: int | None = 100


@dataclass(frozen=True)
class Inside:
    """An API that a service's worker has for the other services, on an address of its own that nobody else can reach."""

    app: Callable[[Pool], ASGIApp]
    host: str
    port: int


@dataclass(frozen=True)
class App:
    """What a service is wired from: what it consumes, what falls due, what it does first, what only it measures, its pages, and what it
    answers to the other services."""  # fmt: skip

    name: str
    settings: Settings
    web: Callable[[], AbstractAsyncContextManager[Web]]
    consumes: Sequence[Consumes] = ()
    jobs: Sequence[Job] = ()
    starts: Callable[[Pool], Awaitable[None]] | None = None
    measures: Sequence[Measure] = ()
    inside: Inside | None = None
    steps_back: int = 0
    """How far its worker lets others go first where the machine is full (niceness, 0 to 19): clocks before what can be told later."""


def run(service: str, build: Callable[[], App]) -> None:
    """Run one process of a service until SIGTERM or SIGINT. A wrong setting is one line on standard error and exit code 2."""
    mode = sys.argv[1] if len(sys.argv) == 2 else ""
    if mode not in {"worker", "web", "migrate"}:
        sys.exit(f"usage: python -m services.{service} worker|web|migrate")
    try:
        settings = Settings.of(service)
        logs.configure(service, settings.log_level)
        if mode == "migrate":
            uvloop.run(bring_up_to_date(service, settings))
        else:
            uvloop.run(work(build()) if mode == "worker" else serve(build()))
    except SettingsError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


async def bring_up_to_date(service: str, settings: Settings) -> None:
    """Apply the migrations of this service's schema."""
    for name in await migrate(settings.database_url.get_secret_value(), service):
        structlog.get_logger().info("migration applied", name=name)


async def serve(app: App) -> None:
    """This service's pages and API alone, on HTTP_HOST:HTTP_PORT."""
    async with app.web() as (pool, pages):
        await web.serve(pages, app.settings, Health(app.name, pool))


async def work(app: App) -> None:
    """The worker: consumers, relay and due dates in one process, with /live, /ready and /metrics beside them."""
    os.nice(app.steps_back)
    gc.freeze()  # what the service is made of never becomes garbage, and a batch makes tens of thousands of objects that all do:
    gc.set_threshold(500_000, 20, 20)  # look less than once a batch
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stopping.set)
    pool = await connect_pool(app.settings.database_url.get_secret_value(), app.name, size=4 + len(app.jobs))
    clients: list[Any] = []
    health = Health(app.name, pool, clients=clients, measures=app.measures)
    async with pool, serving(health, app.settings), contextlib.AsyncExitStack() as stack:
        if app.starts is not None:
            await app.starts(pool)
        if app.inside is not None:
            tls = app.settings.tls_certificate, app.settings.tls_key
            await stack.enter_async_context(listening(app.inside.app(pool), app.inside.host, app.inside.port, tls))
        tasks = []
        for consumes in app.consumes:
            consumer = await stack.enter_async_context(_consumer(app, consumes, pool, clients))
            tasks.append(asyncio.create_task(consumer.run(stopping)))
        relay = Relay(app.name, pool, lambda: broker.producer(app.settings.kafka_bootstrap_servers))
        tasks.append(asyncio.create_task(relay.run(stopping)))
        tasks += [asyncio.create_task(run_job(app.name, job, pool, stopping)) for job in app.jobs]
        stop = asyncio.create_task(stopping.wait())
        await asyncio.wait([*tasks, stop], return_when=asyncio.FIRST_COMPLETED)
        stopping.set()
        await asyncio.wait_for(asyncio.gather(*tasks, stop), 20)


@contextlib.asynccontextmanager
async def _consumer(app: App, consumes: Consumes, pool: Pool, clients: list[Any]) -> AsyncIterator[Consumer]:
    servers = app.settings.kafka_bootstrap_servers
    positions = broker.Positions()
    kafka, subscriber = broker.subscriber(servers, consumes.subscription, positions)
    await kafka.start()
    client: Any = subscriber.consumer
    clients.append(client)
    try:
        yield Consumer(
            app.name,
            client,
            pool,
            broker.Identities(servers),
            consumes.handler,
            positions=positions,
            batch_records=app.settings.batch_records,
            batch_milliseconds=app.settings.batch_milliseconds,
            dead_letter_run=consumes.dead_letter_run,
        )
    finally:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(kafka.stop(), 5)
