"""The simulator: the same for the same seed, true to the event contract and the reference data, and as mixed as a real feed."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest
from nhs_number.validate import is_valid

from deploy.simulator import community, sender, shares, visits
from deploy.simulator.community import AREAS, OUT_OF_SCOPE_TEAMS, PROVIDERS
from deploy.simulator.days import moment, stamp, told
from deploy.simulator.demonstration import Journal
from deploy.simulator.faults import FAULTS, as_sent, message, with_faults
from deploy.simulator.files import write
from deploy.simulator.flow import SPAN, Flow, events
from deploy.simulator.journeys import ID_FIELDS, Event
from deploy.simulator.shares import Size
from shared.clock import LONDON, london_date
from shared.events.catalogue import RECORDS, SENT
from shared.events.receipts import Reason

END = datetime(2024, 9, 30, 17, tzinfo=UTC)
YEAR = timedelta(days=365)
REFERENCE = Path("deploy/reference")
SMALL = Size(starts=20, registered=30, visitors=4, routine=0.3)


@pytest.fixture(scope="module")
def history() -> list[Event]:
    return events(7, 5000, END)


@pytest.fixture(scope="module")
def year() -> list[Event]:
    """A year of many people, with little routine: what shares are counted in."""
    return list(Flow(5, END - YEAR, Size(starts=260, registered=1200, visitors=30, routine=0.1)).past(END))


def told_at(event: Event) -> datetime:
    return datetime.fromisoformat(event["recordedtime"])


def kind_of(event: Event) -> str:
    return str(event["type"].split(".")[1])


def column(table: str, name: str) -> set[str]:
    with (REFERENCE / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return {row[name] for row in csv.DictReader(file)}


def records(told: list[Event], kind: str) -> Iterator[dict[str, Any]]:
    return (event["data"] for event in told if event["type"] == f"cmh.{kind}.recorded.v1")


def latest(told: list[Event], kind: str) -> list[dict[str, Any]]:
    """The last version of each record."""
    last: dict[tuple[str, ...], dict[str, Any]] = {}
    for event in told:
        if kind_of(event) == kind:
            data = event["data"]
            last[data["provider"], data.get(ID_FIELDS.get(kind, ""), data["person"]["local_id"])] = data
    return list(last.values())


def test_the_same_seed_is_the_same_history(history: list[Event]) -> None:
    assert events(7, 5000, END) == history
    assert events(8, 5000, END) != history


def test_a_history_has_the_asked_number_in_order_and_ends_in_time(history: list[Event]) -> None:
    assert len(history) == 5000
    assert all(told_at(first) <= told_at(second) for first, second in pairwise(history))
    assert END - SPAN < told_at(history[-1]) < END
    assert told_at(history[0]) < END - SPAN - YEAR  # who was in care already, as recorded then


def test_what_is_planned_is_told_in_order_within_working_days() -> None:
    first = date(2024, 3, 25).toordinal()
    instants = [told(first + number / 24) for number in range(24 * 21)]
    assert instants == sorted(set(instants))
    local = [datetime.fromisoformat(stamp(instant.ms)).astimezone(LONDON) for instant in instants]
    assert all(when.weekday() < 5 and (8, 30) <= (when.hour, when.minute) < (17, 30) for when in local)
    assert all(when.date().toordinal() == instant.day for when, instant in zip(local, instants, strict=True))
    assert moment(local[0]) == instants[0]


def test_every_event_keeps_the_contract_and_has_its_own_id(history: list[Event]) -> None:
    for event in history:
        SENT.validate_json(json.dumps(event))
    assert len({(event["source"], event["id"]) for event in history}) == len(history)
    assert {kind: record.id_field for kind, record in RECORDS.items() if record.id_field} == ID_FIELDS


def test_only_test_nhs_numbers_and_no_two_persons_share_one(history: list[Event]) -> None:
    names: dict[str, set[tuple[str, str]]] = {}
    for event in history:
        person = event["data"]["person"]
        if number := person.get("nhs_number"):
            names.setdefault(number, set()).add(person["name"])
    assert all(number.startswith("999") and is_valid(number) for number in names)
    assert {len(people) for people in names.values()} == {1}
    assert len({community.nhs_number(number) for number in range(0, community.NHS_NUMBERS, 31)}) == len(range(0, community.NHS_NUMBERS, 31))
    with pytest.raises(ValueError, match="900000 NHS numbers"):
        community.nhs_number(community.NHS_NUMBERS)


def test_a_later_version_of_a_record_is_recorded_later(history: list[Event]) -> None:
    seen: dict[tuple[str, ...], datetime] = {}
    for event in history:
        data, kind = event["data"], kind_of(event)
        record = (data["provider"], data["person"]["local_id"], kind, data.get(ID_FIELDS.get(kind, ""), ""))
        assert seen.get(record, END - 50 * SPAN) < told_at(event)
        seen[record] = told_at(event)


def test_all_that_happens_in_real_feeds_happens(year: list[Event]) -> None:
    referrals, contacts = list(records(year, "referral")), list(records(year, "contact"))
    assert {kind_of(event) for event in year} == set(RECORDS)
    assert {"2", "3", "4", "5", "6", None} <= {contact.get("attendance") for contact in contacts}
    assert {"05", "10", "01", "11", "02", None} <= {contact.get("medium") for contact in contacts}
    assert {event["type"] for event in year} >= {"cmh.contact.voided.v1", "cmh.merge.voided.v1"}
    assert all(any(end in referral for referral in referrals) for end in ("discharged_on", "rejected_on", "closed_on", "accepted_on"))
    assert any(team["team_type"] in OUT_OF_SCOPE_TEAMS for referral in referrals for team in referral["teams"])
    assert any(len(referral["teams"]) == 2 for referral in referrals)
    assert {"AED", "CEN", "rehab"} <= {team.get("dedicated_pathway") for referral in referrals for team in referral["teams"]}
    people = list(records(year, "person"))
    assert any(person.get("local_authority", "E").startswith("W") for person in people)
    assert any(person["birth_date"] > "2007" for person in people)
    assert any("death_date" in person for person in people)
    assert any(visits.REFUSED in activity["code"] for activity in records(year, "assessment"))
    assert any(plan.get("agreed_by") is None for plan in records(year, "care-plan"))
    assert any(contact.get("direct_access") and "referral_id" not in contact for contact in contacts)
    attended = [event for event in year if event["data"].get("attendance")]
    late = Counter((told_at(event).date() - date.fromisoformat(event["data"]["on"])).days // 60 for event in attended)
    assert late[0]
    assert late[1]  # flagged at the front door
    for merge in records(year, "merge"):
        assert merge["person"]["local_id"] == merge["into"] != merge["from"]
    ids: dict[str, set[tuple[str, str]]] = {}
    for event in year:
        person = event["data"]["person"]
        ids.setdefault(person.get("nhs_number", ""), set()).add((event["data"]["provider"], person["local_id"]))
    known = [places for number, places in ids.items() if number]
    assert any(len({provider for provider, _ in places}) == 2 for places in known)
    assert any(len(places) == 2 and len({provider for provider, _ in places}) == 1 for places in known)


def test_the_shares_of_the_programme(year: list[Event]) -> None:
    """Counted among the people who came within the year, within four points: about 2,800 of them."""
    came = {data["person"]["local_id"] for data in records(year, "referral") if data["received_on"] >= "2023-10-02"}
    people = [person for person in latest(year, "person") if person["person"]["local_id"] in came and "local_authority" not in person]
    assert len(people) > 2500
    ages = Counter(min(int((date(2024, 4, 1) - date.fromisoformat(person["birth_date"])).days / 365.25) // 1, 65) for person in people)
    young, old = sum(ages[age] for age in range(18, 26)) / len(people), ages[65] / len(people)
    assert young == pytest.approx(0.17, abs=0.04)
    assert old == pytest.approx(0.14, abs=0.04)
    with (REFERENCE / "lsoas.csv").open(encoding="utf-8", newline="") as file:
        lsoas = {row["lsoa"]: row for row in csv.DictReader(file)}
    with (REFERENCE / "postcodes.csv").open(encoding="utf-8", newline="") as file:
        lives = {row["postcode"]: lsoas[row["lsoa"]] for row in csv.DictReader(file)}
    for town, deprived, asian, white_other in ((community.WESTSIDE, 0.37, 0.092, 0.106), (community.EASTSIDE, 0.04, 0.036, 0.106)):
        there = [person for person in people if lives[person["person"]["postcode"]]["local_authority"] == town]
        poor = sum(int(lives[person["person"]["postcode"]]["imd_decile"]) <= 2 for person in there) / len(there)
        assert poor == pytest.approx(deprived, abs=0.04)
        ethnicity = Counter(person["ethnicity"] for person in there)
        assert sum(ethnicity[code] for code in "HJKLR") / len(there) == pytest.approx(asian, abs=0.03)
        assert ethnicity["C"] / len(there) == pytest.approx(white_other, abs=0.03)


def test_the_shares_of_support_among_people_seen(year: list[Event]) -> None:
    seen = {data["referral_id"] for data in latest(year, "referral") if "accepted_on" in data and data["received_on"] < "2024-07-01"}
    helped = Counter(data["kind"] for data in latest(year, "support") if data.get("referral_id") in seen)
    for kind, share in (("debt and benefits advice", 0.25), ("employment", 0.24), ("peer support", 0.07)):
        assert helped[kind] / len(seen) == pytest.approx(share, abs=0.03)
    assert {data["given_by"] for data in latest(year, "support")} == {"XVC01", "XVC02"}


def test_the_shares_of_missed_late_and_corrected(year: list[Event]) -> None:
    told = [event["data"] for event in year if kind_of(event) == "contact" and not event["data"].get("direct_access")]
    contacts = [contact for contact in latest(year, "contact") if not contact.get("direct_access") and contact.get("attendance")]
    became = Counter(contact["attendance"] for contact in contacts)
    assert became["3"] / len(contacts) == pytest.approx(shares.DNA * 1.1, abs=0.06)
    assert 0.02 < sum("attendance" not in contact for contact in told) / len(told) < 0.5
    voided = sum(event["type"] == "cmh.contact.voided.v1" for event in year)
    assert voided / len(contacts) == pytest.approx(shares.ENTERED_TWICE, abs=0.01)


def test_health_checks_of_a_year(year: list[Event]) -> None:
    on_register = {data["entry_id"] for data in latest(year, "register")}
    assert len(on_register) > 1200
    done: dict[str, set[str]] = {}
    for check in latest(year, "health-check"):
        if check["status"] == "recorded":
            done.setdefault(check["person"]["local_id"], set()).add(check["element"])
    whole = sum({"blood pressure", "bmi", "blood glucose", "blood lipids", "smoking", "alcohol"} <= elements for elements in done.values())
    assert 0.5 < whole / 1200 < 0.6  # nationally 52 to 58%
    assert any("left_on" in entry for entry in records(year, "register"))
    assert {"declined", "unsuitable"} <= {check["status"] for check in records(year, "health-check")}


def test_open_spells_agree_with_starts(year: list[Event]) -> None:
    """An average ICB has 9 to 10 thousand open and 1.1 to 1.2 thousand starts a month: about eight months of starts are open."""
    last = [data for data in latest(year, "referral") if not any(team["team_type"] in OUT_OF_SCOPE_TEAMS for team in data["teams"])]
    still = [data for data in last if not data.keys() & {"discharged_on", "rejected_on", "closed_on"}]
    starts = sum(data["received_on"] >= "2023-10-02" for data in last) / 12
    assert 7.0 < len(still) / starts < 10.0
    assert sum(data["received_on"] < "2023-09-30" for data in still) / len(still) > 0.15


def test_codes_and_places_stand_in_the_reference_data(year: list[Event]) -> None:
    used = {"assessment": set(visits.ASSESSMENTS) | {visits.ENDED_ASSESSMENT}, "intervention": set(visits.INTERVENTIONS)}
    assert used["assessment"] | used["intervention"] <= column("refset_members", "concept_id")
    assert {*visits.INTERVENTIONS, visits.CONSULTATION, visits.SIGNPOSTING, visits.REFUSED} <= column("procedures", "code")
    assert {*visits.OUTCOMES, visits.UNCOUNTED_OUTCOME} <= column("assessment_tools", "code")
    assert {team for provider in PROVIDERS for team in provider.teams} | set(OUT_OF_SCOPE_TEAMS) <= column("team_types", "code")
    assert {provider.ods for provider in PROVIDERS} <= column("organisations", "ods")
    assert {area.local_authority for area in AREAS} == column("lsoas", "local_authority")
    assert column("postcodes", "lsoa") == column("lsoas", "lsoa")
    assert {event["data"]["person"]["postcode"] for event in year} <= column("postcodes", "postcode")
    assert {person["practice"] for person in records(year, "person")} <= column("practices", "practice")
    assert {f"{area.name} PCN" for area in AREAS} == column("pcns", "name")
    assert sum(area.registered for area in AREAS) == shares.TOWNS.registered


def test_live_events_are_told_now_whatever_their_planned_day() -> None:
    flow = Flow(3, END - SPAN, SMALL)
    list(flow.past(END))
    instants = [END + timedelta(seconds=10 * number) for number in range(900)]
    heard = [flow.now(instant) for instant in instants]
    assert [told_at(event) for event in heard] == instants
    today = london_date(END).isoformat()
    attended = [contact["on"] for contact in records(heard, "contact") if contact.get("attendance")]
    assert attended.count(today) > 0.8 * len(attended)
    assert max(attended) == today
    assert any(referral["received_on"] < "2024-09-02" for referral in records(heard, "referral") if "discharged_on" not in referral)


def test_one_persons_events_never_share_an_instant() -> None:
    flow = Flow(3, END - SPAN, SMALL)
    heard = [flow.now(END) for _ in range(400)]
    assert len({(event["source"], event["data"]["person"]["local_id"], event["recordedtime"]) for event in heard}) == 400


def test_a_flow_told_again_with_the_same_instants_is_the_same(tmp_path: Path) -> None:
    def run(journal: Journal, count: int) -> list[Event]:
        flow = Flow(3, journal.began - SPAN, SMALL)
        list(flow.past(journal.began))
        again = [flow.now(instant) for instant in journal.told]
        for number in range(count):
            instant = END + timedelta(microseconds=number + len(again))
            journal.add(instant)
            again.append(flow.now(instant))
        return again

    first = Journal(tmp_path / "journal", END)
    before = run(first, 40)
    first.history(7)
    second = Journal(tmp_path / "journal", END + SPAN)
    assert (second.began, second.sent, len(second.told)) == (END, 7, 40)
    assert run(second, 5)[:40] == before


def test_a_feed_with_faults_tells_how_many_of_each(history: list[Event]) -> None:
    feed = with_faults(history, 1, duplicates=0.05, malformed=0.01)
    assert feed == with_faults(history, 1, duplicates=0.05, malformed=0.01)
    assert (feed.duplicates, sum(feed.malformed.values()), len(feed.messages)) == (250, 50, 5300)
    assert set(feed.malformed) == set(FAULTS) <= {reason.value for reason in Reason}
    good = [message(event) for event in history]
    seen, copies, once = set(), 0, []
    for item in feed.messages:
        if item in seen:
            copies += 1
        elif b'"id":"bad-' not in item.body:
            once.append(item)
        seen.add(item)
    assert (copies, once) == (250, good)


def test_a_stream_as_sent_loses_nothing_and_repeats_and_spoils_a_few(year: list[Event]) -> None:
    part = year[-20_000:]
    sent = list(as_sent(part, 1))
    assert sent[:5000] == list(islice(as_sent(part, 1), 5000))
    times = Counter(item.body for item in sent)
    spoilt = [body for body in times if b'"id":"bad-' in body]
    assert times.keys() - set(spoilt) == {message(event).body for event in part}
    assert sum(count - 1 for count in times.values()) / len(part) == pytest.approx(shares.SENT_TWICE, abs=0.002)
    assert 0 < len(spoilt) / len(part) <= shares.MALFORMED + 0.0005


def test_the_same_history_as_files(tmp_path: Path, year: list[Event]) -> None:
    written = write(iter(year), date(2024, 6, 1), date(2024, 9, 1), tmp_path, 5, lambda _: None)
    assert written.months == 3
    assert {path.name for path in tmp_path.iterdir()} == {provider.ods for provider in PROVIDERS}
    assert {path.name for path in (tmp_path / "RXA").iterdir()} == {"2024-06", "2024-07", "2024-08"}

    def rows(table: str, month: str) -> list[dict[str, str]]:
        with (tmp_path / "RXA" / month / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    # one history, two renderings: the referrals open in July are those of the events, and each has its person
    before = [event for event in year if event["recordedtime"] < "2024-08-01" and event["data"]["provider"] == "RXA"]
    ends = ("discharged_on", "rejected_on", "closed_on")
    there = {data["referral_id"] for data in latest(before, "referral") if all(data.get(end, "2024-07-01") >= "2024-07-01" for end in ends)}
    sent = {row["ServiceRequestID"] for row in rows("MHS101Referral", "2024-07")}
    assert sent < there  # but for a few that were left out of this month
    assert len(there - sent) / len(there) < 0.02
    assert {row["LocalPatientID"] for row in rows("MHS101Referral", "2024-07")} <= {
        row["LocalPatientID"] for row in rows("MHS001MPI", "2024-07")
    }
    contacts = {data["contact_id"] for data in latest([event for event in before if event["recordedtime"] >= "2024-07-01"], "contact")}
    voided = {event["data"].get("contact_id") for event in before if event["type"] == "cmh.contact.voided.v1"}
    assert {row["CareContactID"] for row in rows("MHS201CareContact", "2024-07")} == contacts - voided


def test_posts_hold_whole_events_and_stay_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "LARGEST_POST", 12)
    bodies = [b'{"a":1}', b'{"b":2}', b'{"c":', b'{"d":4}', b'{"e":5}']
    assert list(sender._ndjson(bodies)) == [b'{"a":1}', b'{"b":2}', b'{"c":', b'{"d":4}', b'{"e":5}']
    monkeypatch.setattr(sender, "LARGEST_POST", 100)
    assert list(sender._ndjson(bodies)) == [b'{"a":1}\n{"b":2}', b'{"c":', b'{"d":4}\n{"e":5}']
