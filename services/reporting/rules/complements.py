"""Which further cells of a table must stay hidden, so that no small one can be worked out from those that are shown.

The attacker is given more than is published: every shown cell exactly, every sum of the table. A hidden cell of h persons is safe
when some other table, equal in all that is shown, has 0 in its place, and some other has 4. Such a table is a move: one person out of
one cell and into another all along the sums, so that what is added up still adds up. A move touches hidden cells alone; where none
does, the cells of the cheapest move are hidden too.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, product
from math import inf, prod
from typing import NamedTuple

SMALL = 5
"""Counts below it are hidden; hidden ones keep every value below it open."""

Dimension = Mapping[str, Sequence[Sequence[str]]]
"""What each node is divided into: `{"England": [["RXA", "RXB"], ["QE1", "QF7"]]}`; each inner list adds up to the node. One root."""
Cell = tuple[str, ...]
"""A node of each dimension."""
Move = dict[str, int]
"""Of one dimension: nodes that change by +1 or -1 together."""
Cost = Callable[[Cell], float]
Touched = list[tuple[Cell, int]]
"""Cells that change together, by +1 or -1."""


class _Ways(NamedTuple):
    """Moves of an undivided cell that touch `size` cells: one of each dimension, combined."""

    size: int
    leaf: Cell
    of_each: Sequence[Sequence[Move]]


class Tree:
    """A dimension, checked: one root, each node divided from one other."""

    def __init__(self, dimension: Dimension) -> None:
        self.parts = {node: [list(part) for part in parts] for node, parts in dimension.items()}
        self.parent: dict[str, str] = {}
        for node, parts in self.parts.items():
            for child in (child for part in parts for child in part):
                if child in self.parent:
                    raise ValueError(f"{child} is a part of {self.parent[child]} and of {node}: a node is divided from one other")
                self.parent[child] = node
        self.nodes = list(dict.fromkeys([*self.parts, *self.parent]))
        roots = [node for node in self.nodes if node not in self.parent]
        if len(roots) != 1:
            raise ValueError(f"a dimension has one total, not {', '.join(roots) or 'none'}")
        self.root = roots[0]
        self._moves: dict[tuple[str, str], list[tuple[int, list[Move]]]] = {}

    def divided(self, node: str) -> bool:
        return bool(self.parts.get(node))

    def under(self, node: str) -> Iterator[str]:
        """The undivided nodes of its first division, and of theirs: each person of `node` once."""
        if not self.divided(node):
            yield node
        else:
            for child in self.parts[node][0]:
                yield from self.under(child)

    def moves(self, node: str, through: str) -> Sequence[tuple[int, Sequence[Move]]]:
        """Every move by +1 of an undivided node and of one that it is in, by how many nodes they touch, fewest first."""
        if (node, through) not in self._moves:
            found: dict[int, list[Move]] = {}
            for move in ({node: 1, **above} for above in self._upwards(node)):
                if through in move:
                    found.setdefault(len(move), []).append(move)
            self._moves[node, through] = sorted(found.items())
        return self._moves[node, through]

    def _upwards(self, node: str) -> Iterator[Move]:
        """What balances +1 at a node among those beside and above it."""
        if node == self.root:
            yield {}
            return
        parent = self.parent[node]
        own = next(part for part in self.parts[parent] if node in part)
        for sibling in own:
            if sibling != node:
                yield from ({sibling: -1, **move} for move in self._downwards(sibling, -1))
        others = [part for part in self.parts[parent] if part is not own]
        for move in self._upwards(parent):
            for chosen in product(*([{child: 1, **down} for child in part for down in self._downwards(child, 1)] for part in others)):
                yield {parent: 1, **move, **{name: sign for one in chosen for name, sign in one.items()}}

    def _downwards(self, node: str, sign: int) -> Iterator[Move]:
        """What follows below a node that changes."""
        for chosen in product(
            *([{child: sign, **down} for child in part for down in self._downwards(child, sign)] for part in self.parts.get(node, []))
        ):
            yield {name: each for one in chosen for name, each in one.items()}


def complements(counts: Mapping[Cell, int], trees: Sequence[Tree], hidden: set[Cell], cost: Cost) -> set[Cell]:
    """`hidden`, and what must be hidden with it. `counts` holds every cell; `cost`: of hiding one that is shown."""
    found = set(hidden)
    small = [cell for cell in counts if counts[cell] < SMALL]
    for cell in sorted(small, key=lambda cell: (_divisions(cell, trees), counts[cell], cell)):
        for aim in (0, SMALL - 1):
            if not _walk(counts, trees, found, cell, aim, cost):
                return set(counts)  # with nothing shown, nothing is given away
    return found


def _divisions(cell: Cell, trees: Sequence[Tree]) -> int:
    return sum(tree.divided(node) for tree, node in zip(trees, cell, strict=True))


def _walk(counts: Mapping[Cell, int], trees: Sequence[Tree], hidden: set[Cell], target: Cell, aim: int, cost: Cost) -> bool:
    """Move person by person to a table with `aim` in the target's place, and hide what the moves touch. False: there is no way."""
    changed = Counter[Cell]()
    way = 1 if aim > counts[target] else -1
    ways: list[_Ways] | None = None
    move: Touched = []

    def price(touched: Touched) -> float:
        """inf if it takes somebody from where nobody is; otherwise what it hides."""
        paid = 0.0
        for cell, sign in touched:
            if sign != way and counts[cell] + changed[cell] == 0:
                return inf
            if cell not in hidden:
                paid += cost(cell)
        return paid

    while counts[target] + changed[target] != aim:
        if not move or price(move) > 0:
            ways = ways or _ways(target, trees)
            chosen = _cheapest(price, ways)
            if not chosen:
                return False
            move = chosen[0]
            hidden.update(cell for touched in chosen for cell, _ in touched)
        for cell, sign in move:
            changed[cell] += sign * way
    return True


def _ways(target: Cell, trees: Sequence[Tree]) -> list[_Ways]:
    """Of each undivided cell in the target, the moves that change it and the target; those that touch fewest cells first."""
    found = (
        _Ways(prod(size for size, _ in sizes), leaf, [moves for _, moves in sizes])
        for leaf in product(*(tree.under(node) for tree, node in zip(trees, target, strict=True)))
        for sizes in product(*(tree.moves(node, through) for tree, node, through in zip(trees, leaf, target, strict=True)))
    )
    return sorted(found, key=lambda way: way.size)


def _cheapest(price: Callable[[Touched], float], ways: Sequence[_Ways]) -> list[Touched]:
    """Of the moves that touch fewest cells and take nobody from where nobody is, those that hide least.

    All of them are hidden: to choose among equals would tell that another choice was not equal.
    """
    for _, alike in groupby(ways, key=lambda way: way.size):
        least = inf
        found: list[Touched] = []
        for way in alike:
            parts = [_alone(price, way, place) for place in range(len(way.of_each))]
            for paid_alone, moves in ((max(paid for paid, _ in one), [move for _, move in one]) for one in product(*parts)):
                if paid_alone > least:
                    continue
                touched = list(_touched(moves))
                paid = price(touched)
                if paid < least:
                    least, found = paid, []
                if paid == least < inf:
                    found.append(touched)
                if paid == 0:
                    return found
        if found:
            return found
    return []


def _alone(price: Callable[[Touched], float], way: _Ways, place: int) -> list[tuple[float, Move]]:
    """The possible moves of one dimension with what they cost in the leaf's own line: a combination costs no less. Cheapest first."""
    before, after = way.leaf[:place], way.leaf[place + 1 :]
    priced = [(price([((*before, node, *after), sign) for node, sign in move.items()]), move) for move in way.of_each[place]]
    return sorted(((paid, move) for paid, move in priced if paid < inf), key=lambda one: one[0])


def _touched(moves: Sequence[Move]) -> Iterator[tuple[Cell, int]]:
    """The cells that a move of each dimension changes together, and by what."""
    for nodes in product(*(move.items() for move in moves)):
        yield tuple(node for node, _ in nodes), prod(sign for _, sign in nodes)
