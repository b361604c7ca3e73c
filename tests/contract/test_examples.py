"""The examples: good ones are taken and made canonical just so, bad ones get the verdict, the reason and the field they say."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from pydantic import BaseModel

from services.referrals import publish as referrals
from services.referrals.handlers.judge import Incoming, Judged, Refusal, judge
from services.referrals.rules.decoding import split
from services.referrals.store.reference import Reference
from services.waits import publish as waits
from services.waits.rules import reference as clock_reference
from services.waits.rules.clock import clocks
from services.waits.rules.facts import facts
from services.waits.store import pathways
from services.waits.store.definitions import definition
from shared.clock import london_date
from shared.events.catalogue import CANONICAL, CANONICAL_MODELS, SENT_MODELS, TYPES
from shared.events.contracts import CONTRACTS, Contract
from shared.events.envelope import MadeBecause
from shared.events.people import PersonDetails
from shared.events.receipts import EventReceived, Flag, Reason, Receipt
from shared.events.waits import Cause, WaitChanged
from shared.runtime.stated import microseconds
from shared.versions import Document, fold
from tests.contract.examples import PEOPLE, PROVIDER, RECEIVED, Event, Odd, Refused, good, names, odd, refused

REFERENCE = Reference(frozenset({"A06", "A08"}), {"718612000": (0, 40)}, frozenset({"XG0101"}))
NOT_OF_ONE_EVENT = {Reason.UNREADABLE, Reason.OTHER_CONTENT, Reason.NOT_READ_YET, Reason.CUT_SHORT, Reason.NO_PARENT}
"""What the Kafka client could not hand over, what takes two events (the front door's own tests show them), what older receipts say, and
what only a file's row can be."""
OF_FILES = {Flag.OUTSIDE_MONTH, Flag.HISTORY}


def judged(raw: bytes) -> Judged | Refusal:
    return judge(Incoming(PROVIDER, raw), RECEIVED, REFERENCE)


def test_every_form_of_every_event_has_examples() -> None:
    assert names() == {contract.name for contract in CONTRACTS}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_todays_model_reads_yesterdays_examples(contract: Contract) -> None:
    for event in good(contract.name):
        contract.model.model_validate_json(orjson.dumps(event))


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_the_examples_of_a_type_show_every_field(contract: Contract) -> None:
    shown = {path for event in good(contract.name) for path in paths(contract.model.model_validate_json(orjson.dumps(event)))}
    if contract.event_type != "cmh.person.recorded.v1":  # once is enough to show who somebody is
        shown |= {f"data.person.{name}" for name in PersonDetails.model_fields}
    if contract.event_type != "cmh.person.voided.v1":  # and what an event looks like that the front door made
        shown |= {"data.moved_to", "cause", *(f"cause.{name}" for name in MadeBecause.model_fields)}
    assert fields(contract.schema, contract.schema) <= shown


def paths(model: BaseModel, prefix: str = "") -> list[str]:
    """The path of every field that was given, those of lists without their index."""
    found = []
    for name in model.model_fields_set:
        value, path = getattr(model, name), f"{prefix}{type(model).model_fields[name].alias or name}"
        found.append(path)
        for item in value if isinstance(value, list) else value.values() if isinstance(value, dict) else [value]:
            found += paths(item, f"{path}.") if isinstance(item, BaseModel) else []
    return found


def fields(schema: Event, root: Event, prefix: str = "") -> set[str]:
    """The path of every field that a schema has, in the same notation."""
    if "$ref" in schema:
        return fields(root["$defs"][schema["$ref"].rpartition("/")[2]], root, prefix)
    found = {prefix + name for name in schema.get("properties", {})}
    for name, inner in schema.get("properties", {}).items():
        found |= fields(inner, root, f"{prefix}{name}.")
    for inner in (schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", [])):
        found |= fields(inner, root, prefix) if isinstance(inner, dict) else set()
    return found


@pytest.mark.parametrize("event_type", SENT_MODELS)
def test_a_good_event_is_taken_without_a_flag_and_made_canonical(event_type: str) -> None:
    made = []
    for event in good(f"{event_type}.sent"):
        taken = judged(orjson.dumps(event))
        assert isinstance(taken, Judged), taken
        assert taken.flags == []
        told = taken.event
        if event_type == "cmh.merge.recorded.v1":
            told = referrals.merge_of(told, PEOPLE[told["data"]["from"]], PEOPLE[told["data"]["into"]])
        made.append(orjson.loads(referrals.canonical(told, PEOPLE[taken.details["local_id"]], RECEIVED)))
    assert made == [event for event in good(f"{event_type}.canonical") if "cause" not in event]
    assert {referrals.care_event(b"", event_type, "").topic} == {TYPES[event_type].record.topic}


@pytest.mark.parametrize("case", refused(), ids=lambda case: case.name)
def test_bad_input_gets_its_verdict(case: Refused) -> None:
    refusal = judged(case.raw)
    assert isinstance(refusal, Refusal)
    assert (refusal.verdict, Reason(refusal.reason), refusal.field) == case[2:]
    assert refusal.detail
    assert len(refusal.detail) <= 300


@pytest.mark.parametrize("case", [case for case in refused() if b"\n" not in case.raw and case.raw], ids=lambda case: case.name)
def test_bad_input_in_one_line_leaves_the_next_line_whole(case: Refused) -> None:
    event = orjson.dumps(good("cmh.referral.recorded.v1.sent")[0])
    assert split(case.raw + b"\n" + event, lines=True) == [case.raw, event]


def test_every_reason_that_one_event_can_cause_is_shown() -> None:
    assert {case.reason for case in refused()} == set(Reason) - NOT_OF_ONE_EVENT


@pytest.mark.parametrize("case", odd(), ids=lambda case: case.name)
def test_odd_events_are_taken_and_flagged(case: Odd) -> None:
    taken = judged(case.raw)
    assert isinstance(taken, Judged), taken
    assert [Flag(flag) for flag in taken.flags] == case.flags


def test_every_flag_is_shown() -> None:
    assert {flag for case in odd() for flag in case.flags} == set(Flag) - OF_FILES


VALUES: list[Any] = [
    "1720137600", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2024-07-05T08:00:00z", "2024-07-05T08:00:00.123456789Z",
    "2024-07-05", "1900-01-01", "09:00", "09:00Z", "86399", "R 1", "", "\ufeff", "e\u0301", "x" * 3000,
    None, True, -1, 10**17, 0.5, 1e308, [], {}, [None], {"a": 1},
]  # fmt: skip


@pytest.mark.parametrize("event_type", SENT_MODELS)
def test_whatever_stands_in_a_field_is_judged_and_what_is_taken_can_be_read_on(event_type: str) -> None:
    for place in range(len(list(_holders(good(f"{event_type}.sent")[0])))):
        for value in VALUES:
            event = good(f"{event_type}.sent")[0]
            holder, name = list(_holders(event))[place]
            holder[name] = value
            taken = judged(json.dumps(event).encode())
            if isinstance(taken, Refusal):
                assert Reason(taken.reason) in set(Reason) - NOT_OF_ONE_EVENT
            else:
                assert taken.recorded.astimezone(UTC) <= RECEIVED + timedelta(days=1)
                canonical = orjson.loads(referrals.canonical(taken.event, PEOPLE["P1"], RECEIVED))
                assert datetime.fromisoformat(canonical["recordedtime"]) == taken.recorded
                facts(_document([canonical]))


def _holders(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a JSON value that holds another one."""
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield value, name
        yield from _holders(inner)


def _document(events: list[Event]) -> Document:
    """One person's pathway, of canonical events."""
    document: Document = {}
    for event in events:
        read, (record, voided) = CANONICAL.validate_json(orjson.dumps(event)), TYPES[event["type"]]
        instants = (microseconds(read.recordedtime), microseconds(read.receivedtime))
        record_id = event["data"][record.id_field] if record.id_field else ""
        fold(document, record.kind, PROVIDER, record_id, [*instants, read.source, read.id, None if voided else event["data"]])
    return document


def test_the_wait_events_are_what_is_said_of_the_examples() -> None:
    known = clock_reference.Reference(
        members=[("1853441000000109", "DEMO-ASSESS-1", None, None), ("1853461000000105", "718026005", None, None)],
        tools=[("718612000", "CORE-OM", None, None)],
    )
    events = [event for event_type in CANONICAL_MODELS for event in good(f"{event_type}.canonical")]
    pathway = facts(_document([event for event in events if event["personkey"] == PEOPLE["P1"]]))
    computed = clocks(pathway, known, definition("national-2024"), london_date(RECEIVED))
    rows = {clock.spell_id: pathways.row(PEOPLE["P1"], clock) for clock in computed}
    told = []
    for example in good("cmh.wait.changed.v1.derived"):
        stated = WaitChanged.model_validate_json(orjson.dumps(example))
        topic, key, value = waits.wait_changed(
            rows[stated.data.spell_id],
            stated.data.change,
            Cause.model_validate(stated.data.cause),
            stated.data.revision,
            stated.time,
        )
        assert (topic, key) == ("waits.v1", PEOPLE["P1"].encode())
        told.append(orjson.loads(value))
    assert told == good("cmh.wait.changed.v1.derived")


def test_the_receipts_are_as_they_are_published() -> None:
    told: list[Any] = []
    for example in good("cmh.event.received.v1.derived"):
        receipt = EventReceived.model_validate_json(orjson.dumps(example))
        position = int(receipt.id.removeprefix("receipt-"))
        sent = referrals.receipt(PROVIDER, position, Receipt.model_validate(receipt.data), receipt.time)
        assert sent.topic == "receipts.rxx.v1"
        told.append(orjson.loads(sent.value))
    assert told == good("cmh.event.received.v1.derived")
