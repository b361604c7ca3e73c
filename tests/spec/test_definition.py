"""A definition file that cannot be right is refused, naming the field."""

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from services.waits.rules import definitions, starts
from services.waits.rules.clock import clocks
from services.waits.rules.components import RULES
from services.waits.rules.definition import ATTENDANCE, COMPONENTS, MEDIA, PAUSES, ROLES, STARTS
from services.waits.rules.facts import facts
from services.waits.rules.parse import Known, parse
from shared.events.contacts import Contact
from shared.events.referrals import Assignment, Pause
from tests.spec.reference import REFERENCE
from tests.spec.table import document

SHIPPED = sorted(Path(definitions.__file__).parent.glob("*.toml"))


def _national() -> dict[str, Any]:
    return tomllib.loads((Path(definitions.__file__).parent / "national-2024.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_every_shipped_definition_reads_and_bears_its_own_name(file: Path) -> None:
    assert parse(tomllib.loads(file.read_text(encoding="utf-8"))).id == file.stem


CONTACT = _national()["contact"]
SETS = _national()["sets"]
WAIVER = _national()["waivers"][0]
IN_SETS = sorted({code for codes in SETS.values() for code in codes})
KNOWN = Known(frozenset({"A06", "C10"}), frozenset(IN_SETS), frozenset({"Current View"}))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"version": "1"}, "version: a whole number is needed"),
        ({"version": 0}, "version: 0 is too small: 1 or more is needed"),
        ({"target_days": True}, "target_days: a whole number is needed"),
        ({"target_days": 0}, "target_days: 0 is too small: 1 or more is needed"),
        ({"merge_gap_days": -1}, "merge_gap_days: -1 is too small: 0 or more is needed"),
        ({"title": None}, "title: a text is needed"),
        ({"title": " "}, "title: a text is needed, not an empty one"),
        ({"id": "My clock"}, "id: 'My clock' cannot stand in an address: use small letters, digits and single hyphens, at most 64"),
        ({"id": "a@2"}, "id: 'a@2' cannot stand in an address: use small letters, digits and single hyphens, at most 64"),
        ({"unit": "household"}, "unit: 'household' is not one of provider, person, referral"),
        ({"unit": "referral"}, "merge_gap_days: where the unit is the referral nothing merges: leave it out"),
        ({"start": "when asked"}, "start: 'when asked' is not one of referral-received, decided-on, help-sought"),
        ({"target_test": "=="}, "target_test: '==' is not one of <=, <"),
        ({"stays": "maybe"}, "stays: 'maybe' is not one of out, in"),
        ({"pauses": []}, "pauses: a table is needed"),
        (
            {"pauses": {"reasons": ["asked-to-wait"]}},
            "pauses.reasons: 'asked-to-wait' is not known: use person asked to wait, unable to contact, other",
        ),
        ({"pauses": {"tries": 0}}, "pauses.tries: 0 is too small: 1 or more is needed"),
        ({"pauses": {"tries": 3}}, "pauses: what feeds a return never pauses: leave pauses out, or say publish = false"),
        (
            {"pauses": {"tries": 3}, "publish": False, "contact": CONTACT | {"did_not_attend": []}},
            "pauses.tries: no missed contact can be counted: name codes in contact.did_not_attend",
        ),
        (
            {"stop": {"all": ["discharge"]}},
            f"stop.all: 'discharge' is not known: use {', '.join(COMPONENTS)}",
        ),
        ({"stop": {"all": []}}, "stop.all: at least one is needed"),
        ({"stop": {}}, "stop.all: a list is needed"),
        ({"stop": {"all": ["assessment"], "any": []}}, "stop.any: stands beside stop.all: leave one of them out"),
        ({"stop": {"all": ["assessment", "assessment"]}}, "stop.all: 'assessment' stands twice: leave one out"),
        (
            {"contact": CONTACT | {"media": []}},
            "stop.all: nothing can meet 'first-contact': name codes in contact.attended and contact.media",
        ),
        ({"sets": SETS | {"assessment": []}}, "stop.all: nothing can meet 'assessment': name a reference set in sets.assessment"),
        (
            {"stop": {"any": ["evidence-based-intervention"]}, "waivers": [], "sets": SETS | {"intervention": []}},
            "stop.any: nothing can meet 'evidence-based-intervention': name a reference set in sets.intervention",
        ),
        (
            {"stop": {"all": ["assessment", "care-coordinator"]}},
            "stop.all: nothing can meet 'care-coordinator': name roles in assignment.roles",
        ),
        ({"assignment": {"roles": ["nurse"]}}, "assignment.roles: 'nurse' is not known: use care coordinator, key worker"),
        ({"waivers": [{"component": "assessment"}]}, "waivers.spell_started_before: a date is needed"),
        ({"waivers": ["assessment"]}, "waivers: 'assessment' is no table"),
        ({"stop": {"all": ["first-contact"]}}, "waivers.component: 'assessment' is not among stop.all: it needs no waiver"),
        ({"stop": {"any": ["assessment"]}}, "waivers.component: 'assessment' is not among stop.all: it needs no waiver"),
        ({"stop": {"all": ["assessment"]}}, "waivers: every component of stop.all can be waived: leave one to wait for"),
        ({"age": {"from": 18, "to": 17}}, "age.to: 17 is below age.from, 18"),
        ({"age": {"from": -1}}, "age.from: -1 is too small: 0 or more is needed"),
        ({"age": {"under": 18}}, "age.under: no such field"),
        ({"oldest_start": "2016-01-01"}, "oldest_start: a date is needed"),
        ({"ends": []}, "ends: at least one is needed"),
        ({"ends": ["died"]}, "ends: 'died' is not known: use discharged, rejected, closed, not-submitted"),
        ({"ends": ["discharged"], "closed_by": ["rejected"]}, "closed_by: 'rejected' is not known: use discharged"),
        ({"team_types": []}, "team_types: at least one is needed"),
        ({"team_types": ["A06", 6]}, "team_types: 6 is no text"),
        ({"team_types": ["A06", "A06"]}, "team_types: 'A06' stands twice: leave one out"),
        (
            {"recoded_team_types": {"C03": "D05"}},
            "recoded_team_types.C03: 'D05' is not among team_types: add it there",
        ),
        (
            {"recoded_team_types": {"A06": "C10"}, "team_types": ["A06", "C10"]},
            "recoded_team_types.A06: stands in team_types already: leave it out there, or here",
        ),
        ({"contact": CONTACT | {"attended": ["5", "8"]}}, "contact.attended: '8' is not known: use 2, 3, 4, 5, 6, 7"),
        (
            {"contact": CONTACT | {"media": ["07"]}},
            "contact.media: '07' is not known: use 01, 02, 03, 04, 05, 06, 09, 10, 11, 12, 13, 98",
        ),
        ({"contact": CONTACT | {"did_not_attend": ["5"]}}, "contact.did_not_attend: '5' stands in contact.attended too: choose one"),
        ({"colour": "blue"}, "colour: no such field"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_right_is_refused_in_one_line(change: dict[str, object], line: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(line)}$"):
        parse(_national() | change)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"team_types": ["C10", "A99"]}, "team_types: 'A99' is not known: use A06, C10"),
        ({"sets": SETS | {"assessment": ["DEMO-SET"]}}, f"sets.assessment: 'DEMO-SET' is not known: use {', '.join(IN_SETS)}"),
        ({"tools": {"excluded": ["Old View"]}}, "tools.excluded: 'Old View' is not known: use Current View"),
    ],
)
def test_a_code_that_the_reference_data_lack_is_refused(change: dict[str, object], line: str) -> None:
    table = _national() | {"team_types": ["C10"]}
    assert parse(table, KNOWN) == parse(table)
    with pytest.raises(ValueError, match=f"^{re.escape(line)}$"):
        parse(table | change, KNOWN)


def test_a_long_list_of_known_codes_is_not_printed() -> None:
    many = KNOWN._replace(team_types=frozenset(f"A{number}" for number in range(40, 90)))
    with pytest.raises(ValueError, match=r"^team_types: 'A05' is not known: correct it, or load the reference table that holds it$"):
        parse(_national(), many)


def test_direct_access_needs_a_spell_to_belong_to() -> None:
    table = _national() | {"unit": "referral", "contact": CONTACT | {"direct_access": True}}
    del table["merge_gap_days"]
    with pytest.raises(ValueError, match=r"^contact\.direct_access: where the unit is the referral"):
        parse(table)


def test_the_codes_of_events_are_those_that_definitions_may_name() -> None:
    assert set(ATTENDANCE) == _literals(Contact, "attendance")
    assert set(MEDIA) == _literals(Contact, "medium")
    assert set(ROLES) == _literals(Assignment, "role")
    assert set(PAUSES) == _literals(Pause, "reason")


def _literals(model: type[BaseModel], name: str) -> set[str]:
    found = re.findall(r"'([^']+)'", str(model.model_fields[name].annotation))
    return set(found)


def test_every_component_has_a_rule_and_every_start_too() -> None:
    assert set(RULES) == set(COMPONENTS)
    assert set(starts.STARTS) == set(STARTS)


@pytest.mark.parametrize(("day", "within"), [("28 Jul", True), ("29 Jul", False)])
def test_less_than_28_days_is_27_at_most(day: str, within: bool) -> None:
    """28 July is day 27. The definitions that are shipped all say 28 or fewer."""
    contact_alone = parse(_national() | {"target_test": "<", "stop": {"all": ["first-contact"]}, "waivers": []})
    [clock] = clocks(facts(document(f"1 Jul | referral R1 |\n{day} | contact C1 |")), REFERENCE, contact_alone, date(2024, 9, 30))
    assert (clock.within_target, clock.breach_on) == (within, date(2024, 7, 29))
