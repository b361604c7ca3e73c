"""`referrals`: the front door. Consumes what providers send; publishes care events and receipts; owns ledger, persons, vault, reference."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, timedelta

from fastapi import FastAPI
from pydantic import Field, SecretStr

from services.referrals.commands import Keys
from services.referrals.handlers.front_door import FrontDoor
from services.referrals.handlers.quarantine import judge_again, measure
from services.referrals.store import ledger
from services.referrals.web.api import build_web
from services.referrals.web.vault_api import build_vault_api
from shared import clock
from shared.events.topics import INGRESS_PATTERN
from shared.runtime.broker import Subscription
from shared.runtime.database import Connection, Pool, connect_pool
from shared.runtime.due import Job
from shared.runtime.service import App, Consumes, Inside
from shared.runtime.settings import Settings


class ReferralsSettings(Settings, Keys):
    """What every process of a service needs, and the keys."""


class WorkerSettings(ReferralsSettings):
    """The worker's own: it answers who asks for a name or a contact. TLS_CERTIFICATE and TLS_KEY are for that address too."""

    vault_api_host: str = Field(default="127.0.0.1", description="address of the vault's internal API: for outreach alone, never public")
    vault_api_port: int = Field(default=8010, description="its port")
    clockstop_vault_api_key: SecretStr = Field(min_length=32, description="what callers of the vault's API must know")


def front_door(settings: ReferralsSettings) -> FrontDoor:
    """The front door with its keys. Raises SettingsError."""
    return FrontDoor(*settings.open())


def build() -> App:
    """Wire the service from the environment."""
    settings = WorkerSettings.of("referrals")
    door = front_door(settings)

    async def again(connection: Connection) -> int:
        return await judge_again(door, connection)

    return App(
        name="referrals",
        settings=settings,
        web=lambda: web(settings),
        # no limit on dead letters: senders may be wrong all day, and it only alarms
        consumes=[Consumes(Subscription("referrals", pattern=INGRESS_PATTERN), door.consume, dead_letter_run=None)],
        jobs=[Job("make ledger months", 3600.0, _make_months), Job("judge quarantined again", 60.0, again)],
        starts=_starts,
        measures=[measure],
        inside=Inside(
            lambda pool: build_vault_api(pool, door.vault, settings.clockstop_vault_api_key.get_secret_value()),
            settings.vault_api_host,
            settings.vault_api_port,
        ),
    )


@contextlib.asynccontextmanager
async def web(settings: ReferralsSettings | None = None) -> AsyncIterator[tuple[Pool, FastAPI]]:
    """The HTTP front door: `POST /v1/events` and receipts."""
    settings = settings or ReferralsSettings.of("referrals")
    async with await connect_pool(settings.database_url.get_secret_value(), "referrals") as pool:
        yield pool, build_web(pool, front_door(settings))


async def _make_months(connection: Connection) -> int:
    """The ledger's partitions of this month and the next, made before they are needed."""
    first = clock.now().astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    await ledger.make_months(connection, [first, (first + timedelta(days=32)).replace(day=1)])
    return 0


async def _starts(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await _make_months(connection)
