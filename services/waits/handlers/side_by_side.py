"""The clocks under every definition but the main one: computed soon after the event, and for everybody when a definition is new."""

from datetime import timedelta

from services.waits.handlers import CareEvents
from services.waits.handlers.bulk import Bulk, NewClocks
from services.waits.rules.facts import facts
from services.waits.store import definitions, pathways
from shared import clock as wall
from shared.runtime.database import Connection
from shared.runtime.documents import loaded, lock_free

AT_ONCE = 250
"""People of one transaction: few enough that events about them need not wait long."""
MANY = 1000
"""The same, where processes beside this one compute, each with transactions of its own: the more, the less they wait for each other,
and the server's limit of five seconds for an idle transaction must be far."""
FEW = 100
"""So few that no process is worth its start."""
WHILE_BUSY = 50
PATIENCE = timedelta(seconds=10)
"""While events come fast, so few at a time, and only who was first asked for so long ago: asked for again meanwhile, computed once."""


class SideBySide:
    """The jobs of the worker that keep those clocks. Each batch is one transaction, and a second worker takes other people."""

    def __init__(self, care: CareEvents, database_url: str = "") -> None:
        """`database_url` is for those processes."""
        self._care = care
        self._new = NewClocks(care)
        self._bulk = Bulk(database_url)
        self._definitions = definitions.cached()

    async def compute_asked(self, connection: Connection) -> int:
        """Compute what events, dates and new reference data have asked for. While they come fast, late and a little at a time."""
        now = wall.now()
        busy = self._care.pace.is_fast(now)
        at_most, patience = (WHILE_BUSY, PATIENCE) if busy else (AT_ONCE, timedelta(0))
        stored = await lock_free(connection, await definitions.asked(connection, at_most, patience))
        causes = await definitions.answered(connection, list(stored)) if stored else {}
        if causes:
            under = [one for one in (await self._definitions.get(connection)).at_work() if one.key != self._care.definition.key]
            reference, at = await self._care.reference.get(connection), wall.london_date(now)
            computed = (row for person in causes for row in pathways.rows(person, facts(loaded(stored[person])), under, reference, at))
            await pathways.heard(connection, {}, await self._care.write_clocks(connection, computed, under, causes, now))
        return 0 if busy else len(causes)

    async def compute_new(self, connection: Connection) -> int:
        """Compute the clocks of the next people under definitions that are new."""
        busy = self._care.pace.is_fast(wall.now())
        new = await definitions.claim_new(connection, WHILE_BUSY if busy else MANY)
        if new is None:
            return 0
        if len(new.people) <= FEW:
            await self._new.compute(connection, new.keys, new.people)
        elif await self._bulk.ready():
            await self._bulk.compute(new.keys, new.people)
        else:
            return 0
        await definitions.progressed(connection, new)
        if not new.people:
            self._bulk.end()
        return 0 if busy else len(new.people)

    async def sweep(self, connection: Connection) -> int:
        """Remove the clocks of retired definitions."""
        return await definitions.sweep(connection)
