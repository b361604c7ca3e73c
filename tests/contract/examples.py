"""The examples of `shared/events/examples`: good events by type and form, and bad input with what becomes of it.

Files named `<type>.<form>.json` hold a list of events, the fullest first. `refused.json` and `odd.json` hold changes of a good
event, by class; each is a JSON merge patch (RFC 7396), a replacement in the text, or a text of its own.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, NamedTuple

from shared.events.receipts import Flag, Reason, Verdict

Event = dict[str, Any]

PROVIDER = "RXX"
"""Who sends every example."""
RECEIVED = datetime(2024, 7, 20, 12, tzinfo=UTC)
"""When every example was received."""
PEOPLE = {"P1": "5c1d0a7e93b24f68d0e1a9c3", "P2": "90f3b7c2158d4ae6b14c7d02", "P3": "e27a64d10c9f4b83a5d8061f"}
"""The pseudonym of each example's `local_id`."""
_FOLDER = files("shared.events").joinpath("examples")


class Refused(NamedTuple):
    """One kind of bad input, and the verdict that it must get."""

    name: str
    raw: bytes
    verdict: Verdict
    reason: Reason
    field: str | None


class Odd(NamedTuple):
    """An event that is taken all the same, and its flags."""

    name: str
    raw: bytes
    flags: list[Flag]


def good(name: str) -> list[Event]:
    """The examples of `<type>.<form>`, the fullest first. FileNotFoundError when there are none."""
    found: list[Event] = json.loads(_FOLDER.joinpath(f"{name}.json").read_text("utf-8"))
    return found


def names() -> set[str]:
    """Every `<type>.<form>` that has examples."""
    return {file.name.removesuffix(".json") for file in _FOLDER.iterdir() if file.name.startswith("cmh.")}


def refused() -> list[Refused]:
    """Every kind of bad input that one event alone can be."""
    return [Refused(name, raw, Verdict(case["verdict"]), Reason(case["reason"]), case["field"]) for name, raw, case in _cases("refused")]


def odd() -> list[Odd]:
    """Every kind of event that is accepted with a flag, and some that look odd and get none."""
    return [Odd(name, raw, [Flag(flag) for flag in case["flags"]]) for name, raw, case in _cases("odd")]


def _cases(file: str) -> list[tuple[str, bytes, Event]]:
    classes: dict[str, list[Event]] = json.loads(_FOLDER.joinpath(f"{file}.json").read_text("utf-8"))
    return [(f"{kind}: {case['name']}", _raw(case), case) for kind, cases in classes.items() for case in cases]


def _raw(case: Event) -> bytes:
    """The bytes of a case. `like`: the kind of record, of whose examples the plainest is changed."""
    event = merged(good(f"cmh.{case.get('like', 'referral')}.recorded.v1.sent")[-1], case.get("patch", {}))
    text: str = case.get("text", json.dumps(event, ensure_ascii=False))
    for old, new, *times in case.get("replace", []):
        assert old in text, f"{case['name']}: {old} is not in the example"
        text = text.replace(old, new * (times[0] if times else 1), 1)
    return text.encode(case.get("encoding", "utf-8"), "surrogatepass")


def merged(target: Any, patch: Any) -> Any:
    """`target` changed by a JSON merge patch (RFC 7396): null takes a field out, an object goes deeper, all else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    kept = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            kept.pop(name, None)
        else:
            kept[name] = merged(kept.get(name), value)
    return kept
