"""What must exist before the services start: roles, database, schemas and grants in PostgreSQL; topics in Kafka. Twice is a no-op."""

import time
from collections.abc import Iterable
from importlib.resources import files
from typing import Protocol

import asyncpg
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from deploy.local.errors import StackError
from deploy.local.stack import DATABASE, SERVICES, database_url, role


class TopicToBe(Protocol):
    """What provisioning needs to know of a topic: a row of the topic table has it."""

    @property
    def name(self) -> str: ...
    @property
    def partitions(self) -> int: ...
    @property
    def config(self) -> dict[str, str]: ...


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


def topics(bootstrap: str, wanted: Iterable[TopicToBe], seconds: float = 30) -> None:
    """Create the topics that are missing and wait until all have their leaders. An existing one is never changed.

    StackError when one has another number of partitions, or the cluster refuses.
    """
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    by_name = {topic.name: topic for topic in wanted}
    try:
        there = _partitions(admin)
        for name in by_name.keys() & there.keys():
            if there[name] != by_name[name].partitions:
                raise StackError(
                    f"topic {name} has {there[name]} partitions, not {by_name[name].partitions}: keys would move; migrate it to a new name"
                )
        missing = [NewTopic(topic.name, topic.partitions, config=topic.config) for topic in by_name.values() if topic.name not in there]
        for future in admin.create_topics(missing).values() if missing else ():
            _made(future.exception())
        deadline = time.monotonic() + seconds
        while not by_name.keys() <= _partitions(admin).keys():
            if time.monotonic() > deadline:
                raise StackError(f"Kafka did not finish creating topics in {seconds:.0f} s: is every broker up?")
            time.sleep(0.1)
    except KafkaException as error:
        raise StackError(f"cannot prepare the topics: {error.args[0].str()}") from None


def _partitions(admin: AdminClient) -> dict[str, int]:
    """The number of partitions of every topic whose partitions all have a leader."""
    listed = admin.list_topics(timeout=10).topics
    return {
        name: len(topic.partitions)
        for name, topic in listed.items()
        if topic.partitions and all(partition.leader >= 0 for partition in topic.partitions.values())
    }


def _made(error: BaseException | None) -> None:
    if error and not (isinstance(error, KafkaException) and error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS):
        raise error
