"""The decoder: bytes to a JSON object or a refusal, whatever the bytes; and the splitting of bodies into events."""

import json
import math
import time
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.referrals.handlers.judge import Incoming, Judged, Refusal, _quick, judge
from services.referrals.rules.decoding import INTEGERS, MAX_BYTES, MAX_DEPTH, Refused, decode, split
from services.referrals.store.reference import Reference
from shared.events.receipts import Reason
from tests.component.sent_events import RECEIVED, event

GOOD = [orjson.dumps(event(kind)) for kind in ("referral", "contact", "score", "care-plan", "person")]
FRAGMENTS = [b"{", b"}", b"[", b"]", b'"', b"\\", b",", b":", b"\x00", b"\x7f", b"\xff", b"\xc3", rb"\ud800", rb"\u0000", b"1e999", b"NaN"]
FRAGMENTS += [b"-", b"9" * 30, b"null", b"true", b'"id":"e-1",', "\u2028".encode(), b'"0001-01-01T00:00:00+14:00"', b'"1719792000"', b" "]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A good event, damaged: pieces cut out, pieces put in."""
    text = draw(st.sampled_from(GOOD))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 12)))
        text = text[:start] + draw(st.sampled_from([b"", *FRAGMENTS]) | st.binary(max_size=3)) + text[end:]
    return text


@st.composite
def changed(draw: st.DrawFn) -> bytes:
    """A good event in which one value, at any depth, is another one."""
    whole = json.loads(draw(st.sampled_from(GOOD)))
    place: Any = whole
    while True:
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not (isinstance(place[key], dict | list) and place[key]) or draw(st.integers(0, 3)) == 0:
            break
        place = place[key]
    instants = st.datetimes().map(lambda moment: moment.isoformat() + "+14:00") | st.dates().map(str) | st.sampled_from(["1719792000", "0"])
    place[key] = draw(json_values | instants)
    return json.dumps(whole).encode()


def allowed(raw: bytes) -> bool:
    """The rules of 03-front-door said again, plainly and slowly, over what the standard library reads."""
    objects: list[list[tuple[str, Any]]] = []
    integers: list[str] = []

    def kept(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        objects.append(pairs)
        return dict(pairs)

    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=kept, parse_int=integers.append)
    except (ValueError, RecursionError):
        return False
    no_key_twice = all(len({name for name, _ in pairs}) == len(pairs) for pairs in objects)
    short = all(int(text) in INTEGERS for text in integers)
    return isinstance(value, dict) and len(raw) <= MAX_BYTES and _depth(value) <= MAX_DEPTH and no_key_twice and short and _plain(value)


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_depth, inner), default=0)


def _plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_plain(name) and _plain(inner) for name, inner in value.items())
    if isinstance(value, list):
        return all(map(_plain, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, str) or not any(ord(c) < 32 or 127 <= ord(c) < 160 or 0xD800 <= ord(c) < 0xE000 for c in value)


@settings(deadline=None)
@given(st.binary(max_size=200) | mutated() | changed() | json_values.map(lambda value: json.dumps(value).encode()))
@example(b"[" * 33 + b"]" * 33)
@example(b'{"a":' * 32 + b"{}" + b"}" * 32)
@example(b'{"a":1e400}')
@example(b'{"a":"\\ud800"}')
@example(b'{"a":1,"a":1}')
@example(b'\xef\xbb\xbf{"a":1}')
def test_it_never_raises_and_takes_what_the_rules_allow(raw: bytes) -> None:
    found = decode(raw)
    assert isinstance(found, dict) == allowed(raw)
    assert found == json.loads(raw) if isinstance(found, dict) else found.reason in set(Reason)


@settings(deadline=None)
@given(mutated() | changed() | st.binary(max_size=100))
def test_judging_never_raises_and_what_it_takes_can_be_kept(raw: bytes) -> None:
    told = judge(Incoming("RXX", raw), RECEIVED, Reference())
    if isinstance(decoded := decode(raw), Refused):  # whatever reads it first: what the strict reader refuses is refused, for its reason
        assert isinstance(told, Refusal)
        assert told.reason == decoded.reason
    elif isinstance(told, Refusal):
        assert told.reason in set(Reason)
        assert told.detail
    else:
        assert 1900 < told.recorded.year < 2025
        orjson.dumps(told.event).decode("utf-8").encode("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 33 + b'"' + b'\\"' * 120_000,
        b'"' * 250_001,
        b"[" * 33 + b'"\\' * 120_000 + b"\\",
        b"{" * 250_000,
        b'[{"a":"' + b"\\\\" * 120_000,
    ],
    ids=["escaped quotes", "quotes", "backslashes", "braces", "an open string"],
)
def test_no_text_takes_long(text: bytes) -> None:
    started = time.process_time()
    assert isinstance(decode(text), Refused)
    split(b"[" + text)
    assert time.process_time() - started < 2  # milliseconds; minutes when a string's end is looked for from each of its quotes


def test_a_key_that_is_no_field_name_is_not_told() -> None:
    """A sender may use an NHS number as a key; what is told of a refusal is kept outside the vault."""
    number = b"9990000018"
    for raw in (
        b'{"' + number + b'":1,"' + number + b'":2}',
        b'{"data":{"' + number + b'":"\\u0000"}}',
        GOOD[0].replace(b'"R1"', b'"R1","' + number + b'":1'),
        GOOD[0].replace(b'"R1"', b"1" + b"9990000018" * 1 + b"e999"),
    ):
        told = judge(Incoming("RXX", raw), RECEIVED, Reference())
        assert isinstance(told, Refusal)
        assert number.decode() not in repr(told)


def test_deep_and_long_at_the_limit() -> None:
    at_limit = b'{"a":' * MAX_DEPTH + b"1" + b"}" * MAX_DEPTH
    assert not isinstance(decode(at_limit), Refused)
    assert decode(b'{"a":' + at_limit + b"}") == Refused("too-deep", None, f"nested deeper than {MAX_DEPTH} levels")
    assert not isinstance(decode(b'{"a":"' + b"x" * (MAX_BYTES - 8) + b'"}'), Refused)
    assert decode(b'{"a":"' + b"x" * (MAX_BYTES - 7) + b'"}')[0] == "too-large"  # type: ignore[index]


@given(st.lists(st.sampled_from(GOOD), min_size=1, max_size=5), st.sampled_from([b"", b" ", b"\n  "]))
def test_an_array_is_split_into_its_elements(events: list[bytes], space: bytes) -> None:
    body = b"[" + space + (space + b"," + space).join(events) + space + b"]"
    assert [part.strip() for part in split(body)] == events


@given(st.lists(st.sampled_from(GOOD), min_size=2, max_size=5))
def test_lines_are_split(events: list[bytes]) -> None:
    assert split(b"\n".join(events)) == events == split(b"\n".join(events), lines=True)


@given(st.binary(max_size=100), st.booleans())
def test_splitting_never_raises_and_drops_nothing_but_punctuation(body: bytes, lines: bool) -> None:
    kept = b"".join(split(body, lines=lines))
    assert sorted(set(body) - set(b"[], \t\n\r\x0b\x0c")) == sorted(set(kept) - set(b"[], \t\n\r\x0b\x0c"))


def test_a_judged_event_is_as_it_was_sent() -> None:
    told = judge(Incoming("RXX", GOOD[1]), RECEIVED, Reference())
    assert isinstance(told, Judged)
    sent = json.loads(GOOD[1])
    assert told.details == sent["data"].pop("person")
    assert told.event == sent


@settings(deadline=None)
@given(st.binary(max_size=200) | mutated() | changed() | json_values.map(lambda value: json.dumps(value).encode()))
def test_the_faster_reader_reads_what_the_strict_one_reads_or_nothing(raw: bytes) -> None:
    quick = _quick(raw)
    assert quick is None or quick == decode(raw)


def test_the_faster_reader_reads_the_usual_event_and_leaves_a_key_that_stands_twice() -> None:
    assert _quick(b'{"a": {"b": [1, "x"]}}') == {"a": {"b": [1, "x"]}}
    assert _quick(b'{"a":1,"a" :2}') is None
