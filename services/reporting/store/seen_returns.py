"""Returns as their pages read them: those of a reader's organisations, and what stands around one version."""

from collections.abc import Collection

import asyncpg

from services.reporting.store.returns import SQL
from shared.runtime.database import Pool


async def organisations(pool: Pool, name: str, providers: Collection[str]) -> dict[str, tuple[str, str]]:
    """Whose returns are the business of somebody of an organisation who sees these providers: name and kind by code."""
    rows = await pool.fetch(SQL["whose"], name, sorted(providers))
    return {row["ods"]: (row["name"], row["kind"]) for row in rows}


async def newest(pool: Pool, whose: Collection[str]) -> list[asyncpg.Record]:
    """The newest version of each return, the latest period first."""
    found: dict[str, asyncpg.Record] = {}
    for row in await pool.fetch(SQL["listed"], sorted(whose)):
        found.setdefault(row["return_id"], row)
    return list(found.values())
