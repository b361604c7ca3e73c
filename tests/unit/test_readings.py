"""Readings: every name has its limits, and every limit refuses what is past it."""

from typing import get_args

import pytest

from services.referrals.rules.readings import LIMITS, Limits, impossible_reading
from shared.events.health import ReadingName

EACH = [(name, limits) for name, several in LIMITS.items() for limits in several]


def test_every_name_has_limits() -> None:
    assert set(get_args(ReadingName)) == LIMITS.keys() | {"smoking status"}


@pytest.mark.parametrize(("name", "limits"), EACH, ids=lambda value: value if isinstance(value, str) else ",".join(value.units) or "score")
def test_a_reading_past_its_limits_cannot_be(name: str, limits: Limits) -> None:
    for unit in limits.units or (None,):
        said = {"name": name} | ({"unit": unit} if unit else {})
        for value in (limits.lowest, limits.highest, (limits.lowest + limits.highest) / 2):
            assert impossible_reading([said | {"value": value}]) is None
        for value in (limits.lowest - 0.01, limits.highest + 0.01, -1e300, 1e300):
            found = impossible_reading([{"name": "audit-c", "value": 3}, said | {"value": value}])
            assert found is not None
            assert found.field == "data.readings.1.value"
            assert limits.slip in found.detail
            assert len(found.detail) <= 300
