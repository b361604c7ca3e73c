"""Tasks and standings as rows: read under the lock of their person, written back in one statement each. In the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from services.outreach.rules.past import Past
from services.outreach.rules.standing import Standing
from services.outreach.rules.tasks import Task
from services.outreach.store.people import SQL
from shared.runtime.database import Connection, columns

Row = dict[str, Any]
"""One row of `task` or `standing`, by column."""
Key = tuple[str, str]
"""Person and task id."""
_TASK = (
    "task_id", "schedule", "schedule_version", "element", "finding", "anchor", "origin", "provider", "owner", "practice", "opened_on",
    "invite_from", "due_on", "closed_on", "outcome", "closed_by", "stopped_because",
)  # fmt: skip
_STANDING = (
    "on_register", "entered_on", "left_on", "practice", "owner", "birth_date", "death_date", "ethnicity", "lsoa", "complete",
    "complete_until", "due_on", "hidden_until", "attempts", "last_channel", "last_result", "last_attempt_on", "language", "contact_stopped",
)  # fmt: skip
_LISTS = ("providers", "conditions", "missing", "declined", "channels", "formats")


def key(row: Row) -> Key:
    """What names a task."""
    return row["personkey"], row["task_id"]


def of_task(personkey: str, task: Task) -> Row:
    """The row of a computed task, without the columns that say what was told of it."""
    return {"personkey": personkey} | {name: getattr(task, name) for name in _TASK}


def of_standing(personkey: str, standing: Standing, *, automatic: bool) -> Row:
    """The row of a computed standing, without its revision."""
    elements = {
        name: {"on": one.on, "status": one.status, "due_on": one.due_on, "provider": one.provider}
        for name, one in sorted(standing.elements.items())
    }
    step = standing.next_step
    return (
        {"personkey": personkey, "elements": orjson.dumps(elements).decode(), "automatic": automatic}
        | {name: getattr(standing, name) for name in _STANDING}
        | {name: list(getattr(standing, name)) for name in _LISTS}
        | {"next_channel": step and step.channel, "next_on": step and step.on, "next_why": step and step.why}
    )


def of_past(past: Past) -> Row:
    """What the row of a standing says of every day until now."""
    return {
        "registered_from": [since for since, _ in past.registered],
        "registered_until": [until for _, until in past.registered],
        "complete_from": [since for since, _ in past.complete],
        "completed_until": [until for _, until in past.complete],
        "checked_on": list(past.checked_on),
        "influenza_on": past.influenza_on,
        "covid_19_on": past.covid_19_on,
    }


async def tasks_of(connection: Connection, people: Sequence[str]) -> dict[Key, Row]:
    """The tasks of these people as they stand, locked."""
    found = (dict(row) for row in await connection.fetch(SQL["tasks_of"], people))
    return {key(row): row for row in found}


async def standings_of(connection: Connection, people: Sequence[str]) -> dict[str, Row]:
    """The standings of these people, by person, locked."""
    return {row["personkey"]: dict(row) for row in await connection.fetch(SQL["standings_of"], people)}


async def revisions(connection: Connection, count: int) -> list[int]:
    """New revisions, ascending."""
    return sorted([row["revision"] for row in await connection.fetch(SQL["revisions"], count)]) if count else []


async def write_tasks(connection: Connection, rows: Sequence[Row]) -> None:
    """Insert or replace tasks."""
    if rows:
        await connection.execute(SQL["write_tasks"], orjson.dumps(rows).decode())


async def delete_tasks(connection: Connection, gone: Sequence[Row]) -> None:
    """Remove the tasks that nothing opens any more."""
    if gone:
        await connection.execute(SQL["delete_tasks"], *columns([key(row) for row in gone]))


async def write_standings(connection: Connection, rows: Sequence[Row]) -> None:
    """Insert or replace standings."""
    if rows:
        stated = [row | {"elements": orjson.Fragment(row["elements"])} for row in rows]
        await connection.execute(SQL["write_standings"], orjson.dumps(stated).decode())


async def delete_standings(connection: Connection, people: Sequence[str]) -> None:
    """Remove the standings of people who were on no register, as is known now."""
    if people:
        await connection.execute(SQL["delete_standings"], people)


async def heard(connection: Connection, received: Mapping[str, datetime], changes: Mapping[str, int]) -> None:
    """When each provider was last heard, and how many of its tasks and people changed."""
    providers = sorted({*received, *changes})
    if providers:
        values = [received.get(one) for one in providers], [changes.get(one, 0) for one in providers]
        await connection.execute(SQL["heard"], providers, *values)


def differs(before: Row | None, after: Row) -> bool:
    """Whether a computed row says anything else than the stored one."""
    return before is None or any(before[name] != value for name, value in after.items())


def gone(before: Iterable[Key], after: Mapping[Key, Row]) -> list[Key]:
    """What stood and is no more."""
    return [one for one in before if one not in after]
