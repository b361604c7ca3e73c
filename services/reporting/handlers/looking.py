"""Looking after returns that have left: once a day each is filled in as it would be now; what differs materially is noted, shown on the
list, and told to who prepares it. Nothing is restated or sent by itself."""  # fmt: skip

import asyncpg
import structlog

from services.reporting.handlers.restating import compared
from services.reporting.handlers.returning import NOBODY
from services.reporting.handlers.running import counting
from services.reporting.rules.life import StepError
from services.reporting.store import returns
from shared import clock
from shared.runtime.broker import Ends
from shared.runtime.database import Connection, Pool


class Looking:
    """A job of the worker."""

    def __init__(self, database_url: str, kafka: str) -> None:
        self._where = database_url, kafka

    async def look(self, connection: Connection) -> int:
        """Look at the return that has waited longest; returns 0 when none is due. One worker does at a time."""
        if not await connection.fetchval(returns.SQL["alone"], "look"):
            return 0
        row = await returns.to_look_at(connection, clock.now())
        if row is None:
            return 0
        await connection.execute(returns.SQL["take_time"])
        async with counting(*self._where) as (pool, ends):
            await look(connection, pool, ends, row)
        return 1


async def look(connection: Connection, pool: Pool, ends: Ends, row: asyncpg.Record, seconds: float = 10) -> None:
    """Compare one version with now, and note in the caller's transaction what was found; or why nothing could be."""
    named = row["return_id"], row["version"]
    try:
        found, now = await compared(pool, ends, *named, NOBODY, seconds=seconds)
    except StepError as error:
        structlog.get_logger().warning("a return that has left was not looked at", return_id=row["return_id"], detail=str(error))
        await returns.looked(connection, *named, clock.now(), None, None, str(error))
        return
    await returns.looked(connection, *named, now.known_at, len(found.differences), len(found.material), "")
