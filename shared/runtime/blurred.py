"""Spans of time of which nobody can tell any more what was known of somebody: versions that were received before and after an instant
within them were taken in at once, or the later one first, and what stood between was never said.

A service that takes in notes them; who keeps what was known at an instant chooses one that lies in none."""  # fmt: skip

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from shared.runtime.database import Connection, columns, queries
from shared.runtime.stated import Stated
from shared.versions import Document

SQL = queries("shared.runtime", "sql/blurred.sql")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Span(NamedTuple):
    """From an instant on and up to another, which does not belong to it."""

    first: datetime
    last: datetime


def between(one: datetime, other: datetime) -> Span:
    """What is blurred where only one of two states of something is taken in."""
    return Span(min(one, other), max(one, other))


def spanned(documents: Mapping[str, Document], new: Iterable[Stated]) -> list[Span]:
    """What is blurred by taking in these versions at once; `documents` are those of the people concerned, with the versions in them."""
    earliest: dict[str, datetime] = {}
    latest: dict[str, datetime] = {}
    for one in new:
        earliest[one.personkey] = min(one.received, earliest.get(one.personkey, one.received))
        latest[one.personkey] = max(one.received, latest.get(one.personkey, one.received))
    found = []
    for person, first in earliest.items():
        known = max((version[1] for versions in documents.get(person, {}).values() for version in versions), default=0)
        last = max(latest[person], _EPOCH + timedelta(microseconds=known))
        found.append(Span(first, last))
    return found


async def note(connection: Connection, spans: Iterable[Span]) -> None:
    """Keep these, as few as cover the same instants, in the caller's transaction."""
    found: list[Span] = []
    for one in sorted(one for one in spans if one.last > one.first):
        if found and one.first <= found[-1].last:
            found[-1] = Span(found[-1].first, max(found[-1].last, one.last))
        else:
            found.append(one)
    if found:
        await connection.execute(SQL["note"], *columns(found))
