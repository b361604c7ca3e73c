"""What `outreach` says: `cmh.follow-up.changed.v1`, one task as it is each time something about it changed."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

import orjson

from shared.events.outreach import FollowUpChange, TaskCause
from shared.events.topics import TOPICS

TOPIC = next(topic.name for topic in TOPICS if topic.name == "outreach.v1")
SOURCE = "/clockstop/outreach"
_COPIED = (
    "task_id", "personkey", "owner", "provider", "practice", "schedule", "element", "finding", "opened_on", "due_on", "closed_on",
    "outcome",
)  # fmt: skip
_CLOSED: dict[str, FollowUpChange] = {"done": "done", "declined": "declined", "unsuitable": "declined"}
"""By outcome; what ended in another way was stopped."""


class Told(NamedTuple):
    """What an entry says of a task: that somebody was tried, or answered, and what came of it."""

    change: FollowUpChange
    channel: str | None
    result: str | None
    made_on: date | None = None


def change(row: Mapping[str, Any]) -> FollowUpChange:
    """What there is to say of a task that is new or differs: how it closed, or that it is open, as it is now."""
    return "opened" if row["closed_on"] is None else _CLOSED.get(row["outcome"], "stopped")


def follow_up_changed(
    row: Mapping[str, Any], what: FollowUpChange, cause: TaskCause, now: datetime, told: Told | None = None
) -> tuple[str, bytes, bytes]:
    """(topic, key, value) of the event under the row's revision; the shape is held against `FollowUpChanged` by a test."""
    event = {
        "specversion": "1.0",
        "id": f"follow-up-{row['revision']}",
        "source": SOURCE,
        "type": "cmh.follow-up.changed.v1",
        "time": now,
        "datacontenttype": "application/json",
        "personkey": row["personkey"],
        "data": {name: row[name] for name in _COPIED if row[name] is not None}
        | {"revision": row["revision"], "change": what}
        | (
            {name: value for name, value in (("channel", told.channel), ("made_on", told.made_on), ("result", told.result)) if value}
            if told
            else {}
        )
        | {"cause": {name: value for name, value in cause.__dict__.items() if value is not None}},
    }
    return TOPIC, row["personkey"].encode(), orjson.dumps(event)


def dated(day: date, now: datetime) -> TaskCause:
    """The cause of what time alone brings about."""
    return TaskCause(kind="date", id=day.isoformat(), receivedtime=now)
