"""What the front door says: canonical events on the care topics, receipts to the provider."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from shared.events.catalogue import TYPES
from shared.events.receipts import Reason, Receipt, Verdict
from shared.events.topics import receipts

OWN_SOURCE = "/clockstop/referrals"


class Outgoing(NamedTuple):
    """One event for the outbox."""

    topic: str
    key: bytes
    value: bytes


@dataclass
class Told:
    """What a receipt says, its shape that of `Receipt`: one is made for each event, and a validated model takes five times as long."""

    source: str | None
    id: str | None
    verdict: Verdict
    flags: Sequence[str] = ()
    reason: Reason | None = None
    field: str | None = None
    detail: str | None = None
    canonical: str | None = None
    hashes: list[str] | None = None

    @property
    def model(self) -> Receipt:
        return Receipt.model_validate(self.__dict__ | {"flags": list(self.flags)}, strict=False)


def canonical(event: dict[str, Any], personkey: str, received: datetime) -> bytes:
    """The canonical event: as sent, without `person` (already taken out of `data`), with the pseudonym and the instant received."""
    return orjson.dumps({**event, "receivedtime": received, "personkey": personkey}, option=orjson.OPT_UTC_Z)


def merge_of(event: dict[str, Any], from_key: str, into_key: str) -> dict[str, Any]:
    """A merge as it is told inside: of personkeys, in the place of the local ids that only its sender may know."""
    return event | {"data": event["data"] | {"from": from_key, "into": into_key}}


def care_event(value: bytes, event_type: str, personkey: str) -> Outgoing:
    """A canonical event on the topic of its family, keyed by person: one person's events stay in order in one partition."""
    return Outgoing(TYPES[event_type].record.topic, personkey.encode(), value)


@lru_cache(maxsize=1024)
def _receipts_topic(provider: str) -> str:
    return receipts(provider).name


def receipt(provider: str, position: int, told: Told | Receipt, received: datetime) -> Outgoing:
    """A receipt on the provider's own topic; the shape is held against `EventReceived` by a test."""
    event = {
        "specversion": "1.0",
        "id": f"receipt-{position}",
        "source": OWN_SOURCE,
        "type": "cmh.event.received.v1",
        "time": received,
        "datacontenttype": "application/json",
        # absent when unset, but for the two that name the event: who reads a receipt can rely on them
        "data": {name: value for name, value in told.__dict__.items() if value is not None or name in {"source", "id"}},
    }
    return Outgoing(_receipts_topic(provider), (told.id or "").encode(), orjson.dumps(event, option=orjson.OPT_UTC_Z))
