"""What became of what was received: the ledger and the refusals, read back for their sender."""

from datetime import UTC, datetime

import asyncpg

from services.referrals.store.ledger import SQL
from shared.events.receipts import Receipt
from shared.runtime.database import Pool


class Kept(Receipt):
    """A receipt that is kept: its position among all that was received, and when."""

    position: int
    received: datetime


def _kept(row: asyncpg.Record) -> Kept:
    return Kept.model_validate(
        {
            "source": row["source"],
            "id": row["id"],
            "verdict": row["verdict"],
            "flags": row["flags"],
            "reason": row["reason"],
            "field": row["field"],
            "detail": row["detail"],
            "canonical": row["id"] if row["verdict"] == "accepted" else None,
            "hashes": row["hashes"],
            "position": row["position"],
            "received": row["receivedtime"],
        },
        strict=False,
    )


async def by_id(pool: Pool, provider: str, event_id: str) -> list[Kept]:
    """Everything received from one provider under this event id."""
    return [_kept(row) for row in await pool.fetch(SQL["receipts_by_id"], provider, event_id)]


async def from_anyone(pool: Pool, event_id: str) -> list[Kept]:
    """Everything received under this event id, from whichever provider; for the operator's command line."""
    return [kept for ods in await _providers(pool) for kept in await by_id(pool, ods, event_id)]


async def _providers(pool: Pool) -> list[str]:
    return [row["ods"] for row in await pool.fetch(SQL["providers"])]


async def since(pool: Pool, provider: str, moment: datetime | None, after: int, limit: int) -> list[Kept]:
    """What was received from one provider since `moment`, after position `after`, oldest first."""
    return [
        _kept(row) for row in await pool.fetch(SQL["receipts_since"], provider, after, moment or datetime(1970, 1, 1, tzinfo=UTC), limit)
    ]
