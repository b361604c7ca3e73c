"""Every contract on the wire: a form of a type of event, its model, its topic. Schemas, documents and pages are made from here."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from shared.events.catalogue import CANONICAL_MODELS, SENT_MODELS, TYPES
from shared.events.outreach import FollowUpChanged
from shared.events.receipts import EventReceived
from shared.events.returns import ReturnChanged
from shared.events.topics import TOPICS, Topic, ingress, receipts
from shared.events.waits import PastWaitsChanged, WaitChanged
from shared.events.words import meaning

TIME_OF_DAY = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"
ANY = "RXX"
"""A provider that stands for each of them."""
_BY_NAME = {topic.name: topic for topic in TOPICS}


class Contract(NamedTuple):
    """One form of one type of event: as sent by a provider, as published inside (canonical), or as stated by ourselves (derived)."""

    event_type: str
    form: str
    model: type[BaseModel]
    topic: Topic

    @property
    def name(self) -> str:
        return f"{self.event_type}.{self.form}"

    @property
    def schema(self) -> dict[str, Any]:
        return self.model.model_json_schema(schema_generator=_Untitled)

    @property
    def described(self) -> dict[str, Any]:
        """The schema in one piece, without references, each field of a record with what it means."""
        schema = self.schema
        whole: dict[str, Any] = in_one_piece(schema, schema.get("$defs", {}))
        if self.event_type in TYPES:
            _explain(whole["properties"]["data"], TYPES[self.event_type].record.kind)
        return whole

    @property
    def readers(self) -> str:
        """Who reads it, by the topic table."""
        return f"{self.topic.name} is read by {', '.join(self.topic.consumers) or 'nobody yet'}"

    @property
    def examples(self) -> list[dict[str, Any]]:
        """The fullest first."""
        file = files("shared.events").joinpath("examples", f"{self.name}.json")
        found: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))
        return found


def in_one_piece(node: Any, parts: Mapping[str, Any]) -> Any:
    """A schema with what it refers to, by the last step of each reference, put in its place."""
    if isinstance(node, list):
        return [in_one_piece(value, parts) for value in node]
    if not isinstance(node, dict):
        return node
    if (reference := node.get("$ref")) is not None:
        return in_one_piece(parts[reference.rpartition("/")[2]], parts)
    if node.get("format") == "time":  # to JSON Schema a time has an offset (RFC 3339); a time of day has none
        return {"type": "string", "pattern": TIME_OF_DAY}
    return {name: in_one_piece(value, parts) for name, value in node.items() if name != "$defs"}


def _explain(schema: dict[str, Any], kind: str, path: str = "") -> None:
    """Give each field of an object, and of the objects in its lists, its meaning. KeyError when one has none."""
    for name, field in schema["properties"].items():
        field["description"] = meaning(kind, path + name)
        for inner in (field, *field.get("anyOf", ())):
            holder = inner.get("items", inner)
            if "properties" in holder:
                _explain(holder, kind, f"{path}{name}.")


class _Untitled(GenerateJsonSchema):
    """Without the titles that only repeat a field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


CONTRACTS = (
    *(Contract(name, "sent", model, ingress(ANY)) for name, model in SENT_MODELS.items()),
    *(Contract(name, "canonical", model, _BY_NAME[TYPES[name].record.topic]) for name, model in CANONICAL_MODELS.items()),
    Contract("cmh.wait.changed.v1", "derived", WaitChanged, _BY_NAME["waits.v1"]),
    Contract("cmh.past-waits.changed.v1", "derived", PastWaitsChanged, _BY_NAME["waits.v1"]),
    Contract("cmh.follow-up.changed.v1", "derived", FollowUpChanged, _BY_NAME["outreach.v1"]),
    Contract("cmh.return.changed.v1", "derived", ReturnChanged, _BY_NAME["returns.v1"]),
    Contract("cmh.event.received.v1", "derived", EventReceived, receipts(ANY)),
)
