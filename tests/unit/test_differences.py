"""Which oddity of the published code explains a difference: one for each of Q1 to Q5, and two that only explain it together."""

import pytest

from services.waits.rules.beside import holding
from services.waits.rules.clock import Clock, clocks
from services.waits.rules.definition import Definition
from services.waits.rules.differences import differences, settings
from services.waits.rules.facts import facts
from services.waits.web.words import ODDITIES
from tests.spec.reference import DEFINITIONS, NATIONAL, REFERENCE
from tests.spec.table import day, document

COMPAT = DEFINITIONS["national-2024-compat"]
REFERRAL = "1 Jul | referral R1 |\n"
SEEN = REFERRAL + "10 Jul | contact C1 |\n10 Jul | score S1 |\n"
STORIES = {
    "Q1": SEEN + "10 Jul | assessment A1 |\n20 Jul | care plan P1 |",
    "Q2": SEEN + "20 Jul | contact C2 | did not attend\n20 Jul | assessment A1 | with C2",
    "Q3": SEEN + "20 Jul | intervention I1 | code 718026005:443390004",
    "Q4": "1 Jul | referral R1 | team A06, team A09\n10 Jul | contact C1 |",
    "Q5": "1 Jul | referral R1 | rejected 20 Jul\n10 Jul | contact C1 |",
}


def oddities(table: str) -> list[str]:
    pathway = facts(document(table))

    def answer(definition: Definition) -> Clock | None:
        return next(iter(holding(clocks(pathway, REFERENCE, definition, day("30 Sep")), "RXX", ["R1"])), None)

    return sorted(ODDITIES[name].partition(":")[0] for name in differences(NATIONAL, COMPAT, answer))


@pytest.mark.parametrize("oddity", STORIES)
def test_the_oddity_that_explains_a_difference_is_named(oddity: str) -> None:
    assert oddities(STORIES[oddity]) == [oddity]


def test_without_a_difference_there_is_nothing_to_explain() -> None:
    assert oddities(SEEN) == []


def test_two_that_only_explain_it_together_are_both_named() -> None:
    assert oddities(STORIES["Q2"] + "\n20 Jul | care plan P1 |") == ["Q1", "Q2"]


def test_every_difference_of_the_published_code_has_its_words() -> None:
    assert set(settings(NATIONAL, COMPAT)) == ODDITIES.keys()
