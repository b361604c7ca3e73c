"""A feed as it really is: good events, some sent twice, and some that a front door must refuse, of every kind in 03-front-door."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from heapq import heappop, heappush
from random import Random
from typing import NamedTuple

import orjson

from deploy.simulator.community import chance
from deploy.simulator.journeys import Event
from deploy.simulator.shares import MALFORMED, SENT_TWICE


class Message(NamedTuple):
    """What goes over the wire: the sending provider, the Kafka key (the person's local id), and the bytes of one event."""

    provider: str
    key: str
    body: bytes


class Feed(NamedTuple):
    """Messages in the order of sending, how many are second copies, and how many are malformed by the reason of their refusal."""

    messages: list[Message]
    duplicates: int
    malformed: Mapping[str, int]


def message(event: Event) -> Message:
    """A good event, ready to be sent."""
    return Message(event["data"]["provider"], event["data"]["person"]["local_id"], orjson.dumps(event))


def as_sent(events: Iterable[Event], seed: int) -> Iterator[Message]:
    """The messages of a stream as senders really send: a few a second time within the next hundreds, a few more that must be refused."""
    draw = chance(seed, "as sent")
    again: list[tuple[int, Message]] = []
    for place, event in enumerate(events):
        yield (item := message(event))
        while again and again[0][0] <= place:
            yield heappop(again)[1]
        chosen = draw.random()
        if chosen < SENT_TWICE:
            heappush(again, (place + draw.randint(1, 400), item))
        elif chosen < SENT_TWICE + MALFORMED:
            kind = event["type"].split(".")[1]
            if event["type"].split(".")[2] == "recorded" and (ways := [spoil for of, spoil in FAULTS.values() if of == kind]):
                template = {**deepcopy(event), "id": f"bad-{seed}-{place}"}
                yield Message(item.provider, item.key, draw.choice(ways)(template, draw))


def with_faults(events: Sequence[Event], seed: int, duplicates: float = 0.05, malformed: float = 0.01) -> Feed:
    """All of `events` in their order, with shares of second copies (the same bytes, any time later) and malformed events among them.

    Malformed events are made from good ones under ids of their own, each kind in turn; a kind that needs a record which no event has
    is left out.
    """
    draw = chance(seed, "faults")
    good = [message(event) for event in events]
    order: list[tuple[float, Message]] = [(float(place), item) for place, item in enumerate(good)]
    copied = draw.sample(range(len(good)), round(len(good) * duplicates))
    order += [(draw.uniform(place + 0.5, len(good)), good[place]) for place in copied]
    by_kind = _by_kind(events)
    kinds = [reason for reason, (kind, _) in FAULTS.items() if kind in by_kind]
    counts: dict[str, int] = {}
    for number in range(round(len(good) * malformed)):
        reason = kinds[number % len(kinds)]
        kind, spoil = FAULTS[reason]
        template = deepcopy(draw.choice(by_kind[kind]))
        template["id"] = f"bad-{seed}-{number}"
        provider, key = template["data"]["provider"], template["data"]["person"]["local_id"]
        order.append((draw.uniform(0, len(good)), Message(provider, key, spoil(template, draw))))
        counts[reason] = counts.get(reason, 0) + 1
    return Feed([item for _, item in sorted(order, key=lambda placed: placed[0])], len(copied), counts)


def _by_kind(events: Iterable[Event]) -> dict[str, list[Event]]:
    kinds: dict[str, list[Event]] = {}
    for event in events:
        _, kind, state, _ = event["type"].split(".")
        if state == "recorded":
            kinds.setdefault(kind, []).append(event)
    return kinds


def _json(event: Event) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode()


def _with(event: Event, **data: object) -> bytes:
    event["data"].update(data)
    return _json(event)


def _truncated(event: Event, draw: Random) -> bytes:
    body = _json(event)
    return body[: draw.randrange(len(body) // 2, len(body) - 1)]


def _not_utf8(event: Event, _: Random) -> bytes:
    return _with(event, reason="*").replace(b'"*"', b'"\xc3\x28"')


def _missing_field(event: Event, _: Random) -> bytes:
    del event["data"]["received_on"]
    return _json(event)


def _other_provider(event: Event, _: Random) -> bytes:
    return _with(event, provider="XOTHER")


def _wrong_check_digit(event: Event, _: Random) -> bytes:
    person = event["data"]["person"]
    if number := person.get("nhs_number"):
        person["nhs_number"] = number[:-1] + str((int(number[-1]) + 1) % 10)
    else:
        person["nhs_number"] = "9990000000"
    return _json(event)


def _impossible_date(event: Event, draw: Random) -> bytes:
    return _with(event, discharged_on="2001-01-01") if draw.random() < 0.5 else _with(event, received_on="2900-01-01")


def _unknown_code(event: Event, _: Random) -> bytes:
    return _with(event, attendance="9")


def _too_deep(event: Event, _: Random) -> bytes:
    return _with(event, teams="*").replace(b'"*"', b"[" * 40 + b"]" * 40)


def _too_large(event: Event, _: Random) -> bytes:
    return _with(event, reason="x" * 300_000)


def _not_a_number(event: Event, _: Random) -> bytes:
    return _with(event, value=float("nan"))


def _key_twice(event: Event, _: Random) -> bytes:
    return _json(event).replace(b'"data":{', b'"data":{"referral_id":"R0",', 1)


def _control_character(event: Event, _: Random) -> bytes:
    return _with(event, reason="\x00")


FAULTS: Mapping[str, tuple[str, Callable[[Event, Random], bytes]]] = {
    "not-json": ("referral", _truncated),
    "not-utf8": ("referral", _not_utf8),
    "missing-field": ("referral", _missing_field),
    "provider-mismatch": ("referral", _other_provider),
    "invalid-nhs-number": ("person", _wrong_check_digit),
    "impossible-date": ("referral", _impossible_date),
    "unknown-code": ("contact", _unknown_code),
    "too-deep": ("referral", _too_deep),
    "too-large": ("referral", _too_large),
    "bad-number": ("score", _not_a_number),
    "duplicate-key": ("referral", _key_twice),
    "bad-text": ("referral", _control_character),
}
"""Reason code of the refusal (03-front-door): the kind of record it is made from, and how it is spoilt."""
