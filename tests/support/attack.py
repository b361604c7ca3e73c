"""What an attacker works out of published tables: the least and the greatest value that a hidden cell can have, by integer programming."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

Cell = tuple[str, ...]
Dimension = Mapping[str, Sequence[Sequence[str]]]
Range = tuple[float, float]
ANY: Range = (0, np.inf)


def nodes(dimension: Dimension) -> list[str]:
    return list(dict.fromkeys([*dimension, *(child for parts in dimension.values() for part in parts for child in part)]))


def sums(dimensions: Sequence[Dimension]) -> Iterator[tuple[Cell, list[Cell]]]:
    """(total, its parts) for every sum that holds in a table over the dimensions."""
    for cell in product(*map(nodes, dimensions)):
        for place, dimension in enumerate(dimensions):
            for parts in dimension.get(cell[place], []):
                yield cell, [(*cell[:place], part, *cell[place + 1 :]) for part in parts]


def counted(people: Iterable[Cell], dimensions: Sequence[Dimension]) -> dict[Cell, int]:
    """Every cell of the table; a person is the nodes, of every dimension joined by &, that hold it below the totals."""
    above = [{child: node for node, parts in dimension.items() for part in parts for child in part} for dimension in dimensions]
    table = dict.fromkeys(product(*map(nodes, dimensions)), 0)
    for person in people:
        held = []
        for named, over in zip(person, above, strict=True):
            found: list[str] = []
            for name in named.split(" & "):
                node: str | None = name
                while node is not None and node not in found:
                    found.append(node)
                    node = over.get(node)
            held.append(found)
        for cell in product(*held):
            table[cell] += 1
    return table


def reach(known: Mapping[Cell, Range], dimensions: Sequence[Dimension], targets: Iterable[Cell]) -> dict[Cell, tuple[int, int]]:
    """Of each target the least and greatest count, over all tables of whole persons that agree with what is known."""
    cells = list(known)
    place = {cell: number for number, cell in enumerate(cells)}
    rows, columns, values, row = [], [], [], 0
    for total, parts in sums(dimensions):
        for cell, sign in [(total, -1), *((part, 1) for part in parts)]:
            rows.append(row)
            columns.append(place[cell])
            values.append(sign)
        row += 1
    adds_up = LinearConstraint(coo_array((values, (rows, columns)), shape=(row, len(cells))).tocsr(), 0, 0)
    bounds = Bounds(np.array([known[cell][0] for cell in cells]), np.array([known[cell][1] for cell in cells]))
    whole = np.ones(len(cells))
    found = {}
    for target in targets:
        ends = []
        for way in (1, -1):
            aim = np.zeros(len(cells))
            aim[place[target]] = way
            solved = milp(aim, constraints=adds_up, bounds=bounds, integrality=whole)
            assert solved.status in {0, 3, 4}, solved.message  # solved, or without a bound: the true table always agrees
            ends.append(round(way * solved.fun) if solved.status == 0 else 10**9)
        found[target] = (ends[0], ends[1])
    return found
