"""The AsyncAPI 3 document: channels from the topic table, messages from the models. `python -m shared.events.asyncapi` prints it."""

import json
from collections.abc import Iterable
from typing import Any

from shared.events.contracts import ANY, CONTRACTS, Contract
from shared.events.topics import TOPICS, Topic, ingress, receipts

COMMAND = "python -m shared.events.asyncapi > docs/asyncapi.json"
JSON = "application/cloudevents+json"
BINDING = {"bindingVersion": "0.5.0"}
HTTPS = "events-over-https"
_WORDS = {
    "ingress": "What one provider sends. The topic is bound to the provider: an event of another one is rejected. Keys are ignored.",
    "receipts": "What became of each event that one provider sent over Kafka; that provider alone reads it.",
    "outreach.v1": "Each change of a follow-up: what is to be done for a person. Readers keep the greatest revision of a task.",
    "returns.v1": "Each step of a return's life. Readers keep the greatest revision of a return.",
    "waits.v1": "Each change of a wait: its whole clock, with the cause. Readers keep the greatest revision of a spell, and of "
    "a person's past waits.",
}
_CARE = "Accepted events under pseudonyms, keyed by personkey: one person's events stay in order within a partition."


def document() -> dict[str, Any]:
    """The whole document."""
    channels = {_channel(topic): topic for topic in (ingress(ANY), receipts(ANY), *TOPICS)}
    by_channel = {name: [one for one in CONTRACTS if one.topic == topic] for name, topic in channels.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Clockstop",
            "version": "1.0.0",
            "description": "Events of community mental health care in England: what providers send, what becomes of it, and the waits "
            "that follow. CloudEvents 1.0, structured JSON. Each event states one record whole; order and repetition decide nothing.",
        },
        "defaultContentType": JSON,
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "description": "Apache Kafka. Who may connect, and which topic is whose, is the listener's and its ACLs' to say; "
                "the local stack listens on the loopback interface alone.",
                "variables": {"bootstrap": {"default": "127.0.0.1:9092", "description": "`clockstop status` names that of a local stack"}},
            },
            "https": {
                "host": "{site}",
                "protocol": "https",
                "description": "The same front door for those without Kafka; described in full by its OpenAPI document.",
                "variables": {"site": {"default": "localhost"}},
                "security": [{"$ref": "#/components/securitySchemes/api-key"}],
            },
        },
        "channels": {name: _described(name, topic, by_channel[name]) for name, topic in channels.items()}
        | {HTTPS: _over_https(by_channel["ingress"])},
        "operations": {
            name: operation
            for channel, topic in channels.items()
            for name, operation in _operations(channel, topic, by_channel[channel]).items()
        }
        | {f"referrals-receives-{HTTPS}": _taken_over_https(by_channel["ingress"])},
        "components": {
            "messages": {one.name: _message(one) for one in CONTRACTS},
            "schemas": {one.name: one.described for one in CONTRACTS},
            "securitySchemes": {"api-key": {"type": "http", "scheme": "bearer", "description": "`clockstop provider add ODS` makes one"}},
        },
    }


def text() -> str:
    """The document as it is committed and downloaded."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _channel(topic: Topic) -> str:
    """The name of its channel: a provider's topics stand for every provider's."""
    return {ingress(ANY).name: "ingress", receipts(ANY).name: "receipts"}.get(topic.name, topic.name)


def _described(name: str, topic: Topic, contracts: Iterable[Contract]) -> dict[str, Any]:
    configuration: dict[str, Any] = {setting: int(topic.config[setting]) for setting in ("retention.ms", "max.message.bytes")}
    configuration["cleanup.policy"] = [topic.config["cleanup.policy"]]
    described: dict[str, Any] = {
        "address": topic.name if name == topic.name else topic.name.replace(ANY.lower(), "{ods}"),
        "description": _WORDS.get(name, _CARE),
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {one.name: {"$ref": f"#/components/messages/{one.name}"} for one in contracts},
        "bindings": {"kafka": {"partitions": topic.partitions, "topicConfiguration": configuration} | BINDING},
    }
    if name != topic.name:
        described["parameters"] = {"ods": {"description": "the provider's ODS code in small letters", "examples": [ANY.lower()]}}
    return described


def _operations(channel: str, topic: Topic, contracts: Iterable[Contract]) -> dict[str, dict[str, Any]]:
    """What our services do with a channel; a provider's part is the other end."""
    told: dict[str, dict[str, Any]] = {}
    for action, services in (("send", topic.producers), ("receive", topic.consumers)):
        for service in services:
            verb = "writes" if action == "send" else "reads"
            if service != "provider":
                told[f"{service}-{action}s-{channel}"] = {
                    "action": action,
                    "channel": {"$ref": f"#/channels/{channel}"},
                    "summary": f"The service {service} {verb} {topic.name.replace(ANY.lower(), '{ods}')}",
                    "tags": [{"name": service}],
                    "messages": [{"$ref": f"#/channels/{channel}/messages/{one.name}"} for one in contracts],
                    "bindings": {"kafka": _group(service, action) | BINDING},
                }
    return told


def _group(service: str, action: str) -> dict[str, Any]:
    return {"groupId": {"type": "string", "enum": [service]}} if action == "receive" else {}


def _over_https(contracts: Iterable[Contract]) -> dict[str, Any]:
    return {
        "address": "/v1/events",
        "description": "One event, a JSON array or one event a line (NDJSON), up to 5 MB; the answer is a receipt for each.",
        "servers": [{"$ref": "#/servers/https"}],
        "messages": {one.name: {"$ref": f"#/components/messages/{one.name}"} for one in contracts},
    }


def _taken_over_https(contracts: Iterable[Contract]) -> dict[str, Any]:
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{HTTPS}"},
        "summary": "The service referrals takes events over HTTPS",
        "tags": [{"name": "referrals"}],
        "messages": [{"$ref": f"#/channels/{HTTPS}/messages/{one.name}"} for one in contracts],
        "bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
    }


def _message(one: Contract) -> dict[str, Any]:
    keys = {"ingress": "ignored", "receipts": "the provider's", "returns.v1": "return_id"}
    key = keys.get(_channel(one.topic), "personkey")
    return {
        "name": one.event_type,
        "title": f"{one.event_type}, {one.form}",
        "contentType": JSON,
        "payload": {"$ref": f"#/components/schemas/{one.name}"},
        "examples": [{"name": "fullest", "payload": one.examples[0]}],
        "bindings": {"kafka": {"key": {"type": "string", "description": key}} | BINDING},
    }


if __name__ == "__main__":
    print(text(), end="")
