"""Due dates: tell of each task once that it is due soon, due, overdue; look again at people on whom time, data or settings have acted."""

from datetime import datetime

from services.outreach import publish
from services.outreach.handlers import CareEvents
from services.outreach.rules.ladder import MESSAGES
from services.outreach.rules.settings import shipped
from services.outreach.store import due, messages, rows
from services.outreach.store.messages import Wanted
from services.outreach.store.rows import Row
from shared import clock as wall
from shared.events.outreach import TaskCause
from shared.runtime.database import Connection
from shared.runtime.documents import lock, people_after

TOLD_AT_ONCE = 5000
LOOKED_AT_AGAIN = 100
"""The server ends a transaction that waits five seconds for us: so many people are computed in a fraction of that on a busy machine too."""


class DueDates:
    """Jobs. What is due follows from the state and the day: after an outage everything is told once, as it is by then."""

    def __init__(self, care: CareEvents) -> None:
        self.care = care

    async def tell_due(self, connection: Connection) -> int:
        """Say of each live task, once, that it is due soon, that it is due, that it is overdue: the newest alone, if several came."""
        now = wall.now()
        today = await due.day(connection, now)
        told = await due.tell(connection, today, now, publish.TOPIC, publish.SOURCE, TOLD_AT_ONCE)
        if told:
            await due.advance(connection, today)
        return told

    async def recompute_due(self, connection: Connection) -> int:
        """Look again at people of whom time alone, or what was entered of them, may have changed something."""
        now = wall.now()
        today = await due.day(connection, now)
        claimed = await due.claim_recompute(connection, today, LOOKED_AT_AGAIN)
        if claimed:
            cause, entry = publish.dated(today, now), TaskCause(kind="entry", receivedtime=now)
            await self._again(connection, {row["personkey"]: entry if row["marked"] else cause for row in claimed})
        return len(claimed)

    async def sweep(self, connection: Connection) -> int:
        """Look again at everybody after new reference data or settings, some at a time, in the order of their keys."""
        now = wall.now()
        at = await due.sweep(connection)
        if at is None:
            return 0
        if at.now != at.used:
            cause = "setting" if at.used[0] == at.now[0] else "reference"
            await due.swept(connection, at.now, cause, "", now)
            return 1
        people = [] if at.swept_to is None else await people_after(connection, at.swept_to, LOOKED_AT_AGAIN)
        if at.swept_to is not None:
            await self._again(connection, dict.fromkeys(people, TaskCause(kind=at.cause, receivedtime=now)))
            await due.swept(connection, at.used, at.cause, people[-1] if people else None)
        return len(people)

    async def next_steps(self, connection: Connection) -> int:
        """Queue the message that is somebody's next step, where who is responsible has set that this needs no hand."""
        now = wall.now()
        today = await due.day(connection, now)
        steps = await due.claim_steps(connection, today, shipped().checks, MESSAGES, LOOKED_AT_AGAIN)
        for step in steps:
            await messages.queue(connection, _message(step, now), now)
        return len(steps)

    async def _again(self, connection: Connection, causes: dict[str, TaskCause]) -> None:
        documents = await lock(connection, list(causes))
        changed = await self.care.recompute(connection, documents, causes, wall.now(), stand=True)
        await rows.heard(connection, {}, changed)


def _message(step: Row, now: datetime) -> Wanted:
    key = f"{step['next_on']}/{step['attempts']}"
    template = "invitation" if step["attempts"] == 0 else "reminder"
    about = step["anchor"], step["schedule"], step["task_ids"], step["owner"]
    return Wanted(step["personkey"], key, *about, step["next_channel"], template, now)
