"""The audit: people chosen by chance are held against the ledger, their rows against a computation from nothing. It changes nothing."""

import secrets
from datetime import timedelta

import structlog

from services.outreach.handlers import CareEvents
from services.outreach.handlers.work import Computed, compute, opens
from services.outreach.handlers.writing import Before
from services.outreach.rules.entered import NOTHING
from services.outreach.rules.facts import READ
from services.outreach.store import due, entered, rows
from services.outreach.store.audit import sample
from shared import clock as wall
from shared.runtime import metrics
from shared.runtime.database import Connection
from shared.runtime.documents import said_of
from shared.runtime.stated import microseconds
from shared.versions import faithful

SAMPLE = 50
UNDER_WAY = timedelta(minutes=10)
"""What the ledger took since then may not have reached us: a document may lack it."""


class Audit:
    """A job; `look` is never due and returns 0. Differences are counted, and named in the log without the person."""

    def __init__(self, care: CareEvents) -> None:
        self.care = care
        for counter in (metrics.AUDITED_PATHWAYS, metrics.DRIFTED_PATHWAYS):
            counter.labels("outreach")  # told from the start, at 0: a rise from nothing would not be seen

    async def look(self, connection: Connection) -> int:
        """Audit one sample, in the caller's transaction."""
        now = wall.now()
        documents = await sample(connection, secrets.token_hex(12), await due.day(connection, now), SAMPLE)
        people = list(documents)
        said = await said_of(connection, people, READ)
        told = await entered.of(connection, people)
        work = await self.care.work(connection, now)
        before = Before(await rows.tasks_of(connection, people), await rows.standings_of(connection, people))
        for person, document in documents.items():
            computed = compute(person, document, told.get(person, NOTHING), work) if opens(document) else None
            same, kept = _stands(person, computed, before), faithful(document, said[person], microseconds(now - UNDER_WAY))
            metrics.AUDITED_PATHWAYS.labels("outreach").inc()
            if not (same and kept):
                metrics.DRIFTED_PATHWAYS.labels("outreach").inc()
                structlog.get_logger().error("a person drifted", rows_as_computed=same, document_as_ledger=kept)
        return 0


def _stands(person: str, computed: Computed | None, before: Before) -> bool:
    """Whether the rows of a person are those that were computed."""
    tasks = {} if computed is None else {rows.key(row): row for row in computed.tasks}
    standing = None if computed is None else computed.standing
    ours = {key: row for key, row in before.tasks.items() if key[0] == person}
    held = before.standings.get(person)
    alike = held is None if standing is None else not rows.differs(held, standing)
    return alike and ours.keys() == tasks.keys() and not any(rows.differs(ours[key], row) for key, row in tasks.items())
