"""Receipts: what became of an event that a provider sent (03-front-door)."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel

from shared.events.envelope import TOLERANT, Derived


class Verdict(StrEnum):
    """What the front door decided about one event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"


class Flag(StrEnum):
    """Why an accepted event is odd."""

    FUTURE = "future-dated"
    LATE = "late"
    UNKNOWN_TEAM = "unknown-team"
    NO_MEDIUM = "attended-without-medium"
    OFF_SCALE = "score-outside-scale"
    UNKNOWN_PRACTICE = "unknown-practice"
    NO_READING = "recorded-without-reading"
    UNFIT = "reading-does-not-fit"
    OUTSIDE_MONTH = "outside-month"
    HISTORY = "history"


class Reason(StrEnum):
    """Why an event was refused or set aside; a closed list, one value each."""

    TOO_LARGE = "too-large"
    NOT_UTF8 = "not-utf8"
    NOT_JSON = "not-json"
    DUPLICATE_KEY = "duplicate-key"
    TOO_DEEP = "too-deep"
    BAD_NUMBER = "bad-number"
    BAD_TEXT = "bad-text"
    UNKNOWN_TYPE = "unknown-type"
    MISSING_FIELD = "missing-field"
    UNKNOWN_FIELD = "unknown-field"
    WRONG_TYPE = "wrong-type"
    TOO_LONG = "too-long"
    BAD_VALUE = "bad-value"
    UNKNOWN_CODE = "unknown-code"
    IMPOSSIBLE_DATE = "impossible-date"
    IMPOSSIBLE_READING = "impossible-reading"
    INVALID_NHS_NUMBER = "invalid-nhs-number"
    PROVIDER_MISMATCH = "provider-mismatch"
    UNREADABLE = "unreadable-record"
    OTHER_CONTENT = "same-id-other-content"
    NEWER_MAJOR = "newer-major"
    NOT_READ_YET = "record-not-read-yet"  # given no more; receipts from before every record was read carry it
    CUT_SHORT = "cut-short"
    NO_PARENT = "no-parent"


class Receipt(BaseModel):
    """One event's verdict. `canonical` is the canonical event's id; `hashes`, of a conflict: the first's and this one's."""

    model_config = TOLERANT
    source: str | None
    id: str | None
    verdict: Verdict
    flags: list[Flag] = []
    reason: Reason | None = None
    field: str | None = None
    detail: str | None = None
    canonical: str | None = None
    hashes: list[str] | None = None


class EventReceived(Derived):
    """`cmh.event.received.v1` on `receipts.<ods>.v1`, readable by that provider alone."""

    type: Literal["cmh.event.received.v1"] = "cmh.event.received.v1"
    data: Receipt
