"""`waits.v1` in: each spell as it stands, and how a person's spells stood in the past."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from services.reporting.rules.records import Row
from services.reporting.store import records
from services.reporting.store.records import Part
from shared.events.waits import Part as Member
from shared.events.waits import PastWait, PastWaitsChanged, Wait, WaitChanged
from shared.runtime import blurred
from shared.runtime.batch import Batch, Record
from shared.runtime.blurred import Span
from shared.runtime.stated import understood

DEFINITIONS = frozenset({"national-2024", "national-2024-compat", "eip-2016"})
"""Those that feed a national measure."""
ALWAYS, OPEN = "-infinity", "infinity"
_SAID: TypeAdapter[WaitChanged | PastWaitsChanged] = TypeAdapter(Annotated[WaitChanged | PastWaitsChanged, Field(discriminator="type")])


class Waits:
    """The records of `waits.v1` of one batch: of each spell, and of each person's past, the greatest revision."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._said: dict[tuple[str, str], tuple[WaitChanged | PastWaitsChanged, list[Record]]] = {}
        self._spans: list[Span] = []
        self.originated: list[datetime] = []

    def take(self, record: Record) -> None:
        """Read one record; what cannot be read is dead-lettered by name."""
        event = understood(self._batch, record, _SAID)
        if event is None:
            return
        self.originated.append(event.data.cause.receivedtime)
        if event.data.definition not in DEFINITIONS:
            self._batch.count(record, "not-read")
            return
        key = event.personkey, _part(event)
        before, read = self._said.get(key, (None, []))
        newest = event if before is None or event.data.revision > before.data.revision else before
        self._said[key] = newest, [*read, record]
        if before is not None:
            self._spans.append(blurred.between(before.data.cause.receivedtime, event.data.cause.receivedtime))

    async def write(self) -> Counter[str]:
        """Write what is newer than what was read before. Returns changes by provider; "": how people's spells stood in the past."""
        connection = self._batch.connection
        await blurred.note(connection, self._spans)
        new = await records.newer(connection, {key: event.data.revision for key, (event, _) in sorted(self._said.items())})
        spells: list[tuple[Part, Row]] = []
        past: list[tuple[Part, Row]] = []
        parts: list[Part] = []
        changes: Counter[str] = Counter()
        for key, (event, read) in self._said.items():
            for record in read:
                self._batch.count(record, "applied" if key in new else "superseded")
            if key in new:
                parts.append(Part(*key, event.data.cause.receivedtime))
                changes[event.data.provider if isinstance(event, WaitChanged) else ""] += 1
                if isinstance(event, WaitChanged):
                    spells += [(parts[-1], row) for row in _now(event.data)]
                else:
                    spells += [(parts[-1], row) for row in _then(event)]
                    past += [(parts[-1], row) for row in _until(event)]
        await records.keep(connection, "spell", parts, spells)
        await records.keep(connection, "past", [one for one in parts if one.part.endswith("|past")], past)
        return changes


def _part(event: WaitChanged | PastWaitsChanged) -> str:
    data = event.data
    return f"{data.definition}@{data.definition_version}|{data.spell_id if isinstance(data, Wait) else 'past'}"


def _now(wait: Wait) -> list[Row]:
    if wait.change == "withdrawn":
        return []
    closed = wait.end is not None if wait.closed is None else wait.closed
    return [_row(wait, closed, wait.parts or [], wait) | {"fact": "", "after": ALWAYS, "until": OPEN}]


def _then(event: PastWaitsChanged) -> list[Row]:
    return [
        _row(wait, wait.closed, wait.parts, event.data)
        | {"fact": f"{period.until}|{wait.spell_id}", "after": period.after or ALWAYS, "until": period.until}
        for period in event.data.periods
        for wait in period.waits
    ]


def _until(event: PastWaitsChanged) -> list[Row]:
    data = event.data
    if not data.periods:
        return []
    return [
        {
            "fact": "",
            "definition": data.definition,
            "definition_version": data.definition_version,
            "until": max(period.until for period in data.periods),
        }
    ]


def _row(wait: Wait | PastWait, closed: bool, parts: list[Member], under: Any) -> Row:
    met = {name: one.met_on for name, one in wait.components.items()}
    return {
        "definition": under.definition,
        "definition_version": under.definition_version,
        "spell_id": wait.spell_id,
        "provider": wait.provider,
        "start": wait.start,
        "end": wait.end,
        "closed": closed,
        "stop": wait.stop,
        "first_contact": met.get("first-contact"),
        "second_contact": met.get("second-contact"),
        "coordinator": met.get("care-coordinator"),
        "told_on": max([one.recorded_on for one in wait.components.values() if one.met_on == wait.stop and one.recorded_on], default=None),
        "team_types": sorted({team for part in parts for team in part.team_types}),
        "part_ids": [part.referral_id for part in parts],
        "part_starts": [part.start for part in parts],
        "part_ends": [part.end or OPEN for part in parts],
        "part_teams": [",".join(part.team_types) for part in parts],
    }
