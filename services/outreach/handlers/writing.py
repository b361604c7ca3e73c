"""What was computed of people, held against what stands: only what differs is written, and each task that changed is told of once."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from services.outreach import publish
from services.outreach.handlers.work import Computed
from services.outreach.publish import Told
from services.outreach.store import messages, rows
from services.outreach.store.rows import Key, Row
from shared.events.outreach import FollowUpChange, TaskCause
from shared.runtime.batch import write_outbox
from shared.runtime.database import Connection

About = Callable[[Row], Told | None]
"""What a worker's entry says of a task; None: nothing."""


class Before(NamedTuple):
    """The rows of some people as they stand, locked."""

    tasks: Mapping[Key, Row]
    standings: Mapping[str, Row]


async def write(
    connection: Connection,
    found: Mapping[str, Computed],
    before: Before,
    causes: Mapping[str, TaskCause],
    now: datetime,
    about: About | None = None,
) -> Counter[str]:
    """Write the rows that differ and tell of the tasks that changed. `about`: an entry, told of the tasks that it concerns.

    Returns changes by provider.
    """
    after = {rows.key(row): row for one in found.values() for row in one.tasks}
    changed = [row for key, row in after.items() if rows.differs(before.tasks.get(key), row)]
    changed_keys = {rows.key(row) for row in changed}
    touched = [row for row in after.values() if about and row["closed_on"] is None and rows.key(row) not in changed_keys and about(row)]
    gone = [row | {"outcome": "withdrawn"} for key, row in before.tasks.items() if key not in after]
    standing = {person: one.standing for person, one in found.items() if one.standing is not None}
    stand = [row for person, row in standing.items() if rows.differs(before.standings.get(person), row)]
    fallen = [person for person in before.standings if person not in standing]
    numbers = iter(await rows.revisions(connection, len(gone) + len(changed) + len(touched) + len(stand)))
    outgoing = []
    for row in (*gone, *changed, *touched):
        old = before.tasks.get(rows.key(row))
        row["revision"] = next(numbers)
        row["told"] = _told(old, row)
        what, said = _said(row, after, changed_keys, about)
        outgoing.append(publish.follow_up_changed(row, what, causes[row["personkey"]], now, said))
    for row in stand:
        row["revision"] = next(numbers)
    await rows.delete_tasks(connection, gone)
    await rows.write_tasks(connection, [*changed, *touched])
    await rows.delete_standings(connection, fallen)
    await rows.write_standings(connection, stand)
    await messages.stop(connection, {person: one.contact_stopped for person, one in found.items() if one.contact_stopped}, now)
    await write_outbox(connection, outgoing)
    changes = Counter(row["provider"] for row in (*gone, *changed, *touched))
    changes.update(provider for row in (*stand, *(before.standings[person] for person in fallen)) for provider in row["providers"])
    return changes


def _said(row: Row, after: Mapping[Key, Row], changed: set[Key], about: About | None) -> tuple[FollowUpChange, Told | None]:
    """What changed most tellingly: a task that is gone was stopped; one that an entry closed is closed, by what was entered."""
    if rows.key(row) not in after:
        return "stopped", None
    said = about(row) if about else None
    if rows.key(row) in changed and (said is None or row["closed_on"] is not None):
        return publish.change(row), said
    return (said.change if said else publish.change(row)), said


def _told(before: Row | None, after: Row) -> int:
    """What was told of a task holds while its dates do."""
    same = before is not None and all(before[name] == after[name] for name in ("invite_from", "due_on"))
    return before["told"] if before is not None and same else 0
