"""The pure part of the measures: spells cut off at a month's end, rows of a person's records, lines for each audience."""

from datetime import date
from typing import Any

import pytest

from services.reporting.rules.facts import rows
from services.reporting.rules.layout import Row
from services.reporting.rules.measures import FAMILIES, MEASURES, Found
from services.reporting.rules.measures.family import POPULATIONS
from services.reporting.rules.measures.lines import for_all, for_comparison, for_itself
from services.reporting.rules.spells import Part, Spell, as_at
from shared.versions import Document, fold

AT = date(2024, 9, 30)
LAST = date(2024, 10, 31)


def spell(*parts: tuple[date, date | None], **more: Any) -> Spell:
    known = tuple(Part(f"R{number}", start, end) for number, (start, end) in enumerate(parts, 1))
    ends = [end for _, end in parts]
    end = None if None in ends else max(one for one in ends if one)
    said = {"closed": end is not None, "stop": None, "met": {}, **more}
    return Spell("RXX:R1", "RXX", min(start for start, _ in parts), end, parts=known, **said)


@pytest.mark.parametrize(
    ("parts", "end"),
    [
        ([(date(2024, 7, 1), None)], None),
        ([(date(2024, 7, 1), AT)], AT),
        ([(date(2024, 7, 1), date(2024, 10, 1))], None),
        ([(date(2024, 7, 1), date(2024, 9, 28)), (date(2024, 10, 2), None)], date(2024, 9, 28)),
        ([(date(2024, 7, 1), date(2024, 9, 28)), (date(2024, 9, 1), date(2024, 10, 1))], None),
    ],
)
def test_a_spell_has_ended_when_all_of_its_referrals_begun_by_then_have(parts: list[tuple[date, date | None]], end: date | None) -> None:
    stood = as_at(spell(*parts), AT)
    assert stood is not None
    assert (stood.end, stood.closed) == (end, end is not None)


def test_what_was_met_later_was_not_met_yet() -> None:
    met = {"first-contact": AT, "second-contact": date(2024, 10, 1)}
    stood = as_at(spell((date(2024, 7, 1), None), met=met, stop=date(2024, 10, 1)), AT)
    assert stood is not None
    assert (stood.met, stood.stop) == ({"first-contact": AT}, None)
    assert as_at(spell((date(2024, 10, 1), None)), AT) is None


def test_a_spell_of_the_past_stands_for_its_months_alone() -> None:
    told = spell((date(2024, 7, 1), None), after=date(2024, 8, 31), until=AT)
    assert [as_at(told, at) is not None for at in (date(2024, 8, 31), AT, LAST)] == [False, True, False]


def of(*said: tuple[str, str, dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    document: Document = {}
    for number, (kind, record_id, data) in enumerate(said):
        fold(document, kind, "RXX", record_id, [1_700_000_000_000_000 + number, 0, "/RXX/epr", f"e{number}", data])
    return rows(document)


REFERRAL = ("referral", "R1", {"received_on": "2024-07-01", "teams": [{"team_type": "A06"}]})


def contact(record_id: str, on: str, attendance: str | None = "5", medium: str = "01") -> tuple[str, str, dict[str, Any]]:
    return "contact", record_id, {"contact_id": record_id, "referral_id": "R1", "on": on, "attendance": attendance, "medium": medium}


def test_direct_contacts_stand_in_order_and_no_others() -> None:
    late, booked = contact("C2", "2024-08-01", "6", "11"), contact("C5", "2024-08-09", None)
    found = of(
        REFERRAL, late, contact("C1", "2024-07-05"), contact("C3", "2024-07-06", "3"), contact("C4", "2024-07-07", "5", "05"), booked
    )
    assert found["referral"][0]["contacts"] == ["2024-07-05", "2024-08-01"]


@pytest.mark.parametrize(
    ("code", "contact_id", "counts"),
    [
        ("718026005", "C1", True),
        ("718026005 |Therapy| :408730004=410534003", "C1", True),
        ("718026005:408730004=443390004", "C1", False),
        ("718026005", None, False),
        ("304891004", "C1", False),
    ],
)
def test_a_listed_therapy_on_a_contact_counts_unless_refused(code: str, contact_id: str | None, counts: bool) -> None:
    done = ("intervention", "A1", {"referral_id": "R1", "contact_id": contact_id, "on": "2024-07-05", "code": code})
    assert of(REFERRAL, contact("C1", "2024-07-05", "3"), done)["referral"][0]["therapies"] == (["718026005"] if counts else [])


def test_placement_and_support_is_told_by_the_team_or_the_code_of_a_direct_contact() -> None:
    coded = ("intervention", "A1", {"referral_id": "R1", "contact_id": "C2", "on": "2024-07-06", "code": "772822000"})
    contacts = contact("C1", "2024-07-05"), contact("C2", "2024-07-06"), contact("C3", "2024-07-07", "5", "05")
    assert of(REFERRAL, *contacts, coded)["referral"][0]["ips_days"] == ["2024-07-06"]
    team = ("referral", "R1", {"received_on": "2024-07-01", "teams": [{"team_type": "D05"}]})
    assert of(team, *contacts)["referral"][0]["ips_days"] == ["2024-07-05", "2024-07-06"]


@pytest.mark.parametrize(("on", "seen"), [("2024-08-29", "2024-08-29"), ("2024-08-30", None)])
def test_a_contact_comes_before_an_admission_from_three_days_on(on: str, seen: str | None) -> None:
    wards = [{"class": "201", "from": "2024-09-03"}, {"class": "200", "from": "2024-09-01"}]
    stay = ("stay", "S1", {"admitted_on": "2024-09-01", "admission_source": "19", "wards": wards})
    (row,) = of(REFERRAL, contact("C1", on), stay)["stay"]
    assert (row["seen_on"], row["ward_class"]) == (seen, "200")


def test_where_somebody_lived_is_told_version_by_version() -> None:
    lived = {"birth_date": "1980-01-01", "practice": "XG0101"}
    (row,) = of(("person", "", lived), ("person", "", lived | {"ethnicity": "A"}), ("person", "", lived | {"practice": "XG0102"}))["person"]
    assert (row["practices"], row["ethnicity"], len(row["told"])) == (("XG0101", "XG0102"), None, 2)


def test_declined_elements_are_not_recorded() -> None:
    checks = [
        ("health-check", f"H{status}", {"element": "bmi", "on": "2024-07-05", "status": status}) for status in ("declined", "recorded")
    ]
    assert of(checks[0])["checks"] == []
    assert of(*checks)["checks"][0]["bmi"] == ["2024-07-05"]


def counted(level: str, code: str, team: str = "", **counts: int) -> Found:
    whole = {"MRS01": 0, "MRS01a": 0, "MRS06": 0, "MRS02": 0, "MRS20": 0, "MRS03": 0, "MRS21": 0, **counts}
    return Found(level, code, team, "", "", whole, {})


def shown(lines: list[Row], measure: str) -> dict[str, str]:
    return {f"{row.primary} {row.secondary}".removesuffix(" NONE"): str(row.value) for row in lines if row.measure_id == measure}


PLACES = [("england", "England", 112, 107), ("provider", "RXX", 98, 96), ("provider", "RYY", 14, 11), ("icb", "XIB", 112, 107)]
COUNTED = [(FAMILIES[0], [counted(level, code, MRS01=stops, MRS01a=within) for level, code, stops, within in PLACES])]
TEAM = [(FAMILIES[0], [*COUNTED[0][1], counted("team", "RXX", "A06", MRS01=3, MRS01a=2)])]


def test_each_audience_sees_its_own() -> None:
    assert shown(for_comparison(AT, COUNTED, {}, compat=False), "MRS01b") == {"England": "95.53571", "RXX": "98", "RYY": "79", "XIB": "96"}
    assert shown(for_itself(AT, TEAM, {}, "RXX"), "MRS01") == {"RXX": "98", "RXX A06": "3"}
    everybody = for_all(AT, TEAM, {}, {})
    assert shown(everybody, "MRS01")["RXX"] == "*" or shown(everybody, "MRS01a")["RXX"] == "*", "98 of 100 tells the other two"
    assert not any(row.secondary == "A06" for row in everybody)


def test_every_measure_says_what_it_counts() -> None:
    assert len([name for name in MEASURES if name.startswith("MRS")]) == 26
    for measure in MEASURES.values():
        assert all((measure.unit, measure.counted, measure.left_out))
        for name in (measure.figure.numerator, measure.figure.denominator):
            assert not name or name in MEASURES or name in POPULATIONS


def test_a_share_of_nobody_is_blank_to_the_provider_itself() -> None:
    (proms,) = [family for family in FAMILIES if family.name == "prom-scales"]
    found = Found("provider", "RXX", "", "", "", {"OpenBaselinePROM DIALOG 1": 2}, {})
    told = {row.measure_id: str(row.value) for row in for_itself(AT, [(proms, [found])], {}, "RXX")}
    named = ("OpenBaselinePROM DIALOG 1", "OpenPairedPROM DIALOG 1", "OpenPairedPROMImprovement DIALOG 1 share")
    assert [told[name] for name in named] == ["2", "0", ""]
