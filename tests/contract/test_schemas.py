"""Every form of every event has its golden schema, and no change of a model refuses what was agreed before."""

from pathlib import Path
from typing import Any

import pytest

from shared.events.contracts import CONTRACTS, Contract
from tests.contract import golden
from tests.contract.compatibility import breaks
from tests.contract.examples import merged
from tests.contract.golden import COMMAND


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_the_golden_schema_is_that_of_the_model(contract: Contract) -> None:
    agreed = golden.golden(contract)
    assert agreed is not None, f"{contract.name} has no golden schema: `{COMMAND}` writes it"
    assert agreed == contract.schema, f"{contract.name} is not its golden schema any more: look at the change, then `{COMMAND}`"


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_no_model_refuses_what_was_agreed(contract: Contract) -> None:
    assert golden.broken(contract) == [], "a breaking change: it needs a new major type, beside the old one"


def test_no_agreed_type_is_gone() -> None:
    assert golden.orphans() == [], "a type that was agreed has no model any more"


def test_renewing_writes_what_is_missing_and_leaves_what_would_break(tmp_path: Path) -> None:
    assert list(golden.renew(tmp_path)) == []
    referral = next(contract for contract in CONTRACTS if contract.name == "cmh.referral.recorded.v1.canonical")
    file = tmp_path / f"{referral.name}.json"
    assert file.read_text("utf-8") == (golden.FOLDER / file.name).read_text("utf-8")
    wider = file.read_text("utf-8").replace('"required": [\n        "provider",', '"required": [')
    file.write_text(wider, "utf-8")
    (tmp_path / "cmh.forgotten.recorded.v1.sent.json").write_text("{}", "utf-8")
    assert list(golden.renew(tmp_path)) == [
        "cmh.referral.recorded.v1.canonical: data.provider must now be there (referrals.v1 is read by waits, outreach, reporting)",
        "cmh.forgotten.recorded.v1.sent: its model is gone",
    ]
    assert file.read_text("utf-8") == wider


AGREED: dict[str, Any] = {
    "$defs": {"Team": {"type": "object", "properties": {"type": {"type": "string"}}, "additionalProperties": False}},
    "type": "object",
    "properties": {
        "id": {"type": "string", "maxLength": 64},
        "on": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
        "priority": {"enum": ["1", "2"], "type": "string"},
        "value": {"type": "integer"},
        "teams": {"type": "array", "items": {"$ref": "#/$defs/Team"}},
        "met": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["id"],
}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"required": ["id", "on"]}, "on must now be there"),
        ({"properties": {"value": None}}, "value is gone"),
        ({"properties": {"id": {"maxLength": 32}}}, "id maxLength was 64, is 32"),
        ({"properties": {"id": {"minLength": 1}}}, "id minLength was absent, is 1"),
        ({"properties": {"id": {"pattern": "^R"}}}, "id pattern was absent, is ^R"),
        ({"properties": {"value": {"maximum": 9}}}, "value maximum was absent, is 9"),
        ({"properties": {"value": {"type": "string"}}}, "value was integer, is string"),
        ({"properties": {"value": {"enum": [1]}}}, "value is narrowed to 1"),
        ({"properties": {"priority": {"enum": ["1"]}}}, "priority no longer takes 2"),
        ({"properties": {"on": {"anyOf": [{"type": "string", "format": "date"}]}}}, "on no longer takes null"),
        ({"properties": {"on": {"anyOf": [{"type": "string", "format": "time"}, {"type": "null"}]}}}, "on format was date, is time"),
        ({"properties": {"teams": {"maxItems": 5}}}, "teams maxItems was absent, is 5"),
        ({"$defs": {"Team": {"properties": {"type": {"maxLength": 3}}}}}, "teams[].type maxLength was absent, is 3"),
        ({"$defs": {"Team": {"required": ["type"]}}}, "teams[].type must now be there"),
        ({"properties": {"met": {"additionalProperties": {"maxLength": 9}}}}, "met.* maxLength was absent, is 9"),
        ({"additionalProperties": False}, "the event no longer takes further fields"),
    ],
)
def test_a_breaking_change_is_named(change: dict[str, Any], told: str) -> None:
    assert breaks(AGREED, merged(AGREED, change)) == [told]
    assert breaks(AGREED, AGREED) == []


@pytest.mark.parametrize(
    "change",
    [
        {"properties": {"new": {"type": "string"}}},
        {"required": []},
        {"properties": {"id": {"maxLength": 100}}},
        {"properties": {"priority": {"enum": ["1", "2", "3"]}}},
        {"properties": {"value": {"type": "number"}}},
        {"properties": {"value": {"anyOf": [{"type": "integer"}, {"type": "null"}], "type": None}}},
        {"$defs": {"Team": {"properties": {"name": {"type": "string"}}, "additionalProperties": True}}},
    ],
)
def test_what_takes_more_breaks_nothing(change: dict[str, Any]) -> None:
    assert breaks(AGREED, merged(AGREED, change)) == []
