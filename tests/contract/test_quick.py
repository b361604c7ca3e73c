"""The quick readers against the strict models, on good events and on what becomes of them when any one thing in them is changed."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from typing import Any

import orjson
import pytest
from pydantic import BaseModel, ValidationError

from shared.events import quick
from shared.events.catalogue import CANONICAL, SENT, TYPES
from tests.contract.examples import Event, good, odd, refused

FORMS: dict[str, tuple[quick.Reader, Callable[[bytes], Any]]] = {
    "sent": (quick.SENT, SENT.validate_json),
    "canonical": (quick.CANONICAL, partial(CANONICAL.validate_json, extra="ignore")),  # as `stated` has it
}
OTHERS: tuple[Any, ...] = (
    None, True, 0, 5, 5.0, 0.5, -1, 10**30, "", " ", "a", "A b", "a  b", "a|b", "x\n", "\n", "é", "\u00a0", "a\u2003b", "\u001f", "\x85",
    "A" * 65, "A" * 2001, "RXA", "/RXA/epr\n", "2024-02-29", "2024-02-30", "1719792000", "20240701", "2024-07-01T09:00:00",
    "2024-07-01T09:00:00Z", "2024-07-01t09:00:00z", "2024-07-01T09:00:00.1234567Z", "2024-07-01T09:00:00.123456+01:00",
    "2024-07-01T09:00:00-24:00", "09:00", "09:00:00", "09:00:00Z", "09:00:00.1234567", "24:00:00", [], ["a"], {}, {"a": 1}, [None], [{}],
)  # fmt: skip
"""What any field may be instead: of every kind, and just inside and outside of what some field allows."""


def changed(event: Event) -> Iterator[bytes]:
    """The event with one field, at any depth, left out, replaced by each of `OTHERS`, or given a neighbour that it does not know."""
    places = list(_places(event, ()))
    for path in places:
        for other in (*OTHERS, ...):
            one = deepcopy(event)
            holder = _at(one, path[:-1])
            if other is not ...:
                holder[path[-1]] = other
            elif isinstance(holder, dict):
                del holder[path[-1]]
            yield json.dumps(one).encode()
    for path in {path[:-1] for path in places}:
        one = deepcopy(event)
        if isinstance(holder := _at(one, path), dict):
            holder["unknown"] = "x"
            yield json.dumps(one, ensure_ascii=False).encode()


def _places(node: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    for step, child in node.items() if isinstance(node, dict) else enumerate(node):
        yield (*path, step)
        if isinstance(child, (dict, list)):
            yield from _places(child, (*path, step))


def _at(node: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        node = node[step]
    return node


def difference(raw: bytes, reader: quick.Reader, model: Callable[[bytes], Any]) -> str | None:
    """What the reader took and the model did not, or said otherwise."""
    if (read := reader(raw)) is None:
        return None
    try:
        told = model(raw)
    except ValidationError as error:
        return f"{error.errors()[0]['msg']}: {raw!r}"
    return None if _same(read, told) else f"{read} is not {told}"


def _same(read: Any, told: Any) -> bool:
    if isinstance(told, BaseModel):
        return all(_same(getattr(read, name), getattr(told, name)) for name in type(told).model_fields)
    if isinstance(told, list):
        return len(read) == len(told) and all(map(_same, read, told))
    return bool(type(read) is type(told) and read == told and str(read) == str(told)) or _offset(read, told)


def _offset(read: Any, told: Any) -> bool:
    """Instants whose offsets are of different classes."""
    return hasattr(told, "utcoffset") and read == told and read.utcoffset() == told.utcoffset()


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("form", FORMS)
def test_what_is_read_quickly_is_what_the_model_says(name: str, form: str) -> None:
    reader, model = FORMS[form]
    events = good(f"{name}.{form}")
    for event in events:
        assert reader(orjson.dumps(event)) is not None or "09:00" in str(event), event  # a time of day without seconds
    wrong = [found for raw in changed(events[0]) if (found := difference(raw, reader, model)) is not None]
    assert wrong == []


def test_bad_input_is_never_read_quickly_as_something_else() -> None:
    raws = [one.raw for one in refused()] + [one.raw for one in odd()]
    assert [found for raw in raws if (found := difference(raw, *FORMS["sent"]))] == []


def test_most_of_what_is_changed_within_bounds_is_still_read_quickly() -> None:
    """Else the test above would hold of a reader that takes nothing."""
    events = [(reader, model, good(f"{name}.{form}")[0]) for form, (reader, model) in FORMS.items() for name in TYPES]
    taken = [(reader(raw) is not None, _takes(model, raw)) for reader, model, event in events[::5] for raw in changed(event)]
    assert sum(read for read, _ in taken) > 0.7 * sum(takes for _, takes in taken) > 0


def _takes(model: Callable[[bytes], Any], raw: bytes) -> bool:
    try:
        model(raw)
    except ValidationError:
        return False
    return True
