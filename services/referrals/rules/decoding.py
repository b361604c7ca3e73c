"""Bytes to a JSON object, strictly, before any model sees it (03-front-door: decode). Pure: nothing here raises on bad input."""

import json
import re
from collections import Counter
from typing import Any, NamedTuple

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
INTEGERS = range(-(2**63), 2**64)
"""What 64 bits hold: longer integers do not survive other people's JSON readers, and no field of ours needs them."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_RAW_CONTROL = re.compile(r"[\x7f-\x9f]")  # in raw JSON text, white space between tokens is legal; below 0x20 the parser itself refuses
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{},]', re.DOTALL)
"""A string, also one that never ends, is read once from its start: looking for its end from every quote inside would take minutes."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")


class Refused(NamedTuple):
    """Why the bytes are not an event: a reason of the closed list, where, and one plain sentence."""

    reason: str
    field: str | None
    detail: str


def field_name(key: str) -> str:
    """A key of the sender's as it may be told and logged: what is no field's name may be anything, an NHS number even."""
    return key if _NAME.fullmatch(key) else "?"


class _DuplicateKeyError(Exception):
    pass


class _BadNumberError(Exception):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise _DuplicateKeyError(next(field_name(name) for name, count in counts.items() if count > 1))
    return found


def _integer(text: str) -> int:
    if len(text) > 20 or int(text) not in INTEGERS:
        raise _BadNumberError(f"an integer of {len(text)} digits, more than 64 bits hold")
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise _BadNumberError(f"a number of {len(text)} characters that is not finite")
    return value


def _constant(text: str) -> float:
    raise _BadNumberError(f"{text} is not a number in JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)


def decode(raw: bytes) -> dict[str, Any] | Refused:
    """The JSON object that the bytes hold, or why they hold none."""
    if len(raw) > MAX_BYTES:
        return Refused("too-large", None, f"{len(raw)} bytes; the limit is {MAX_BYTES}: send one event at a time, without attachments")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return Refused("not-utf8", None, f"byte {error.start} is not UTF-8: encode the event as UTF-8")
    if text.startswith("\ufeff"):
        return Refused("not-json", None, "begins with a byte order mark: leave it out")
    if _too_deep(text):
        return Refused("too-deep", None, f"nested deeper than {MAX_DEPTH} levels")
    try:
        value = _DECODER.decode(text)
    except _DuplicateKeyError as error:
        return Refused("duplicate-key", str(error), f"the key {error} stands twice in one object: send it once")
    except _BadNumberError as error:
        return Refused("bad-number", None, f"{error}: send a plain finite number")
    except (ValueError, RecursionError) as error:
        return Refused("not-json", None, f"not JSON: {str(error)[:200]}")
    if not isinstance(value, dict):
        return Refused("not-json", None, "an event is one JSON object")
    if (_RAW_CONTROL.search(text) or "\\" in text) and (where := _bad_text(value, "")) is not None:
        return Refused("bad-text", where or None, "text with a control character or half a surrogate pair: send plain text")
    return value


def _too_deep(text: str) -> bool:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return False
    depth = 0
    for mark in _TOKEN.findall(text):
        if mark in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif mark in "]}":
            depth -= 1
    return False


def _bad_text(value: Any, where: str) -> str | None:
    """The path of the first string (or key) with a control character or a lone surrogate, or None."""
    if isinstance(value, str):
        return where if _CONTROL.search(value) or any("\ud800" <= c <= "\udfff" for c in value) else None
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        step = field_name(name) if isinstance(name, str) else str(name)
        path = f"{where}.{step}" if where else step
        if isinstance(name, str) and _bad_text(name, "") is not None:
            return where
        if (found := _bad_text(child, path)) is not None:
            return found
    return None


def split(body: bytes, *, lines: bool = False) -> list[bytes]:
    """The events of a body: one object, a JSON array, or one a line (NDJSON). Each is judged alone afterwards.

    `lines`: the sender says that it is NDJSON. Otherwise several lines are, when one of them is a whole object and all together
    are not: one object may be written over many lines.
    """
    stripped = body.strip()
    parts = [line for line in stripped.split(b"\n") if line.strip()]
    if lines:
        return parts
    if stripped.startswith(b"["):
        return _elements(stripped)
    whole = [part for part in parts if part.strip().startswith(b"{") and part.strip().endswith(b"}")]
    if len(parts) < 2 or not whole or isinstance(decode(stripped), dict):
        return [stripped] if stripped else []
    return parts


def _elements(array: bytes) -> list[bytes]:
    """The top-level elements of a JSON array, found by brackets and quotes alone, so that a bad element does not spoil the next."""
    text = array.decode("utf-8", "surrogateescape")
    elements, depth, start = [], 0, 1
    for match in _TOKEN.finditer(text):
        mark = match.group()
        if mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
        if (mark == "," and depth == 1) or depth == 0:
            elements.append(text[start : match.start()])
            start = match.end()
            if depth == 0:
                break
    elements.append(text[start:])  # what follows the array, or an array that never ends: refused as what it is
    return [element.encode("utf-8", "surrogateescape") for element in elements if element.strip()]
