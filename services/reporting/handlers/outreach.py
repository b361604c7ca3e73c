"""`outreach.v1` in: what follows a finding as it stands, and each attempt to reach somebody."""

from collections import Counter
from datetime import datetime

from pydantic import TypeAdapter

from services.reporting.rules.records import Row
from services.reporting.store import records
from services.reporting.store.records import Part
from shared.events.outreach import FollowUp, FollowUpChanged
from shared.runtime import blurred
from shared.runtime.batch import Batch, Record
from shared.runtime.blurred import Span
from shared.runtime.stated import understood
from shared.versions import LONDON

_SAID = TypeAdapter(FollowUpChanged)


class Outreach:
    """The records of `outreach.v1` of one batch: of each task, and of each attempt, the greatest revision."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._said: dict[tuple[str, str], tuple[FollowUp, list[Record]]] = {}
        self._spans: list[Span] = []
        self.originated: list[datetime] = []

    def take(self, record: Record) -> None:
        """Read one record; what cannot be read is dead-lettered by name."""
        event = understood(self._batch, record, _SAID)
        if event is None:
            return
        said = event.data
        self.originated.append(said.cause.receivedtime)
        parts = [f"follow-up|{said.task_id}"] if said.finding else []
        parts += [f"attempt|{said.cause.id}"] if _tells_an_attempt(said) else []
        for part in parts:
            before, read = self._said.get((said.personkey, part), (None, []))
            newest = said if before is None or said.revision > before.revision else before
            self._said[said.personkey, part] = newest, read
            if before is not None:
                self._spans.append(blurred.between(before.cause.receivedtime, said.cause.receivedtime))
        if parts:
            self._said[said.personkey, parts[0]][1].append(record)
        else:
            self._batch.count(record, "not-read")

    async def write(self) -> Counter[str]:
        """Write what is newer than what was read before. Returns changes by provider."""
        connection = self._batch.connection
        await blurred.note(connection, self._spans)
        new = await records.newer(connection, {key: said.revision for key, (said, _) in sorted(self._said.items())})
        changes: Counter[str] = Counter()
        told: dict[str, list[tuple[Part, Row | None]]] = {"follow_up": [], "attempt": []}
        for key, (said, read) in self._said.items():
            for record in read:
                self._batch.count(record, "applied" if key in new else "superseded")
            if key in new:
                table, row = ("attempt", _attempt(said)) if key[1].startswith("attempt|") else ("follow_up", _follow_up(said))
                told[table].append((Part(*key, said.cause.receivedtime), row))
                changes[said.provider or said.owner] += 1
        for table, found in told.items():
            await records.keep(connection, table, [part for part, _ in found], [(part, row) for part, row in found if row is not None])
        return changes


def _tells_an_attempt(said: FollowUp) -> bool:
    return said.cause.kind == "entry" and said.cause.id is not None and said.channel is not None


def _follow_up(said: FollowUp) -> Row | None:
    """None: nothing asks for it any more."""
    if said.outcome == "withdrawn":
        return None
    return {
        "fact": "",
        "provider": said.provider or said.owner,
        "practice": said.practice,
        "task_id": said.task_id,
        "finding": said.finding,
        "opened_on": said.opened_on or _day(said),
        "closed_on": said.closed_on,
        "outcome": said.outcome,
    }


def _attempt(said: FollowUp) -> Row:
    return {
        "fact": "",
        "provider": said.provider or said.owner,
        "practice": said.practice,
        "attempt_id": said.cause.id,
        "channel": said.channel,
        "made_on": said.made_on or _day(said),
        "result": said.result,
    }


def _day(said: FollowUp) -> str:
    return said.cause.receivedtime.astimezone(LONDON).date().isoformat()
