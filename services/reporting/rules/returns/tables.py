"""A return's measures as tables declared whole (disclosure): for each set of measures that are parts of each other, places x groups.

Groups of one place alone divide that place; where two places are divided alike, every place is, for their difference is a place too.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from services.reporting.rules.complements import Cell as Node
from services.reporting.rules.complements import Dimension, Tree
from services.reporting.rules.disclosure import Release, protect
from services.reporting.rules.measures import MEASURES, Found
from services.reporting.rules.measures.lines import Counted
from services.reporting.rules.published import Kind
from services.reporting.rules.returns.lines import FOOTPRINT, GROUPS, ORGANISATION, PCN, Measured
from services.reporting.rules.wider import FAMILIES

ALL = "all"
CLOSED = {by: GROUPS[by] for by in ("age", "deprivation")}
"""Groups that hold everybody: when all are named nothing is left."""


class Place(NamedTuple):
    """Where a figure was counted: the key of a `Found` that is of no team."""

    level: str
    code: str
    by: str = ""
    value: str = ""


class Ground(NamedTuple):
    """`level` of the organisation: icb or provider. `pcns`: those that are reported by, `inside` the footprint or not."""

    level: str
    organisation: str
    pcns: tuple[str, ...]
    inside: bool

    def places(self, source: Measured) -> list[Place]:
        """Of the cells of a line, in order."""
        level = self.level if source.level == ORGANISATION else source.level
        codes = self.pcns if level == PCN else (self.organisation,)
        return [Place(level, code, source.by, value) for code in codes for value in source.values or ("",)]


Figures = Mapping[str, Mapping[Place, Found]]
"""By measure."""


def figures(counted: Counted) -> Figures:
    found: dict[str, dict[Place, Found]] = {}
    for family, rows in counted:
        by_place = {Place(one.level, one.code, one.by, one.value): one for one in rows if not one.team}
        found |= {measure.id: by_place for measure in family.measures}
    return found


class Table(NamedTuple):
    """One release; `at`: which of its cells a measure at a place is."""

    release: Release
    at: Callable[[Place, str], Node]


Tables = Mapping[str, Table]
"""By measure."""


def tables(lines: Iterable[Measured], found: Figures, ground: Ground, before: Tables | None = None) -> Tables:
    """Every measure of these lines, protected. `before`: of the version before this one.

    ValueError, one line: the footprint exceeds all, or parts do not add up.
    """
    asked: dict[str, list[Measured]] = defaultdict(list)
    for line in lines:
        figure = MEASURES[line.measure].figure
        asked[figure.measure_id if figure.kind is Kind.COUNT else figure.numerator].append(line)
        if figure.kind is Kind.PERCENT:
            asked[figure.denominator].append(line)
    made: dict[str, Table] = {}
    for outcomes, overlapping in _outcomes(asked):
        members = [node for node in Tree(outcomes).nodes if node in MEASURES]
        shaped = _Shape(
            [line for name in members for line in asked.get(name, ())], ground, outcomes, found.get(members[0], {}), overlapping
        )
        earlier = before.get(members[0]) if before is not None else None
        release = protect(shaped.counts(), shaped.dimensions, earlier and earlier.release, overlapping=overlapping)
        made |= {name: Table(release, shaped.at) for name in members}
    return made


def _outcomes(asked: Iterable[str]) -> Iterator[tuple[Dimension, bool]]:
    """Measures by what they are parts of: as for the wider audience, else the parts of each percentage that is counted by persons."""
    left = dict.fromkeys(asked)
    for family in FAMILIES:
        members = [name for name in Tree(family.parts).nodes if name in left]
        if members:
            yield family.parts, family.overlapping
        for name in members:
            del left[name]
    parts: dict[str, list[list[str]]] = {}
    inside: set[str] = set()
    for measure in (one.figure for one in MEASURES.values()):
        pair = measure.numerator, measure.denominator
        if measure.kind is Kind.PERCENT and set(pair) <= left.keys() and pair[0] not in inside | parts.keys() and pair[1] not in inside:
            parts.setdefault(pair[1], []).append([pair[0], f"{pair[1]} without {pair[0]}"])
            inside.add(pair[0])
    for name in left:
        if name not in inside:
            yield {name: parts.get(name, [])}, MEASURES[name].unit.startswith("person")


class _Shape:
    """The table of one set of measures: its dimensions, and every cell with what it counts."""

    def __init__(
        self, lines: Sequence[Measured], ground: Ground, outcomes: Dimension, found: Mapping[Place, Found], overlapping: bool
    ) -> None:
        self._ground, self._outcomes, self._found, self._overlapping = ground, outcomes, found, overlapping
        self._whole = any(place.level == ground.level for place in found)
        levels = {line.level for line in lines}
        self._areas = self._divided(levels)
        groups: dict[str, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
        for line in lines:
            if line.by:
                groups[line.by][line.level].update(dict.fromkeys(line.values))
        self._values = {by: list(dict.fromkeys(value for of in levels.values() for value in of)) for by, levels in groups.items()}
        self._rest = [by for by in self._values if by not in CLOSED or set(CLOSED[by]) - set(self._values[by])]
        self._crossed = any(len(levels) > 1 or PCN in levels for levels in groups.values())
        by_values = [[f"{by} {value}" for value in self._listed(by)] for by in self._values]
        if self._crossed:
            self.dimensions: list[Dimension] = [self._areas, {ALL: by_values}, outcomes]
        else:
            whose = {by: next(iter(levels)) for by, levels in groups.items()}
            divided = {area: list(parts) for area, parts in self._areas.items()}
            for by, division in zip(self._values, by_values, strict=True):
                divided.setdefault(whose[by], []).append([f"{whose[by]} {node}" for node in division])
            self.dimensions = [divided, outcomes]

    def _listed(self, by: str) -> list[str]:
        """The values of a group that lines name, and what they leave."""
        return self._values[by] + ["other"] * (by in self._rest)

    def _divided(self, levels: set[str]) -> Dimension:
        """The organisation, its footprint and what is elsewhere, PCNs; only what the lines name."""
        pcns = list(self._ground.pcns) if PCN in levels else []
        if PCN not in levels and FOOTPRINT not in levels:
            return {ORGANISATION: []}
        if not self._ground.inside:
            return {ORGANISATION: [[*pcns, "elsewhere"]]}
        inside: dict[str, list[list[str]]] = {FOOTPRINT: [pcns] if pcns else []}
        return {ORGANISATION: [[FOOTPRINT, "elsewhere"]], **inside} if ORGANISATION in levels else inside

    def at(self, place: Place, measure: str) -> Node:
        ground = self._ground
        area = {ground.level: ORGANISATION, FOOTPRINT: FOOTPRINT}.get(place.level, place.code)
        return self._node(area, f"{place.by} {place.value}" if place.by else ALL, measure)

    def _node(self, area: str, group: str, outcome: str) -> Node:
        if self._crossed:
            return area, group, outcome
        return (area if group == ALL else f"{area} {group}"), outcome

    def counts(self) -> dict[Node, int]:
        """Of every cell of the table."""
        groups = [ALL, *(f"{by} {value}" for by in self._values for value in self._listed(by))]
        found = {
            self._node(area, group, outcome): self._count(area, group, outcome)
            for area, group, outcome in product(Tree(self._areas).nodes, groups, Tree(self._outcomes).nodes)
        }
        declared = set(product(*(Tree(dimension).nodes for dimension in self.dimensions)))
        return {node: persons for node, persons in found.items() if node in declared}

    def _count(self, area: str, group: str, outcome: str) -> int:
        """Counted, or what the parts beside it leave of the whole; of people who may be in several parts, the most that they leave."""
        by, _, value = group.partition(" ")
        left = []
        if area == "elsewhere":
            beside = [FOOTPRINT] if self._ground.inside else list(self._ground.pcns)
            left.append(self._count(ORGANISATION, group, outcome) - sum(self._count(one, group, outcome) for one in beside))
        if value == "other":
            left.append(self._count(area, ALL, outcome) - sum(self._count(area, f"{by} {one}", outcome) for one in self._values[by]))
        if outcome not in MEASURES:
            whole, parts = next(
                (whole, parts) for whole, divisions in self._outcomes.items() for parts in divisions if parts[-1] == outcome
            )
            left.append(self._count(area, group, whole) - sum(self._count(area, group, part) for part in parts[:-1]))
        if not left:
            return self._counted(area, by if group != ALL else "", value, outcome)
        return max(0, *left) if self._overlapping else left[0]

    def _counted(self, area: str, by: str, value: str, measure: str) -> int:
        whole = Place(self._ground.level, self._ground.organisation, by, value)
        if area == ORGANISATION:
            return self._persons(whole, measure)
        if area != FOOTPRINT:
            return self._persons(Place(PCN, area, by, value), measure)
        persons = self._persons(whole._replace(level=FOOTPRINT), measure)
        if self._whole and persons > self._persons(whole, measure):
            of = f" of {by} {value}" if by else ""
            raise ValueError(f"{measure}{of}: more are counted in the transformation footprint of {whole.code} than in all of it")
        return persons

    def _persons(self, place: Place, measure: str) -> int:
        return self._found[place].counts.get(measure, 0) if place in self._found else 0
