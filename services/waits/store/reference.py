"""What the clock reads of the reference data."""

from datetime import datetime

from services.waits.rules.reference import Reference
from shared.runtime.database import Connection, queries

SQL = queries("services.waits", "sql/queries.sql")


async def load(connection: Connection, version: int | None = None) -> Reference:
    """Read the dated tables as they are now, or as they were under an earlier load."""
    return Reference(
        members=[tuple(row) for row in await connection.fetch(SQL["refset_members"], version)],
        tools=[tuple(row) for row in await connection.fetch(SQL["tools"], version)],
        excluded_providers=[tuple(row) for row in await connection.fetch(SQL["excluded_providers"], version)],
        team_types=[row["code"] for row in await connection.fetch(SQL["team_types"], version)],
        successions=[tuple(row) for row in await connection.fetch(SQL["successions"], version)],
    )


async def load_at(connection: Connection, instant: datetime) -> int:
    """The version of the load that was current at an instant; 0 before the first."""
    version: int = await connection.fetchval(SQL["load_at"], instant)
    return version
