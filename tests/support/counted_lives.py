"""Made-up lives with what the measures of `reporting` count beside the clocks: registers and checks, wards, areas, reasons, therapies.

Shares nothing with the rules. One seed, one set of lives.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from tests.support.care_lives import care
from tests.support.lives import Event, lives

PRACTICES = [
    ("XG0101", "Westside Central Surgery", "XP01", "XIB", None, None),
    ("XG0102", "Moved Surgery", "XP02", "XIB", None, date(2024, 6, 30)),
    ("XG0102", "Moved Surgery", "XP03", "XIC", date(2024, 7, 1), None),
    ("XG0103", "Surgery without a network", None, "XIC", None, None),
]
PCN_CRITERIA = [
    ("XP01", 5, date(2024, 4, 1), None, "yes"), ("XP02", 0, None, None, "no"), ("XP03", 3, date(2024, 7, 1), date(2024, 9, 30), "yes"),
]  # fmt: skip
LSOAS = [("E01990101", "E06999001", "XIB", 2), ("E01990102", "E06999001", "XIC", 9)]
ELEMENTS = ("alcohol", "blood glucose", "blood pressure", "bmi", "blood lipids", "smoking")


def counted_lives(seed: int, people: int) -> Iterator[list[Event]]:
    """The events of each person, in the order received."""
    random, numbers = Random(seed), count(1)  # noqa: S311  # chance that can be had again
    cared = Random(seed), count(1)  # noqa: S311
    for events in lives(seed, people):
        known = [_varied(random, event) for event in events]
        for provider, personkey in sorted({(event.provider, event.personkey) for event in events}):
            if random.random() < 0.4:
                known += _health(random, provider, personkey, numbers)
            known += care(*cared, provider, personkey)
        yield sorted(known, key=lambda event: (event.received, event.id))


def _varied(random: Random, event: Event) -> Event:
    data = event.data
    if event.voided:
        return event
    if event.kind == "person":
        data = data | {"practice": random.choice(["XG0101", "XG0101", "XG0102", "XG0103", "XG0999"])}
        data |= {"lsoa": random.choice(["E01990101", "E01990102", "E01990199"]), "ethnicity": random.choice(["A", "B", "M", "99"])}
        if random.random() < 0.3:
            del data["practice"]
    if event.kind == "stay":
        data = data | {
            "wards": [{"class": random.choice(["200", "201", "10", "210"])}],
            "admission_source": random.choice(["19", "49", "51"]),
        }
        if random.random() < 0.5:
            data |= {"discharged_on": str(date.fromisoformat(data["admitted_on"]) + timedelta(random.choice([0, 5, 200])))}
    if event.kind == "referral":
        data = _referred(random, data)
    if event.kind == "intervention" and random.random() < 0.5:
        data = data | {"code": "718026005"}
    return event._replace(data=data)


def _referred(random: Random, data: dict[str, Any]) -> dict[str, Any]:
    if "rejected_on" in data:
        data = data | {"reject_reason": random.choice(["01", "02", "03"])}
    for team in data["teams"]:
        if "rejected_on" in team and random.random() < 0.7:
            team["reject_reason"] = random.choice(["01", "02", "03"])
    return data | {"teams": [*data["teams"], {"team": "IPS", "team_type": "D05"}]} if random.random() < 0.1 else data


def _health(random: Random, provider: str, personkey: str, numbers: "count[int]") -> Sequence[Event]:
    found: list[Event] = []

    def say(kind: str, record_id: str, on: date, data: dict[str, Any]) -> None:
        number = next(numbers)
        instant = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
        received = max(instant, datetime(2024, 1, 1, tzinfo=UTC)) + timedelta(microseconds=number)
        whole = {"provider": provider, **{name: value for name, value in data.items() if value is not None}}
        found.append(Event(provider, kind, record_id, personkey, False, instant, received, f"/{provider}/gp", f"h-{number:08}", whole))

    entry = f"G{next(numbers)}"
    entered = date(2024, 1, 1) + timedelta(random.randrange(300))
    ends = {name: str(entered + timedelta(random.randrange(300))) for name in ("left_on", "remission_on") if random.random() < 0.15}
    practice = random.choice(["XG0101", "XG0102", "XG0103", "XG0999"])
    condition = random.choice(["schizophrenia", "bipolar affective disorder", "other psychosis"])
    say("register", entry, entered, {"entry_id": entry, "condition": condition, "entered_on": str(entered), "practice": practice, **ends})
    begun = random.choice([date(2023, 9, 30), date(2023, 10, 1), date(2024, 2, 1)])
    for element in ELEMENTS if random.random() < 0.7 else ELEMENTS[1:]:
        check, on = f"H{next(numbers)}", begun + timedelta(random.choice([0, 0, 1, 30]))
        status = random.choices(["recorded", "declined"], [9, 1])[0]
        say("health-check", check, on, {"check_id": check, "element": element, "on": str(on), "status": status})
    return found
