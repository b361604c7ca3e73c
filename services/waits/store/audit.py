"""The audit: pathways chosen by chance are held against the ledger, their clocks against a computation from nothing. It changes nothing."""

import secrets
from datetime import timedelta

import structlog

from services.waits.rules.facts import READ, facts
from services.waits.rules.reference import Reference
from services.waits.store import definitions, pathways
from services.waits.store import reference as reference_store
from services.waits.store.pathways import SQL
from shared import clock as wall
from shared.runtime import metrics
from shared.runtime.database import Connection, Pool
from shared.runtime.documents import loaded, said_of
from shared.runtime.reference import Cached
from shared.runtime.stated import microseconds
from shared.versions import faithful

SAMPLE = 50
UNDER_WAY = timedelta(minutes=10)
"""What the ledger took since then may not have reached us: a pathway may lack it."""


class Audit:
    """A job; `look` is never due and returns 0. Differences are counted, and named in the log without the person."""

    def __init__(self) -> None:
        self._definitions = definitions.cached()
        self._reference: Cached[Reference] = Cached(reference_store.load)
        for counter in (metrics.AUDITED_PATHWAYS, metrics.DRIFTED_PATHWAYS):
            counter.labels("waits")  # told from the start, at 0: a rise from nothing would not be seen

    async def look(self, connection: Connection) -> int:
        """Audit one sample, in the caller's transaction."""
        now = wall.now()
        today = wall.london_date(now)
        reference = await self._reference.get(connection)
        sample = await connection.fetch(SQL["sample"], secrets.token_hex(12), today, SAMPLE)
        documents = {row["personkey"]: loaded(row["document"]) for row in sample}
        said = await said_of(connection, list(documents), READ)
        under = (await self._definitions.get(connection)).running()
        standing = await pathways.clocks_of(connection, [(one.id, one.version) for one in under], list(documents))
        settled = microseconds(now - UNDER_WAY)
        for person, document in documents.items():
            ours = {key: row for key, row in standing.items() if key[0] == person}
            computed = pathways.rows(person, facts(document), under, reference, today)
            same = ours.keys() == {pathways.key(row) for row in computed} and all(
                row.items() <= ours[pathways.key(row)].items() for row in computed
            )
            kept = faithful(document, said[person], settled)
            metrics.AUDITED_PATHWAYS.labels("waits").inc()
            if not (same and kept):
                metrics.DRIFTED_PATHWAYS.labels("waits").inc()
                structlog.get_logger().error("a pathway drifted", clocks_as_computed=same, document_as_ledger=kept)
        return 0


async def measure_due(pool: Pool) -> None:
    """How late what is due is acted on, by job."""
    for row in await pool.fetch(SQL["due_lateness"], wall.today()):
        metrics.DUE_LATENESS_SECONDS.labels("waits", row["job"]).set(max(0.0, (row["late"] or timedelta()).total_seconds()))
