"""Units added up in columns, beside the same sums one unit at a time."""

from collections.abc import Iterator
from itertools import product
from random import Random
from statistics import mean, quantiles
from typing import Any

import pytest

from services.reporting.rules.measures import Family, Measure
from services.reporting.rules.published import Kind, Published
from services.reporting.store.sums import added
from services.reporting.store.units import SEPARATOR, Units

ALL, SOME = "MHS124", "MHS127"
LEVELS = frozenset({"england", "provider", "icb", "pcn", "team"})
TEAMS = ((), ("A05",), ("A05", "A06"))


def family(unit: str) -> Family:
    """Two counts; a median of `wait` over one of them, a mean of `days` over the other."""
    counts = [Published(name, 1, Kind.COUNT, name) for name in (ALL, SOME)]
    days = [Published("MHS125", 1, Kind.DAYS, "", ALL), Published("mean", 1, Kind.DAYS, "", SOME)]
    return Family("f", "f", "", "", LEVELS, tuple(Measure(figure, unit, "", "") for figure in (*counts, *days)))


def drawn(random: Random, size: int) -> list[dict[str, Any]]:
    return [
        {
            "person": random.randrange(size),
            "provider": random.choice(["RA", "RB"]),
            "icb": random.choice(["QA", "QB"]),
            "pcn": random.choice(["U1", "U2", "UNKNOWN"]),
            "footprint": random.random() < 0.3,
            "teams": random.choice(TEAMS),
            "age": random.choice(["18-25", "65+"]),
            "counts": random.randrange(4),
            "wait": random.randrange(-3, 40),
            "days": random.choice([None, *range(9)]),
        }
        for _ in range(size)
    ]


class Record(dict[str, Any]):
    """As a row of the database is: it goes through its values."""

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values())


def columns(rows: list[dict[str, Any]]) -> Units:
    units = Units()
    for first in range(0, len(rows), 7):
        units.add(
            [Record(row | {"teams": SEPARATOR.join(row["teams"]), "footprint": int(row["footprint"])}) for row in rows[first : first + 7]]
        )
    return units


def here(row: dict[str, Any], level: str, code: str, team: str) -> bool:
    match level:
        case "england":
            return True
        case "footprint":
            return row["footprint"] and code in {"footprint", row["icb"]}
        case "team":
            return code == row["provider"] and team in row["teams"]
        case _:
            return bool(code == row[level])


@pytest.mark.parametrize("unit", ["referral", "person"])
@pytest.mark.parametrize("size", [0, 1, 2, 9, 60])
def test_each_cell_is_what_stands_in_it(size: int, unit: str) -> None:
    rows = drawn(Random(size), size)  # noqa: S311
    found = {one[:5]: one for one in added(family(unit), columns(rows))}
    places = [("england", "England", ""), ("footprint", "footprint", ""), *(("footprint", code, "") for code in ("QA", "QB"))]
    places += [("provider", "RA", ""), ("provider", "RB", ""), ("icb", "QA", ""), ("icb", "QB", "")]
    places += [*(("pcn", code, "") for code in ("U1", "U2", "UNKNOWN")), *(("team", *one) for one in product(("RA", "RB"), ("A05", "A06")))]
    for place, value in product(places, ("", "18-25", "65+")):
        cell = [row for row in rows if here(row, *place) and value in ("", row["age"])]
        key = (*place, "age" if value else "", value)
        assert (key in found) == bool(cell), key
        if not cell:
            continue
        one = found.pop(key)
        for bit, name in enumerate((ALL, SOME)):
            counted = [row for row in cell if row["counts"] >> bit & 1]
            assert one.counts[name] == (len({row["person"] for row in counted}) if unit == "person" else len(counted))
        waits = [row["wait"] for row in cell if row["counts"] & 1]
        assert one.days["MHS125"] == (quantiles(waits * 2 if len(waits) == 1 else waits, n=2, method="inclusive")[0] if waits else None)
        days = [row["days"] for row in cell if row["counts"] & 2 and row["days"] is not None]
        assert one.days["mean"] == (mean(days) if days else None)
    assert found == {}
