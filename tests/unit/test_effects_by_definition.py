"""What one event did, under definitions whose clocks ask for other things than the national one."""

from datetime import date

import pytest

from services.waits.rules.effects import Effect, Known, What, effects
from shared.versions import Document, current
from tests.spec.reference import DEFINITIONS, REFERENCE
from tests.spec.table import document

AT = date(2024, 9, 30)
EIP = "1 Jul | referral R1 | team A14, reason 01\n5 Jul | contact C1 |\n"
AED = "1 Jan | person | born 1 Jan 2003\n1 Jul | referral R1 | team C10\n5 Jul | contact C1 |\n5 Jul | intervention I1 | with C1\n"


def did(under: str, table: str, record_id: str, provider: str = "RXX") -> list[Effect]:
    """The effects of a record of a timeline at one of its providers."""
    told = [(of, Known(kind, one, version)) for of, kind, one, version in current(document(table))]
    own = [known for of, known in told if of == provider]
    elsewhere: Document = {f"{of}|{known.kind}|{known.record_id}": [known.version] for of, known in told if of != provider}
    [one] = [known for known in own if known.record_id == record_id]
    return effects(provider, one, own, REFERENCE, DEFINITIONS[under], AT, elsewhere)


@pytest.mark.parametrize(
    ("under", "table", "record_id", "expected"),
    [
        ("eip-2016", EIP + "10 Jul | assignment K1 |", "K1", [("component-met", "care-coordinator", None), ("clock-stopped", None, None)]),
        ("eip-2016", EIP + "10 Jul | assignment K1 | by A06", "K1", [("no-effect", None, "team not in scope")]),
        ("eip-2016", EIP + "10 Jul | assignment K1 |", "C1", [("component-met", "first-contact", None)]),
        ("national-2024", "1 Jul | referral R1 |\n10 Jul | assignment K1 | by A06", "K1", [("not-read", None, None)]),
        ("national-2024", "1 Jul | referral R1 |\n10 Jul | pause W1 |", "W1", [("not-read", None, None)]),
        ("local-pausable", "1 Jul | referral R1 |\n10 Jul | pause W1 |", "W1", [("read", None, None)]),
        (
            "local-pausable",
            "1 Jul | referral R1 |\n10 Jul | pause W1 | because other",
            "W1",
            [("no-effect", None, "reason for pausing not counted")],
        ),
        ("freed-aed", AED, "C1", [("component-met", "treatment-contact", None), ("clock-stopped", None, None)]),
        ("freed-aed", AED, "I1", [("read", None, None)]),
        (
            "consultation-2021",
            "1 Jul | referral R1 |\n9 Jul | contact C1 |",
            "C1",
            [("no-effect", None, "not asked for by this definition")],
        ),
        (
            "consultation-2021",
            "1 Jul | referral R1 |\n9 Jul | care plan P1 |\n20 Jul | intervention I1 |",
            "P1",
            [("component-met", "care-plan", None), ("clock-stopped", None, None)],
        ),
        (
            "consultation-2021",
            "1 Jul | referral R1 |\n9 Jul | care plan P1 |\n20 Jul | intervention I1 |",
            "I1",
            [("component-met", "intervention", None)],
        ),
    ],
)
def test_an_event_does_what_its_definition_makes_of_it(
    under: str, table: str, record_id: str, expected: list[tuple[str, str | None, str | None]]
) -> None:
    assert [(str(one.what), one.component, one.reason) for one in did(under, table, record_id)] == expected


def test_a_referral_elsewhere_may_have_started_the_clock_of_the_person() -> None:
    table = "1 Jun | referral R1 | at RVC, team A18\n1 Jul | referral R2 | discharged 5 Jul"
    [mine] = did("programme-2021", table, "R2")
    assert (mine.what, mine.spell_id, mine.on) == (What.SAME_CLOCK, "RVC:R1", date(2024, 6, 1))
    [theirs] = did("programme-2021", table, "R1", "RVC")
    assert (theirs.what, theirs.spell_id) == (What.CLOCK_STARTED, "RVC:R1")
    assert did("national-2024", table, "R2")[0].what is What.CLOCK_STARTED
