"""What providers have set, and what outreach reads of the reference data: cached, renewed in the transaction that finds a newer version."""

from datetime import date, datetime
from typing import Any, NamedTuple

import orjson

from services.outreach.rules.groups import Groups
from services.outreach.rules.reference import Destination, Reference
from services.outreach.rules.settings import Settings
from shared.runtime.database import Connection, queries
from shared.runtime.reference import Cached

SQL = queries("services.outreach", "sql/settings.sql")


class Stated(NamedTuple):
    """One statement of a setting. `value` None: it was taken back."""

    number: int
    provider: str
    name: str
    valid_from: date
    value: Any
    set_by: str
    reason: str
    set_at: datetime


async def load(connection: Connection) -> Settings:
    """What holds now, on every day."""
    rows = await connection.fetch(SQL["settings"])
    return Settings([(row["provider"], row["name"], row["valid_from"], orjson.loads(row["value"])) for row in rows])


async def told(connection: Connection, provider: str | None) -> list[Stated]:
    """All that was ever stated, of one provider or of all."""
    rows = await connection.fetch(SQL["settings_told"], provider)
    return [Stated(**{**row, "value": orjson.loads(row["value"])}) for row in rows]


async def state(connection: Connection, one: Stated) -> None:
    """Keep a statement; its number is given."""
    value = orjson.dumps(one.value).decode()
    await connection.execute(SQL["set_setting"], one.provider, one.name, one.valid_from, value, one.set_by, one.reason, one.set_at)


async def provider_known(connection: Connection, provider: str) -> bool:
    """Whether there is such an organisation or practice."""
    return bool(await connection.fetchval(SQL["provider_known"], provider))


async def reference(connection: Connection) -> Reference:
    """The reference data of the latest load."""
    return Reference(
        {row["ods"]: row["kind"] for row in await connection.fetch(SQL["kinds"])},
        {row["practice"]: row["pcn"] for row in await connection.fetch(SQL["practices"])},
        [Destination(*row) for row in await connection.fetch(SQL["directory"])],
    )


async def groups(connection: Connection) -> Groups:
    """By what people are grouped, as of the latest load."""
    return Groups(
        {row["practice"]: row["pcn"] for row in await connection.fetch(SQL["practices"])},
        {row["code"]: row["group"] for row in await connection.fetch(SQL["ethnic_groups"])},
        {row["lsoa"]: row["imd_decile"] for row in await connection.fetch(SQL["deciles"])},
    )


def cached_settings() -> Cached[Settings]:
    """As they hold in the transaction that asks."""
    return Cached(load, SQL["settings_version"])


def cached_reference() -> Cached[Reference]:
    """The same of the reference data."""
    return Cached(reference)
