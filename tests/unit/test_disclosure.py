"""What leaves through the only door, to whom, and that nothing leaves beside it."""

import ast
import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.rules.complements import Cell
from services.reporting.rules.disclosure import Disclosed, Exact, national, own, protect
from tests.architecture.source import modules

ETHNICITY = {"everyone": [["white", "black", "asian"]]}


def below(figure: Exact | None, **stricter: bool) -> str:
    return str(national(figure, england=False, **stricter))


@pytest.mark.parametrize(
    ("persons", "shown"),
    [(0, "*"), (4, "*"), (5, "5"), (7, "5"), (8, "10"), (12, "10"), (13, "15"), (254, "255"), (40725, "40725"), (40728, "40730")],
)
def test_a_count_below_england(persons: int, shown: str) -> None:
    assert below(Exact.count(persons)) == shown


@given(st.integers(0, 10**7))
def test_a_count_is_hidden_or_within_two(persons: int) -> None:
    shown = below(Exact.count(persons))
    assert shown == "*" if persons < 5 else abs(int(shown) - persons) <= 2 and int(shown) % 5 == 0


@pytest.mark.parametrize(
    ("numerator", "denominator", "shown"),
    [(4, 10000, "*"), (5, 40, "13"), (5, 100000, "0"), (61, 488, "13"), (60, 488, "12"), (7, 7, "100")],
)
def test_a_rate_stands_on_its_numerator_and_is_rounded_half_up(numerator: int, denominator: int, shown: str) -> None:
    assert below(Exact.rate(numerator, denominator)) == shown


def test_the_stricter_setting_looks_at_the_denominator_too() -> None:
    """EIP23i, j: what counts may be others than those of the share."""
    assert below(Exact.rate(3, 4, on=6)) == "75"
    assert below(Exact.rate(3, 4, on=6), either=True) == "*"
    assert below(Exact.rate(6, 8), either=True) == "75"


def test_days_stand_on_the_number_waiting() -> None:
    assert below(Exact.centile(712.5, 5)) == "713"
    assert below(Exact.centile(90.49999, 400)) == "90"
    assert below(Exact.centile(712.5, 4)) == "*"


def test_nothing_is_shown_of_nothing() -> None:
    assert [below(None), below(Exact.rate(0, 0)), below(Exact.centile(None, 0))] == ["*", "*", "*"]
    assert [str(own(figure)) for figure in (Exact.rate(0, 0), Exact.centile(None, 0), Exact.count(0))] == ["", "", "0"], "nothing is hidden"


@pytest.mark.parametrize(
    ("numerator", "denominator", "published"),
    [
        (1148, 13706, "8.375894"), (83087, 401057, "20.717005"), (113926, 401057, "28.406437"), (156234, 401057, "38.95556"),
        (16413, 166000, "9.887349"), (25185, 166000, "15.171687"), (37117, 166000, "22.359638"), (3450, 22035, "15.656909"),
        (140593, 572518, "24.556957"), (201787, 572518, "35.24553"), (276829, 572518, "48.35289"), (28734, 233799, "12.290044"),
        (52387, 233799, "22.406855"), (86753, 233799, "37.105804"),
    ],
)  # fmt: skip
def test_england_is_published_as_it_is(numerator: int, denominator: int, published: str) -> None:
    """All percentages of England in the published file of September 2024."""
    assert str(national(Exact.rate(numerator, denominator), england=True)) == published
    assert str(national(Exact.count(numerator), england=True)) == str(numerator)


@pytest.mark.parametrize(
    ("figure", "whole"),
    [
        (Exact.count(3), "3"),
        (Exact.rate(8, 9), "88.888889"),
        (Exact.rate(1, 4), "25"),
        (Exact.centile(712.5, 3), "712.5"),
        (Exact.count(0), "0"),
    ],
)
def test_a_provider_sees_its_own_figures_as_they_are(figure: Exact, whole: str) -> None:
    assert str(own(figure)) == whole


def test_days_of_england_are_as_they_are() -> None:
    assert [str(national(Exact.centile(days, 9), england=True)) for days in (712.5, 90.0, 1000000.0)] == ["712.5", "90", "1000000"]


@pytest.mark.parametrize(
    "leak",
    [
        str, "{}".format, lambda figure: f"{figure}", int, float, bool, json.dumps, pickle.dumps, copy.deepcopy, list, hash, sum,
        lambda figure: figure == 3, lambda figure: figure < 5, lambda figure: figure + 0, round,
        lambda figure: figure.__dict__, lambda figure: figure.value,
    ],
)  # fmt: skip
def test_an_exact_figure_cannot_be_rendered(leak: Callable[[Any], object]) -> None:
    with pytest.raises((TypeError, AttributeError)):
        leak(Exact.count(3))


def test_the_trace_of_an_exact_figure_tells_nothing() -> None:
    assert "3" not in repr(Exact.count(3))


def test_nobody_else_discloses() -> None:
    with pytest.raises(TypeError, match="alone"):
        Disclosed("3", object())


def test_no_other_module_looks_inside() -> None:
    inside = {"_value", "_on", "_of", "_centile", "_counts", "_hidden", "_exact", "_text", "_DOOR"}
    looking = [
        f"{module.path}:{node.lineno}"
        for module in modules("services")
        if module.path.startswith("services/reporting/") and not module.path.endswith("/rules/disclosure.py")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in inside and getattr(node.value, "id", "") != "self"
    ]
    assert looking == []


def test_a_table_hides_the_complement_and_what_does_not_occur() -> None:
    release = protect({("everyone",): 43, ("white",): 31, ("black",): 9, ("asian",): 3}, [ETHNICITY])
    shown = {cell[0]: str(figure) for cell, figure in release.cells()}
    assert shown == {"everyone": "45", "white": "30", "black": "*", "asian": "*"}
    assert release.count(("not a cell",)).hidden
    assert str(release.rate(("white",), ("everyone",))) == "72"
    assert release.rate(("black",), ("everyone",)).hidden
    assert str(release.rate_of(("white",), population=9100, per=1000)) == "3"
    assert release.rate_of(("black",), population=9100, per=1000).hidden


def test_days_of_a_table_need_eight() -> None:
    counts: dict[Cell, int] = {("everyone",): 39, ("white",): 20, ("black",): 11, ("asian",): 8}
    release = protect(counts, [ETHNICITY])
    assert str(release.centile(("asian",), Exact.centile(30.5, 8))) == "31"
    assert release.centile(("asian",), Exact.centile(30.5, 7)).hidden
    with pytest.raises(TypeError):
        release.centile(("asian",), Exact.count(8))


def test_a_later_version_repeats_what_hardly_changed_and_shows_nothing_that_was_hidden() -> None:
    first = protect({("everyone",): 43, ("white",): 31, ("black",): 9, ("asian",): 3}, [ETHNICITY])
    second = protect({("everyone",): 47, ("white",): 33, ("black",): 9, ("asian",): 5}, [ETHNICITY], first)
    third = protect({("everyone",): 49, ("white",): 35, ("black",): 9, ("asian",): 5}, [ETHNICITY], second)
    shown = [[str(release.count((node,))) for node in ("everyone", "white", "black", "asian")] for release in (first, second, third)]
    assert shown == [["45", "30", "*", "*"], ["45", "30", "*", "*"], ["50", "30", "*", "*"]]


def test_england_is_as_it_is_unless_nothing_else_protects() -> None:
    areas = {"England": [["RXA", "RXB", "RXC"]]}
    release = protect({("England",): 47, ("RXA",): 31, ("RXB",): 13, ("RXC",): 3}, [areas], nation="England")
    assert {cell[0]: str(figure) for cell, figure in release.cells()} == {"England": "47", "RXA": "30", "RXB": "*", "RXC": "*"}
    alone = protect({("England",): 3, ("RXA",): 3}, [{"England": [["RXA"]]}], nation="England")
    assert {str(figure) for _, figure in alone.cells()} == {"*"}


def test_people_counted_in_several_places_do_not_add_up() -> None:
    """MHS108 counts a person once at each level."""
    counts: dict[Cell, int] = {("England",): 30, ("RXA",): 20, ("RXB",): 14}
    areas = {"England": [["RXA", "RXB"]]}
    with pytest.raises(ValueError, match=r"the parts of England \(RXA, RXB\) do not add up"):
        protect(counts, [areas])
    assert str(protect(counts, [areas], overlapping=True).count(("RXB",))) == "15"


@pytest.mark.parametrize(
    ("dimension", "wrong"),
    [
        ({"a": [["b"]], "c": [["b"]]}, "b is a part of a and of c"),
        ({"a": [["b"]], "c": [["d"]]}, "a dimension has one total, not a, c"),
        ({"a": [["b"]], "b": [["a"]]}, "a dimension has one total, not none"),
    ],
)
def test_a_dimension_is_a_tree(dimension: dict[str, list[list[str]]], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        protect({}, [dimension])
