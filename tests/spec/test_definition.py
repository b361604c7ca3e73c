"""A definition file that cannot be right is refused, naming the field."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from services.waits.rules import definitions
from services.waits.rules.definition import parse

SHIPPED = sorted(Path(definitions.__file__).parent.glob("*.toml"))


def _national() -> dict[str, Any]:
    return tomllib.loads((Path(definitions.__file__).parent / "national-2024.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_every_shipped_definition_reads_and_bears_its_own_name(file: Path) -> None:
    assert parse(tomllib.loads(file.read_text(encoding="utf-8"))).id == file.stem


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"version": "1"}, "version: a whole number is needed"),
        ({"target_days": True}, "target_days: a whole number is needed"),
        ({"title": None}, "title: a text is needed"),
        ({"unit": "household"}, "unit: 'household' is not one of provider"),
        ({"start": "help-sought"}, "start: 'help-sought' is not one of referral-received"),
        ({"pauses": ["asked-to-wait"]}, "pauses: 'asked-to-wait' is not known"),
        ({"stop": {"all": ["discharge"]}}, "stop.all: 'discharge' is not known"),
        ({"stop": {"all": []}}, "stop.all: at least one component is needed"),
        ({"stop": {"all": ["assessment"], "any": []}}, "stop.any: no such field"),
        ({"age": {}}, "age.from: a whole number is needed"),
        ({"waivers": [{"component": "assessment"}]}, "waivers.spell_started_before: a date is needed"),
        ({"colour": "blue"}, "colour: no such field"),
    ],
)
def test_the_field_is_named(change: dict[str, object], field: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(field)}$"):
        parse(_national() | change)
