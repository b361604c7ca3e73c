"""What differs since a return was frozen, and why: nothing is laid to what did not move it."""

from collections.abc import Collection, Mapping

import pytest

from services.reporting.rules.evidence import Figure
from services.reporting.rules.members import Member
from services.reporting.rules.restatement import (
    CORRECTION,
    LATE,
    MERGE,
    REFERENCE,
    RULE,
    UNEXPLAINED,
    VOID,
    Changed,
    Told,
    compare,
)
from services.reporting.rules.returns.compose import Row

NOTHING, BOTH = Changed(load=False, rules=False), Changed(load=True, rules=True)
Units = Collection[Member]


def unit(person: str, *, pcn: str = "P1", family: str = "health-checks", counted: str = "SMIRegister") -> Member:
    return Member(family, person, "R1", "RXX", "XIB", pcn, (), "26-64", "A", "5", frozenset({counted}))


def clock(person: str) -> Member:
    return unit(person, family="mrs", counted="MRS06")


def told(kind: str = "register", *, voided: bool = False, known: bool = False, moved: bool = False) -> Told:
    return Told(kind, voided, known, moved)


def causes(
    was: Units, now: Units, said: Mapping[str, Collection[Told]], changed: Changed = NOTHING, measure: str = "SMIRegister", **without: Units
) -> dict[str, tuple[int, int]]:
    """How many came to the cell of P1 and went from it, by cause."""

    def figures(units: Units) -> list[Figure]:
        count = sum(one.pcn == "P1" and measure in one.counted for one in units)
        return [Figure(Row("register", "pcn", "P1", "", "", "count", str(count)), measure, str(count))]

    instead = {{"reference": REFERENCE, "rule": RULE}[name]: list(units) for name, units in without.items()}
    found = compare((figures(was), list(was)), (figures(now), list(now)), said, changed, 5, instead)
    return {one.name: (one.came, one.went) for difference in found.differences for one in difference.causes}


@pytest.mark.parametrize(
    ("events", "cause"),
    [
        ([told()], LATE),
        ([told(known=True)], CORRECTION),
        ([told(), told(known=True, voided=True)], VOID),
        ([told(voided=True)], LATE),  # a void of what nobody knew
        ([told(known=True, voided=True, moved=True)], MERGE),
        ([told("contact")], UNEXPLAINED),  # no contact moves a register
        ([], UNEXPLAINED),
    ],
)
def test_a_unit_that_went_is_laid_to_what_was_received_of_its_person(events: list[Told], cause: str) -> None:
    assert causes([unit("a")], [], {"a": events}) == {cause: (0, 1)}
    assert causes([], [unit("a")], {"a": events}) == {cause: (1, 0)}


def test_a_merge_takes_a_unit_here_and_gives_it_there_and_its_reversal_gives_it_back() -> None:
    said = {"a": [told(voided=True, known=True, moved=True)], "b": [told(moved=True)]}
    away = unit("b", pcn="P2")
    assert causes([unit("a")], [away], said) == {MERGE: (0, 1)}
    assert causes([away], [unit("a")], {"b": said["a"], "a": said["b"]}) == {MERGE: (1, 0)}


def test_a_practice_in_another_network_is_a_reference_change_whatever_was_received_beside_it() -> None:
    """One person's entry is corrected and their practice moved to another network; another's practice moved alone; a third is new."""
    was = [unit("a"), unit("b")]
    now = [unit("a", pcn="P2"), unit("b", pcn="P2"), unit("c")]
    without = [unit("a"), unit("b"), unit("c")]
    said = {"a": [told(known=True)], "c": [told()]}
    assert causes(was, now, said, Changed(load=True, rules=False), reference=without) == {REFERENCE: (0, 2), LATE: (1, 0)}


def test_what_reference_data_did_not_move_is_not_laid_to_them() -> None:
    loaded = Changed(load=True, rules=False)
    assert causes([unit("a")], [], {}, loaded, reference=[]) == {UNEXPLAINED: (0, 1)}
    assert causes([unit("a")], [], {"a": [told(known=True, voided=True)]}, loaded, reference=[]) == {VOID: (0, 1)}


def test_a_new_version_of_a_clock_is_told_from_what_was_received() -> None:
    was, now = [clock("a"), clock("b")], [clock("c")]
    without = [clock("a")]  # under the version before, a still waits
    found = causes(was, now, {"b": [told("contact")], "c": [told("referral")]}, NOTHING, "MRS06", rule=without)
    assert found == {RULE: (1, 1), LATE: (0, 1)}  # c waits by the new version alone


def test_clocks_follow_reference_data_before_they_are_counted() -> None:
    assert causes([clock("a")], [], {}, Changed(load=True, rules=False), "MRS06", reference=[]) == {REFERENCE: (0, 1)}
    assert causes([clock("a")], [], {}, BOTH, "MRS06", rule=[]) == {REFERENCE: (0, 1)}
    assert causes([clock("a")], [], {}, Changed(load=False, rules=True), "MRS06") == {RULE: (0, 1)}
