"""The committed AsyncAPI document: what the models and the topic table print, by the rules of AsyncAPI 3."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft7Validator

from shared.events import asyncapi
from shared.events.catalogue import SENT_MODELS
from shared.events.contracts import CONTRACTS, Contract
from shared.events.topics import TOPICS

COMMITTED = Path(__file__).parents[2] / "docs" / "asyncapi.json"
DOCUMENT = asyncapi.document()


def official() -> Draft7Validator:
    """The schema that the AsyncAPI Initiative publishes, unchanged."""
    file = Path(__file__).parent / "asyncapi" / "3.0.0.json.gz"
    return Draft7Validator(json.loads(gzip.decompress(file.read_bytes())))


def test_the_committed_document_is_the_one_printed() -> None:
    assert COMMITTED.read_text("utf-8") == asyncapi.text(), f"docs/asyncapi.json is out of date: `{asyncapi.COMMAND}`"


def test_it_is_an_asyncapi_3_document() -> None:
    assert [f"{'/'.join(map(str, error.instance_path))}: {error.message[:200]}" for error in official().iter_errors(DOCUMENT)] == []


@pytest.mark.parametrize(
    "broken", [{"asyncapi": "2.6.0"}, {"channels": {"x": {"adress": "x"}}}, {"operations": {"x": {"action": "publish"}}}]
)
def test_what_is_no_asyncapi_3_document_is_found(broken: dict[str, Any]) -> None:
    assert not official().is_valid(DOCUMENT | broken)


def test_every_topic_is_a_channel_and_every_message_is_in_one() -> None:
    addresses = {channel["address"] for channel in DOCUMENT["channels"].values()}
    assert addresses == {"in.{ods}.v1", "receipts.{ods}.v1", "/v1/events", *(topic.name for topic in TOPICS)}
    spoken = {name for channel in DOCUMENT["channels"].values() for name in channel["messages"]}
    assert spoken == set(DOCUMENT["components"]["messages"]) == {one.name for one in CONTRACTS}
    assert set(DOCUMENT["channels"]["ingress"]["messages"]) == {f"{name}.sent" for name in SENT_MODELS}


def test_references_lead_somewhere() -> None:
    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
            return own.union(*(references(value) for value in node.values()))
        return set().union(*(references(value) for value in node)) if isinstance(node, list) else set()

    for reference in references(DOCUMENT):
        found: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_examples_fit_the_schemas_of_the_document(contract: Contract) -> None:
    schema = DOCUMENT["components"]["schemas"][contract.name]
    assert "$ref" not in json.dumps(schema)
    assert [error.message for example in contract.examples for error in Draft7Validator(schema).iter_errors(example)] == []
