"""The independent recount: the worked examples of the clock rules, and edges. Provider RXX, one person, team A06, at 30 Sep 2024."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.support.recount import COLUMNS, recount

AT = date(2024, 9, 30)
DIALOG, HONOS, CURRENT_VIEW = "1037651000000100", "979641000000103", "987191000000101"
ASSESSMENT, INTERVENTION, BOTH, EXPIRED = "DEMO-ASSESS-1", "718026005", "DEMO-BOTH", "DEMO-OLD"
CONSULTATION = "11429006"
LEDGER_COLUMNS = (
    "position",
    "provider",
    "kind",
    "record_id",
    "personkey",
    "voided",
    "recordedtime",
    "receivedtime",
    "source",
    "id",
    "type",
    "data",
)
REFERENCE: dict[str, list[tuple[str, ...]]] = {
    "refset_members": [
        ("refset_id", "concept_id", "term", "active_from", "active_to"),
        ("1853441000000109", ASSESSMENT, "", "", ""),
        ("1853441000000109", CONSULTATION, "", "", ""),
        ("1853441000000109", BOTH, "", "", ""),
        ("1853461000000105", BOTH, "", "", ""),
        ("1853461000000105", INTERVENTION, "", "", ""),
        ("1853451000000107", EXPIRED, "", "2024-01-01", "2024-07-10"),
    ],
    "assessment_tools": [
        ("code", "tool", "scale", "kind", "lowest", "highest", "active_from", "active_to"),
        (DIALOG, "DIALOG", "", "PROM", "1", "8", "", ""),
        (HONOS, "HoNOS Working Age Adults", "", "CROM", "0", "4", "", "2024-08-15"),
        (CURRENT_VIEW, "Current View", "", "CROM", "0", "3", "", ""),
    ],
    "excluded_providers": [("provider", "name", "active_from", "active_to"), ("DFC", "", "", ""), ("S9X2N", "", "", "2024-07-01")],
}
ID_FIELDS = {
    "referral": "referral_id",
    "stay": "stay_id",
    "contact": "contact_id",
    "assessment": "activity_id",
    "intervention": "activity_id",
    "score": "score_id",
    "care-plan": "plan_id",
}


class Ledger:
    """Writes `referrals.events` as PostgreSQL's COPY does. Dates such as "10 Jul" are of 2024."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[tuple[str, ...]] = []
        self.numbers: Iterator[int] = count(1)

    def say(
        self,
        kind: str,
        record_id: str = "",
        *,
        provider: str = "RXX",
        recorded: str = "2024-07-01T12:00:00Z",
        received: str | None = None,
        voided: bool = False,
        key: str = "p1",
        **data: Any,
    ) -> None:
        number = next(self.numbers)
        ident = {ID_FIELDS[kind]: record_id} if kind in ID_FIELDS else {}
        whole = json.dumps({"provider": provider, **ident, **data})
        kind_of = f"cmh.{kind}.{'voided' if voided else 'recorded'}.v1"
        source = f"/{provider}/epr"
        instants = (_instant(recorded), _instant(received or recorded))
        self.rows.append(
            (str(number), provider, kind, record_id, key, "t" if voided else "f", *instants, source, f"e-{number:04}", kind_of, whole)
        )

    def person(self, provider: str = "RXX", **data: Any) -> None:
        born = {"birth_date": "1980-01-01", **data}
        recorded = born.pop("recorded", "2015-01-01T00:00:00Z")
        self.say("person", provider=provider, recorded=recorded, **born)

    def referral(self, record_id: str, received: str, *, team_type: str = "A06", teams: object = None, **data: Any) -> None:
        self.say("referral", record_id, received_on=day(received), teams=teams or [{"team_type": team_type}], **data)

    def contact(self, record_id: str, on: str, attendance: str | None = "5", medium: str = "01", **data: Any) -> None:
        self.say("contact", record_id, on=day(on), attendance=attendance, medium=medium, **{"referral_id": "R1", **data})

    def coded(self, kind: str, on: str, code: str, **data: Any) -> None:
        record_id = f"{kind}-{len(self.rows)}"
        value: dict[str, Any] = {"value": 4} if kind == "score" else {}
        self.say(kind, record_id, on=day(on), code=code, **value, **{"referral_id": "R1", **data})

    def plan(self, created: str | None, updated: str | None = None, record_id: str = "PL1", **data: Any) -> None:
        dates: dict[str, Any] = {"created_on": created and day(created), "updated_on": updated and day(updated)}
        self.say("care-plan", record_id, **dates, **{"agreed_by": "person", **data})

    def clocks(self, at: date = AT) -> list[dict[str, Any]]:
        for name, rows in {**REFERENCE, "events": [LEDGER_COLUMNS, *self.rows]}.items():
            with (self.folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(rows)
        return [dict(zip(COLUMNS, row, strict=True)) for row in recount(self.folder, at)]

    def clock(self, at: date = AT) -> dict[str, Any]:
        (only,) = self.clocks(at)
        return only


def day(text: str) -> str:
    """`10 Jul` is 2024-07-10; a year may follow."""
    return datetime.strptime(text if text[-4:].isdigit() else f"{text} 2024", "%d %b %Y").replace(tzinfo=UTC).date().isoformat()


def on(text: str) -> date:
    return date.fromisoformat(day(text))


def _instant(text: str) -> str:
    return str(datetime.fromisoformat(text).astimezone(UTC))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path)
    made.person()
    return made


def helped(ledger: Ledger, *, contact: str = "10 Jul", plan: str = "20 Jul", score: str = "29 Jul") -> Ledger:
    """A referral of 1 Jul with all four components."""
    ledger.referral("R1", "1 Jul")
    ledger.contact("C1", contact)
    ledger.coded("assessment", contact, ASSESSMENT, contact_id="C1")
    ledger.plan(plan)
    ledger.coded("score", score, DIALOG)
    return ledger


# The worked examples of section 8, in their order


@pytest.mark.parametrize(("score", "wait", "within"), [("29 Jul", 28, True), ("30 Jul", 29, False)])
def test_stop_on_the_last_component(ledger: Ledger, score: str, wait: int, within: bool) -> None:
    clock = helped(ledger, score=score).clock()
    assert (clock["clock_stop"], clock["wait_days"], clock["within_target"]) == (on(score), wait, within)
    assert (clock["open"], clock["waited_days"], clock["second_contact"]) == (True, None, None)


@pytest.mark.parametrize(("second", "expected"), [("10 Jul", [("R1;R2", 121)]), ("11 Jul", [("R1", None), ("R2", 81)])])
def test_a_referral_within_five_days_joins_the_spell(ledger: Ledger, second: str, expected: list[tuple[str, int | None]]) -> None:
    ledger.referral("R1", "1 Jun", discharged_on="2024-07-05")
    ledger.referral("R2", second)
    assert [(clock["referral_ids"], clock["waited_days"]) for clock in ledger.clocks()] == expected


def test_each_provider_has_its_own_clock(ledger: Ledger) -> None:
    ledger.person(provider="RYY")
    ledger.referral("R1", "1 Jun", discharged_on="2024-07-05")
    ledger.say("referral", "R1", provider="RYY", received_on="2024-07-06", teams=[{"team_type": "A06"}])
    assert [(c["provider"], c["spell_start"]) for c in ledger.clocks()] == [("RXX", on("1 Jun")), ("RYY", on("6 Jul"))]


def test_dna_cancellation_and_email_never_count(ledger: Ledger) -> None:
    ledger.referral("R1", "1 Jul")
    ledger.contact("C1", "10 Jul", "3")
    ledger.contact("C2", "15 Jul", "2")
    ledger.contact("C3", "16 Jul", "5", "05")
    ledger.contact("C4", "1 Aug", "6", "11")
    ledger.coded("assessment", "1 Aug", ASSESSMENT)
    ledger.coded("score", "1 Aug", DIALOG)
    ledger.plan("20 Jul")
    clock = ledger.clock()
    assert (clock["first_contact"], clock["clock_stop"], clock["wait_days"]) == (on("1 Aug"), on("1 Aug"), 31)


@pytest.mark.parametrize(("contact", "stop"), [("10 Feb", on("15 Aug")), ("1 Apr", None)])
def test_assessment_is_waived_only_before_april_2024(ledger: Ledger, contact: str, stop: date | None) -> None:
    ledger.referral("R1", "1 Feb")
    ledger.contact("C1", contact)
    ledger.plan("15 Feb", "20 Feb")
    ledger.coded("score", "15 Aug", HONOS)
    clock = ledger.clock()
    assert clock["clock_stop"] == stop
    assert clock["wait_days"] == (196 if stop else None)


def test_a_waived_assessment_is_shown_and_does_not_delay(ledger: Ledger) -> None:
    ledger.referral("R1", "1 Feb")
    ledger.contact("C1", "10 Feb")
    ledger.plan("15 Feb")
    ledger.coded("score", "15 Mar", HONOS)
    ledger.coded("assessment", "20 Aug", ASSESSMENT)
    clock = ledger.clock()
    assert (clock["assessment"], clock["clock_stop"]) == (on("20 Aug"), on("15 Mar"))


def test_an_older_plan_counts_by_its_update(ledger: Ledger) -> None:
    helped(ledger, plan="12 May", score="10 Jul")
    ledger.plan("12 May", "22 Jul", recorded="2024-07-22T10:00:00Z")
    clock = ledger.clock()
    assert (clock["care_plan_or_intervention"], clock["clock_stop"], clock["wait_days"]) == (on("22 Jul"), on("22 Jul"), 21)


# Versions


def test_every_unvoided_plan_version_is_evidence(ledger: Ledger) -> None:
    helped(ledger, plan="12 May", score="10 Jul")
    ledger.plan("12 May", "22 Jul", recorded="2024-07-22T10:00:00Z")
    ledger.plan("12 May", "20 Sep", recorded="2024-09-20T10:00:00Z")
    assert ledger.clock()["care_plan_or_intervention"] == on("22 Jul")
    ledger.say("care-plan", "PL1", recorded="2024-08-01T10:00:00Z", voided=True)
    assert ledger.clock()["care_plan_or_intervention"] == on("20 Sep")


def test_of_two_plan_versions_with_one_instant_the_later_received_stands(ledger: Ledger) -> None:
    helped(ledger, plan="12 May", score="10 Jul")
    ledger.plan("12 May", "22 Jul", recorded="2024-07-22T10:00:00Z", received="2024-07-22T10:00:05Z")
    ledger.plan("12 May", "23 Jul", recorded="2024-07-22T10:00:00Z", received="2024-07-22T10:00:09Z")
    assert ledger.clock()["care_plan_or_intervention"] == on("23 Jul")


def test_the_latest_version_wins_in_any_order_of_arrival(ledger: Ledger) -> None:
    helped(ledger)
    ledger.contact("C1", "12 Jul", recorded="2024-07-12T10:00:00Z", received="2024-07-12T10:00:00Z")
    ledger.contact("C1", "11 Jul", "3", recorded="2024-07-11T10:00:00Z", received="2024-09-01T10:00:00Z")
    assert ledger.clock()["first_contact"] == on("12 Jul")
    ledger.contact("C1", "13 Jul", recorded="2024-07-12T10:00:00Z", received="2024-07-12T10:00:00Z")
    assert ledger.clock()["first_contact"] == on("13 Jul")


def test_a_void_removes_and_a_later_version_restores(ledger: Ledger) -> None:
    helped(ledger)
    ledger.say("contact", "C1", recorded="2024-07-15T10:00:00Z", voided=True)
    clock = ledger.clock()
    assert (clock["first_contact"], clock["assessment"]) == (None, None)
    ledger.contact("C1", "10 Jul", recorded="2024-07-16T10:00:00Z")
    assert ledger.clock()["clock_stop"] == on("29 Jul")


def test_a_void_under_another_personkey_leaves_this_one(ledger: Ledger) -> None:
    helped(ledger)
    ledger.say("referral", "R1", recorded="2024-07-15T10:00:00Z", voided=True, key="p2")
    assert ledger.clock()["clock_stop"] == on("29 Jul")


def test_a_plan_that_went_to_another_person_and_came_back_stands_whole(ledger: Ledger) -> None:
    helped(ledger, plan="12 May", score="10 Jul")
    versions = [("22 Jul", "2024-07-22T10:00:00Z"), ("20 Sep", "2024-09-20T10:00:00Z")]
    for updated, recorded in versions:
        ledger.plan("12 May", updated, recorded=recorded)
    ledger.say("care-plan", "PL1", recorded="2024-09-20T10:00:00Z", received="2024-09-21T10:00:00Z", voided=True, moved_to="p2")
    assert ledger.clock()["care_plan_or_intervention"] is None
    for updated, recorded in versions:
        ledger.plan("12 May", updated, recorded=recorded, received="2024-09-22T10:00:00Z")
    assert ledger.clock()["care_plan_or_intervention"] == on("22 Jul")


# Contacts, codes, scores


@pytest.mark.parametrize(
    ("attendance", "medium", "counts"),
    [(a, m, a in {"5", "6"} and m in {"01", "02", "04", "11"}) for a in "234567" for m in ("01", "02", "03", "04", "05", "11", "98")]
    + [(None, "01", False)],
)
def test_direct_contact(ledger: Ledger, attendance: str | None, medium: str, counts: bool) -> None:
    ledger.referral("R1", "1 Jul")
    ledger.contact("C1", "10 Jul", attendance, medium)
    assert ledger.clock()["first_contact"] == (on("10 Jul") if counts else None)


def test_two_contacts_of_one_day_are_first_and_second(ledger: Ledger) -> None:
    ledger.referral("R1", "1 Jul")
    ledger.contact("C1", "10 Jul")
    ledger.contact("C2", "10 Jul")
    ledger.contact("C3", "9 Jul", referral_id="another")
    ledger.contact("C4", "9 Jul", referral_id=None, direct_access=True)
    clock = ledger.clock()
    assert (clock["first_contact"], clock["second_contact"]) == (on("10 Jul"), on("10 Jul"))


@pytest.mark.parametrize(
    ("code", "assessment", "intervention"),
    [
        (ASSESSMENT, True, False),
        (f" {ASSESSMENT} |Assessment| : 1=2", True, False),
        (f"{ASSESSMENT}:DEMO-CONTEXT=443390004", False, False),
        (f"{ASSESSMENT} |what: 443390004 is|", True, False),
        (CONSULTATION, False, False),
        (INTERVENTION, False, True),
        (BOTH, True, True),
        (EXPIRED, False, True),
        ("DEMO-UNKNOWN", False, False),
    ],
)
@pytest.mark.parametrize("kind", ["assessment", "intervention"])
def test_the_reference_set_decides(ledger: Ledger, kind: str, code: str, assessment: bool, intervention: bool) -> None:
    ledger.referral("R1", "1 Jul")
    ledger.coded(kind, "10 Jul", code)
    clock = ledger.clock()
    assert (clock["assessment"] is not None, clock["care_plan_or_intervention"] is not None) == (assessment, intervention)


def test_membership_and_tools_are_tested_on_the_day(ledger: Ledger) -> None:
    ledger.referral("R1", "1 Jul")
    ledger.coded("intervention", "11 Jul", EXPIRED)
    ledger.coded("score", "16 Aug", HONOS)
    ledger.coded("score", "10 Jul", CURRENT_VIEW)
    clock = ledger.clock()
    assert (clock["care_plan_or_intervention"], clock["baseline_outcome"]) == (None, None)
    ledger.coded("score", "15 Aug", HONOS)
    assert ledger.clock()["baseline_outcome"] == on("15 Aug")


@pytest.mark.parametrize(("attendance", "medium", "counts"), [("5", "05", True), ("3", "01", False)])
def test_a_code_or_score_follows_its_contact(ledger: Ledger, attendance: str, medium: str, counts: bool) -> None:
    ledger.referral("R1", "1 Jul")
    ledger.contact("C1", "10 Jul", attendance, medium, referral_id="another")
    for kind, code in (("assessment", ASSESSMENT), ("score", DIALOG)):
        ledger.coded(kind, "10 Jul", code, contact_id="C1")
        ledger.coded(kind, "9 Jul", code, contact_id="unknown")
        ledger.coded(kind, "9 Jul", code, referral_id="another")
    clock = ledger.clock()
    expected = on("10 Jul") if counts else None
    assert (clock["assessment"], clock["baseline_outcome"]) == (expected, expected)


# Plans


@pytest.mark.parametrize(
    ("plan", "counts"),
    [
        ({"created": "1 Jul"}, "1 Jul"),
        ({"created": "30 Jun"}, None),
        ({"created": "30 Jun", "updated": "5 Jul"}, "5 Jul"),
        ({"created": "3 Jul", "updated": "5 Jul"}, "3 Jul"),
        ({"created": None, "updated": "5 Jul"}, "5 Jul"),
        ({"created": "8 Jul", "updated": "5 Jul"}, "5 Jul"),
        ({"created": "3 Jul", "updated": "5 Oct"}, "3 Jul"),
        ({"created": "1 Oct"}, None),
        ({"created": "3 Jul", "agreed_by": None}, None),
        ({"created": "3 Jul", "agreed_by": []}, None),
        ({"created": "3 Jul", "agreed_by": ["clinician"]}, "3 Jul"),
        ({"created": "3 Jul", "agreed_on": "2024-09-30"}, "3 Jul"),
        ({"created": "3 Jul", "agreed_on": "2024-10-01"}, None),
    ],
)
def test_the_date_of_a_plan(ledger: Ledger, plan: dict[str, Any], counts: str | None) -> None:
    ledger.referral("R1", "1 Jul")
    ledger.plan(**plan)
    assert ledger.clock()["care_plan_or_intervention"] == (on(counts) if counts else None)


# Ends, spells, scope


@pytest.mark.parametrize(
    ("data", "end"),
    [
        ({"rejected_on": "2024-07-04"}, "4 Jul"),
        ({"closed_on": "2024-07-04"}, "4 Jul"),
        ({"not_submitted_after": "2024-07-31"}, "31 Jul"),
        ({"discharged_on": "2024-08-04", "rejected_on": "2024-07-04"}, "4 Aug"),
        ({"discharged_on": "2024-10-01"}, None),
        ({"discharged_on": "2024-10-01", "rejected_on": "2024-07-04"}, None),
        ({"teams": [{"team_type": "A06", "closed_on": "2024-07-04"}, {"team_type": "C03"}]}, None),
        ({"teams": [{"team_type": "A06", "closed_on": "2024-07-04"}, {"team_type": "A18"}]}, "4 Jul"),
        ({"teams": [{"team_type": "A06", "closed_on": "2024-07-04"}, {"team_type": "C10", "rejected_on": "2024-07-09"}]}, "9 Jul"),
        ({"teams": [{"team_type": "A06", "rejected_on": "2024-07-09"}], "rejected_on": "2024-07-04"}, "9 Jul"),
    ],
)
def test_the_end_of_a_referral(ledger: Ledger, data: dict[str, Any], end: str | None) -> None:
    ledger.referral("R1", "1 Jul", **data)
    clock = ledger.clock()
    assert (clock["spell_end"], clock["open"]) == (on(end) if end else None, end is None)


def test_the_furthest_end_so_far_joins_and_an_out_of_scope_referral_does_not_bridge(ledger: Ledger) -> None:
    ledger.referral("R1", "1 Jun", discharged_on="2024-07-20")
    ledger.referral("R2", "3 Jun", discharged_on="2024-06-04")
    ledger.referral("R3", "25 Jul", discharged_on="2024-07-26")
    ledger.referral("R4", "27 Jul", team_type="A18")
    ledger.referral("R5", "5 Aug")
    ledger.contact("C1", "21 Jul", referral_id="R2")
    ledger.contact("C2", "27 Jul", referral_id="R3")
    ledger.contact("C3", "28 Jul", referral_id="R4")
    clocks = ledger.clocks()
    assert [(c["referral_ids"], c["spell_end"], c["first_contact"]) for c in clocks] == [
        ("R1;R2;R3", on("26 Jul"), on("21 Jul")),
        ("R5", None, None),
    ]


def test_only_what_had_happened_by_that_day(ledger: Ledger) -> None:
    helped(ledger)
    ledger.referral("R2", "1 Aug", discharged_on="2024-09-01")
    clock = ledger.clock(on("28 Jul"))
    assert (clock["referral_ids"], clock["clock_stop"], clock["waited_days"]) == ("R1", None, 27)
    assert ledger.clocks(on("30 Jun")) == []


@pytest.mark.parametrize(
    ("born", "received", "counts"),
    [
        ("2006-07-01", "1 Jul", True),
        ("2006-07-02", "1 Jul", False),
        ("2004-02-29", "28 Feb 2022", False),
        ("2004-02-29", "1 Mar 2022", True),
        (None, "1 Jul", False),
    ],
)
def test_age(tmp_path: Path, born: str | None, received: str, counts: bool) -> None:
    ledger = Ledger(tmp_path)
    ledger.person(birth_date=born)
    ledger.person(provider="RYY")
    ledger.referral("R1", received)
    assert len(ledger.clocks()) == counts


@pytest.mark.parametrize("stay", [{"referral_id": "R1", "admitted_on": "2024-09-30"}, {"referral_id": "R1", "admitted_on": "2024-10-01"}])
def test_a_stay_on_the_referral_takes_it_out(ledger: Ledger, stay: dict[str, Any]) -> None:
    ledger.referral("R1", "1 Jul")
    ledger.say("stay", "S1", **stay)
    assert len(ledger.clocks()) == (stay["admitted_on"] > "2024-09-30")


def test_excluded_providers_and_the_oldest_spells_are_left_out(ledger: Ledger) -> None:
    for provider, received in (("DFC", "2024-07-01"), ("S9X2N", "2024-07-01"), ("S9X2N", "2024-07-02")):
        ledger.person(provider=provider)
        ledger.say("referral", f"R-{received}", provider=provider, received_on=received, teams=[{"team_type": "A06"}])
    ledger.referral("R1", "31 Dec 2015", discharged_on="2016-01-02")
    ledger.referral("R2", "7 Jan 2016")
    ledger.referral("R3", "8 Jan 2016")
    kept = [(clock["provider"], clock["referral_ids"]) for clock in ledger.clocks()]
    assert kept == [("S9X2N", "R-2024-07-02")]


# Residence, month by month


def test_a_move_out_of_england_ends_the_referral_with_the_month_before(ledger: Ledger) -> None:
    ledger.person(local_authority="E06000001", recorded="2024-06-01T09:00:00Z")
    ledger.person(local_authority="W06000015", recorded="2024-08-31T22:59:00Z")  # 23:59 in London
    ledger.person(local_authority="", recorded="2024-09-15T09:00:00Z")
    helped(ledger)
    ledger.contact("C2", "1 Aug")
    clock = ledger.clock()
    assert (clock["spell_end"], clock["second_contact"], clock["clock_stop"]) == (on("31 Jul"), None, on("29 Jul"))
    assert ledger.clock(on("30 Aug"))["second_contact"] == on("1 Aug")


def test_london_midnight_decides_the_month_of_a_move(ledger: Ledger) -> None:
    ledger.person(local_authority="W06000015", recorded="2024-08-31T23:01:00Z")  # 1 September, 00:01 in London
    ledger.referral("R1", "1 Jul")
    assert ledger.clock()["spell_end"] == on("31 Aug")


@pytest.mark.parametrize(("area", "counts"), [("W06000015", False), ("L99999999", False), ("E06000001", True), ("", True), (None, True)])
def test_residence_in_the_month_of_receipt(ledger: Ledger, area: str | None, counts: bool) -> None:
    ledger.person(local_authority=area, recorded="2024-07-31T12:00:00Z")
    ledger.referral("R1", "1 Jul")
    assert len(ledger.clocks()) == counts


# The command


def test_the_command_prints_csv(ledger: Ledger) -> None:
    helped(ledger).clocks()
    command = [sys.executable, "-m", "tests.support.recount", str(ledger.folder), "--at", "2024-09-30"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert printed == [
        ",".join(COLUMNS),
        "RXX,R1,2024-07-01,,true,2024-07-10,,2024-07-29,2024-07-10,2024-07-20,2024-07-29,28,,true",
    ]
