"""Care events as versions of records: what the records of a batch state, decoded and validated once for every service that reads them."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from shared.events import quick
from shared.events.catalogue import CANONICAL, TYPES
from shared.runtime.batch import Batch, Record
from shared.versions import MOVED, Document, Version, fold

MADE_HERE = "/clockstop/referrals"
"""The source of events that the front door makes itself, as when a record moves to another person: no provider is heard by them."""
NEW = frozenset({"applied", "superseded"})
"""Outcomes of versions that were not known."""
T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(instant: datetime) -> int:
    """An aware instant as whole microseconds since the epoch, exactly."""
    return (instant - _EPOCH) // _MICROSECOND


class Stated(NamedTuple):
    """One version of one record, as a care event states it."""

    record: Record
    personkey: str
    provider: str
    kind: str
    record_id: str
    version: Version
    received: datetime
    said_by: tuple[str | None, str | None]
    """Source and id of the event that says so: of what the front door made itself, of the event because of which it did."""
    moved_to: str | None
    """Of a void: the person under whom the record stands from now on."""


def understood(batch: Batch, record: Record, contract: TypeAdapter[T]) -> T | None:
    """What a record says by its contract, of which a newer minor version may say more; None: it cannot be read, and is dead-lettered by
    name."""  # fmt: skip
    if record.unreadable is not None:
        batch.dead_letter(record, "unreadable-record", detail=record.unreadable)
        return None
    try:
        return contract.validate_json(record.value or b"", extra="ignore")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        batch.dead_letter(record, "invalid", field=".".join(str(step) for step in first["loc"]), detail=first["msg"])
        return None


def read(batch: Batch, topics: Collection[str] | None = None) -> list[Stated]:
    """Decode and validate; what cannot be read is dead-lettered by name and stops nothing. `topics`: those of care events, if there are
    others in the batch."""  # fmt: skip
    stated = []
    for record in batch.records:
        if topics is not None and record.topic not in topics:
            continue
        event = quick.CANONICAL(record.value or b"") or understood(batch, record, CANONICAL)
        if event is None:
            continue
        kind, voided = TYPES[event.type].record.kind, TYPES[event.type].voided
        id_field = TYPES[event.type].record.id_field
        moved_to = event.data.moved_to if voided else None
        data = (MOVED if moved_to else None) if voided else orjson.loads(record.value or b"")["data"]
        instants = microseconds(event.recordedtime), microseconds(event.receivedtime)
        version: Version = [*instants, event.source, event.id, data]
        record_id = getattr(event.data, id_field) if id_field else ""
        because = event.cause if event.source == MADE_HERE and event.cause and event.cause.id else event
        said_by = because.source, because.id
        stated.append(Stated(record, event.personkey, event.data.provider, kind, record_id, version, event.receivedtime, said_by, moved_to))
    return stated


def taken(document: Document, one: Stated) -> str:
    """Fold one version into its person's document; what became of it: applied, superseded by one that stands, or a duplicate of it."""
    if fold(document, one.kind, one.provider, one.record_id, one.version):
        return "applied"
    held = document.get(f"{one.provider}|{one.kind}|{one.record_id}", [])
    return "duplicate" if any(version[2:4] == one.version[2:4] for version in held) else "superseded"
