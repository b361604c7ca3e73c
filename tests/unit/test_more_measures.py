"""The pure part of more measures: facts of a person's records, population, gaps between groups."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.reporting.rules.disclosure import Disclosed, Exact, national, own
from services.reporting.rules.facts import rows
from services.reporting.rules.inequality import ETHNIC_GROUPS, Trend, trends
from services.reporting.rules.layout import ENGLAND, Breakdown, Place, Values
from services.reporting.rules.measures import FAMILIES, Family, Found
from services.reporting.rules.measures.lines import for_itself
from services.reporting.rules.population import with_population
from services.reporting.rules.published import MEASURES
from services.reporting.rules.wider import wider
from shared.versions import Document, fold

AT = date(2024, 9, 30)
OF: dict[str, Family] = {family.name: family for family in FAMILIES}


def told(*said: tuple[str, str, dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    document: Document = {}
    for number, (kind, record_id, data) in enumerate(said):
        fold(document, kind, "RXX", record_id, [1_700_000_000_000_000 + number, 0, "/RXX/epr", f"e{number}", data])
    return rows(document)


def test_support_is_given_by_who_sends_it_unless_it_says_by_whom() -> None:
    helped = {"kind": "employment", "first_on": "2024-07-01", "outcome": "job started"}
    own_help, other = told(("support", "S1", helped), ("support", "S2", helped | {"given_by": "XVC01", "last_on": "2024-08-01"}))["support"]
    assert (own_help["given_by"], own_help["last_on"], own_help["outcome"]) == ("RXX", None, "job started")
    assert (other["given_by"], other["last_on"]) == ("XVC01", "2024-08-01")


def contact(record_id: str, on: str, attendance: str = "5", medium: str = "01", **more: Any) -> tuple[str, str, dict[str, Any]]:
    return "contact", record_id, {"contact_id": record_id, "on": on, "attendance": attendance, "medium": medium, **more}


def test_open_access_is_direct_contact_on_no_referral() -> None:
    missed, written = contact("C3", "2024-07-03", "3", direct_access=True), contact("C4", "2024-07-04", "5", "05", direct_access=True)
    on_referral = contact("C5", "2024-07-05", referral_id="R1")
    later, first = contact("C2", "2024-07-02", "6", direct_access=True), contact("C1", "2024-07-01", direct_access=True)
    (row,) = told(later, first, missed, written, on_referral)["open_access"]
    assert row["contacts"] == ["2024-07-01", "2024-07-02"]
    assert told(missed, written, on_referral)["open_access"] == []


def test_vaccinations_given_are_told_of_somebody_without_a_check_too() -> None:
    def given(record_id: str, kind: str, status: str) -> tuple[str, str, dict[str, Any]]:
        return "vaccination", record_id, {"kind": kind, "on": "2024-10-01", "status": status}

    assert told(given("V1", "influenza", "declined"))["checks"] == []
    (row,) = told(given("V1", "influenza", "given"), given("V2", "covid-19", "offered"), given("V3", "influenza", "given"))["checks"]
    assert (row["influenza"], row["covid_19"], row["bmi"]) == (["2024-10-01"], [], [])


def test_pathways_carers_groups_and_areas_are_told() -> None:
    teams = [{"team_type": "A16", "dedicated_pathway": "CEN"}, {"team_type": "A06"}, {"team_type": "A16", "dedicated_pathway": "CEN"}]
    person = {"carer_identified_on": "2024-07-01", "groups": ["veterans", "students", "veterans"]}
    found = told(
        ("referral", "R1", {"received_on": "2024-07-01", "teams": teams}),
        ("person", "", person),
        ("stay", "S1", {"admitted_on": "2024-07-01"}),
        ("stay", "S2", {"admitted_on": "2024-07-01", "out_of_area": True}),
    )
    assert found["referral"][0]["pathways"] == ["CEN"]
    assert (found["person"][0]["carer_identified_on"], found["person"][0]["groups"]) == ("2024-07-01", ["students", "veterans"])
    assert [row["out_of_area"] for row in found["stay"]] == [False, True]


PEOPLE = {
    ("XP01", "adults", "18+"): 1000,
    ("XP01", "adults", "18-25"): 150,
    ("XP01", "students", "18+"): 90,
    ("XIB", "people", "all"): 5000,
}


@pytest.mark.parametrize(
    ("level", "by", "value", "people"),
    [
        ("pcn", "", "", 1000),
        ("pcn", "age", "18-25", 150),
        ("pcn", "group", "students", 90),
        ("pcn", "age", "65+", None),
        ("pcn", "ethnicity", "A", None),
        ("provider", "", "", None),
    ],
)
def test_a_rate_is_of_the_people_of_its_own_place_and_group(level: str, by: str, value: str, people: int | None) -> None:
    (one,) = with_population(OF["population"], [Found(level, "XP01", "", by, value, {"People seen": 40}, {})], PEOPLE)
    assert one.counts.get("Adult population") == people


def test_a_provider_has_no_rate_of_a_population() -> None:
    lines = for_itself(AT, [(OF["population"], [Found("provider", "RXX", "", "", "", {"People seen": 40}, {})])], {}, "RXX")
    assert [(row.measure_id, str(row.value)) for row in lines] == [("People seen", "40")]


def test_a_rate_of_a_population_leaves_where_its_count_does() -> None:
    rate = MEASURES["MHS116a"]
    assert (rate.numerator, rate.denominator, rate.per) == ("MHS116", "MHSPOPALL", 100_000)
    here = Place(Breakdown.PROVIDER, "RXA", "RXA")

    def shown(england: int, **provider: int) -> list[str]:
        counts = {ENGLAND: {"MHS116": england, "MHSPOPALL": 50_000}, here: {"MHS116": england, **provider}}
        return [str(row.value) for row in wider(AT, {place: Values(of, {}) for place, of in counts.items()}, [rate]).rows]

    assert shown(63) == ["126", "*"], "a place without a population has no rate"
    assert shown(63, MHSPOPALL=21_000) == ["126", "300"]
    assert shown(4, MHSPOPALL=21_000) == ["*", "*"]


def group(by: str, value: str, of: int, followed: int, code: str = "England", level: str = "england") -> Found:
    return Found(level, code, "", by, value, {"SMIRegister": of, "All6PHC followed through": followed, "Influenza vaccination": 0}, {})


MONTHS = {
    date(2024, 6, 30): [group("ethnicity", "A", 100, 60), group("ethnicity", "M", 20, 8), group("ethnicity", "P", 20, 8)],
    AT: [
        group("ethnicity", "A", 100, 60), group("ethnicity", "M", 20, 4), group("ethnicity", "N", 20, 4), group("ethnicity", "H", 19, 0),
        group("ethnicity", "Z", 90, 0), group("age", "65+", 40, 10), group("ethnicity", "B", 40, 40, "RXX", "provider"),
    ],
}  # fmt: skip


def as_it_is(figure: Exact | None) -> Disclosed:
    return own(Exact.count(0) if figure is None else figure)


def gap(found: list[Trend], measure: str, by: str) -> Trend:
    return next(one for one in found if (one.measure, one.by) == (measure, by))


def test_the_largest_gap_is_named_and_followed() -> None:
    found = gap(trends(OF["health-checks"], MONTHS, "england", "England", as_it_is), SHARE, "ethnicity")
    before, now = found.gaps
    assert (before.group, before.points, str(before.of_reference)) == ("Black or Black British", Decimal(-20), "60")
    assert (now.group, now.points, str(now.of_group)) == ("Black or Black British", Decimal(-40), "20")
    assert found.change == 20


SHARE = "All6PHC followed through share"


def test_a_gap_tells_nothing_that_is_not_shown() -> None:
    few = {AT: [group("ethnicity", "A", 100, 60), group("ethnicity", "M", 30, 4)]}
    told_to_all = gap(trends(OF["health-checks"], few, "england", "England", lambda one: national(one, england=False)), SHARE, "ethnicity")
    assert (told_to_all.gaps[0].points, told_to_all.gaps[0].group, told_to_all.change) == (None, "", None)


def test_no_reference_group_no_gap() -> None:
    found = gap(trends(OF["health-checks"], MONTHS, "england", "England", as_it_is), SHARE, "age")
    assert [one.points for one in found.gaps] == [None, None]


def test_every_category_is_in_one_group() -> None:
    assert sorted("".join(ETHNIC_GROUPS.values())) == sorted("ABCDEFGHJKLMNPRS")
