"""What more measures count, added to made-up lives: support, open access, vaccinations, carers, pathways, and what outreach says of them.

Shares nothing with the rules. One seed, one set of additions.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from tests.support.lives import Event

KINDS = ("debt and benefits advice", "employment", "employment", "education", "peer support", "housing", "community group", "other")
RESULTS = ("agreed", "no answer", "call back", "declined", "done elsewhere", "wrong number", "moved", "other", None)
ORGANISATIONS = [("XIB", "Board", "icb"), ("RXX", "Trust", "nhs trust"), ("RYY", "Open Door", "vcse"), ("XVC01", "Group", "vcse")]
DEDICATED = [("AED", "RXX", date(2024, 3, 1)), ("CEN", "RXX", None), ("CEN", "RYY", None), ("rehab", "RXX", date(2025, 1, 1))]
PCNS = [("XP01", "Central", "XIB"), ("XP02", "East", "XIB"), ("XP03", "West", "XIC")]
POPULATION = [
    *((pcn, "adults", "18+", "2023", people) for pcn, people in (("XP01", 900), ("XP02", 800), ("XP03", 700))),
    ("XP01", "adults", "18+", "2024", 1000), ("XP01", "adults", "18+", "2025", 1100), ("XP01", "adults", "18-25", "2024", 200),
    ("XP01", "people", "all", "2024", 1300), ("XP01", "students", "18+", "2024", 150), ("XIC", "adults", "18+", "2024", 2000),
]  # fmt: skip
SINCE = date(2023, 11, 1)


class Additions:
    """More of some people's lives."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311  # chance that can be had again
        self._numbers = count(1)
        self.said: list[dict[str, Any]] = []
        """What outreach says of follow-ups and attempts, in order."""

    def to(self, people: Sequence[Sequence[Event]]) -> Iterator[list[Event]]:
        """The events of each person, in the order received."""
        for events in people:
            known = [self._varied(event) for event in events]
            for provider, personkey in sorted({(event.provider, event.personkey) for event in events}):
                known += [self._event(provider, personkey) for _ in range(self._random.choice([0, 1, 3]))]
                for _ in range(self._random.choice([0, 0, 1, 2])):
                    self._follow_up(provider, personkey)
            yield sorted(known, key=lambda event: (event.received, event.id))

    def _varied(self, event: Event) -> Event:
        data, random = event.data, self._random
        if event.voided:
            return event
        if event.kind == "person":
            groups = random.choice([None, ["students"], ["students", "veterans", "students"]])
            data = data | ({"groups": groups} if groups else {})
            if random.random() < 0.5:
                data |= {"carer_identified_on": str(self._day())} | ({"carer_assessment_offered_on": str(self._day())} if groups else {})
        if event.kind == "stay":
            data = data | {"out_of_area": random.choice([True, False])}
        if event.kind == "referral" and random.random() < 0.5:
            data = data | {"teams": [team | {"dedicated_pathway": random.choice(["AED", "CEN", "rehab"])} for team in data["teams"]]}
        return event._replace(data=data)

    def _day(self) -> date:
        return SINCE + timedelta(self._random.randrange(520))

    def _event(self, provider: str, personkey: str) -> Event:
        random, number, on = self._random, next(self._numbers), self._day()
        kind = random.choice(["support", "contact", "vaccination"])
        ident = f"M{number}"
        data: dict[str, Any] = {"provider": provider}
        if kind == "support":
            data |= {"support_id": ident, "kind": random.choice(KINDS), "first_on": str(on)}
            more = {
                "last_on": str(on + timedelta(random.choice([0, 30, 200]))),
                "given_by": random.choice(["XVC01", "RXX"]),
                "outcome": random.choice(["job started", "job kept"]),
            }
            data |= {name: value for name, value in more.items() if random.random() < 0.5}
        elif kind == "contact":
            data |= {"contact_id": ident, "direct_access": True, "on": str(on), "attendance": random.choice("5563"), "medium": "01"}
        else:
            status = random.choice(["given", "given", "declined"])
            data |= {"record_id": ident, "kind": random.choice(["influenza", "covid-19"]), "on": str(on), "status": status}
        received = max(datetime(on.year, on.month, on.day, 12, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)) + timedelta(
            microseconds=number
        )
        return Event(provider, kind, ident, personkey, False, received, received, f"/{provider}/more", f"m-{number:08}", data)

    def _follow_up(self, provider: str, personkey: str) -> None:
        random, number, on = self._random, next(self._numbers), self._day()
        ident = f"follow-up:smoking:{number}"
        known: dict[str, Any] = {
            "task_id": ident, "personkey": personkey, "owner": "XG0101", "provider": provider, "schedule": "follow-up",
            "opened_on": str(on), "due_on": str(on + timedelta(28)),
        }  # fmt: skip
        known |= {"finding": "smoking"} if random.random() < 0.9 else {}
        known |= {"practice": "XG0101"} if random.random() < 0.7 else {}
        self._say(known, on, "opened", f"e{number}")
        tried = on + timedelta(random.choice([1, 10]))
        if random.random() < 0.6:
            made = {"channel": "call", "made_on": str(tried), "result": random.choice(RESULTS)}
            self._say(known | made, tried, "attempted", f"try-{number}", kind="entry")
        outcome = random.choice(["done", "done", "done", "declined", "unsuitable", "stopped", "withdrawn", None])
        closed = on + timedelta(random.choice([0, 20, 120]))
        if outcome:
            ended = {"outcome": outcome} | ({} if outcome == "withdrawn" else {"closed_on": str(closed)})
            self._say(known | ended, closed, "done" if outcome == "done" else "stopped", f"c{number}")

    def _say(self, known: dict[str, Any], on: date, change: str, cause: str, kind: str = "event") -> None:
        instant = datetime(on.year, on.month, on.day, 13, tzinfo=UTC).isoformat()
        caused = {"kind": kind, "id": cause, "receivedtime": instant}
        self.said.append({**known, "revision": next(self._numbers), "change": change, "cause": caused})
