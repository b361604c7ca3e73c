"""`clockstop provision`: what must exist before the services start, on an existing PostgreSQL and Kafka. Twice is a no-op."""

import asyncio
from importlib.resources import files
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

import asyncpg
import typer
from pydantic import Field, SecretStr

from deploy.local.errors import StackError
from deploy.local.stack import DATABASE, SERVICES, database_url, role
from services.referrals import commands as referrals
from shared.events.topics import TOPICS
from shared.runtime.admin import create_topics
from shared.runtime.database import migrate
from shared.runtime.errors import CommandError
from shared.runtime.settings import Environment


class Provisioning(Environment):
    """What provisioning needs: Kafka, PostgreSQL's administrator, and each service's own URL, whose password its role gets."""

    kafka_bootstrap_servers: str = Field(description="host:port[,host:port] of Kafka")
    database_url: SecretStr = Field(description="PostgreSQL URL of an administrator")
    database_url_referrals: SecretStr = Field(description="PostgreSQL URL of the service's own role")
    database_url_waits: SecretStr = Field(description="likewise")
    database_url_outreach: SecretStr = Field(description="likewise")
    database_url_reporting: SecretStr = Field(description="likewise")

    def passwords(self) -> dict[str, str]:
        """Each service's password. Raises CommandError where a URL names another role or database than provisioning makes."""
        found = {}
        for service in SERVICES:
            parts = urlsplit(getattr(self, f"database_url_{service}").get_secret_value())
            if (parts.username, parts.path) != (role(service), f"/{DATABASE}") or not parts.password:
                raise CommandError(
                    f"DATABASE_URL_{service.upper()}: write it as postgresql://{role(service)}:PASSWORD@HOST:PORT/{DATABASE}"
                )
            found[service] = unquote(parts.password)
        return found


def provision(
    reference: Annotated[
        Path | None, typer.Option("--reference", exists=True, file_okay=False, help="Also load this folder of reference tables.")
    ] = None,
) -> None:
    """Make roles, database, schemas and topics, apply the migrations of every service. Run it before the services, and again to upgrade."""
    settings = Provisioning.read()
    asyncio.run(_provision(settings, reference))


async def _provision(settings: Provisioning, reference: Path | None) -> None:
    await database(settings.database_url.get_secret_value(), settings.passwords())
    create_topics(settings.kafka_bootstrap_servers, TOPICS)
    for service in SERVICES:
        for name in await migrate(getattr(settings, f"database_url_{service}").get_secret_value(), service):
            typer.echo(f"{service}: {name} applied")
    await referrals.renew_topics()
    if reference is not None:
        typer.echo(await referrals.load(reference))
    typer.echo("provisioned")


async def database(maintenance_url: str, passwords: dict[str, str]) -> None:
    """Make roles, our database and its schemas. Needs an administrator of PostgreSQL 17 or later. StackError when that fails."""
    try:
        server = await asyncpg.connect(maintenance_url, timeout=10)
        try:
            await _roles(server, maintenance_url, passwords)
            await _database(server)
        finally:
            await server.close()
        ours = await asyncpg.connect(database_url(maintenance_url, DATABASE), timeout=10)
        try:
            await ours.execute(files("deploy").joinpath("provision.sql").read_text("utf-8"))
        finally:
            await ours.close()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise StackError(f"cannot prepare the database: {error}") from None


async def _roles(server: "asyncpg.Connection[asyncpg.Record]", maintenance_url: str, passwords: dict[str, str]) -> None:
    if server.get_server_version() < (17, 0):
        raise StackError(f"PostgreSQL {server.get_server_version().major} is too old: Clockstop needs 17 or later")
    await server.execute("set createrole_self_grant = 'set, inherit'")  # an administrator who is no superuser makes their schemas
    for service in SERVICES:
        known = await server.fetchval("select count(*) from pg_roles where rolname = $1", role(service))
        if not known:
            await server.execute(f"create role {role(service)} login")
        if not await _can_sign_in(maintenance_url, role(service), passwords[service]):
            literal = await server.fetchval("select quote_literal($1::text)", passwords[service])
            await server.execute(f"alter role {role(service)} password {literal}")


async def _can_sign_in(maintenance_url: str, user: str, password: str) -> bool:
    try:
        connection = await asyncpg.connect(database_url(maintenance_url, "template1", user, password), timeout=10)
    except asyncpg.InvalidAuthorizationSpecificationError:
        return False
    await connection.close()
    return True


async def _database(server: "asyncpg.Connection[asyncpg.Record]") -> None:
    """It sorts by code point whatever the machine's locale is; only our roles may connect."""
    if not await server.fetchval("select count(*) from pg_database where datname = $1", DATABASE):
        await server.execute(
            f"create database {DATABASE} template template0 encoding 'UTF8' locale_provider builtin builtin_locale 'C.UTF-8' locale 'C'"
        )
    await server.execute(f"revoke all on database {DATABASE} from public")
    await server.execute(f"grant connect, temporary on database {DATABASE} to {', '.join(map(role, SERVICES))}")
