"""What must exist before the services start: roles, database, schemas and grants in PostgreSQL. Twice is a no-op."""

from importlib.resources import files

import asyncpg

from deploy.local.errors import StackError
from deploy.local.stack import DATABASE, SERVICES, database_url, role


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
            await ours.execute(files("deploy.local").joinpath("provision.sql").read_text("utf-8"))
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
