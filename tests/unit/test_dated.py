"""The front door knows where each payload has dates: a field that is added to a record is judged without a word more."""

from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any

import pytest

from services.referrals.handlers.judge import DATED
from services.referrals.rules.plausibility import Dated
from shared.events.catalogue import RECORDS

FORMATS = {"date": date, "time": time}


def by_schema(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, type[date | time]]]:
    """Every date and time of day of a JSON Schema in one piece, by its path without the places in lists."""
    for branch in (schema, schema.get("items", {}), *schema.get("anyOf", ())):
        if branch is not schema:
            yield from by_schema(branch, path)
    if (kind := FORMATS.get(schema.get("format", ""))) is not None:
        yield path, kind
    for name, field in schema.get("properties", {}).items():
        yield from by_schema(field, f"{path}.{name}")


def by_judge(dated: Dated, path: str = "") -> Iterator[tuple[str, type[date | time]]]:
    for name, what in dated:
        if isinstance(what, tuple):
            yield from by_judge(what, f"{path}.{name}")
        else:
            yield f"{path}.{name}", what


@pytest.mark.parametrize("kind", RECORDS)
def test_every_date_of_a_record_is_judged(kind: str) -> None:
    schema = RECORDS[kind].payload.model_json_schema()
    inner = schema.get("$defs", {})
    whole = {"properties": {name: _with_times(field, inner) for name, field in schema["properties"].items()}}
    assert dict(by_judge(DATED[kind])) == dict(by_schema(whole))


def _with_times(field: Any, inner: Mapping[str, Any]) -> Any:
    """The field in one piece, without references."""
    if isinstance(field, list):
        return [_with_times(one, inner) for one in field]
    if not isinstance(field, dict):
        return field
    if (reference := field.get("$ref")) is not None:
        return _with_times(inner[reference.rpartition("/")[2]], inner)
    return field if field.get("format") in FORMATS else {name: _with_times(one, inner) for name, one in field.items()}
