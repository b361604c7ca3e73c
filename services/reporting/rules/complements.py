"""Which further cells of a table must stay hidden, so that no small one can be worked out from those that are shown.

The attacker is given more than is published: every shown cell exactly, every sum of the table. A hidden cell of h persons is safe
when some other table, equal in all that is shown, has 0 in its place, and some other has 4. Such a table is a move: one person out of
one cell and into another all along the sums, so that what is added up still adds up. A move touches hidden cells alone; where none
does, the cells of the cheapest move are hidden too.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import chain, groupby, product
from math import inf, prod
from typing import NamedTuple

SMALL = 5
"""Counts below it are hidden; hidden ones keep every value below it open."""

Dimension = Mapping[str, Sequence[Sequence[str]]]
"""What each node is divided into: `{"England": [["RXA", "RXB"], ["QE1", "QF7"]]}`; each inner list adds up to the node. One root."""
Cell = tuple[str, ...]
"""A node of each dimension."""
Move = tuple[tuple[str, ...], tuple[int, ...]]
"""Of one dimension: nodes that change together, and each by what, +1 or -1."""
BySize = Mapping[int, Sequence[Move]]
"""Moves by how many nodes they touch."""
Cost = Callable[[Cell], float]
Moves = tuple[Move, ...]
"""Of each dimension one: every combination of their nodes is a cell that changes, by the product of their signs."""
Paid = tuple[float, Move]


class _Ways(NamedTuple):
    """Moves of an undivided cell that touch `size` cells: one of each dimension, which touches `of_each` nodes."""

    size: int
    leaf: Cell
    of_each: Sequence[int]


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
        self._with = cache(self._find_with)
        self._others = cache(self._find_others)
        self.sizes = cache(self._find_sizes)

    def divided(self, node: str) -> bool:
        return bool(self.parts.get(node))

    def under(self, node: str) -> Iterator[str]:
        """The undivided nodes of its first division, and of theirs: each person of `node` once."""
        if not self.divided(node):
            yield node
        else:
            for child in self.parts[node][0]:
                yield from self.under(child)

    def moves(self, node: str, through: str, size: int) -> Iterator[Move]:
        """Every move by +1 of an undivided node and of one that it is in that touches `size` nodes. There are many: they are not kept."""
        return (((node, *nodes), (1, *signs)) for nodes, signs in self._upwards(node, through, size - 1))

    def _find_sizes(self, node: str, through: str) -> Sequence[int]:
        """How many nodes such moves touch, fewest first."""
        if node == self.root:
            return [1]
        found = {1 + size for sibling in self._siblings(node) for size in self._with(sibling, -1)} if node == through else set()
        parent = self.parent[node]
        above = self.sizes(parent, parent if node == through else through)
        return sorted(found | {1 + size + more for size in above for more in self._others(node)})

    def _siblings(self, node: str) -> Sequence[str]:
        own = next(part for part in self.parts[self.parent[node]] if node in part)
        return [sibling for sibling in own if sibling != node]

    def _upwards(self, node: str, through: str, size: int) -> Iterator[Move]:
        """What balances +1 at a node among those beside and above it; above, as far as `through` at least."""
        if node == self.root:
            if size == 0:
                yield (), ()
            return
        if node == through:
            for sibling in self._siblings(node):
                yield from self._with(sibling, -1).get(size, ())
        parent = self.parent[node]
        for more, chosen in self._others(node).items():
            for nodes, signs in self._upwards(parent, parent if node == through else through, size - 1 - more):
                yield from (((parent, *nodes, *others), (1, *signs, *theirs)) for others, theirs in chosen)

    def _find_others(self, node: str) -> BySize:
        """What follows in the other divisions of the node above, when that changes by +1 with this one."""
        return self._each([part for part in self.parts[self.parent[node]] if node not in part], 1)

    def _find_with(self, node: str, sign: int) -> BySize:
        """A node that changes, with what follows below it."""
        below = self._each(self.parts.get(node, []), sign)
        return {size + 1: [((node, *nodes), (sign, *signs)) for nodes, signs in moves] for size, moves in below.items()}

    def _each(self, parts: Sequence[Sequence[str]], sign: int) -> BySize:
        """One node of each division."""
        found: dict[int, list[Move]] = {}
        ways = ([move for child in part for moves in self._with(child, sign).values() for move in moves] for part in parts)
        for chosen in product(*ways):
            nodes = tuple(chain.from_iterable(nodes for nodes, _ in chosen))
            found.setdefault(len(nodes), []).append((nodes, tuple(chain.from_iterable(signs for _, signs in chosen))))
        return found


def complements(counts: Mapping[Cell, int], trees: Sequence[Tree], hidden: set[Cell], cost: Cost) -> set[Cell]:
    """`hidden`, and what must be hidden with it. `counts` holds every cell; `cost`: of hiding one that is shown."""
    prices = {cell: 0.0 if cell in hidden else cost(cell) for cell in counts}
    small = [cell for cell in counts if counts[cell] < SMALL]
    for cell in sorted(small, key=lambda cell: (_divisions(cell, trees), counts[cell], cell)):
        for aim in (0, SMALL - 1):
            if not _Walk(counts, trees, prices, cell, aim).arrives():
                return set(counts)  # with nothing shown, nothing is given away
    return {cell for cell, price in prices.items() if price == 0}


def _divisions(cell: Cell, trees: Sequence[Tree]) -> int:
    return sum(tree.divided(node) for tree, node in zip(trees, cell, strict=True))


class _Walk:
    """Move person by person to a table with `aim` in the target's place, and hide what the moves touch.

    `prices`: of hiding each cell, 0 where it is hidden.
    """

    def __init__(self, counts: Mapping[Cell, int], trees: Sequence[Tree], prices: dict[Cell, float], target: Cell, aim: int) -> None:
        self._counts, self._trees, self._prices, self._target, self._aim = counts, trees, prices, target, aim
        self._changed: dict[Cell, int] = {}
        self._way = 1 if aim > counts[target] else -1
        self._most = inf

    def arrives(self) -> bool:
        """False: there is no way."""
        moves: Moves | None = None
        while self._left(self._target) != self._aim:
            if moves is None or self._price(moves) > 0 or not self._possible(moves):
                chosen = self._cheapest()
                if not chosen:
                    return False
                moves = chosen[0]
                self._prices.update((cell, 0.0) for one in chosen for cell, _ in _touched(one))
            for cell, sign in _touched(moves):
                self._changed[cell] = self._changed.get(cell, 0) + sign * self._way
        return True

    def _cheapest(self) -> Sequence[Moves]:
        """Of the moves that touch fewest cells and take nobody from where nobody is, those that hide least.

        All of them are hidden: to choose among equals would tell that another choice was not equal.
        """
        for _, alike in groupby(self._ways, key=lambda way: way.size):
            ways = list(alike)
            # what hides nothing is looked for first: then nothing else needs a price
            found = self._within(ways, 0) or self._within(ways, inf)
            if found:
                return found
        return []

    def _within(self, ways: Sequence[_Ways], most: float) -> Sequence[Moves]:
        """Those that hide least, and no more than `most`; of those that hide nothing the first."""
        found: list[Moves] = []
        self._most = most
        for way in ways:
            others = [_by_cost(self._alone(way, place)) for place in range(1, len(self._trees))]
            if not all(others):
                continue
            first: Iterable[Paid] = self._alone(way, 0)  # the longest dimension; where all must cost nothing one is enough
            for moves in self._together([first if most == 0 else _by_cost(first), *others]):
                paid = self._price(moves)
                if paid <= self._most and self._possible(moves):
                    if paid < self._most:
                        self._most, found = paid, []
                    found.append(moves)
                    if paid == 0:
                        return found
        return found

    def _alone(self, way: _Ways, place: int) -> Iterator[Paid]:
        """The possible moves of one dimension with what they cost in the leaf's own line: a combination costs no less."""
        before, leaf, after = way.leaf[:place], way.leaf[place], way.leaf[place + 1 :]
        prices, counts, changed, most, given = self._prices, self._counts, self._changed, self._most, self._way
        for move in self._trees[place].moves(leaf, self._target[place], way.of_each[place]):
            paid = 0.0
            for node, sign in zip(*move, strict=True):
                cell = (*before, node, *after)
                paid += prices[cell]
                if paid > most or (sign != given and counts[cell] + changed.get(cell, 0) == 0):
                    break
            else:
                yield paid, move

    def _together(self, parts: Sequence[Iterable[Paid]]) -> Iterator[Moves]:
        """A move of each dimension; none of which one alone costs more than the best that was found."""
        if not parts:
            yield ()
            return
        for paid, move in parts[0]:
            if paid > self._most:
                return
            yield from ((move, *others) for others in self._together(parts[1:]))

    def _price(self, moves: Moves) -> float:
        return sum(map(self._prices.__getitem__, product(*(nodes for nodes, _ in moves))))

    def _possible(self, moves: Moves) -> bool:
        """Whether nobody is taken from where nobody is."""
        return all(sign == self._way or self._left(cell) for cell, sign in _touched(moves))

    def _left(self, cell: Cell) -> int:
        return self._counts[cell] + self._changed.get(cell, 0)

    @cached_property
    def _ways(self) -> Sequence[_Ways]:
        """Of each undivided cell in the target, how moves can change it and the target; those that touch fewest cells first."""
        found = (
            _Ways(prod(sizes), leaf, sizes)
            for leaf in product(*(tree.under(node) for tree, node in zip(self._trees, self._target, strict=True)))
            for sizes in product(*(tree.sizes(node, through) for tree, node, through in zip(self._trees, leaf, self._target, strict=True)))
        )
        return sorted(found, key=lambda way: way.size)


def _by_cost(paid: Iterable[Paid]) -> Sequence[Paid]:
    return sorted(paid, key=lambda one: one[0])


def _touched(moves: Moves) -> Iterator[tuple[Cell, int]]:
    """The cells that a move of each dimension changes together, and by what."""
    return zip(product(*(nodes for nodes, _ in moves)), map(prod, product(*(signs for _, signs in moves))), strict=True)
