"""Care events in: fold them into people's documents, work out what is to be done for the people concerned, write and say what changed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from services.outreach.handlers.work import Computed, Work, compute, opens
from services.outreach.handlers.writing import About, Before, write
from services.outreach.rules.entered import NOTHING
from services.outreach.rules.facts import READ
from services.outreach.store import due, entered, people, rows, settings
from services.outreach.store.entered import Placed
from shared import clock as wall
from shared.events.outreach import TaskCause
from shared.runtime.batch import Batch
from shared.runtime.database import Connection
from shared.runtime.documents import from_ledger, lock
from shared.runtime.stated import MADE_HERE, Stated, read, taken
from shared.versions import Document


class CareEvents:
    """Keeps the cached reference data and settings; everything else is in the transaction it is given."""

    def __init__(self) -> None:
        self.reference = settings.cached_reference()
        self.settings = settings.cached_settings()

    async def consume(self, batch: Batch) -> None:
        """The handler of the care topics."""
        stated = read(batch)
        kept = [one for one in stated if one.kind in READ]
        moved = [_placed(one, one.moved_to) for one in kept if one.moved_to and one.record_id]  # what has no id, nothing hangs on
        concerned = sorted({one.personkey for one in kept} | {one.moved_to for one in kept if one.moved_to})
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

    async def work(self, connection: Connection, now: datetime) -> Work:
        """What holds in this transaction. Read after the lock of the people concerned: what comes later sweeps everybody."""
        return Work(await self.settings.get(connection), await self.reference.get(connection), await due.day(connection, now))

    async def recompute(
        self,
        connection: Connection,
        documents: Mapping[str, Document],
        causes: Mapping[str, TaskCause],
        now: datetime,
        *,
        stand: bool = False,
        about: About | None = None,
    ) -> Counter[str]:
        """Write these locked documents and what follows from them; `stand`: they are written already. Returns changes by provider."""
        if not documents:
            return Counter()
        before = Before(await rows.tasks_of(connection, list(documents)), await rows.standings_of(connection, list(documents)))
        had = {person for person, _ in before.tasks} | before.standings.keys()
        concerned = [person for person, document in documents.items() if person in had or opens(document)]
        found: dict[str, Computed] = {}
        if concerned:
            work, told = await self.work(connection, now), await entered.of(connection, concerned)
            found = {person: compute(person, documents[person], told.get(person, NOTHING), work) for person in concerned}
        days = {person: found[person].next_change if person in found else None for person in documents}
        await (people.look_again(connection, days) if stand else people.write(connection, documents, days))
        return await write(connection, found, before, causes, now, about)

    async def rebuild(self, connection: Connection, people: Sequence[str]) -> int:
        """Fold these people anew from the ledger; returns how many rows differ from what stood (drift; 0 unless code changed)."""
        await lock(connection, people)
        documents = {one.personkey: one.document for one in await from_ledger(connection, people, READ)}
        now = wall.now()
        causes = dict.fromkeys(people, TaskCause(kind="event", receivedtime=now))
        changed = await self.recompute(connection, documents, causes, now)
        await rows.heard(connection, {}, changed)
        return changed.total()


def _placed(one: Stated, moved_to: str) -> Placed:
    return Placed(f"{one.provider}|{one.kind}|{one.record_id}", moved_to, one.version[1], one.version[3])
