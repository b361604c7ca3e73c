"""Events in: care events into people's documents and the rows that follow from them, clocks into spells, tasks into follow-ups."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from services.reporting.handlers.outreach import Outreach
from services.reporting.handlers.waits import Waits
from services.reporting.rules.facts import READ, rows
from services.reporting.store import records
from services.reporting.store.records import Part
from shared.events.topics import CARE_TOPICS
from shared.runtime import blurred
from shared.runtime.batch import Batch
from shared.runtime.database import Connection
from shared.runtime.documents import lock
from shared.runtime.stated import NEW, Stated, read, taken
from shared.versions import Document


class Events:
    """Everything is in the transaction it is given."""

    async def consume(self, batch: Batch) -> None:
        """The handler of every topic that is read."""
        stated = read(batch, CARE_TOPICS)
        changes = await self._care(batch, stated)
        waits, outreach = Waits(batch), Outreach(batch)
        for record in batch.records:
            if record.topic == "waits.v1":
                waits.take(record)
            elif record.topic == "outreach.v1":
                outreach.take(record)
        changes += await waits.write() + await outreach.write()
        await records.changed(batch.connection, changes)
        batch.originated = [one.received for one in stated] + waits.originated + outreach.originated

    async def _care(self, batch: Batch, stated: list[Stated]) -> Counter[str]:
        """Returns changes by provider."""
        concerned = sorted({one.personkey for one in stated if one.kind in READ})
        documents = await lock(batch.connection, concerned) if concerned else {}
        instants: dict[str, datetime] = {}
        new: list[Stated] = []
        changes: Counter[str] = Counter()
        for one in stated:
            outcome = taken(documents[one.personkey], one) if one.kind in READ else "not-read"
            batch.count(one.record, outcome)
            if outcome in NEW:
                new.append(one)
            if outcome == "applied":
                changes[one.provider] += 1
                instants[one.personkey] = max(one.received, instants.get(one.personkey, one.received))
        await blurred.note(batch.connection, blurred.spanned(documents, new))
        touched = {person: documents[person] for person in instants}
        if touched:
            await records.write(batch.connection, touched)
            await write_rows(batch.connection, touched, instants)
        return changes


async def write_rows(connection: Connection, documents: Mapping[str, Document], instants: Mapping[str, datetime]) -> int:
    """Let the rows of these locked documents stand as known from these instants on. Returns how many changed."""
    parts = {person: Part(person, "", instants[person]) for person in documents}
    found = {person: rows(document) for person, document in documents.items()}
    changed = 0
    for table in next(iter(found.values()), {}):
        told = [(parts[person], row) for person, tables in found.items() for row in tables[table]]
        changed += await records.keep(connection, table, list(parts.values()), told)
    return changed
