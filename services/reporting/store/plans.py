"""Trajectories and targets, as reference data has them."""

from datetime import datetime
from decimal import Decimal

from services.reporting.rules.plans import Planned, Target
from services.reporting.store import measures
from shared.runtime.database import Connection, Pool, queries

SQL = queries("services.reporting", "sql/plans.sql")


async def trajectories(connection: Connection | Pool, known_at: datetime | None = None) -> list[Planned]:
    """Every line."""
    rows = await connection.fetch(SQL["trajectories"], await _load(connection, known_at))
    return [Planned(row["measure"], row["organisation"], row["period"], Decimal(str(row["planned"])), row["source"] or "") for row in rows]


async def targets(connection: Connection | Pool, known_at: datetime | None = None) -> list[Target]:
    """Every target; a share of 1 in percent."""
    rows = await connection.fetch(SQL["targets"], await _load(connection, known_at))
    return [
        Target(row["measure"], 100 * Decimal(str(row["target"])), row["valid_from"], row["valid_to"], row["source"] or "") for row in rows
    ]


async def _load(connection: Connection | Pool, known_at: datetime | None) -> int | None:
    return None if known_at is None else await connection.fetchval(measures.SQL["load_at"], known_at)
