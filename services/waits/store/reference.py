"""What the clock reads of the reference data."""

from services.waits.rules.reference import Reference
from shared.runtime.database import Connection, queries

SQL = queries("services.waits", "sql/queries.sql")


async def load(connection: Connection) -> Reference:
    """Read the dated tables as they are now."""
    return Reference(
        members=[tuple(row) for row in await connection.fetch(SQL["refset_members"])],
        tools=[tuple(row) for row in await connection.fetch(SQL["tools"])],
        excluded_providers=[tuple(row) for row in await connection.fetch(SQL["excluded_providers"])],
        team_types=[row["code"] for row in await connection.fetch(SQL["team_types"])],
        successions=[tuple(row) for row in await connection.fetch(SQL["successions"])],
    )
