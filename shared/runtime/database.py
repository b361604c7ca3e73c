"""PostgreSQL: pools whose locks cannot outlive a stopped process, SQL kept in `.sql` files, and migrations in numbered plain SQL."""

import hashlib
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

import asyncpg
import orjson

if TYPE_CHECKING:  # asyncpg's classes take a type argument in its stubs only
    Connection = asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy
    Pool = asyncpg.Pool

FENCED = {"idle_in_transaction_session_timeout": "5s", "transaction_timeout": "15s", "lock_timeout": "8s", "jit": "off"}
"""A stopped (not dead) process must free its row locks: the server ends its transaction for it."""


async def connect_pool(url: str, schema: str, *, size: int = 4, fenced: bool = True) -> Pool:
    """A pool whose connections see `schema` first. `fenced=False` is for long reads (rebuild, export)."""
    settings = {"search_path": schema, "application_name": f"clockstop {schema}", "timezone": "UTC"}
    if fenced:
        settings |= FENCED
    return await asyncpg.create_pool(
        url, min_size=0, max_size=size, timeout=5, command_timeout=20 if fenced else None, server_settings=settings, reset=_kept
    )


async def _kept(_: Connection) -> None:
    """A connection goes back to its pool as it is (an open transaction is rolled back first): what is set is set for a transaction,
    and the one lock that outlives transactions, the relay's, is given back there. To ask the server for it each time doubles the
    statements of a page."""


@asynccontextmanager
async def snapshot(pool: Pool) -> AsyncIterator[Connection]:
    """One consistent view of the data, with plans made for the values given: a filter that is not asked for then costs nothing."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute("set local plan_cache_mode = force_custom_plan")
        yield connection


@cache
def queries(package: str, file: str) -> Mapping[str, str]:
    """The named queries of a `.sql` file: `-- name: x` starts one. KeyError at use when a name is unknown."""
    text = files(package).joinpath(file).read_text("utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], (body.strip() for body in parts[2::2]), strict=True))


def columns(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Rows as the columns that `unnest` takes; there must be at least one row."""
    return [list(column) for column in zip(*rows, strict=True)]


def array(values: Sequence[str | int | None]) -> str:
    """Values as the text of an array: `unnest($1::text::text[])`, for what every event passes through.

    asyncpg asks of each element of a list whether it is iterable, by an abstract class: 0.5 us an element, a tenth of the front door.
    """
    text = orjson.dumps(values).decode()
    if "\\" in text:  # quotes and backslashes are written alike in both notations, control characters are not
        text = "[" + ",".join(orjson.dumps(v).decode() if type(v) is not str else _quoted(v) for v in values) + "]"
    return "{" + text[1:-1] + "}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Migration(NamedTuple):
    """One numbered file of SQL."""

    name: str
    sql: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations(service: str) -> list[Migration]:
    """The runtime's migrations, then the service's own, each in the order of their numbers."""
    return [
        Migration(f"{label}/{file.name}", file.read_text("utf-8"))
        for label, package in (("runtime", "shared.runtime"), (service, f"services.{service}"))
        for file in sorted(files(package).joinpath("sql", "migrations").iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
    ]


class MigrationChangedError(Exception):
    """A migration that was applied has been edited since; write a new one instead."""


async def migrate(url: str, service: str) -> list[str]:
    """Apply what is missing, one transaction a file, under an advisory lock; returns the names applied. Twice is a no-op."""
    pool = await connect_pool(url, service, size=1, fenced=False)
    applied = []
    async with pool, pool.acquire() as connection:
        await connection.execute("select pg_advisory_lock(hashtextextended($1 || '.migration', 0))", service)
        await connection.execute(
            "create table if not exists migration (name text primary key, digest text not null, applied_at timestamptz default now())"
        )
        done = {row["name"]: row["digest"] for row in await connection.fetch("select name, digest from migration")}
        for migration in migrations(service):
            if migration.name in done:
                if done[migration.name] != migration.digest:
                    raise MigrationChangedError(f"{migration.name} was edited after it was applied: restore it and add a new migration")
                continue
            async with connection.transaction():
                await connection.execute(migration.sql)
                await connection.execute("insert into migration (name, digest) values ($1, $2)", migration.name, migration.digest)
            applied.append(migration.name)
    return applied
