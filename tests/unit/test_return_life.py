"""The life of a return: every state against every change, and the laws of edits, signatures and standing authorisations."""

from datetime import date
from itertools import product
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.rules.life import (
    MACHINE,
    STATES,
    Authorisation,
    StepError,
    after,
    authorised,
    check,
    freezes_on,
    may_draft,
    may_sign,
)


class Found(NamedTuple):
    id: str
    kind: str
    message: str = "is not so"


STEPS = {
    ("draft", "frozen"): "frozen",
    ("draft", "closed"): "closed",
    ("frozen", "frozen"): "frozen",
    ("frozen", "checked"): "checked",
    ("frozen", "closed"): "closed",
    ("checked", "frozen"): "frozen",
    ("checked", "signed"): "signed",
    ("checked", "closed"): "closed",
    ("signed", "submitted"): "submitted",
    ("signed", "acknowledged"): "acknowledged",
    ("signed", "undeliverable"): "undeliverable",
    ("signed", "unknown"): "unknown",
    ("submitted", "acknowledged"): "acknowledged",
    ("submitted", "undeliverable"): "undeliverable",
    ("submitted", "unknown"): "unknown",
    ("submitted", "restated"): "closed",
    ("submitted", "closed"): "closed",
    ("unknown", "submitted"): "submitted",
    ("unknown", "acknowledged"): "acknowledged",
    ("unknown", "undeliverable"): "undeliverable",
    ("acknowledged", "restated"): "closed",
    ("acknowledged", "closed"): "closed",
    ("undeliverable", "restated"): "closed",
    ("undeliverable", "closed"): "closed",
    ("closed", "restated"): "closed",
}


def test_every_step_that_may_be_taken_and_no_other() -> None:
    taken = {}
    for state, change in product(STATES, MACHINE):
        try:
            taken[state, change] = after(state, change)
        except StepError:
            continue
    assert taken == STEPS
    with pytest.raises(StepError, match=r"^it is draft: to be signed it must be checked$"):
        after("draft", "signed")


@given(st.lists(st.sampled_from(sorted(MACHINE))))
def test_what_may_have_left_was_checked_and_signed_and_is_never_changed(changes: list[str]) -> None:
    state, seen = "draft", []
    for change in changes:
        try:
            state = after(state, change)
        except StepError:
            continue
        seen.append(change)
    if left := {"submitted", "acknowledged", "undeliverable", "unknown"} & set(seen):
        first = min(seen.index(change) for change in left)
        assert seen[first - 3 : first] == ["frozen", "checked", "signed"]
        assert "frozen" not in seen[first:]
        assert seen.count("signed") == 1


def test_edits_that_block_and_those_that_may_be_explained() -> None:
    check([], set())
    check([Found("Q1", "quality"), Found("M1", "macro")], {"Q1", "M1"})
    with pytest.raises(StepError, match=r"^quality edit Q1: is not so: correct it, or explain it \(1 more\)$"):
        check([Found("Q1", "quality"), Found("M1", "macro")], set())
    with pytest.raises(StepError, match=r"^validity edit V1: is not so: correct it and freeze again$"):
        check([Found("V1", "validity")], {"V1"})


def test_two_persons() -> None:
    may_sign({"signatory"}, "grace", "femi")
    with pytest.raises(StepError, match=r"^grace froze it: somebody else must sign$"):
        may_sign({"signatory", "analyst"}, "grace", "grace")
    with pytest.raises(StepError, match=r"it takes the role signatory$"):
        may_sign({"analyst"}, "femi", "grace")
    may_draft({"analyst"}, "femi")
    with pytest.raises(StepError, match=r"it takes the role analyst or icb-manager$"):
        may_draft({"signatory"}, "grace")


def test_a_standing_authorisation_is_of_a_definition_an_organisation_and_a_time() -> None:
    one = Authorisation(1, "cmh-assurance", "XIB", "grace", date(2025, 4, 1), date(2026, 3, 31))
    asked = "cmh-assurance", "XIB"
    assert authorised([one], *asked, date(2025, 4, 1), "service:returns") == one
    assert authorised([one], *asked, date(2026, 3, 31), "service:returns") == one
    assert authorised([one], *asked, date(2026, 4, 1), "service:returns") is None
    assert authorised([one], *asked, date(2025, 3, 31), "service:returns") is None
    assert authorised([one], "smi-checks", "XIB", date(2025, 4, 1), "service:returns") is None
    assert authorised([one], "cmh-assurance", "XIC", date(2025, 4, 1), "service:returns") is None
    assert authorised([one], *asked, date(2025, 4, 1), "grace") is None  # what its signatory froze is not signed in their name


def test_a_return_that_runs_by_itself_freezes_between_the_period_and_the_deadline() -> None:
    assert freezes_on(date(2025, 9, 30), date(2025, 10, 30)) == date(2025, 10, 20)
    assert freezes_on(date(2025, 9, 30), date(2025, 10, 5)) == date(2025, 10, 2)
