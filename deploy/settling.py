"""`clockstop settle`: returns when all that was received is applied in every service, under every clock definition."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated

import typer
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local.stack import SERVICES
from services.outreach.store.due import unswept
from services.waits.store.definitions import waiting_people
from shared.events.topics import TOPICS
from shared.runtime import commands
from shared.runtime.batch import SQL
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.database import connect_pool
from shared.runtime.errors import CommandError
from shared.runtime.settings import Settings

LOOK_AGAIN_SECONDS = 0.1


def settle(timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait at most.")] = 60.0, directory: Directory = DEFAULT) -> None:
    """Wait until every event received so far is applied in every service. Exit 1, naming what is behind, when time runs out."""
    behind = commands.run(_settle(timeout))
    if behind:
        raise CommandError(f"not settled after {timeout:g} s: {', '.join(behind[:5])}")
    typer.echo("settled")


async def _settle(seconds: float) -> list[str]:
    deadline = time.monotonic() + seconds
    async with looking() as look:
        while behind := await look():
            if time.monotonic() > deadline:
                return [f"{what} {count:,}" for what, count in behind.items()]
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
    return []


@asynccontextmanager
async def looking() -> AsyncIterator[Callable[[], Awaitable[dict[str, int]]]]:
    """A function that tells what is behind now, `{what is lacking: records}`; empty when everything is applied."""
    async with AIOKafkaConsumer(bootstrap_servers=Settings.of(SERVICES[0]).kafka_bootstrap_servers) as client:
        yield lambda: _behind(client)


async def _behind(client: AIOKafkaConsumer) -> dict[str, int]:
    """Looks along the road, so that what leaves one service is seen at the next."""
    await client._client.force_metadata_update()  # a provider added a moment ago has topics that no cache knows
    topics = await client.topics()
    read = {service: {topic.name for topic in TOPICS if service in topic.consumers} & topics for service in SERVICES}
    read["referrals"] = {topic for topic in topics if topic.startswith("in.")}
    behind: dict[str, int] = {}
    for service in SERVICES:
        places = [TopicPartition(topic, part) for topic in read[service] for part in client.partitions_for_topic(topic) or ()]
        ends = await client.end_offsets(places)
        starts = await client.beginning_offsets(places)
        async with await connect_pool(Settings.of(service).database_url.get_secret_value(), service, size=1) as pool:
            cursors = {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in await pool.fetch(SQL["cursors"])}
            waiting = await pool.fetchrow(SQL["outbox_size"])
        missing = {place: ends[place] - cursors.get(place, starts[place]) for place in places}
        behind |= {f"{service} to read {place.topic}-{place.partition}:": count for place, count in missing.items() if count > 0}
        if waiting and waiting["events"]:
            behind[f"{service} to send:"] = waiting["events"]
    async with await connect_pool(Settings.of("waits").database_url.get_secret_value(), "waits", size=1) as pool:
        if people := await waiting_people(pool):
            behind["waits to compute, people:"] = people
    async with await connect_pool(Settings.of("outreach").database_url.get_secret_value(), "outreach", size=1) as pool:
        if people := await unswept(pool):
            behind["outreach to compute, people:"] = people
    return behind
