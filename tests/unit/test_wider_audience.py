"""The published measures for a wider audience: what the national rules would give away stays hidden, in every version."""

from collections.abc import Mapping
from datetime import date

import pytest

from services.reporting.rules.layout import ENGLAND, Breakdown, Place, Values, rows
from services.reporting.rules.measures import Found
from services.reporting.rules.measures.early_intervention import EARLY_INTERVENTION
from services.reporting.rules.measures.family import Family
from services.reporting.rules.measures.health import HEALTH_CHECKS
from services.reporting.rules.measures.lines import released
from services.reporting.rules.measures.referrals import ACCESS, NOT_ACCEPTED, REASONS, REJECTIONS
from services.reporting.rules.published import MEASURES, MRS, OTHERS
from services.reporting.rules.wider import Version, protected, wider

END = date(2024, 9, 30)
PLACES = {code: Place(Breakdown.PROVIDER, code, code) for code in ("RXA", "RXB", "RXC")}
COUNTS = {
    "RXA": {"MRS01": 100, "MRS01a": 98, "MRS02": 300, "MRS02e": 60, "MRS02c": 30, "MRS02a": 20, "MRS03": 120, "MRS20": 60, "MRS06": 360},
    "RXB": {"MRS01": 60, "MRS01a": 30, "MRS02": 40, "MRS02e": 20, "MRS02c": 13, "MRS02a": 7, "MRS03": 21, "MRS20": 80, "MRS06": 120},
    "RXC": {"MRS01": 40, "MRS01a": 10, "MRS02": 51, "MRS02e": 26, "MRS02c": 18, "MRS02a": 9, "MRS03": 40, "MRS20": 41, "MRS06": 92},
}


def values(of: Mapping[str, int]) -> Values:
    return Values({**of, "MRS21": of["MRS06"] - of["MRS03"]}, {"MRS03a": 20.5, "MRS03b": 80.0})


def places(counts: Mapping[str, Mapping[str, int]] = COUNTS) -> dict[Place, Values]:
    england = {measure: sum(of[measure] for of in counts.values()) for measure in counts["RXA"]}
    return {ENGLAND: values(england), **{PLACES[code]: values(of) for code, of in counts.items()}}


def shown(version: Version, measure: str) -> dict[str, str]:
    return {row.primary: str(row.value) for row in version.rows if row.measure_id == measure}


def test_the_rest_of_a_share_is_hidden_with_it() -> None:
    """98 of 100 within 28 days: the national rules show 98 percent, and so the two who waited longer."""
    national = {row.measure_id: str(row.value) for row in rows(END, places(), MRS) if row.primary == "RXA"}
    assert [national[measure] for measure in ("MRS01", "MRS01a", "MRS01b")] == ["100", "100", "98"]
    found = wider(END, places(), MRS)
    assert [shown(found, measure)["RXA"] for measure in ("MRS01", "MRS01a", "MRS01b")] == ["100", "*", "*"]
    assert sum(value == "*" for value in shown(found, "MRS01a").values()) == 2, "another of the three providers is hidden with it"
    assert (shown(found, "MRS02")["RXA"], shown(found, "MRS02b")["RXC"], shown(found, "MRS03a")["RXC"]) == ("300", "18", "21")


def test_days_and_shares_of_what_is_small_are_hidden() -> None:
    few = COUNTS | {"RXC": COUNTS["RXC"] | {"MRS03": 4}}
    found = wider(END, places({code: {**of, "MRS03": of["MRS03"]} for code, of in few.items()}), MRS)
    assert [shown(found, measure)["RXC"] for measure in ("MRS03", "MRS03a", "MRS03b", "MRS07b")] == ["*"] * 4


def test_england_is_exact_only_as_all_of_england() -> None:
    assert shown(wider(END, places(), MRS, nation=True), "MRS02")["England"] == "391"
    assert shown(wider(END, places(), MRS), "MRS02")["England"] == "390"


def test_a_later_version_tells_nothing_of_a_few() -> None:
    first = wider(END, places(), MRS)
    more = COUNTS | {"RXB": COUNTS["RXB"] | {"MRS02": 43, "MRS06": 123}}
    second = wider(END, places(more), MRS, before=first)
    assert [str(row.value) for row in second.rows] == [str(row.value) for row in first.rows]
    many = COUNTS | {"RXB": COUNTS["RXB"] | {"MRS02": 53, "MRS06": 133}}
    third = wider(END, places(many), MRS, before=second)
    assert (shown(second, "MRS02")["RXB"], shown(third, "MRS02")["RXB"]) == ("40", "55")


def test_measures_that_do_not_add_up_are_refused() -> None:
    wrong = COUNTS | {"RXA": COUNTS["RXA"] | {"MRS20": 61}}
    with pytest.raises(ValueError, match=r"the parts of \w+ / MRS06 \(MRS02, MRS20\) do not add up to it"):
        wider(END, places(wrong), MRS)
    with pytest.raises(ValueError, match=r"the parts of England / MRS01 \(RXB, RXC\) do not add up to it"):
        wider(END, {place: of for place, of in places().items() if place.code != "RXA"}, MRS)


def test_every_published_measure_has_a_place() -> None:
    found = wider(END, places(), [*MRS, *OTHERS])
    assert len(found.rows) == 4 * len([*MRS, *OTHERS])
    assert [row.key for row in found.rows] == [row.key for row in rows(END, places(), [*MRS, *OTHERS])]


def of_family(family: Family, counts: Mapping[str, Mapping[str, int]]) -> Version:
    england = {name: sum(of[name] for of in counts.values()) for name in counts["RXA"]}
    found = {ENGLAND: england, **{PLACES[code]: of for code, of in counts.items()}}
    figures = [measure.figure for measure in family.measures if protected(measure.figure)]
    return wider(END, {place: Values(of, {f"{NOT_ACCEPTED} length": 9.5}) for place, of in found.items()}, figures)


def test_early_intervention_hides_the_few_who_waited_longer() -> None:
    stopped = {"RXA": (40, 38), "RXB": (30, 20), "RXC": (20, 10)}
    counts = {
        code: {"EIP23a": all_of, "EIP23b": soon, "EIP23c": all_of - soon, "EIP23d": 12, "EIP23e": 6, "EIP23f": 6, "EIP23g": 9, "EIP23h": 9}
        for code, (all_of, soon) in stopped.items()
    }
    found = of_family(EARLY_INTERVENTION, counts)
    assert [shown(found, f"EIP23{letter}")["RXA"] for letter in "abcidefj"] == ["40", "*", "*", "*", "10", "5", "5", "50"]
    assert sum(value == "*" for value in shown(found, "EIP23c").values()) == 2


def test_rejections_by_reason_stand_with_their_sum() -> None:
    """The share is of other people, those received in the month: no table holds both, so it is not shown."""
    names = [f"{NOT_ACCEPTED} - {reason}" for reason in REASONS]
    of = {"RXA": (20, 10, 10, 3), "RXB": (20, 10, 10, 7), "RXC": (20, 10, 10, 8)}
    counts = {
        code: {NOT_ACCEPTED: sum(each), "Referrals received": 100, **dict(zip(names, each, strict=True))} for code, each in of.items()
    }
    found = of_family(REJECTIONS, counts)
    by_reason = {name: shown(found, name) for name in names}
    assert by_reason[names[3]]["RXA"] == "*"
    assert sum(by_reason[name]["RXA"] == "*" for name in names) >= 2
    assert sum(value == "*" for value in by_reason[names[3]].values()) >= 2
    assert shown(found, f"{NOT_ACCEPTED} length")["RXA"] == "10"
    assert shown(found, f"{NOT_ACCEPTED} share") == {}


def test_a_register_hides_who_has_no_complete_check() -> None:
    """People at several practices are in the parts more often than in the whole."""
    counts = {
        code: {"SMIRegister": 50, "All6PHC": done, "PHS001": 50, "PHS014a": done, "All6PHC followed through": done - 10}
        for code, done in zip(PLACES, (48, 30, 20), strict=True)
    }
    found = of_family(HEALTH_CHECKS, counts)
    assert [shown(found, name)["RXA"] for name in ("SMIRegister", "All6PHC", "All6PHC share")] == ["50", "*", "*"]
    same = {"PHS001": "SMIRegister", "PHS014a": "All6PHC", "PHS014b": "All6PHC share"}
    assert [shown(found, theirs) for theirs in same] == [shown(found, ours) for ours in same.values()], "the same people, by one table"
    assert shown(found, "All6PHC followed through")["RXB"] == "20"


def test_networks_add_up_to_their_icb_with_what_is_in_none() -> None:
    """One hidden network of an ICB of two is told by the other: both are hidden; who is in none is told nowhere."""

    def of(register: int, done: int) -> dict[str, int]:
        return {
            "SMIRegister": register,
            "All6PHC": done,
            "All6PHC followed through": done,
            "Influenza vaccination": 0,
            "COVID-19 vaccination": 0,
        }

    def counted(level: str, code: str, register: int, done: int) -> Found:
        return Found(level, code, "", "", "", of(register, done), {})

    found = [
        counted("england", "England", 200, 100), counted("icb", "XIB", 120, 60), counted("icb", "XIC", 80, 40),
        counted("pcn", "XP01", 60, 30), counted("pcn", "XP02", 60, 30), counted("pcn", "XP03", 77, 38), counted("pcn", "UNKNOWN", 3, 2),
        counted("pcn", "XP04", 9, 9),
    ]  # fmt: skip
    version = released(END, HEALTH_CHECKS, found, {}, {"XP01": "XIB", "XP02": "XIB", "XP03": "XIC", "XP04": "XID"})
    assert version is not None
    assert shown(version, "PHS001") | {"England": "", "XIC": "", "XP03": ""} == {
        "England": "",
        "XIB": "120",
        "XIC": "",
        "XP01": "60",
        "XP02": "60",
        "XP03": "",
    }
    assert "*" in {shown(version, "PHS001")[code] for code in ("XIC", "XP03")}, "the three in no network"


def test_access_less_access_tells_nobody_of_early_intervention_or_employment() -> None:
    """MHS108 less CMH access is the people of those teams alone: three of RXA."""
    access = {"RXA": (103, 100, 20), "RXB": (90, 80, 30), "RXC": (70, 60, 25)}
    counts = {code: dict(zip(("MHS108", "CMH access", "Psych therapy access"), each, strict=True)) for code, each in access.items()}
    found = of_family(ACCESS, counts)
    assert "*" in {shown(found, name)["RXA"] for name in ("MHS108", "CMH access")}
    both = [code for code in PLACES if "*" in {shown(found, name)[code] for name in ("MHS108", "CMH access")}]
    assert len(both) >= 2, "and another provider's, for the sum"


def test_what_was_hidden_while_a_history_was_loaded_is_shown_when_it_is_there() -> None:
    def version(waiting: int, before: Version | None) -> Version:
        places = {ENGLAND: Values({"MRS04": waiting}, {}), Place(Breakdown.PROVIDER, "RXA", "A"): Values({"MRS04": waiting}, {})}
        return wider(date(2024, 9, 30), places, [MEASURES["MRS04"]], before=before)

    first = version(3, None)
    assert [str(row.value) for row in first.rows] == ["*", "*"]
    assert [str(row.value) for row in version(90, first).rows] == ["*", "*"], "it may be a few people more"
    assert [str(row.value) for row in version(140, first).rows] == ["140", "140"]
    large = version(1000, first)
    assert [str(row.value) for row in version(1002, large).rows] == ["1000", "1000"]
