"""Every record that can be read, and the models made from it: what a provider sends, and what is published inside.

A record's payload is written once (`Referral`, `Contact`, ...). From it come the sent form (payload and `person`), the canonical
form (payload alone), and their voided twins, as discriminated unions by `type` (a union without discriminator is 7 times slower).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model

from shared.events.assessments import Assessment, Score
from shared.events.contacts import Contact
from shared.events.envelope import STRICT, TOLERANT, Canonical, Envelope, Identifier, Ods, Payload
from shared.events.health import HealthCheck, Medication, Monitoring, PhysicalIntervention, Register, Vaccination
from shared.events.interventions import CarePlan, Intervention, Support
from shared.events.people import Merge, Person, PersonDetails, Preference
from shared.events.referrals import Assignment, Pause, Referral, Stay


class Record(NamedTuple):
    """One kind of record: name, payload, the field that identifies it within a provider (none where each person has one), topic."""

    kind: str
    payload: type[Payload]
    id_field: str | None
    topic: str


RECORDS: Mapping[str, Record] = {
    record.kind: record
    for record in (
        Record("referral", Referral, "referral_id", "referrals.v1"),
        Record("stay", Stay, "stay_id", "referrals.v1"),
        Record("assignment", Assignment, "assignment_id", "referrals.v1"),
        Record("pause", Pause, "pause_id", "referrals.v1"),
        Record("contact", Contact, "contact_id", "contacts.v1"),
        Record("assessment", Assessment, "activity_id", "assessments.v1"),
        Record("score", Score, "score_id", "assessments.v1"),
        Record("intervention", Intervention, "activity_id", "interventions.v1"),
        Record("care-plan", CarePlan, "plan_id", "interventions.v1"),
        Record("support", Support, "support_id", "interventions.v1"),
        Record("person", Person, None, "people.v1"),
        Record("register", Register, "entry_id", "people.v1"),
        Record("health-check", HealthCheck, "check_id", "people.v1"),
        Record("medication", Medication, "record_id", "people.v1"),
        Record("monitoring", Monitoring, "record_id", "people.v1"),
        Record("physical-intervention", PhysicalIntervention, "record_id", "people.v1"),
        Record("vaccination", Vaccination, "record_id", "people.v1"),
        Record("preference", Preference, None, "people.v1"),
        Record("merge", Merge, "merge_id", "people.v1"),
    )
}


ONE_EACH = tuple(record.kind for record in RECORDS.values() if record.id_field is None)
"""Kinds of which each person has one record at each provider."""
KEPT_WHOLE = frozenset({"care-plan", *ONE_EACH})
"""Kinds of which a person may keep some versions while others leave; `moved_to` says what stands (10-events)."""


def event_type(kind: str, *, voided: bool) -> str:
    """The CloudEvents type of a version of a record, as `cmh.referral.recorded.v1`."""
    return f"cmh.{kind}.{'voided' if voided else 'recorded'}.v1"


class Type(NamedTuple):
    """What a CloudEvents type says."""

    record: Record
    voided: bool


TYPES: Mapping[str, Type] = {event_type(r.kind, voided=v): Type(r, v) for r in RECORDS.values() for v in (False, True)}


def _tolerant(model: type[BaseModel]) -> type[BaseModel]:
    """The payload as read inside: the same fields, unknown ones ignored."""
    return type(model.__name__, (model,), {"model_config": TOLERANT, "__module__": model.__module__, "__doc__": model.__doc__})


def _models(record: Record) -> tuple[list[type[BaseModel]], list[type[BaseModel]]]:
    """(sent, canonical), each as [recorded, voided]."""
    name = record.kind.title().replace("-", "")
    ident: dict[str, Any] = {} if record.id_field is None else {record.id_field: (Identifier, ...)}
    person: dict[str, Any] = {"person": (PersonDetails, ...)}
    void: dict[str, Any] = {"provider": (Ods, ...), **ident}
    moved: dict[str, Any] = {"moved_to": (Annotated[str, Field(max_length=64)] | None, None)}
    payloads: list[tuple[str, type[BaseModel], type[BaseModel]]] = [
        ("Recorded", create_model(f"Sent{name}", __base__=record.payload, **person), _tolerant(record.payload)),
        (
            "Voided",
            create_model(f"Sent{name}Void", __config__=STRICT, **void, **person),
            create_model(f"{name}Void", __config__=TOLERANT, **void, **moved),
        ),
    ]
    sent: list[type[BaseModel]] = []
    canonical: list[type[BaseModel]] = []
    for suffix, told, inside in payloads:
        label: Any = (Literal[event_type(record.kind, voided=suffix == "Voided")], ...)
        told_fields: dict[str, Any] = {"type": label, "data": (told, ...)}
        inside_fields: dict[str, Any] = {"type": label, "data": (inside, ...)}
        sent.append(create_model(f"Sent{name}{suffix}", __base__=Envelope, **told_fields))
        canonical.append(create_model(f"{name}{suffix}", __base__=Canonical, **inside_fields))
    return sent, canonical


_BOTH = [_models(record) for record in RECORDS.values()]
SENT_MODELS: Mapping[str, type[BaseModel]] = dict(zip(TYPES, [m for sent, _ in _BOTH for m in sent], strict=True))
CANONICAL_MODELS: Mapping[str, type[BaseModel]] = dict(zip(TYPES, [m for _, canonical in _BOTH for m in canonical], strict=True))


def _union(models: Mapping[str, type[BaseModel]]) -> TypeAdapter[Any]:
    union: Any = None
    for model in models.values():
        union = model if union is None else union | model
    return TypeAdapter(Annotated[union, Field(discriminator="type")], config=ConfigDict(defer_build=True))


SENT: TypeAdapter[Any] = _union(SENT_MODELS)
"""What a provider sends; `SENT.validate_json(raw)` raises pydantic's ValidationError."""
CANONICAL: TypeAdapter[Any] = _union(CANONICAL_MODELS)
"""What the front door publishes and the ledger keeps."""
