"""Care events in: fold them into people's documents."""

from services.outreach.rules.facts import READ
from services.outreach.store import people
from shared.runtime.batch import Batch
from shared.runtime.documents import lock
from shared.runtime.stated import read, taken


class CareEvents:
    """Everything is in the transaction it is given."""

    async def consume(self, batch: Batch) -> None:
        """The handler of the care topics."""
        stated = read(batch)
        concerned = sorted({one.personkey for one in stated if one.kind in READ})
        documents = await lock(batch.connection, concerned) if concerned else {}
        for one in stated:
            batch.count(one.record, taken(documents[one.personkey], one) if one.kind in READ else "not-read")
        if documents:
            await people.write(batch.connection, documents, dict.fromkeys(documents))
        batch.originated = [one.received for one in stated]
