"""What the front door reads of the reference data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.runtime.database import Connection, queries

SQL = queries("services.referrals", "sql/queries.sql")


@dataclass(frozen=True)
class Reference:
    """Known team types and practices, and each scale's lowest and highest score. Empty when nothing was loaded: then nothing is flagged."""

    team_types: frozenset[str] = frozenset()
    scales: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    practices: frozenset[str] = frozenset()


async def load(connection: Connection) -> Reference:
    """Read the tables as they are now."""
    return Reference(
        frozenset(row["code"] for row in await connection.fetch(SQL["team_types"])),
        {row["code"]: (row["lowest"], row["highest"]) for row in await connection.fetch(SQL["scales"])},
        frozenset(row["practice"] for row in await connection.fetch(SQL["practices"])),
    )


async def areas(connection: Connection, postcodes: list[str]) -> dict[str, tuple[str, str | None]]:
    """(LSOA, local authority) of each postcode that the look-up knows; postcodes in capitals with one space."""
    rows = await connection.fetch(SQL["areas"], postcodes) if postcodes else []
    return {row["postcode"]: (row["lsoa"], row["local_authority"]) for row in rows}
