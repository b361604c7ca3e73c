"""The front door knows where each payload has dates: a field that is added to a record is judged without a word more."""

from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any

import pytest

from services.referrals.handlers.judge import DATED
from services.referrals.rules.plausibility import Dated
from shared.events.catalogue import RECORDS

FORMATS = {"date": date, "time": time}


def by_schema(schema: Mapping[str, Any], inner: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, type[date | time]]]:
    """Every date and time of day of a JSON Schema, by its path without the places in lists. `inner`: what it refers to, by name."""
    if (reference := schema.get("$ref")) is not None:
        yield from by_schema(inner[reference.rpartition("/")[2]], inner, path)
    for branch in (*([schema["items"]] if "items" in schema else ()), *schema.get("anyOf", ())):
        yield from by_schema(branch, inner, path)
    if (kind := FORMATS.get(schema.get("format", ""))) is not None:
        yield path, kind
    for name, field in schema.get("properties", {}).items():
        yield from by_schema(field, inner, f"{path}.{name}")


def by_judge(dated: Dated, path: str = "") -> Iterator[tuple[str, type[date | time]]]:
    for name, what in dated:
        if isinstance(what, tuple):
            yield from by_judge(what, f"{path}.{name}")
        else:
            yield f"{path}.{name}", what


@pytest.mark.parametrize("kind", RECORDS)
def test_every_date_of_a_record_is_judged(kind: str) -> None:
    schema = RECORDS[kind].payload.model_json_schema()
    assert dict(by_judge(DATED[kind])) == dict(by_schema(schema, schema.get("$defs", {})))
