"""Made-up lives on registers for the recount of outreach: people whose records crowd the edges of its rules, and what workers entered.

Shares nothing with the rules. One seed, one set of lives. Merges, un-merges, voids, corrections and 29 February are among them.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, NamedTuple

from tests.support.lives import Data, Event, merged

ELEMENTS = ("alcohol", "blood glucose", "blood pressure", "bmi", "blood lipids", "smoking", "weight", "blood count")
ID_FIELDS = {
    "register": "entry_id", "health-check": "check_id", "medication": "record_id", "physical-intervention": "record_id",
}  # fmt: skip
EDGES = tuple(map(date.fromisoformat, ("2023-02-28", "2023-11-30", "2024-02-29", "2024-05-31", "2024-06-30", "2024-08-31", "2025-02-28")))
STEPS = (-366, -365, -91, -28, -27, -1, 0, 0, 1, 7, 27, 28, 29, 30, 89, 90, 91, 92, 181, 337, 338, 364, 365, 366, 367, 394)
PROVIDERS = ("XGF01", "XGF01", "XGF01", "XG0101", "RXA")
RESULTS = ("agreed", "call back", "no answer", "declined", "done elsewhere", "wrong number", "other", None)
PRACTICES = (("XG0101", "XP01"), ("XG0201", "XP02"), ("XG0301", "XP03"))
FINDINGS = {
    "alcohol": "alcohol", "blood glucose": "glucose", "blood pressure": "blood pressure", "bmi": "bmi", "blood lipids": "lipids",
    "smoking": "smoking",
}  # fmt: skip
READINGS: dict[str, tuple[tuple[str, str | None, tuple[Any, ...]], ...]] = {
    "alcohol": (("audit-c", None, (0, 4, 5, 12)),),
    "blood glucose": (
        ("hba1c", "mmol/mol", (41, 42, 47, 48)), ("hba1c", "%", (5.9, 6.0, 6.5)), ("fasting glucose", "mmol/L", (5.4, 5.5, 7.0)),
        ("random glucose", "mmol/L", (11.0, 11.1)),
    ),
    "blood pressure": (("systolic", "mmHg", (120, 140, 140.5, 141)), ("diastolic", "mm[Hg]", (80, 90, 91))),
    "bmi": (("bmi", "kg/m2", (22.9, 23, 24.9, 25)),),
    "blood lipids": (("total cholesterol", "mmol/L", (4.1, 6.0, 6.1)), ("hdl cholesterol", "mmol/L", (1.1,))),
    "smoking": (("smoking status", None, ("current", "former", "never")),),
    "weight": (("weight", "kg", (80.0, 80.1, 85.0, 85.1, 85.2, 90)),),
    "blood count": (("neutrophils", "10*9/L", (3.1,)),),
}  # fmt: skip


class Entered(NamedTuple):
    """An attempt (`answer` None) or an answer, as a row of outreach's own tables."""

    id: str
    personkey: str
    anchor: str
    schedule: str  # of an answer: the task
    on: date
    result: str | None
    part: tuple[str, ...] = ()
    until: date | None = None
    answer: str | None = None


class Life(NamedTuple):
    """One person: the ledger's rows in the order received, and what workers entered."""

    personkey: str
    events: list[Event]
    entered: list[Entered]


def lives(seed: int, people: int) -> Iterator[Life]:
    """Each seventh is merged into the one before, and some of those un-merged again; what was entered goes with its record."""
    random, numbers = Random(seed), count(1)  # noqa: S311  # chance that can be had again
    before: Life | None = None
    for number in range(people):
        own = _Life(random, f"o{seed}-{number:06}", numbers).lived()
        if before is not None and number % 7 == 6:
            into, goes = merged(random, before.events, own.events, numbers, ID_FIELDS)
            yield Life(before.personkey, into, before.entered)
            yield Life(own.personkey, goes, own.entered)
            before = None
            continue
        if before is not None:
            yield before
        before = own
    if before is not None:
        yield before


@dataclass
class _Life:
    random: Random
    personkey: str
    numbers: "count[int]"
    events: list[Event] = field(default_factory=list)
    entered: list[Entered] = field(default_factory=list)

    def lived(self) -> Life:
        home, start = self._of(PROVIDERS), self._near(self._of(EDGES))
        for provider in dict.fromkeys((home, self._of(PROVIDERS))):
            self._person(provider, start)
        for number in range(self._of((1, 1, 1, 1, 2, 3))):
            self._entry(home if self._often(0.7) else self._of(PROVIDERS), number, start)
        whole = list(ELEMENTS[:6]) if self._often(0.5) else []
        around = self._near(self._of(EDGES))
        for number, element in enumerate(whole + self.random.choices(ELEMENTS, k=self._of((2, 5, 9, 14)))):
            self._check(self._of(PROVIDERS), number, element, around if number < len(whole) else start)
        for number in range(self._of((0, 1, 2, 3))):
            self._done(self._of(PROVIDERS), number)
        for _ in range(self._of((0, 0, 1, 3))):
            self._corrected(self._of([event for event in self.events if not event.voided]))
        self._tried()
        return Life(self.personkey, sorted(self.events, key=lambda event: (event.received, event.id)), self.entered)

    def _person(self, provider: str, start: date) -> None:
        data: Data = {"birth_date": self._of((*["1980-02-29"] * 20, "2024-02-29", None))}
        for _ in range(self._of((1, 1, 1, 2, 3))):
            data |= {
                "local_authority": self._of((*["E06999001"] * 9, None, "", "W06000015")), "practice": "XG0101",
                "ethnicity": self._of(("A", "A", "H", "R", "Z", "99", None)),
                "death_date": self._near(start) if self._often(0.06) else None,
            }  # fmt: skip
            self._say("person", "", provider, self._near(start), data)

    def _entry(self, provider: str, number: int, start: date) -> None:
        entered = start if not number else self._near(start)
        data = {
            "condition": self._of(("schizophrenia", "other psychosis")), "entered_on": entered,
            "practice": self._of(("XG0101", "XG0201", "XG0301", "XG0999")),
            "left_on": max(entered, self._near(entered)) if self._often(0.25) else None,
            "remission_on": max(entered, self._near(entered)) if self._often(0.08) else None,
        }  # fmt: skip
        self._say("register", f"G{number}{self.personkey[-2:]}", provider, entered, data)

    def _check(self, provider: str, number: int, element: str, around: date) -> None:
        on = around + timedelta(self._of((0, 0, 1, 9))) if self._often(0.4) else self._near(around)
        status = self._of(("recorded",) * 18 + ("declined", "unsuitable"))
        readings = [
            {"name": name, "value": self._of(values)} | ({"unit": unit} if unit else {})
            for name, unit, values in READINGS[element]
            if self._often(0.7)
        ]
        data = {"element": element, "on": on, "status": status, "readings": readings if status == "recorded" else None}
        self._say("health-check", f"H{number:02}{self.personkey[-2:]}", provider, on, data)

    def _done(self, provider: str, number: int) -> None:
        checks = [event for event in self.events if event.kind == "health-check"]
        check = self._of(checks)
        near, finding = date.fromisoformat(check.data["on"]), FINDINGS.get(check.data["element"], "weight gain")
        data = {
            "kind": self._of(("stop smoking", "glucose", "referral on", "referral on")), "finding": finding, "on": self._near(near),
            "status": self._of(("offered", "declined", "started", "attended", "completed")),
        }  # fmt: skip
        self._say("physical-intervention", f"Y{number}{self.personkey[-2:]}", provider, data["on"], data)

    def _corrected(self, event: Event) -> None:
        """A later or an earlier version of a record, or a void, after which the record may come back."""
        again = {key: value for key, value in event.data.items() if key not in {"provider", ID_FIELDS.get(event.kind)}}
        of, on = (event.kind, event.record_id, event.provider), event.recorded.date()
        if self._often(0.4):
            self._say(*of, on + timedelta(self._of((0, 1, 9))), {}, voided=True)
            if self._often(0.4):
                self._say(*of, on + timedelta(20), again)
            return
        for name in ("on", "left_on"):
            if name in again and event.kind != "register":
                again[name] = self._near(date.fromisoformat(again[name]))
        if event.kind == "health-check":
            again |= {"status": "recorded"}
        self._say(*of, on + timedelta(self._of((-3, 0, 1, 5))), again)

    def _tried(self) -> None:
        entries = [event for event in self.events if event.kind == "register" and not event.voided]
        for _ in range(self._of((0, 0, 0, 1, 3))):
            entry, schedule = self._of(entries), self._of(("annual-recall", "annual-recall", "follow-up"))
            on, result = self._near(date.fromisoformat(entry.data["entered_on"])), self._of(RESULTS)
            if self._often(0.03):
                result = "deceased"
            part = tuple(self.random.sample(ELEMENTS[:6], self._of((0, 1, 2)))) if result == "declined" else ()
            until = on + timedelta(self._of((30, 400))) if result == "declined" and self._often(0.5) else None
            anchor = f"{entry.provider}|register|{entry.record_id}"
            self.entered.append(Entered(f"t-{next(self.numbers):07}", self.personkey, anchor, schedule, on, result, part, until))
        for check in [event for event in self.events if event.kind == "health-check" and not event.voided]:
            if self._often(0.06):
                finding = self._of(("bmi", "glucose", "smoking", "alcohol", "lipids", "blood pressure"))
                key, on = f"{check.provider}|health-check|{check.record_id}", self._near(date.fromisoformat(check.data["on"]))
                told = self._of(("declined", "declined", "accepted", "later"))
                task = f"follow-up:{finding}:{key}"
                self.entered.append(Entered(f"a-{next(self.numbers):07}", self.personkey, key, task, on, None, answer=told))

    def _say(self, kind: str, record_id: str, provider: str, on: date, data: Data, *, voided: bool = False) -> None:
        number = next(self.numbers)
        recorded = datetime(on.year, on.month, on.day, self._of((0, 12, 12, 22, 23)), 30, tzinfo=UTC)
        received = max(datetime(2024, 1, 1, tzinfo=UTC), recorded) + timedelta(days=self._of((0, 0, 3)), microseconds=number)
        ident = {"provider": provider} | ({ID_FIELDS[kind]: record_id} if kind in ID_FIELDS else {})
        present = {name: value for name, value in data.items() if value is not None and name != "provider"}
        whole = {**ident, **json.loads(json.dumps(present, default=date.isoformat))}
        self.events.append(
            Event(provider, kind, record_id, self.personkey, voided, recorded, received, f"/{provider}/epr", f"e-{number:08}", whole)
        )

    def _near(self, anchor: date) -> date:
        """A few days or a year from it, or an edge close by."""
        if self._often(0.2):
            return min(EDGES, key=lambda edge: abs((edge - anchor).days)) + timedelta(self._of((-1, 0, 1)))
        return anchor + timedelta(self._of(STEPS))

    def _often(self, chance: float) -> bool:
        return self.random.random() < chance

    def _of(self, choices: Sequence[Any]) -> Any:
        return self.random.choice(choices)
