"""What the measures of care read of a person's records, each edge of it."""

from typing import Any

import pytest

from services.reporting.rules.facts import rows
from services.reporting.rules.measures import FAMILIES, MEASURES
from shared.versions import Document, fold

Said = tuple[str, str, dict[str, Any]]
MICROSECONDS = 1_000_000
SEPTEMBER = 1_725_235_200 * MICROSECONDS
"""2 September 2024."""


def of(*said: Said) -> dict[str, list[dict[str, Any]]]:
    document: Document = {}
    for number, (kind, record_id, data) in enumerate(said):
        fold(document, kind, "RXX", record_id, [SEPTEMBER + number, 0, "/RXX/epr", f"e{number}", data])
    return rows(document)


def referral(**more: Any) -> Said:
    return "referral", "R1", {"received_on": "2024-07-01", "teams": [{"team_type": "A06"}], **more}


def contact(record_id: str, on: str, attendance: str | None = "5", medium: str | None = "01", **more: Any) -> Said:
    return (
        "contact",
        record_id,
        {"contact_id": record_id, "referral_id": "R1", "on": on, "attendance": attendance, "medium": medium, **more},
    )


def act(record_id: str, on: str, code: str = "718026005", contact_id: str | None = None) -> Said:
    return "intervention", record_id, {"referral_id": "R1", "on": on, "code": code, "contact_id": contact_id}


def row(*said: Said) -> dict[str, Any]:
    return of(*said)["referral"][0]


@pytest.mark.parametrize(
    ("received_at", "on", "at", "early"),
    [
        (None, "2024-07-01", None, True),
        (None, "2024-07-05", "23:59:00", True),
        ("09:00:00", "2024-07-05", None, True),
        ("09:00:00", "2024-07-05", "09:00:00", True),
        ("09:00:00", "2024-07-05", "09:00:01", False),
        ("09:00:00", "2024-07-01", "08:59:59", False),
        (None, "2024-07-06", None, False),
        (None, "2024-06-30", None, False),
    ],
)
def test_a_contact_is_early_within_96_hours_or_four_days_where_no_time_is_known(
    received_at: str | None, on: str, at: str | None, early: bool
) -> None:
    received = {"received_at": received_at} if received_at else {}
    assert row(referral(**received), contact("C1", on, at=at))["early_contact"] == (on if early else None)


def test_hours_are_counted_over_the_change_to_summer_time_as_they_pass() -> None:
    received = referral(received_on="2024-03-29", received_at="09:00:00")
    assert row(received, contact("C1", "2024-04-02", at="09:30:00"))["early_contact"] == "2024-04-02"  # 95.5 hours
    assert row(received, contact("C1", "2024-04-02", at="10:00:01"))["early_contact"] is None


def test_what_is_not_direct_is_no_early_contact() -> None:
    assert row(referral(), contact("C1", "2024-07-02", "3"), contact("C2", "2024-07-02", "5", "05"))["early_contact"] is None


def test_contacts_attended_and_missed_stand_in_order_by_how_they_were_met() -> None:
    known = [("9", "5", "01"), ("8", "6", "02"), ("7", "5", "11"), ("6", "5", "05"), ("5", "5", None), ("4", "3", "01"), ("3", "7", "01")]
    none = [contact("C2", "2024-07-02", "2"), contact("C1", "2024-07-02", "4"), contact("C0", "2024-07-02", None)]
    found = row(referral(), *none, *[contact(f"C{n}", f"2024-07-1{n}", attended, medium) for n, attended, medium in known])
    assert (found["met_ids"], found["met_how"]) == (["C3", "C4", "C5", "C6", "C7", "C8", "C9"], "LDOOVTF")


def test_help_begins_with_an_attended_contact_by_any_medium_or_an_indirect_activity() -> None:
    missed, email = contact("C1", "2024-07-02", "3"), contact("C2", "2024-07-09", "5", "05")
    assert row(referral(), missed)["helped_on"] is None
    assert row(referral(), missed, email, act("A1", "2024-07-05", contact_id="C1"))["helped_on"] == "2024-07-09"
    assert row(referral(), email, act("A1", "2024-07-05"))["helped_on"] == "2024-07-05"


def test_a_refused_activity_is_none_but_for_placements_in_the_financial_year() -> None:
    refused = act("A1", "2024-07-05", "772822000:408730004=443390004", "C1")
    found = row(referral(), contact("C1", "2024-07-05"), refused, act("A2", "2024-07-06", " 718026005 |Therapy| "))
    assert (found["acts"], found["act_days"]) == (["718026005"], ["2024-07-06"])
    assert (found["ips_days"], found["ips_all"]) == ([], ["2024-07-05"])


def test_scores_of_one_day_stand_in_the_order_of_their_ids() -> None:
    scores: list[Said] = [
        ("score", number, {"score_id": number, "referral_id": "R1", "on": on, "code": "1037651000000100", "value": value})
        for number, on, value in (("S3", "2024-07-05", 2), ("S1", "2024-07-05", 6), ("S2", "2024-07-01", 4))
    ]
    assert row(referral(), *scores)["scores"] == [4, 6, 2]


def test_what_stops_coming_in_files_has_lapsed() -> None:
    teams = [{"team_type": "A06", "not_submitted_after": "2024-08-31"}, {"team_type": "A14"}]
    found = row(referral(teams=teams, not_submitted_after="2024-09-30"))
    assert (found["lapsed_on"], found["team_lapsed"]) == ("2024-09-30", ["2024-08-31", "infinity"])


def test_each_version_of_a_plan_stands_from_its_update_or_creation_or_recording() -> None:
    plan = {"plan_id": "P1", "type": "10"}
    (found,) = of(
        ("care-plan", "P1", plan | {"created_on": "2024-07-01", "agreed_by": ["clinician"], "coproduced": True}),
        ("care-plan", "P1", plan | {"created_on": "2024-07-01", "updated_on": "2024-08-01", "agreed_by": "person"}),
        ("care-plan", "P1", plan | {"agreed_by": ["person"], "agreed_on": "2024-08-20", "review_due_on": "2025-02-01"}),
    )["plan"]
    assert found["told"] == ["2024-07-01", "2024-08-01", "2024-09-02"]
    assert found["agreed"] == ["infinity", "2024-08-01", "2024-08-20"]
    assert (found["coproduced"], found["review_due"]) == ([True, False, False], ["infinity", "infinity", "2025-02-01"])


def test_a_voided_plan_is_none_and_an_assignment_has_its_days() -> None:
    worker = {"assignment_id": "K1", "role": "key worker", "from": "2024-07-01", "referral_id": None}
    document: Document = {}
    fold(document, "care-plan", "RXX", "P1", [SEPTEMBER, 0, "/RXX/epr", "e1", {"plan_id": "P1", "created_on": "2024-07-01"}])
    fold(document, "care-plan", "RXX", "P1", [SEPTEMBER + 1, 0, "/RXX/epr", "e2", None])
    assert rows(document)["plan"] == []
    (found,) = of(("assignment", "K1", worker | {"to": "2024-08-01"}))["assignment"]
    assert (found["role"], found["from_on"], found["to_on"]) == ("key worker", "2024-07-01", "2024-08-01")


def test_measures_of_change_are_asked_of_scales_that_have_one() -> None:
    assert "OpenPairedPROMImprovement DIALOG 8" in MEASURES
    assert "OpenPairedPROM DIALOG 9" in MEASURES
    assert "OpenPairedPROMImprovement DIALOG 9" not in MEASURES
    recovered = "OpenPairedPROMAboveClinicalCutOffReliableRecovery"
    assert [name.removeprefix(recovered) for name in MEASURES if name.startswith(recovered)] == [" ReQoL-10 score", " ReQoL-10 score share"]


def test_a_measure_belongs_to_one_family() -> None:
    assert sum(len(family.measures) for family in FAMILIES) == len(MEASURES)
