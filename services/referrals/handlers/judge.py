"""Judging one event alone: decode, validate, bind to its provider. Whether its referral is known is for `waits` to say."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, NamedTuple, get_args

import orjson
from nhs_number.validate import is_valid
from pydantic import BaseModel, ValidationError

from services.referrals.rules.decoding import MAX_BYTES, MAX_DEPTH, Refused, decode, field_name
from services.referrals.rules.plausibility import Dated, Moment, impossible_date, miswritten, moments, odd
from services.referrals.rules.readings import impossible_reading
from services.referrals.store.reference import Reference
from shared.clock import london_date
from shared.events import quick
from shared.events.catalogue import RECORDS, SENT, TYPES, Record
from shared.events.receipts import Flag, Reason, Verdict

_TYPE = re.compile(r"cmh\.([a-z-]+)\.(recorded|voided)\.v([1-9][0-9]{0,3})")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_today = lru_cache(maxsize=16)(london_date)  # asked for each event of a batch
_SPACE = b" \t\r\n"
_PRINTED = re.compile(r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}")
_REASONS = {
    "missing": Reason.MISSING_FIELD,
    "extra_forbidden": Reason.UNKNOWN_FIELD,
    "literal_error": Reason.UNKNOWN_CODE,
    "string_too_long": Reason.TOO_LONG,
    "too_long": Reason.TOO_LONG,
}
_REMEDIES = {
    Reason.MISSING_FIELD: "add it",
    Reason.UNKNOWN_FIELD: "leave it out, or check its spelling in the event catalogue",
    Reason.UNKNOWN_CODE: "use one of the codes named",
}


def _dated(model: type[BaseModel]) -> Iterator[tuple[str, "type[date | time] | Dated"]]:
    """Where a payload has dates, times of day, or objects with them, under the names of the wire."""
    for name, field in model.model_fields.items():
        for part in _parts(field.annotation):
            if part in {date, time}:
                yield field.alias or name, part
            elif isinstance(part, type) and issubclass(part, BaseModel) and (inner := tuple(_dated(part))):
                yield field.alias or name, inner


def _parts(annotation: Any) -> Iterator[Any]:
    """What a type is put together from, as `date` and `None` of `date | None`."""
    inner = get_args(annotation)
    if not inner:
        yield annotation
    for part in inner:
        yield from _parts(part)


DATED: Mapping[str, Dated] = {kind: tuple(_dated(record.payload)) for kind, record in RECORDS.items()}

_NO_NHS_NUMBER = Refused(
    Reason.INVALID_NHS_NUMBER, "data.person.nhs_number", "not a valid NHS number (ten digits, modulus 11): correct it, or leave it out"
)


class Incoming(NamedTuple):
    """One event as it came: the provider that the topic or the API key is bound to, and the bytes.

    `at_its_time`: whether it should come as it happens; of what an extract repeats it says nothing that it comes late.
    """

    provider: str
    raw: bytes
    at_its_time: bool = True


@dataclass(slots=True)
class Judged:
    """An event that may be accepted. `event` is the JSON as sent; `details` its `person` part."""

    event: dict[str, Any]
    record: Record
    voided: bool
    record_id: str
    details: dict[str, Any]
    nhs_number: str | None
    hash: bytes
    recorded: datetime
    flags: list[str]


class Refusal(NamedTuple):
    """An event that is not accepted now: rejected, or quarantined."""

    verdict: Verdict
    reason: str
    field: str | None
    detail: str
    source: str | None = None
    id: str | None = None
    type: str | None = None


def judge(incoming: Incoming, received: datetime, reference: Reference) -> Judged | Refusal:
    """What this event is, judged alone at the instant `received`. Never raises on bad input."""
    usual = _quick(incoming.raw)
    decoded = usual or decode(incoming.raw)
    if isinstance(decoded, Refused):
        return Refusal(Verdict.REJECTED, *decoded)
    if not usual or (model := quick.SENT(incoming.raw)) is None:
        if (early := _unknown_type(decoded.get("type"))) is not None:
            return Refusal(*early, *_named(decoded))
        try:
            model = SENT.validate_json(incoming.raw)
        except ValidationError as error:
            return Refusal(Verdict.REJECTED, *_explain(error), *_named(decoded))
    record, voided = TYPES[model.type]
    facts = decoded["data"]
    given = facts["person"].get("nhs_number")
    number = None if given is None else nhs_digits(given)
    found, today = [] if voided else moments(facts, DATED[record.kind]), _today(received)
    refused = _miswritten(decoded, found) or _foreign(incoming, model, facts) or _impossible(model, record, facts, found, received, today)
    if refused is not None:
        return Refusal(Verdict.REJECTED, *refused, *_named(decoded))
    if given is not None and number is None:
        return Refusal(Verdict.REJECTED, *_NO_NHS_NUMBER, *_named(decoded))
    known = reference.team_types, reference.scales, reference.practices
    flags = odd(record.kind, facts, found, model.recordedtime, received, today, *known)
    if not incoming.at_its_time:
        flags = [flag for flag in flags if flag != Flag.LATE]
    details = facts.pop("person")
    return Judged(
        event=decoded,
        record=record,
        voided=voided,
        record_id=facts[record.id_field] if record.id_field else "",
        details=details,
        nhs_number=number,
        hash=_content_hash(decoded, details),
        recorded=model.recordedtime,
        flags=flags,
    )


def _quick(raw: bytes) -> dict[str, Any] | None:
    """The usual event by a faster reader, or None where the strict one must look.

    What was read says, written again, what was sent, but for white space: then no key stood twice and no number was rounded. Without a
    backslash no string hides a control character or half a surrogate pair; DEL and C1 (0xC2 and more) are left to the strict one.
    """
    if len(raw) > MAX_BYTES or b"\\" in raw or b"\x7f" in raw or b"\xc2" in raw or raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        return None
    try:
        found = orjson.loads(raw)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    again = orjson.dumps(found)
    return found if again == raw or again.translate(None, _SPACE) == raw.translate(None, _SPACE) else None


def _named(decoded: dict[str, Any]) -> tuple[str | None, ...]:
    """A refused event is named as it names itself, bounded: that may be anything."""
    return tuple(value[:200] if isinstance(value := decoded.get(name), str) else None for name in ("source", "id", "type"))


def _unknown_type(name: Any) -> tuple[Verdict, str, str, str] | None:
    """Known to no model: a later major is kept in quarantine; anything else is rejected."""
    if not isinstance(name, str) or name in TYPES:
        return None  # a missing type is named by the validation
    if (match := _TYPE.fullmatch(name)) and f"cmh.{match[1]}.{match[2]}.v1" in TYPES:
        return (
            Verdict.QUARANTINED,
            Reason.NEWER_MAJOR,
            "type",
            f"major version {match[3]} is ahead of ours: kept, and judged after an upgrade",
        )
    return Verdict.REJECTED, Reason.UNKNOWN_TYPE, "type", f"{name[:80]!r} is no type of the event catalogue"


def _miswritten(event: dict[str, Any], found: list[Moment]) -> Refused | None:
    """A date or an instant in another notation. The validator also takes "1719792000"; who reads the text after us does not."""
    for name in ("recordedtime", "time"):
        if (text := event.get(name)) is not None and not _INSTANT.fullmatch(text):
            return Refused(Reason.BAD_VALUE, name, "write an instant as 2024-07-01T09:00:00+01:00, or with Z")
    if (field := miswritten(found)) is not None:
        return Refused(Reason.BAD_VALUE, f"data.{field}", "write a date as 2024-07-01, a time of day as 09:00 or 09:00:00")
    return None


def _foreign(incoming: Incoming, model: Any, facts: dict[str, Any]) -> Refused | None:
    """An event of another provider than the one who sends."""
    provider = incoming.provider
    if facts["provider"] != provider:
        return Refused(Reason.PROVIDER_MISMATCH, "data.provider", f"{facts['provider']} is not the sender, {provider}")
    if model.source.split("/")[1] != provider:
        return Refused(
            Reason.PROVIDER_MISMATCH, "source", f"{model.source} does not belong to the sender, {provider}: use /{provider}/<system>"
        )
    return None


def _impossible(model: Any, record: Record, facts: dict[str, Any], found: list[Moment], received: datetime, today: date) -> Refused | None:
    if (wrong := impossible_date(record.kind, facts, found, model.recordedtime, received, today)) is not None:
        return Refused(Reason.IMPOSSIBLE_DATE, *wrong)
    if record.kind == "health-check" and (reading := impossible_reading(facts.get("readings") or ())) is not None:
        return Refused(Reason.IMPOSSIBLE_READING, *reading)
    return _not_a_merge(facts) if record.kind == "merge" and "into" in facts else None


def _not_a_merge(facts: dict[str, Any]) -> Refused | None:
    """A merge that joins nobody, or one that is sent for a third person."""
    if facts["from"] == facts["into"]:
        return Refused(Reason.BAD_VALUE, "data.into", "the same id as `from`: a merge joins two local ids")
    if facts["person"]["local_id"] not in {facts["from"], facts["into"]}:
        return Refused(Reason.BAD_VALUE, "data.person.local_id", "a merge is sent for the person that it joins: write the id of `into`")
    return None


@lru_cache(maxsize=4096)  # a person's events come together
def nhs_digits(given: str) -> str | None:
    """The ten digits of a valid NHS number, or None. The library accepts all zeros, full-width digits and a trailing new line."""
    digits = given.replace(" ", "").replace("-", "")
    return digits if _PRINTED.fullmatch(given) and len(set(digits)) > 1 and is_valid(digits) else None


def _content_hash(event: dict[str, Any], details: dict[str, Any]) -> bytes:
    """SHA-256 over the sorted-key JSON of type, recordedtime and data as sent (10-events)."""
    content = {"type": event["type"], "recordedtime": event["recordedtime"], "data": event["data"] | {"person": details}}
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


def _explain(error: ValidationError) -> Refused:
    """The first fault in plain words, with the field's path as the sender wrote it."""
    first = error.errors(include_url=False, include_input=False)[0]
    kind, context = first["type"], first.get("ctx", {})
    if kind == "union_tag_not_found":
        return Refused(Reason.MISSING_FIELD, "type", "Field required: add it")
    if kind == "union_tag_invalid":
        return Refused(Reason.WRONG_TYPE, "type", "Input should be text: use one of the types of the event catalogue")
    reason = _REASONS.get(kind, Reason.WRONG_TYPE if kind.endswith("_type") else Reason.BAD_VALUE)
    if kind.endswith("_parsing") and str(context.get("error")).startswith(("day ", "month ", "year ")):
        reason = Reason.IMPOSSIBLE_DATE  # well written, but there is no 30 February
    # steps that are no field: the union's tag, which is the event's type, and the branches of a field's union
    steps = [step for step in first["loc"] if step != "float"]
    path = [name for step in steps if (name := field_name(step) if isinstance(step, str) else str(step)) != "?"]
    if (field := context.get("field")) and kind == "missing":
        path.append(str(field))
    remedy = f": {_REMEDIES[reason]}" if reason in _REMEDIES else ""
    return Refused(reason, ".".join(path)[:200] or None, f"{first['msg']}{remedy}"[:300])
