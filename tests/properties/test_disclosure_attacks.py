"""Attacks on what is published: by the sums of a table, by two versions, by two views, by a rate and one of its counts.

The attacker here is stronger than a reader: of every figure that is shown they know the exact count behind it, rounding hides nothing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import product
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.rules.disclosure import Exact, Release, national, protect
from services.reporting.rules.wider import FAMILIES
from tests.support.attack import ANY, Cell, Dimension, Range, counted, reach

GROUPS = {"everyone": [["18-25", "26-64", "65+"], ["white", "black", "asian", "not known"]]}
AREAS = {"England": [["RXA", "RXB", "VCSE"], ["XIB", "XIC"]], "XIB": [["XP01", "XP02", "XP03"]], "XIC": [["XP04", "XP05"]]}
PROVIDERS = {"all": [["RXA", "RXB", "RXC", "VCSE"]]}
WITHIN = {"stopped": [["within 28", "later"]]}
TABLES: list[list[Dimension]] = [
    [PROVIDERS],
    [PROVIDERS, WITHIN],
    [PROVIDERS, GROUPS],
    [AREAS],
    [AREAS, WITHIN],
    [AREAS, {"everyone": GROUPS["everyone"][:1]}],
    *([PROVIDERS, family.parts] for family in FAMILIES if family.root in {"MHS108", "SMIRegister"}),
]


def leaves(dimension: Dimension, node: str) -> list[str]:
    """Every way of being below a node: one place of each of its divisions."""
    ways = [[way for child in part for way in leaves(dimension, child)] for part in dimension.get(node, [])]
    return [" & ".join(way) for way in product(*ways)] if ways else [node]


def table(dimensions: Sequence[Dimension], size: int, random: Random) -> dict[Cell, int]:
    """People as uneven as in life: some combinations crowded, many rare or empty."""
    places = [leaves(dimension, next(iter(dimension))) for dimension in dimensions]
    weights = [[random.paretovariate(0.7) for _ in places_of] for places_of in places]
    people = zip(*(random.choices(of, by, k=size) for of, by in zip(places, weights, strict=True)), strict=True)
    return counted(people, dimensions)


def known(counts: Mapping[Cell, int], release: Release) -> dict[Cell, Range]:
    return {cell: ANY if release.count(cell).hidden else (now, now) for cell, now in counts.items()}


def small(counts: Mapping[Cell, int]) -> list[Cell]:
    return [cell for cell, persons in counts.items() if persons < 5]


def pinned(found: Mapping[Cell, tuple[int, int]]) -> dict[Cell, tuple[int, int]]:
    """The cells about which the attack learned something: not every count from 0 to 4 is left."""
    return {cell: ends for cell, ends in found.items() if ends[0] > 0 or ends[1] < 4}


SIZES = st.sampled_from([0, 3, 9, 25, 60, 200, 900])


@pytest.mark.parametrize("dimensions", TABLES, ids=lambda dimensions: " x ".join(next(iter(one)) for one in dimensions))
@given(size=SIZES, random=st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=8)
def test_the_sums_of_a_table_leave_every_small_cell_open(dimensions: list[Dimension], size: int, random: Random) -> None:
    counts = table(dimensions, size, random)
    release = protect(counts, dimensions)
    assert pinned(reach(known(counts, release), dimensions, small(counts))) == {}


@given(size=SIZES, random=st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=8)
def test_exact_figures_of_england_leave_every_small_cell_open(size: int, random: Random) -> None:
    counts = table([AREAS, WITHIN], size, random)
    release = protect(counts, [AREAS, WITHIN], nation="England")
    assert pinned(reach(known(counts, release), [AREAS, WITHIN], small(counts))) == {}


ROUNDED = 2
"""A count shown to the nearest 5 is this far from it, at most."""


def naive(counts: Mapping[Cell, int], total: Cell | None = None) -> dict[Cell, Range]:
    """What a reader knows where small cells alone are hidden and the others rounded; `total`: shown as it is."""

    def of(cell: Cell, persons: int) -> Range:
        text = str(national(Exact.count(persons), england=cell == total))
        if text == "*":
            return 0, np.inf
        around = 0 if cell == total else ROUNDED
        return int(text) - around, int(text) + around

    return {cell: of(cell, persons) for cell, persons in counts.items()}


@pytest.mark.parametrize(
    ("providers", "total", "learned"),
    [
        ([12, 3], ("all",), (3, 7)),  # the total exact: the hidden one is not below 3
        ([8, 8, 8, 0], None, (0, 3)),  # the total rounded: the hidden one is not 4
        ([300, 3], None, (1, 9)),  # and where it is rounded upwards, not 0
    ],
)
def test_hiding_small_cells_alone_is_broken_by_the_sums(providers: list[int], total: Cell | None, learned: Range) -> None:
    """The attack finds what there is to find: this is why complements are hidden."""
    dimension = {"all": [[f"R{place}" for place in range(len(providers))]]}
    counts: dict[Cell, int] = {
        ("all",): sum(providers),
        **{(node,): persons for node, persons in zip(dimension["all"][0], providers, strict=True)},
    }
    hidden = small(counts)
    assert reach(naive(counts, total), [dimension], hidden) == dict.fromkeys(hidden, learned)
    assert pinned(reach(known(counts, protect(counts, [dimension])), [dimension], hidden)) == {}


def test_a_rate_beside_a_count_gives_away_the_rest() -> None:
    """98 of 100 within 28 days, as the nation shows it: two were later, and nothing else is possible."""
    whole, part = Exact.count(100), Exact.count(98)
    shown = [str(national(figure, england=False)) for figure in (whole, part, Exact.rate(98, 100))]
    rest = {
        all_of_them - within
        for all_of_them, within in product(range(98, 103), range(98, 103))
        if within <= all_of_them and str(national(Exact.rate(within, all_of_them), england=False)) == shown[2]
    }
    assert (shown, rest) == (["100", "100", "98"], {2})
    counts: dict[Cell, int] = {("stopped",): 100, ("within 28",): 98, ("later",): 2}
    release = protect(counts, [WITHIN])
    assert [str(release.count(cell)) for cell in counts] == ["100", "*", "*"]
    assert release.rate(("within 28",), ("stopped",)).hidden


def test_a_view_that_was_not_declared_is_refused() -> None:
    """All ages less 18 to 64: two people, found by differencing; so 18 to 64 is a view only with what it leaves out beside it."""
    with pytest.raises(ValueError, match="18-64 is in none of the breakdowns declared"):
        protect({("everyone",): 23, ("18-64",): 21}, [{"everyone": [["18-25", "26-64", "65+"]]}])
    with pytest.raises(ValueError, match="do not add up"):
        protect({("everyone",): 23, ("18-64",): 21}, [{"everyone": [["18-64"]]}])
    release = protect({("everyone",): 23, ("18-64",): 21, ("65+",): 2}, [{"everyone": [["18-64", "65+"]]}])
    assert [str(release.count((node,))) for node in ("everyone", "18-64", "65+")] == ["25", "*", "*"]


@pytest.mark.parametrize(("parts", "most"), [(2, 20), (3, 12)])
def test_who_runs_the_rule_on_every_table_learns_nothing_more(parts: int, most: int) -> None:
    """The attacker knows which cells the rule hides, and why: of all tables, those are left that it shows in the same way."""
    nodes = [f"R{place}" for place in range(parts)]
    alike: defaultdict[tuple[str, ...], list[tuple[int, ...]]] = defaultdict(list)
    for persons in product(range(most + 9), repeat=parts):
        release = protect({("all",): sum(persons), **{(node,): one for node, one in zip(nodes, persons, strict=True)}}, [{"all": [nodes]}])
        alike[tuple(str(release.count((node,))) for node in ["all", *nodes])].append(persons)
    judged = 0
    for tables in alike.values():
        if max(map(max, tables)) < most:  # all tables that look like these are here
            for counts in map(set, zip(*tables, strict=True)):
                judged += min(counts) < 5
                assert min(counts) >= 5 or counts >= set(range(5))
    assert judged >= 8


@given(size=SIZES, random=st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=12)
def test_the_next_version_leaves_every_small_cell_open(size: int, random: Random) -> None:
    """The attacker knows both versions, and that people were only added between them: what is added is a table too."""
    one, group = PROVIDERS, {"everyone": GROUPS["everyone"][:1]}
    versions = {"now": [["before", "added"]]}
    counts = table([one, group, versions], size, random)
    before = {cell[:2]: persons for cell, persons in counts.items() if cell[2] == "before"}
    now = {cell[:2]: persons for cell, persons in counts.items() if cell[2] == "now"}
    first = protect(before, [one, group])
    second = protect(now, [one, group], first)
    facts: dict[Cell, Range] = {}
    for cell, was in before.items():
        facts[*cell, "before"] = ANY if first.count(cell).hidden else (was, was)
        facts[*cell, "now"] = ANY if second.count(cell).hidden else (now[cell], now[cell])
        facts[*cell, "added"] = ANY
        if not second.count(cell).hidden and abs(now[cell] - was) < 5:
            assert second.count(cell) == first.count(cell)
            facts[*cell, "now"] = (was - 4, was + 4)
    targets = [cell for cell, persons in counts.items() if persons < 5 and cell[2] != "added"]
    assert pinned(reach(facts, [one, group, versions], targets)) == {}


@pytest.mark.parametrize(("size", "most"), [(5738, 7), (1000, 20)])
def test_what_protection_costs(size: int, most: int) -> None:
    """Cells of five or more that are hidden for another's sake; printed for docs/disclosure.md."""
    groups = {
        "everyone": [*GROUPS["everyone"][:1], [f"ethnic group {group}" for group in range(6)], [f"fifth {fifth}" for fifth in range(1, 6)]]
    }
    dimensions: list[Dimension] = [{"all": [[f"XP{pcn:02}" for pcn in range(14)]]}, groups]
    counts = table(dimensions, size, Random(1))  # noqa: S311  # the same table each time
    release = protect(counts, dimensions)
    complements = sum(figure.hidden for _, figure in release.cells()) - len(small(counts))
    print(f"{size} people, {len(counts)} cells: {len(small(counts))} small, {complements} hidden with them")
    assert complements <= most
