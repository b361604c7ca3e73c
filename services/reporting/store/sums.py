"""Units added up: at every level, and there by age, ethnicity, deprivation and local group; people once at each. Touches no database.

A cell is a place, or a place and one group; all cells of a level and kind of group are counted in one pass.
"""

from collections.abc import Iterator, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.reporting.rules.measures import Family, Found
from services.reporting.rules.published import Kind
from services.reporting.store.units import COUNTS, PERSON, Units

Numbers = NDArray[np.int64]
Days = NDArray[np.float64]
GROUPS = ("age", "years", "ethnicity", "deprivation")
CENTILES = {
    "MRS03a": ("waited", 0.5), "MRS03b": ("waited", 0.9), "MHS125": ("wait", 0.5), "MHS126": ("wait", 0.9), "MHS128": ("waited", 0.5),
    "MHS129": ("waited", 0.9),
}  # fmt: skip
"""What these are a median or a percentile of; any other figure of days is the mean of `days`."""


class _Cells(NamedTuple):
    """`units`: those that count here, some of them in several cells; `cell`: the number of each one's: of its place (code and team), and
    within it of its group."""

    level: str
    by: str
    units: Numbers
    cell: Numbers
    places: Sequence[tuple[str, str]]
    groups: Sequence[str]


def added(family: Family, units: Units, *, sparse: bool = False) -> list[Found]:
    """What is counted at each place and in each group where a unit stands, in their order.

    `sparse`: a measure of no unit at a place is not told there.
    """
    if not units.size:
        return []
    sums = _Sums(family, units, sparse)
    return sorted((one for cells in _cells(family, units) for one in sums.of(cells)), key=itemgetter(0, 1, 2, 3, 4))


def counts_of(family: Family) -> list[str]:
    """The measures that are counts, in the order of their bits."""
    return [measure.id for measure in family.measures if measure.figure.kind is Kind.COUNT]


def _bits(names: Sequence[str], counts: Numbers) -> dict[str, NDArray[np.bool_]]:
    return {name: (counts >> bit & 1).astype(np.bool_) for bit, name in enumerate(names)}


def _cells(family: Family, units: Units) -> Iterator[_Cells]:
    for level, here, place, places in _places(family, units):
        yield _Cells(level, "", here, place, places, [""])
        for by in GROUPS:
            if by in units:
                values = units.texts(by)
                yield _Cells(level, by, here, place * len(values) + units[by][here], places, values)
        if "groups" in units and (tags := units.holding("groups")):
            within = [np.flatnonzero(has[here]) for has in tags.values()]
            cell = np.concatenate([place[some] * len(tags) + number for number, some in enumerate(within)])
            yield _Cells(level, "group", here[np.concatenate(within)], cell, places, list(tags))


def _places(family: Family, units: Units) -> Iterator[tuple[str, Numbers, Numbers, list[tuple[str, str]]]]:
    """Level, its units, the number of each one's place, and the places' codes and teams."""
    every = np.arange(units.size)
    inside = np.flatnonzero(units["footprint"])
    yield "england", every, np.zeros(units.size, np.int64), [("England", "")]
    yield "footprint", inside, np.zeros(len(inside), np.int64), [("footprint", "")]
    yield "footprint", inside, units["icb"][inside], [(code, "") for code in units.texts("icb")]
    for level in sorted(family.levels & {"icb", "pcn"} | {"provider"}):
        yield level, every, units[level], [(code, "") for code in units.texts(level)]
    if "practice" in family.levels:
        named = np.array([code != "" for code in units.texts("practice")])
        here = np.flatnonzero(named[units["practice"]])
        yield "practice", here, units["practice"][here], [(code, "") for code in units.texts("practice")]
    if "team" in family.levels and (teams := units.holding("teams")):
        within = [np.flatnonzero(has) for has in teams.values()]
        place = np.concatenate([units["provider"][some] * len(teams) + number for number, some in enumerate(within)])
        yield "team", np.concatenate(within), place, [(code, team) for code in units.texts("provider") for team in teams]


class _Sums:
    def __init__(self, family: Family, units: Units, sparse: bool) -> None:
        self._units, self._sparse = units, sparse
        self._counts = counts_of(family)
        self._named = "counted" in units
        self._has = units.holding("counted") if self._named else _bits(self._counts, units[COUNTS])
        self._days = [measure.figure for measure in family.measures if measure.figure.kind is Kind.DAYS]
        self._times: NDArray[Any] | None = None
        if "times" in units:
            self._times = units["times"]
        self._persons: Numbers | None = None
        if family.measures[0].unit == "person":
            _, self._persons, often = np.unique(units[PERSON], return_inverse=True, return_counts=True)
            self._alone = (often == 1)[self._persons]

    def of(self, cells: _Cells) -> Iterator[Found]:
        size = len(cells.places) * len(cells.groups)
        counts = np.zeros((len(self._counts), size), np.int64)
        for place, name in enumerate(self._counts):
            if name in self._has:
                counts[place] = self._counted(cells, self._has[name][cells.units], size)
        found = np.flatnonzero(counts.any(axis=0) if self._named else np.bincount(cells.cell, minlength=size))
        days = [self._told(cells, one.measure_id, one.numerator, found, size) for one in self._days]
        means = zip(*days, strict=True) if days else repeat(())
        named = [one.measure_id for one in self._days]
        for number, row, had in zip(found.tolist(), counts[:, found].T.tolist(), means, strict=bool(days)):
            place, group = divmod(number, len(cells.groups))
            told = dict(zip(self._counts, row, strict=True))
            if self._sparse:
                told = {name: many for name, many in told.items() if many}
            yield Found(cells.level, *cells.places[place], cells.by, cells.groups[group], told, dict(zip(named, had, strict=True)))

    def _counted(self, cells: _Cells, counts: NDArray[np.bool_], size: int) -> NDArray[np.int64 | np.float64]:
        cell = cells.cell[counts]
        if self._persons is None:
            weights = None if self._times is None else self._times[cells.units[counts]]
            return np.bincount(cell, weights, size)
        # who is here once needs no comparison with others
        alone = self._alone[cells.units[counts]]
        again, people = cell[~alone], self._persons[cells.units[counts][~alone]]
        once = np.unique(again * (len(self._alone) + 1) + people) // (len(self._alone) + 1)
        return np.bincount(cell[alone], minlength=size) + np.bincount(once, minlength=size)

    def _told(self, cells: _Cells, measure: str, numerator: str, found: Numbers, size: int) -> list[float | None]:
        """By cell of `found`; None where there is nothing to take it of."""
        column, share = CENTILES.get(measure, ("days", None))
        if numerator not in self._has:
            return [None] * len(found)
        days = self._units[column][cells.units]
        of = np.flatnonzero(self._has[numerator][cells.units] & ~np.isnan(days))
        cell, days = cells.cell[of], days[of]
        many = np.bincount(cell, minlength=size)
        with np.errstate(invalid="ignore"):
            told = np.bincount(cell, days, size) / many if share is None else _centile(cell, days, many, share)
        return [one if there else None for one, there in zip(told[found].tolist(), many[found].tolist(), strict=True)]


def _centile(cell: Numbers, days: Days, many: Numbers, share: float) -> Days:
    """`percentile_cont` of whole days by cell, each of `many`; of none, anything."""
    if not len(days):
        return np.zeros(len(many))
    ordered = np.sort((cell << 32) + days.astype(np.int64) + (1 << 31))
    told = ((ordered & 0xFFFFFFFF) - (1 << 31)).astype(np.float64)
    first = np.cumsum(many) - many
    place = share * np.maximum(many - 1, 0)
    low, last = np.floor(place).astype(np.int64), len(told) - 1
    below, above = told[np.minimum(first + low, last)], told[np.minimum(first + np.ceil(place).astype(np.int64), last)]
    result: Days = below + (place - low) * (above - below)
    return result
