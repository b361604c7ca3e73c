"""Does a schema still take everything that an older one took? For the JSON Schemas that pydantic makes of our models."""

from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

Schema = Mapping[str, Any]

_LEAST = {"minLength": 0.0, "minItems": 0.0, "minimum": -inf, "exclusiveMinimum": -inf}
_MOST = {"maxLength": inf, "maxItems": inf, "maximum": inf, "exclusiveMaximum": inf}
"""Bounds, and what their absence means."""
_CHANGED = ("pattern", "format")
"""Whether another pattern is wider cannot be told: every change of one breaks."""


def breaks(old: Schema, new: Schema) -> list[str]:
    """What `old` takes and `new` refuses, one line each, beginning with the path of the field; [] when nothing breaks."""
    return [f"{path or 'the event'} {what}" for path, what in _Comparison(old, new).of(old, new, "")]


class _Comparison:
    """Holds the definitions that `$ref`s of the two schemas lead to."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old = old.get("$defs", {})
        self._new = new.get("$defs", {})

    def of(self, old: Schema, new: Schema, path: str) -> Iterator[tuple[str, str]]:
        old, new = _resolved(old, self._old), _resolved(new, self._new)
        if "anyOf" in old or "anyOf" in new:
            yield from self._branches(old.get("anyOf", [old]), new.get("anyOf", [new]), path)
        elif "type" in new and new["type"] != old.get("type") and (old.get("type"), new["type"]) != ("integer", "number"):
            yield path, f"was {old.get('type', 'anything')}, is {new['type']}"
        else:
            yield from _values(old, new, path)
            yield from _bounds(old, new, path)
            yield from self._fields(old, new, path)
            if "items" in new:
                yield from self.of(old.get("items", {}), new["items"], f"{path}[]")

    def _branches(self, old: list[Schema], new: list[Schema], path: str) -> Iterator[tuple[str, str]]:
        for branch in old:
            kind = _resolved(branch, self._old).get("type")
            likely = [other for other in new if _resolved(other, self._new).get("type", kind) == kind]
            faults = [list(self.of(branch, other, path)) for other in likely]
            if not faults:
                yield path, f"no longer takes {kind}"
            yield from min(faults, key=len, default=[])  # none when one branch takes it all, else the nearest one's

    def _fields(self, old: Schema, new: Schema, path: str) -> Iterator[tuple[str, str]]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in sorted(before.keys() - after.keys()):
            yield f"{path}.{name}".lstrip("."), "is gone"
        for name in sorted(set(new.get("required", [])) - set(old.get("required", []))):
            yield f"{path}.{name}".lstrip("."), "must now be there"
        for name in sorted(before.keys() & after.keys()):
            yield from self.of(before[name], after[name], f"{path}.{name}".lstrip("."))
        others, others_now = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if others_now is False and others is not False:
            yield path, "no longer takes further fields"
        elif isinstance(others_now, Mapping):
            yield from self.of(others if isinstance(others, Mapping) else {}, others_now, f"{path}.*".lstrip("."))


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    return definitions[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _values(old: Schema, new: Schema, path: str) -> Iterator[tuple[str, str]]:
    taken, taken_now = ({schema["const"]} if "const" in schema else set(schema.get("enum", [])) for schema in (old, new))
    if taken_now and not taken:
        yield path, f"is narrowed to {', '.join(sorted(map(str, taken_now)))}"
    elif taken_now and (gone := taken - taken_now):
        yield path, f"no longer takes {', '.join(sorted(map(str, gone)))}"


def _bounds(old: Schema, new: Schema, path: str) -> Iterator[tuple[str, str]]:
    tightened = [bound for bound, absent in _LEAST.items() if new.get(bound, absent) > old.get(bound, absent)]
    tightened += [bound for bound, absent in _MOST.items() if new.get(bound, absent) < old.get(bound, absent)]
    tightened += [key for key in _CHANGED if key in new and new[key] != old.get(key)]
    yield from ((path, f"{key} was {old.get(key, 'absent')}, is {new[key]}") for key in tightened)
