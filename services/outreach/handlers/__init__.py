"""Care events in: fold them into people's documents, work out what is to be done for the people concerned, write and say what changed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from services.outreach import publish
from services.outreach.handlers.work import Work, compute, opens
from services.outreach.publish import Told
from services.outreach.rules.entered import NOTHING, Entered
from services.outreach.rules.facts import READ
from services.outreach.store import due, entered, people, rows, settings
from services.outreach.store.entered import Placed
from services.outreach.store.rows import Key, Row
from shared import clock as wall
from shared.events.outreach import TaskCause
from shared.runtime.batch import Batch, write_outbox
from shared.runtime.database import Connection
from shared.runtime.documents import from_ledger, lock
from shared.runtime.stated import MADE_HERE, Stated, read, taken
from shared.versions import Document

NO_ENTRIES: Mapping[Key, Told] = {}


class CareEvents:
    """Keeps the cached reference data and settings; everything else is in the transaction it is given."""

    def __init__(self) -> None:
        self.reference = settings.cached_reference()
        self.settings = settings.cached_settings()

    async def consume(self, batch: Batch) -> None:
        """The handler of the care topics."""
        stated = read(batch)
        read_here = [one for one in stated if one.kind in READ]
        moved = [_placed(one) for one in read_here if one.moved_to]
        concerned = sorted({one.personkey for one in read_here} | {one.personkey for one in moved})
        documents = await lock(batch.connection, concerned) if concerned else {}
        causes: dict[str, TaskCause] = {}
        heard: dict[str, datetime] = {}
        for one in stated:
            if one.version[2] != MADE_HERE:
                heard[one.provider] = max(one.received, heard.get(one.provider, one.received))
            outcome = taken(documents[one.personkey], one) if one.kind in READ else "not-read"
            batch.count(one.record, outcome)
            for person in (one.personkey, one.moved_to):
                if person is not None and (outcome == "applied" or person not in causes):  # what changed nothing is no cause
                    causes[person] = TaskCause(kind="event", source=one.said_by[0], id=one.said_by[1], receivedtime=one.received)
        await entered.follow(batch.connection, moved)
        changed = await self.recompute(batch.connection, documents, causes, batch.received)
        await rows.heard(batch.connection, heard, changed)
        batch.originated = [one.received for one in stated]

    async def recompute(
        self,
        connection: Connection,
        documents: Mapping[str, Document],
        causes: Mapping[str, TaskCause],
        now: datetime,
        *,
        known: bool = False,
    ) -> Counter[str]:
        """Write these locked documents and what follows from them. `known`: they stand already, and only time or rules have changed.

        Reference data and settings are read after the lock: what comes later sweeps everybody. Returns changes by provider.
        """
        if not documents:
            return Counter()
        today = await due.day(connection, now)
        concerned = [person for person, document in documents.items() if opens(document)]
        work = Work(await self.settings.get(connection), await self.reference.get(connection), today)
        said = await entered.of(connection, concerned) if concerned else {}
        found = {person: compute(person, documents[person], said.get(person, NOTHING), work) for person in concerned}
        days = {person: found[person].next_change if person in found else None for person in documents}
        await (people.look_again(connection, days) if known else people.write(connection, documents, days))
        return await self.write(connection, found, said, causes, now) if concerned else Counter()

    async def write(...) -> None: ...
