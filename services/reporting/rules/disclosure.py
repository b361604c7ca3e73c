"""Disclosure control: the only door through which a figure leaves (05-returns).

A measure yields `Exact` figures, which can be neither printed nor compared nor counted with. What pages, files and returns show is
`Disclosed`, and only this module makes it: `own` for a provider that looks at itself, `national` for the national layout, `protect` for
every other audience. The rules are those of the national publication: a count below 5, zero too, is `*`; others go to the nearest 5; a
rate, median or centile is `*` if the count that it stands on is below 5, otherwise rounded half up to no decimals; England is as it is.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import product
from typing import NoReturn

from services.reporting.rules.complements import SMALL, Cell, Dimension, Tree, complements

BASE = 5
HIDDEN = "*"
LEAST_OF_CENTILE = 8
"""Persons that a median or centile needs outside the national layout."""
GROWN_BY, GROWN_TIMES = 100, 1.5
"""Persons, and times as many, from which on a table is another one than its earlier version."""
_DOOR = object()
_LAST = 10**12
"""The price of hiding a national figure: paid when nothing else protects a small one."""


class Disclosed:
    """What may be shown to the audience that it was made for: its text, `*` when hidden."""

    __slots__ = ("_text",)

    def __init__(self, text: str, door: object) -> None:
        if door is not _DOOR:
            raise TypeError("a figure is disclosed by services.reporting.rules.disclosure alone")
        self._text = text

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Disclosed({self._text})"

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, Disclosed) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)

    @property
    def hidden(self) -> bool:
        """Whether it says no number: hidden, or, to the provider itself, not there."""
        return self._text in {HIDDEN, ""}


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Exact:
    """A figure before disclosure control. `value`: None of nothing; a count is an int.

    Of a rate, median or centile `on` is the count that hides it when small (Q6: MRS02f stands on MRS02a in the compatible mode, see
    `published.py`), `of` the number of persons it is computed from.
    """

    _value: int | float | Fraction | None
    _on: int | None = None
    _of: int | None = None
    _centile: bool = False

    @staticmethod
    def count(persons: int) -> "Exact":
        if persons < 0:
            raise ValueError(f"a count is not {persons}")
        return Exact(persons)

    @staticmethod
    def rate(numerator: int, denominator: int, per: int = 100, on: int | None = None) -> "Exact":
        """`per` x numerator / denominator; of an empty denominator there is none."""
        value = Fraction(per * numerator, denominator) if denominator else None
        return Exact(value, numerator if on is None else on, denominator)

    @staticmethod
    def centile(value: float | None, persons: int, on: int | None = None) -> "Exact":
        """A median or percentile of `persons` values."""
        return Exact(value, persons if on is None else on, persons, _centile=True)

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError("an exact figure leaves through disclosure control alone: own, national or protect")

    __str__ = __format__ = __eq__ = __hash__ = __lt__ = __gt__ = __le__ = __ge__ = __bool__ = __int__ = __float__ = _refuse
    __reduce__ = __reduce_ex__ = __getstate__ = __iter__ = _refuse

    def __repr__(self) -> str:
        return "Exact(not shown)"


def own(figure: Exact) -> Disclosed:
    """For the provider whose own figure it is: as it is, a rate with six decimals; blank where there is nobody to take it of."""
    return Disclosed("" if figure._value is None else _whole(figure._value), _DOOR)


def national(figure: Exact | None, england: bool, either: bool = False) -> Disclosed:
    """A figure of the national layout. None: a combination that does not occur.

    `either` is the stricter setting of older publications (EIP23): a rate is hidden if its numerator or its denominator is small.
    """
    if figure is None:
        return Disclosed(HIDDEN, _DOOR)
    if england:
        return Disclosed(_single(figure._value), _DOOR)
    if figure._on is None:
        return _rounded(figure._value)
    stands = min(figure._on, figure._of or 0) if either else figure._on
    return Disclosed(HIDDEN, _DOOR) if stands < SMALL else _half_up(figure._value)


class Release:
    """One version of a table as a wider audience sees it."""

    def __init__(self, counts: Mapping[Cell, int], hidden: set[Cell], exact: Callable[[Cell], bool]) -> None:
        self._counts = dict(counts)  # as they are shown: a later version keeps those that hardly changed
        self._hidden = frozenset(hidden)
        self._exact = exact

    def count(self, cell: Cell) -> Disclosed:
        """`*` also of a cell that does not occur."""
        if cell not in self._counts or cell in self._hidden:
            return Disclosed(HIDDEN, _DOOR)
        return own(Exact(self._counts[cell])) if self._exact(cell) else _rounded(self._counts[cell])

    def rate(self, part: Cell, whole: Cell, per: int = 100) -> Disclosed:
        """`per` x part / whole, both cells of this table: with what is in the whole and not in the part, whose count it gives away."""
        if self.count(part).hidden or self.count(whole).hidden:
            return Disclosed(HIDDEN, _DOOR)
        rate = Exact.rate(self._counts[part], self._counts[whole], per)
        return own(rate) if self._exact(part) and self._exact(whole) else _half_up(rate._value)

    def rate_of(self, cell: Cell, population: int, per: int) -> Disclosed:
        """A rate of a public population, which counts nobody who is counted here."""
        return Disclosed(HIDDEN, _DOOR) if self.count(cell).hidden else _half_up(Exact.rate(self._counts[cell], population, per)._value)

    def centile(self, cell: Cell, figure: Exact) -> Disclosed:
        """A median or percentile over the persons of a cell, of 8 or more."""
        if not figure._centile:
            raise TypeError("a count or a rate of a release comes from its own cells")
        few = self.count(cell).hidden or min(figure._of or 0, self._counts[cell]) < LEAST_OF_CENTILE
        return Disclosed(HIDDEN, _DOOR) if few else _half_up(figure._value)

    def outgrown_by(self, counts: Mapping[Cell, int], total: Cell) -> bool:
        """Whether so many more are counted now that this was no version of the same figures, as while a history is being loaded: then what
        it hid is told by no difference of a few people, and need not stay hidden."""  # fmt: skip
        was, now = self._counts.get(total, 0), counts.get(total, 0)
        return now - was >= GROWN_BY and now >= was * GROWN_TIMES

    def kept(self) -> list[tuple[Cell, int, bool]]:
        """What the version after this one must know. It holds exact counts: it is shown to nobody."""
        return [(cell, count, cell in self._hidden) for cell, count in self._counts.items()]

    @staticmethod
    def again(kept: Iterable[tuple[Sequence[str], int, bool]], nation: str | None = None) -> "Release":
        """A release from what was kept of it."""
        told = [(tuple(cell), count, hidden) for cell, count, hidden in kept]
        counts = {cell: count for cell, count, _ in told}
        return Release(counts, {cell for cell, _, hidden in told if hidden}, lambda cell: cell[0] == nation)

    def cells(self) -> Iterator[tuple[Cell, Disclosed]]:
        for cell in self._counts:
            yield cell, self.count(cell)


def protect(
    counts: Mapping[Cell, int],
    dimensions: Sequence[Dimension],
    before: Release | None = None,
    nation: str | None = None,
    overlapping: bool = False,
) -> Release:
    """A table of counts for a wider audience: small counts hidden, and what would give them away.

    `counts`: persons (or spells) by a node of each dimension; cells left out hold nobody. Every total must be in it and be the sum of
    its parts, so a rate needs what is left over as a part of its own; `overlapping`: persons may be in several parts, so parts may add
    up to more. `before`: the release of the version before this one, whose hidden cells stay hidden and whose figures stay the same
    unless five persons or more changed: the difference of two versions is a small group too. `nation`: the node of the first dimension
    whose figures are shown as they are, England. ValueError if the sums do not hold.
    """
    trees = [Tree(dimension) for dimension in dimensions]
    full = {cell: counts.get(cell, 0) for cell in product(*(tree.nodes for tree in trees))}
    unknown = next((cell for cell in counts if cell not in full), None)
    if unknown is not None:
        raise ValueError(f"{' / '.join(unknown)} is in none of the breakdowns declared: a table has these and no others")
    _adds_up(full, trees, overlapping)

    def exact(cell: Cell) -> bool:
        return cell[0] == nation

    def cost(cell: Cell) -> float:
        # A little more for a total: it equals its part when all the others are empty, and to choose by that would tell it.
        total = any(tree.parts.get(node) for tree, node in zip(trees, cell, strict=True))
        return full[cell] + (0.5 if total else 0) + (_LAST if exact(cell) else 0)

    hidden = {cell for cell, persons in full.items() if persons < SMALL}
    if before is not None:
        hidden |= before._hidden & full.keys()
    hidden = complements(full, trees, hidden, cost)
    shown = {
        cell: was
        if before is not None and (was := before._counts.get(cell, -SMALL)) >= SMALL and abs(was - now) < SMALL and not exact(cell)
        else now
        for cell, now in full.items()
    }
    return Release(shown, hidden, exact)


def _adds_up(counts: Mapping[Cell, int], trees: Sequence[Tree], overlapping: bool) -> None:
    for place, tree in enumerate(trees):
        for cell, persons in counts.items():
            for parts in tree.parts.get(cell[place], []):
                total = sum(counts[(*cell[:place], part, *cell[place + 1 :])] for part in parts)
                if persons < 0 or total < persons or (total > persons and not overlapping):
                    raise ValueError(f"the parts of {' / '.join(cell)} ({', '.join(parts)}) do not add up to it")


def _rounded(persons: int | float | Fraction | None) -> Disclosed:
    """To the nearest 5, half up."""
    if persons is None or persons < SMALL:
        return Disclosed(HIDDEN, _DOOR)
    return Disclosed(str(_nearest(persons)), _DOOR)


def _nearest(persons: int | float | Fraction) -> int:
    return int((persons + Fraction(BASE, 2)) // BASE * BASE)


def _half_up(value: int | float | Fraction | None) -> Disclosed:
    if value is None:
        return Disclosed(HIDDEN, _DOOR)
    return Disclosed(str(int((_decimal(value)).quantize(Decimal(1), ROUND_HALF_UP))), _DOOR)


def _whole(value: int | float | Fraction | None) -> str:
    """At most six decimals."""
    if value is None:
        return HIDDEN
    if isinstance(value, int):
        return str(value)
    text = str(_decimal(value).quantize(Decimal("0.000001"), ROUND_HALF_UP))
    return text.rstrip("0").rstrip(".")


def _single(value: int | float | Fraction | None) -> str:
    """As the nation publishes a figure of England: in single precision, by the fewest digits that tell it."""
    if value is None or isinstance(value, int):
        return _whole(value)
    single = struct.pack("f", float(value))
    held: float = struct.unpack("f", single)[0]
    texts = (f"{held:.{digits}g}" for digits in range(1, 10))
    return f"{Decimal(next(text for text in texts if struct.pack('f', float(text)) == single)):f}"


def _decimal(value: int | float | Fraction) -> Decimal:
    if isinstance(value, Fraction):
        return Decimal(value.numerator) / Decimal(value.denominator)
    return Decimal(repr(value))
