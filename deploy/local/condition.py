"""What `clockstop status` tells: which parts run, their versions, how far each service is behind."""

import asyncio
from importlib.metadata import version

import asyncpg
import httpx
from prometheus_client.parser import text_string_to_metric_families
from pydantic import BaseModel

from deploy.local import kafka
from deploy.local.process import Identity
from deploy.local.stack import SERVICES, Stack
from shared.clock import now


class Part(BaseModel):
    """A process of the stack."""

    pid: int
    running: bool


class Condition(BaseModel):
    """The stack as it is now. A version or lag is None when that part does not answer."""

    directory: str
    site: str
    kafka: str
    messages: str
    mesh: str | None
    ready: bool
    up_seconds: int
    versions: dict[str, str | None]
    processes: dict[str, Part]
    lag: dict[str, int | None]


def condition(stack: Stack) -> Condition:
    """Ask every part."""
    return Condition(
        directory=str(stack.directory),
        site=stack.site_url,
        kafka=stack.kafka,
        messages=stack.notify_url,
        mesh=stack.mesh_url,
        ready=stack.ready,
        up_seconds=int((now() - stack.started_at).total_seconds()),
        versions={
            "clockstop": version("clockstop"),
            "kafka": kafka.VERSION if stack.owns_kafka else None,
            "postgres": asyncio.run(_postgres_version(stack.database_urls["admin"])),
        },
        processes={name: _part(process) for name, process in ({"supervisor": stack.supervisor} | stack.processes).items()},
        lag=lag(stack),
    )


def lag(stack: Stack) -> dict[str, int | None]:
    """Records in the log beyond each service's cursor, as its worker's metrics tell it."""
    return {service: _records_behind(stack.metrics_urls[service]) for service in SERVICES}


def _records_behind(url: str) -> int | None:
    try:
        text = httpx.get(f"{url}/metrics", timeout=2).raise_for_status().text
    except httpx.HTTPError:
        return None
    families = text_string_to_metric_families(text)
    return int(sum(sample.value for family in families if family.name == "cmh_lag_records" for sample in family.samples))


async def _postgres_version(url: str) -> str | None:
    try:
        connection = await asyncpg.connect(url, timeout=5)
        try:
            return str(await connection.fetchval("show server_version"))
        finally:
            await connection.close()
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return None


def _part(process: Identity) -> Part:
    return Part(pid=process.pid, running=process.alive())
