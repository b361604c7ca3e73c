"""The clocks under every definition but the main one: computed soon after the event, and for everybody when a definition is new."""

from datetime import datetime, timedelta

from services.waits.handlers import CareEvents
from services.waits.handlers.bulk import Ask, Bulk, compute
from services.waits.store import definitions, pathways
from shared import clock as wall
from shared.events.waits import Cause
from shared.runtime.database import Connection
from shared.runtime.documents import lock_free

AT_ONCE = 250
"""People of one transaction: few enough that events about them need not wait long."""
MANY = 1000
"""The same, where other processes compute."""
FEW = 100
"""So few that no process is worth its start."""
WHILE_BUSY = 50
BUSY = timedelta(seconds=1)


class SideBySide:
    """The jobs of the worker that keep those clocks. Each batch is one transaction, and a second worker takes other people."""

    def __init__(self, care: CareEvents) -> None:
        self._care = care
        self._bulk = Bulk()
        self._definitions = definitions.cached()

    async def compute_asked(self, connection: Connection) -> int:
        """Compute what events, dates and new reference data have asked for. While events wait in the log, a little at a time."""
        now = wall.now()
        busy = self._busy(now)
        stored = await lock_free(connection, await definitions.asked(connection, WHILE_BUSY if busy else AT_ONCE))
        causes = await definitions.answered(connection, list(stored)) if stored else {}
        if causes:
            under = [one for one in (await self._definitions.get(connection)).at_work() if one.key != self._care.definition.key]
            ask = Ask(under, await self._care.reference.get(connection), wall.london_date(now))
            computed = compute([(person, stored[person]) for person in causes], ask)
            await pathways.heard(connection, {}, await self._care.write_clocks(connection, computed, under, causes, now))
        return 0 if busy else len(causes)

    async def compute_new(self, connection: Connection) -> int:
        """Compute the clocks of the next people under definitions that are new."""
        now = wall.now()
        busy = self._busy(now)
        new = await definitions.claim_new(connection, WHILE_BUSY if busy else MANY)
        if new is None:
            return 0
        held = (await self._definitions.get(connection)).held
        reference, today = await self._care.reference.get(connection), wall.london_date(now)
        ask = Ask([held[key].definition for key in new.keys], reference, today)
        if len(new.people) <= FEW:
            computed = compute(new.people, ask)
        elif self._bulk.ready(ask, (new.keys, self._care.reference.version, today)):
            computed = await self._bulk.compute(new.people)
        else:
            return 0
        cause = Cause(kind="definition", id=",".join(one.key for one in ask.under), receivedtime=now)
        causes = dict.fromkeys((person for person, _ in new.people), cause)
        changed = await self._care.write_clocks(connection, computed, ask.under, causes, now, news=False)
        await pathways.heard(connection, {}, changed)
        await definitions.progressed(connection, new)
        if not new.people:
            self._bulk.end()
        return 0 if busy else len(new.people)

    async def sweep(self, connection: Connection) -> int:
        """Remove the clocks of retired definitions."""
        return await definitions.sweep(connection)

    def _busy(self, now: datetime) -> bool:
        return self._care.busy_at is not None and now - self._care.busy_at < BUSY
