"""The simulator: the same for the same seed, true to the event contract and the reference data, and as mixed as a real feed."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from nhs_number.validate import is_valid

from deploy.simulator import care, sender
from deploy.simulator.community import AREAS, OUT_OF_SCOPE_TEAMS, PROVIDERS
from deploy.simulator.demonstration import Journal
from deploy.simulator.faults import FAULTS, message, with_faults
from deploy.simulator.flow import SPAN, Flow, events
from deploy.simulator.journeys import ID_FIELDS, Event
from shared.clock import london_date
from shared.events.catalogue import SENT
from shared.events.receipts import Reason

END = datetime(2024, 9, 30, 17, tzinfo=UTC)
REFERENCE = Path("deploy/reference")


@pytest.fixture(scope="module")
def history() -> list[Event]:
    return events(7, 3000, END)


def told_at(event: Event) -> datetime:
    return datetime.fromisoformat(event["recordedtime"])


def column(table: str, name: str) -> set[str]:
    with (REFERENCE / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return {row[name] for row in csv.DictReader(file)}


def records(told: list[Event], kind: str) -> Iterator[dict[str, Any]]:
    return (event["data"] for event in told if event["type"] == f"cmh.{kind}.recorded.v1")


def test_the_same_seed_is_the_same_history(history: list[Event]) -> None:
    assert events(7, 3000, END) == history
    assert events(8, 3000, END) != history


def test_a_history_has_the_asked_number_in_order_and_ends_in_time(history: list[Event]) -> None:
    assert len(history) == 3000
    assert all(told_at(first) <= told_at(second) for first, second in pairwise(history))
    assert london_date(told_at(history[0])) == london_date(END - SPAN)
    assert END - timedelta(days=14) <= told_at(history[-1]) < END


def test_every_event_keeps_the_contract_and_has_its_own_id(history: list[Event]) -> None:
    for event in history:
        SENT.validate_json(json.dumps(event))
    assert len({(event["source"], event["id"]) for event in history}) == len(history)


def test_only_test_nhs_numbers_and_no_two_persons_share_one(history: list[Event]) -> None:
    names: dict[str, set[tuple[str, str]]] = {}
    for event in history:
        person = event["data"]["person"]
        if number := person.get("nhs_number"):
            names.setdefault(number, set()).add((person["name"], person["postcode"]))
    assert all(number.startswith("999") and is_valid(number) for number in names)
    assert {len(people) for people in names.values()} == {1}


def test_a_later_version_of_a_record_is_recorded_later(history: list[Event]) -> None:
    latest: dict[tuple[str, ...], datetime] = {}
    for event in history:
        data = event["data"]
        ident = next((data[name] for name in data if name.endswith("_id") and name != "referral_id"), data.get("referral_id", ""))
        record = (data["provider"], data["person"]["local_id"], event["type"].split(".")[1], ident)
        assert latest.get(record, END - 2 * SPAN) < told_at(event)
        latest[record] = told_at(event)


def test_all_that_happens_in_real_feeds_happens(history: list[Event]) -> None:
    referrals, contacts = list(records(history, "referral")), list(records(history, "contact"))
    assert {event["type"].split(".")[1] for event in history} == {"person", *ID_FIELDS}
    assert {"2", "3", "4", "5", "6", None} <= {contact.get("attendance") for contact in contacts}
    assert {"05", "10", "01", "11", "02"} <= {contact["medium"] for contact in contacts}
    assert any(event["type"] == "cmh.contact.voided.v1" for event in history)
    assert any("discharged_on" in referral for referral in referrals)
    assert any("rejected_on" in referral for referral in referrals)
    assert any("closed_on" in referral for referral in referrals)
    assert any(team["team_type"] in OUT_OF_SCOPE_TEAMS for referral in referrals for team in referral["teams"])
    assert any(len(referral["teams"]) == 2 for referral in referrals)
    assert any(person.get("local_authority", "E").startswith("W") for person in records(history, "person"))
    assert any(person["birth_date"] > "2007" for person in records(history, "person"))
    assert any(care.REFUSED in activity["code"] for activity in records(history, "assessment"))
    assert any(plan.get("agreed_by") is None for plan in records(history, "care-plan"))
    attended = [event for event in history if event["data"].get("attendance")]
    assert any((told_at(event).date() - date.fromisoformat(event["data"]["on"])).days > 2 for event in attended)  # entered late
    ids: dict[str, set[tuple[str, str]]] = {}
    for event in history:
        person = event["data"]["person"]
        ids.setdefault(person.get("nhs_number", ""), set()).add((event["data"]["provider"], person["local_id"]))
    known = [places for number, places in ids.items() if number]
    assert any(len({provider for provider, _ in places}) == 2 for places in known)
    assert any(len(places) == 2 and len({provider for provider, _ in places}) == 1 for places in known)


def test_codes_and_places_stand_in_the_reference_data(history: list[Event]) -> None:
    used = {"assessment": set(care.ASSESSMENTS) | {care.ENDED_ASSESSMENT}, "intervention": set(care.INTERVENTIONS)}
    assert used["assessment"] | used["intervention"] <= column("refset_members", "concept_id")
    assert {*care.INTERVENTIONS, care.CONSULTATION, care.REFUSED} <= column("procedures", "code")
    assert {*care.OUTCOMES, care.UNCOUNTED_OUTCOME} <= column("assessment_tools", "code")
    assert {team for provider in PROVIDERS for team in provider.teams} | set(OUT_OF_SCOPE_TEAMS) <= column("team_types", "code")
    assert {provider.ods for provider in PROVIDERS} <= column("organisations", "ods")
    assert {area.local_authority for area in AREAS} == column("lsoas", "local_authority")
    assert column("postcodes", "lsoa") == column("lsoas", "lsoa")
    assert {event["data"]["person"]["postcode"] for event in history} <= column("postcodes", "postcode")
    assert {person["practice"] for person in records(history, "person")} <= column("practices", "practice")


def test_live_events_are_told_now_whatever_their_planned_day() -> None:
    flow = Flow(3, END - SPAN, 100)
    list(flow.past(END))
    instants = [END + timedelta(seconds=10 * number) for number in range(300)]
    told = [flow.now(instant) for instant in instants]
    assert [told_at(event) for event in told] == instants
    today = london_date(END).isoformat()
    attended = [contact["on"] for contact in records(told, "contact") if contact.get("attendance")]
    assert attended.count(today) > 0.8 * len(attended)
    assert max(attended) == today
    waits = Counter(referral["received_on"] < "2024-09-02" for referral in records(told, "referral") if "discharged_on" not in referral)
    assert waits[True]  # entered late: past 28 days at once


def test_one_persons_events_never_share_an_instant() -> None:
    flow = Flow(3, END - SPAN, 20)
    told = [flow.now(END) for _ in range(200)]
    assert len({(event["source"], event["data"]["person"].get("nhs_number"), event["recordedtime"]) for event in told}) == 200


def test_a_flow_told_again_with_the_same_instants_is_the_same(tmp_path: Path) -> None:
    def run(journal: Journal, count: int) -> list[Event]:
        flow = Flow(3, journal.began - SPAN, 50)
        list(flow.past(journal.began))
        again = [flow.now(instant) for instant in journal.told]
        for number in range(count):
            instant = END + timedelta(microseconds=number + len(again))
            journal.add(instant)
            again.append(flow.now(instant))
        return again

    first = run(Journal(tmp_path / "journal", END), 40)
    second = run(Journal(tmp_path / "journal", END + SPAN), 5)
    assert second[:40] == first


def test_a_feed_with_faults_tells_how_many_of_each(history: list[Event]) -> None:
    feed = with_faults(history, 1, duplicates=0.05, malformed=0.01)
    assert feed == with_faults(history, 1, duplicates=0.05, malformed=0.01)
    assert (feed.duplicates, sum(feed.malformed.values()), len(feed.messages)) == (150, 30, 3180)
    assert set(feed.malformed) == set(FAULTS) <= {reason.value for reason in Reason}
    good = [message(event) for event in history]
    seen, copies, once = set(), 0, []
    for item in feed.messages:
        if item in seen:
            copies += 1
        elif b'"id":"bad-' not in item.body:
            once.append(item)
        seen.add(item)
    assert (copies, once) == (150, good)


def test_posts_hold_whole_events_and_stay_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "LARGEST_POST", 12)
    bodies = [b'{"a":1}', b'{"b":2}', b'{"c":', b'{"d":4}', b'{"e":5}']
    assert list(sender._ndjson(bodies)) == [b'{"a":1}', b'{"b":2}', b'{"c":', b'{"d":4}', b'{"e":5}']
    monkeypatch.setattr(sender, "LARGEST_POST", 100)
    assert list(sender._ndjson(bodies)) == [b'{"a":1}\n{"b":2}', b'{"c":', b'{"d":4}\n{"e":5}']
