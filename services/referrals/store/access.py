"""Who may send: providers and their API keys. A key is shown once; only its hash is kept."""

import hashlib
import secrets
from typing import NamedTuple

from shared.runtime.database import Connection, Pool, queries

SQL = queries("services.referrals", "sql/queries.sql")


ROLES = ("outreach-worker", "team-manager", "pcn-lead", "icb-manager", "regional-viewer", "analyst", "signatory", "ig-lead", "admin")


class Added(NamedTuple):
    """A provider that may send from now on; `api_key` is shown this once, None when none was asked for."""

    new: bool
    api_key: str | None


class Person(NamedTuple):
    """Somebody who may sign in. `providers` is explicit: what is not listed is not seen."""

    username: str
    name: str
    organisation: str
    roles: tuple[str, ...]
    providers: tuple[str, ...]


async def add_person(connection: Connection, person: Person) -> bool:
    """Add somebody; one who is there already keeps what was granted since, and False is returned."""
    return await connection.fetchval(SQL["add_person"], *person) is not None


async def providers(pool: Pool) -> list[str]:
    """The ODS code of everyone who may send."""
    return [row["ods"] for row in await pool.fetch(SQL["providers"])]


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


async def add_provider(connection: Connection, ods: str, name: str, *, new_key: bool) -> Added:
    """Add a provider; its ICB's managers see it at once. A first key is made with the provider, further ones on demand.

    `name` "": that of the reference data, else the code; a provider that is there keeps its own.
    """
    async with connection.transaction():
        new = bool(await connection.fetchval(SQL["add_provider"], ods, name))
        await connection.execute(SQL["grant_to_icb_managers"], ods)
        if not (new or new_key):
            return Added(new, None)
        key = f"clockstop_{ods.lower()}_{secrets.token_urlsafe(32)}"
        await connection.execute(SQL["add_api_key"], _hash(key), ods)
    return Added(new, key)


async def know_provider(connection: Connection, ods: str) -> bool:
    """Let a provider be seen that comes by its files alone: it gets no API key. True when it was not known before."""
    new = bool(await connection.fetchval(SQL["add_provider"], ods, ""))
    await connection.execute(SQL["grant_to_icb_managers"], ods)
    return new
