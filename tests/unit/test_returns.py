"""A return's cells, what leaves of them, and its edits, from figures written down here."""

import json
from datetime import date

import pytest

from services.reporting.rules.measures import FAMILIES, Found
from services.reporting.rules.measures.lines import Counted
from services.reporting.rules.returns import book
from services.reporting.rules.returns.compose import Entries, Row, canonical, compose, protected, rows_of
from services.reporting.rules.returns.definition import Definition, parse
from services.reporting.rules.returns.edits import before, edits
from services.reporting.rules.returns.footprint import Footprint, Pcn

HEAD = """
id = "trial"
version = 1
title = "Trial"
source = "this test"
organisations = "icb"
period = "quarter"
pcns = "footprint"
deadline_days = 30
recipients = [{ name = "the region", transport = "file" }]
sections = [{ id = "one", title = "One" }]
"""
GROUND = Footprint(
    "Westside",
    (Pcn("P1", "One", 5, True), Pcn("P2", "Two", 3, False), Pcn("P3", "Three", 0, False)),
    ("P1", "P2"),
    {"MRS04": 400.0},
    {"eip-2016": 0.6},
    {"AED": date(2021, 10, 1)},
)
Places = dict[tuple[str, ...], int]
WAITING: Places = {("icb", "XIB"): 200, ("footprint", "XIB"): 150, ("pcn", "P1"): 97, ("pcn", "P2"): 53, ("pcn", "P3"): 50}


def stated(*lines: str, head: str = HEAD) -> Definition:
    return parse(head + "\n".join(f"[[lines]]\nsection = 'one'\ntitle = 'A line'\n{line}" for line in lines), book.known())


def line(name: str, **fields: object) -> str:
    return "\n".join(f"{key} = {json.dumps(value)}" for key, value in {"id": name, **fields}.items())


def counted(counts: Places, measure: str = "MRS04") -> Counted:
    family = next(family for family in FAMILIES if measure in {one.id for one in family.measures})
    found = [
        Found(place[0], place[1], "", place[2] if place[2:] else "", place[3] if place[2:] else "", {measure: many}, {})
        for place, many in counts.items()
    ]
    return [(family, found)]


def shown(definition: Definition, found: Counted = (), entered: Entries = {}, ground: Footprint = GROUND) -> dict[str, list[str]]:  # noqa: B006
    cells = compose(definition, found, entered, ground, "XIB")
    return {line.id: [str(cell.shown) for cell in cells if cell.line == line.id] for line in definition.lines}


def test_a_measure_of_the_organisation_its_footprint_and_each_pcn_of_it() -> None:
    definition = stated(
        line("all", measure="MRS04"), line("footprint", measure="MRS04", level="footprint"), line("each", measure="MRS04", level="pcn")
    )
    assert shown(definition, counted(WAITING)) == {"all": ["200"], "footprint": ["150"], "each": ["95", "55"]}
    few = WAITING | {("pcn", "P1"): 147, ("pcn", "P2"): 3}
    assert shown(definition, counted(few))["each"] == ["*", "*"], "the other one would tell it"
    assert shown(definition)["each"] == ["*", "*"], "nobody is fewer than five"


def test_a_baseline_is_said_with_what_it_was_counted_by() -> None:
    definition = stated(line("base", known="baseline", of="MRS01b"), line("by", known="baseline-definition", of="MRS01b"))
    assert shown(definition) == {"base": ["nil"], "by": ["nil"]}
    ground = GROUND._replace(baselines={"MRS01b": ("62", "June 2025, by national-2024@1")})
    assert shown(definition, ground=ground) == {"base": ["62"], "by": ["June 2025, by national-2024@1"]}
    with pytest.raises(ValueError, match=r"^line base: of: 'MRS99' is no measure that is counted by icb$"):
        stated(line("base", known="baseline", of="MRS99"))


def test_what_the_groups_leave_is_hidden_with_them() -> None:
    definition = stated(
        line("footprint", measure="MRS04", level="footprint"),
        line("age", measure="MRS04", level="footprint", by="age", values=["18-25", "65+"]),
    )
    ages: Places = {("footprint", "XIB", "age", age): many for age, many in {"18-25": 60, "26-64": 3, "65+": 87}.items()}
    ages |= {("icb", "XIB", "age", age): 100 for age in ("18-25", "26-64", "65+")}
    assert "*" in shown(definition, counted(WAITING | ages))["age"], "three people are what is left"
    ages[("footprint", "XIB", "age", "26-64")], ages[("footprint", "XIB", "age", "65+")] = 40, 50
    assert shown(definition, counted(WAITING | ages)) == {"footprint": ["150"], "age": ["60", "50"]}


def test_groups_of_two_places_tell_nothing_of_their_difference() -> None:
    definition = stated(
        line("all", measure="MRS04"),
        line("all-age", measure="MRS04", by="age", values=["18-25"]),
        line("footprint", measure="MRS04", level="footprint"),
        line("footprint-age", measure="MRS04", level="footprint", by="age", values=["18-25"]),
    )
    ages: Places = {("icb", "XIB", "age", "18-25"): 62, ("footprint", "XIB", "age", "18-25"): 60}
    found = shown(definition, counted(WAITING | ages))
    assert "*" in found["all-age"] + found["footprint-age"], "two people of 18 to 25 live elsewhere"


def test_a_later_version_shows_nothing_of_a_few() -> None:
    definition = stated(line("all", measure="MRS04"), line("footprint", measure="MRS04", level="footprint"))
    first = protected(definition, counted(WAITING), GROUND, "XIB")
    later = counted(WAITING | {("icb", "XIB"): 203, ("footprint", "XIB"): 153})
    assert [str(cell.shown) for cell in compose(definition, later, {}, GROUND, "XIB", first)] == ["200", "150"]
    assert [str(cell.shown) for cell in compose(definition, later, {}, GROUND, "XIB")] == ["205", "155"]


def test_the_footprint_never_exceeds_all() -> None:
    definition = stated(line("all", measure="MRS04"), line("footprint", measure="MRS04", level="footprint"))
    with pytest.raises(ValueError, match=r"MRS04: more are counted in the transformation footprint of XIB than in all of it"):
        shown(definition, counted(WAITING | {("footprint", "XIB"): 201}))


def test_figures_leave_exactly_only_under_an_agreement() -> None:
    exact = HEAD + 'basis = "exact"\n'
    each = line("each", measure="MRS04", level="pcn")
    with pytest.raises(ValueError, match=r'agreement: basis = "exact" needs the agreement'):
        stated(each, head=exact)
    few = counted(WAITING | {("pcn", "P1"): 147, ("pcn", "P2"): 3})
    assert shown(stated(each, head=exact + 'agreement = "Sharing agreement 12"\n'), few) == {"each": ["147", "3"]}


def test_ratios_and_sums_are_of_what_is_shown() -> None:
    definition = stated(
        line("all", measure="MRS04"),
        line("each", measure="MRS04", level="pcn"),
        line("share", ratio=["each", "all"]),
        line("spend", entered="money", owner="analyst"),
        line("voluntary", entered="money", owner="analyst"),
        line("spent", total=["spend", "voluntary"]),
        line("voluntary-share", ratio=["voluntary", "spend"]),
    )
    found = shown(definition, counted(WAITING), {("spend", ""): "1200.00", ("voluntary", ""): "200.50"})
    assert (found["share"], found["spent"], found["voluntary-share"]) == (["47.5", "27.5"], ["1400.50"], ["16.7"])
    found = shown(definition, counted(WAITING | {("pcn", "P1"): 147, ("pcn", "P2"): 3}), {("spend", ""): "0.00", ("voluntary", ""): "nil"})
    assert (found["share"], found["spent"], found["voluntary-share"]) == (["*", "*"], ["0.00"], [""])


def test_what_hands_and_reference_data_say() -> None:
    definition = stated(
        line("helped", entered="count", owner="analyst", people=True, by="pathway", values=["AED", "CEN"]),
        line("posts", entered="count", owner="analyst", by="pcn"),
        line("criteria", known="pcn-criteria"),
        line("live", known="pathway-live", values=["AED", "CEN"]),
        line("plan", known="plan", of="MRS04"),
        line("target", known="target", of="eip-2016"),
    )
    found = shown(definition, (), {("helped", "AED"): "4", ("helped", "CEN"): "13", ("posts", "P2"): "nil"})
    assert (found["helped"], found["posts"]) == (["*", "15"], ["", "nil"]), "people who are helped are hidden like a measure's"
    assert found["criteria"] == ["fully transformed", "3 criteria met"]
    assert (found["live"], found["plan"], found["target"]) == (["2021-10-01", "nil"], ["400"], ["60"])


def test_what_leaves_is_one_sorted_line_for_each_cell_and_reads_back() -> None:
    definition = stated(line("b", measure="MRS04"), line("a", entered="text", owner="analyst"))
    cells = compose(definition, counted(WAITING), {("a", ""): 'zoë, "quoted"\nand more'}, GROUND, "XIB")
    content = canonical("r:XIB:2025-26-Q1", 2, cells)
    assert json.loads(content.splitlines()[0]) == {"return": "r:XIB:2025-26-Q1", "version": 2}, (
        "two quarters of the same rows are not alike"
    )
    assert [json.loads(text)["line"] for text in content.decode().splitlines()[1:]] == ["a", "b"]
    assert rows_of(content) == sorted(cell.row() for cell in cells)
    assert canonical("r:XIB:2025-26-Q1", 2, rows_of(content)) == content == canonical("r:XIB:2025-26-Q1", 2, reversed(cells))
    assert rows_of(content)[1] == Row("b", "icb", "XIB", "", "", "count", "200")


@pytest.mark.parametrize(
    ("ground", "wrong"),
    [
        (
            GROUND._replace(pcns=(*GROUND.pcns, Pcn("P4", "Four", None, False))),
            "P4: practices of Westside belong to it, pcn_criteria does not",
        ),
        (GROUND._replace(inside=()), "the transformation footprint of Westside is empty"),
    ],
)
def test_a_footprint_that_cannot_be_counted_is_refused(ground: Footprint, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        shown(stated(line("all", measure="MRS04")), ground=ground)


def test_edits() -> None:
    definition = stated(
        line("all", measure="MRS04"),
        line("age", measure="MRS04", by="age", values=["18-25", "26-64", "65+", "UNKNOWN"]),
        line("teams", entered="count", owner="analyst"),
        line("good-teams", entered="count", owner="analyst", at_most="teams"),
        line("since", entered="date", owner="analyst", required=False),
        line("posts", entered="count", owner="analyst", by="pcn"),
    )
    ages: Places = {("icb", "XIB", "age", age): many for age, many in {"18-25": 50, "26-64": 60, "65+": 60, "UNKNOWN": 30}.items()}
    entered = {("teams", ""): "3", ("good-teams", ""): "4", ("since", ""): "yesterday", ("posts", "P1"): "0"}
    cells = compose(definition, counted(WAITING | ages), entered, GROUND, "XIB")
    earlier = before([Row("all", "icb", "XIB", "", "", "count", "100"), Row("teams", "icb", "XIB", "", "", "count", "2")])
    found = edits(definition, cells, earlier)
    assert [(edit.id, edit.kind, edit.blocks, edit.message) for edit in found] == [
        ("changed:all:XIB", "macro", False, "XIB: 100 before, 200 now: +100 percent, more than 25"),
        ("unknown:age:XIB:age:UNKNOWN", "quality", False, "UNKNOWN: 15 percent have no age recorded"),
        ("too-many:good-teams:XIB", "validity", True, "XIB: 4 is more than teams, 3"),
        ("malformed:since:XIB", "syntax", True, "XIB: since: 'yesterday' is no date: write it as 2025-09-30"),
        ("missing:posts:P2", "validity", True, "P2: nothing is entered: analyst enters it, or nil"),
    ]


def test_a_nil_return_is_made_knowingly() -> None:
    definition = stated(line("all", measure="MRS04"), line("teams", entered="count", owner="analyst"))
    cells = compose(definition, (), {("teams", ""): "nil"}, GROUND, "XIB")
    assert [(edit.id, edit.kind) for edit in edits(definition, cells)] == [("nil-return", "quality")]
    some = compose(definition, counted(WAITING), {("teams", ""): "nil"}, GROUND, "XIB")
    assert edits(definition, some) == []
