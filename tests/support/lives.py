"""Made-up lives for the recounts: people whose records crowd the edges of every rule, as rows of the view `referrals.events`.

Shares nothing with the rules; only the codes and tools of the worked examples, which both sides are given. One seed, one set of lives.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, NamedTuple

from tests.spec.reference import EXCLUDED_PROVIDERS, MEMBERS, TOOLS

MADE_HERE = "/clockstop/referrals"
# Where rules turn: W26, a birthday of 29 February, the waiver, a leap day, codes that join and leave, ends of months.
EDGES = tuple(
    date.fromisoformat(day)
    for day in (
        "2016-01-01",
        "2022-02-28",
        "2024-02-29",
        "2024-03-31",
        "2024-04-01",
        "2024-06-30",
        "2024-07-14",
        "2024-08-01",
        "2024-09-30",
    )
)
STEPS = (-6, -5, -1, 0, 0, 1, 2, 5, 6, 7, 9, 10, 14, 15, 20, 27, 28, 28, 29, 31, 40, 60)
CODES = [str(concept) for _, concept, *_ in MEMBERS] + [
    "DEMO-ASSESSMENT", "DEMO-ASSESSMENT", "718026005", "DEMO-UNLISTED", "718026005:443390004", "DEMO-IN-BOTH :DEMO-X=443390004",
    " DEMO-ASSESSMENT |443390004|", "718026005 |Therapy| : 1443390004=2", "DEMO-PSYCHOSOCIAL|a term|:408730004=443390004",
]  # fmt: skip
SCALES = [code for code, *_ in TOOLS.values()] + ["1037651000000100"] * 2
TEAMS = ("A06", "A06", "A06", "A06", "A06", "A05", "A16", "C10", "C03", "A14", "A14", "A18", "C02")
PROVIDERS = (*["RXX"] * 8, "RYY", "RYY", "RXZ", "DFC")
ID_FIELDS = {
    "referral": "referral_id", "stay": "stay_id", "assignment": "assignment_id", "pause": "pause_id", "contact": "contact_id",
    "assessment": "activity_id", "intervention": "activity_id", "score": "score_id", "care-plan": "plan_id",
}  # fmt: skip

Data = dict[str, Any]


class Event(NamedTuple):
    """One row of the ledger: one version of one record."""

    provider: str
    kind: str
    record_id: str
    personkey: str
    voided: bool
    recorded: datetime
    received: datetime
    source: str
    id: str
    data: Data


def lives(seed: int, people: int) -> Iterator[list[Event]]:
    """The events of each person, in the order received. Each tenth is merged into the one before, and some of those un-merged again."""
    random, numbers = Random(seed), count(1)  # noqa: S311  # chance that can be had again
    before: list[Event] = []
    for number in range(people):
        own = _Life(random, f"k{seed}-{number:06}", numbers).lived()
        if number % 10 == 9:
            into, own = merged(random, before, own, numbers, ID_FIELDS)
            yield into
        elif number % 10 != 8:  # the one before is still to be merged into
            yield own
        before = own
        if number % 10 == 9:
            yield own


@dataclass
class _Life:
    random: Random
    personkey: str
    numbers: "count[int]"
    events: list[Event] = field(default_factory=list)
    referrals: list[tuple[str, str, date]] = field(default_factory=list)  # provider, id, received
    contacts: list[tuple[str, str]] = field(default_factory=list)
    early: bool = False  # a life of early intervention in psychosis

    def lived(self) -> list[Event]:
        home, self.early = self._of(PROVIDERS), self._often(0.15)
        start = self._near(self._of(EDGES)) if self._often(0.5) else date(2023, 12, 1) + timedelta(self.random.randrange(330))
        for provider in dict.fromkeys((home, self._of(PROVIDERS))):
            self._person(provider, start)
        self._referral(home, start)
        for _ in range(self._of((0, 0, 0, 1, 1, 2, 3))):
            earlier = self._of(self.referrals)
            self._referral(earlier[0] if self._often(0.8) else self._of(PROVIDERS), self._near(earlier[2]))
        for provider, referral_id, received in list(self.referrals):
            self._helped(provider, referral_id, received)
        for _ in range(self._of((0, 0, 1, 2, 4))):
            self._corrected(self._of([event for event in self.events if not event.voided]))
        return sorted(self.events, key=lambda event: (event.received, event.id))

    # What happens

    def _person(self, provider: str, start: date) -> None:
        birthdays = (*[date(1980, 1, 1)] * 9, _years(start, 18), _years(start, 18) + timedelta(1), _years(start, 26), date(2004, 2, 29))
        data = {"birth_date": self._of((*birthdays, date(2006, 2, 28), None)), "practice": "XG0101", "ethnicity": "A"}
        for _ in range(self._of((1, 1, 1, 2, 3))):
            data |= {"local_authority": self._of((*["E06999001"] * 9, None, "", "W06000015"))}
            on = self._near(start) if self._often(0.6) else date(2015, 1, 1)
            if self._often(0.2):  # the last day of a month, or the first, as London counts it
                on = on.replace(day=1) - timedelta(self._of((0, 1)))
            self._say("person", "", provider, on, data)

    def _referral(self, provider: str, received: date) -> None:
        referral_id = f"R{self.random.randrange(100):02}{self.personkey[-1]}"  # no two who are merged share one
        if any(known[:2] == (provider, referral_id) for known in self.referrals):
            return
        self.referrals.append((provider, referral_id, received))
        teams = [self._team(received) for _ in range(self._of((1, 1, 1, 2, 3)))]
        data = {
            "received_on": received, "teams": teams, "accepted_on": self._perhaps(0.3, received),
            "reason": "01" if self.early else self._of(("01", "10", None)),
            "help_sought_on": self._perhaps(0.2, received, -30), "decided_on": self._perhaps(0.2, received, -10),
            "discharged_on": self._perhaps(0.35, received), "rejected_on": self._perhaps(0.06, received),
            "closed_on": self._perhaps(0.06, received), "not_submitted_after": self._perhaps(0.05, received),
        }  # fmt: skip
        self._say("referral", referral_id, provider, received, data)

    def _team(self, received: date) -> Data:
        ends = {name: self._perhaps(0.06, received) for name in ("rejected_on", "closed_on", "not_submitted_after")}
        team_type = "A14" if self.early and self._often(0.8) else self._of(TEAMS)
        return {"team": team_type, "team_type": team_type, "dedicated_pathway": self._of((None, None, "AED")), **ends}

    def _helped(self, provider: str, referral_id: str, received: date) -> None:
        on = {"referral_id": referral_id}
        for number in range(self._of((0, 1, 2, 3))):
            self._contact(
                provider, f"C{number}{referral_id}", received, on if self._often(0.92) else {"referral_id": None, "direct_access": True}
            )
        for kind, codes in (("assessment", CODES), ("intervention", CODES), ("score", SCALES)):
            for number in range(self._of((0, 1, 1, 2))):
                within = {"contact_id": self._of([one for of, one in self.contacts if of == provider] or ["unknown"])}
                more = within if self._often(0.5) else {}
                more |= (
                    {"value": 4} if kind == "score" else {"evidence_based": self._of((True, False, None))} if kind == "intervention" else {}
                )
                referral = on if self._often(0.96) else {"referral_id": "unknown"}
                data = {"on": self._near(received), "code": self._of(codes), **referral, **more}
                self._say(kind, f"{kind[0]}{number}{referral_id}", provider, data["on"], data)
        for number in range(self._of((0, 1, 1))):
            self._plan(f"P{number}{referral_id}", provider, received)
        if self._often(0.04):
            self._say("stay", f"H{referral_id}", provider, received, {**on, "admitted_on": self._near(received)})
        if self._often(0.9 if self.early else 0.2):
            provider, since = provider if self._often(0.8) else "RYY", self._near(received)
            role, team = self._of(("care coordinator", "care coordinator", "key worker")), self._of(("A14", "A14", "A06", None))
            link = on if self._often(0.9) else {"referral_id": None}
            self._say("assignment", f"K{referral_id}", provider, since, {**link, "role": role, "team_type": team, "from": since})
        if self._often(0.1):
            data = {"from": self._near(received), "to": self._perhaps(0.7, self._near(received)), "reason": "person asked to wait"}
            if data["to"] is None or data["to"] >= data["from"]:
                self._say("pause", f"Z{referral_id}", provider, data["from"], {**on, **data})

    def _contact(self, provider: str, contact_id: str, received: date, on: Data) -> None:
        self.contacts.append((provider, contact_id))
        seen = {
            "on": self._near(received), "attendance": self._of(("5", "5", "5", "6", "2", "3", "4", "7", None)),
            "medium": self._of(("01", "01", "11", "02", "04", "05", None)), "team_type": self._of((None, None, "A14", "A14", "A06")),
        }  # fmt: skip
        self._say("contact", contact_id, provider, seen["on"], {**on, **seen})

    def _plan(self, plan_id: str, provider: str, received: date) -> None:
        created, agreed_by = self._near(received), self._of((["person"], ["person"], ["clinician", "family or carer"], [], None))
        for version in range(self._of((1, 1, 2, 3))):
            updated = self._near(created) if version or self._often(0.6) else None
            agreed = {"agreed_by": agreed_by, "agreed_on": self._perhaps(0.3, received)}
            dates = {"created_on": created if self._often(0.97) else None, "updated_on": updated}
            self._say("care-plan", plan_id, provider, updated or created, {**dates, **agreed})

    def _corrected(self, event: Event) -> None:
        """A later or an earlier version of a record, a void of it, or a void and the same again."""
        again = {key: value for key, value in event.data.items() if key not in {"provider", ID_FIELDS.get(event.kind)}}
        of, on = (event.kind, event.record_id, event.provider), event.recorded.date()
        how = self.random.random()
        if how < 0.35:
            self._say(*of, on + timedelta(self._of((0, 0, 1, 9))), {}, voided=True)
            if how < 0.1:
                self._say(*of, on + timedelta(9), again)
            return
        for name, value in again.items():
            if name.endswith("_on") or name in {"on", "from"}:
                again[name] = self._near(date.fromisoformat(value)) if value and self._often(0.3) else value
        if event.kind == "contact":
            again |= {"attendance": self._of(("5", "6", "3", None)), "medium": self._of(("01", "05"))}
        self._say(*of, on + timedelta(self._of((-3, 0, 0, 1, 5))), again)

    # How it is said

    def _say(self, kind: str, record_id: str, provider: str, on: date, data: Data, *, voided: bool = False) -> None:
        number = next(self.numbers)
        # at most an hour from midnight in London, half of the time: summer time puts some of it on the other day
        recorded = datetime(on.year, on.month, on.day, self._of((0, 12, 12, 22, 23)), 30, tzinfo=UTC)
        received = max(datetime(2024, 1, 1, tzinfo=UTC), recorded) + timedelta(days=self._of((0, 0, 0, 3, 70)), microseconds=number)
        ident = {"provider": provider} | ({ID_FIELDS[kind]: record_id} if kind in ID_FIELDS else {})
        present = {name: value for name, value in data.items() if value is not None and name != "provider"}
        whole = {**ident, **json.loads(json.dumps(present, default=date.isoformat))}
        source = f"/{provider}/epr"
        self.events.append(Event(provider, kind, record_id, self.personkey, voided, recorded, received, source, f"e-{number:08}", whole))

    def _near(self, anchor: date) -> date:
        """A few days from it, or an edge close by."""
        if self._often(0.15):
            return min(EDGES[1:], key=lambda edge: abs((edge - anchor).days)) + timedelta(self._of((-1, 0, 1)))
        return anchor + timedelta(self._of(STEPS))

    def _perhaps(self, chance: float, anchor: date, most: int = 200) -> date | None:
        """A day after the anchor (before it, when `most` is negative)."""
        if not self._often(chance):
            return None
        return (
            max(anchor, self._near(anchor))
            if most > 0 and self._often(0.7)
            else anchor + timedelta(self.random.randrange(*sorted((0, most))))
        )

    def _often(self, chance: float) -> bool:
        return self.random.random() < chance

    def _of(self, choices: Sequence[Any]) -> Any:
        return self.random.choice(choices)


def merged(
    random: Random, stays: list[Event], goes: list[Event], numbers: "count[int]", id_fields: Mapping[str, str]
) -> tuple[list[Event], list[Event]]:
    """Two people found to be one, as the front door tells it: each record is voided as moved, and repeated under the other key."""
    into = [*stays]
    when = max([event.received for event in (*stays, *goes)]) + timedelta(hours=1)
    ours = {(event.provider, event.kind, event.record_id) for event in stays}
    moving = [event for event in goes if (event.provider, event.kind, event.record_id) not in ours]
    left, arrived = _moved(moving, stays[0].personkey, when, numbers, id_fields)
    if random.random() < 0.3:  # un-merged
        back, again = _moved(arrived, goes[0].personkey, when + timedelta(days=1), numbers, id_fields)
        return [*into, *arrived, *back], [*goes, *left, *again]
    return [*into, *arrived], [*goes, *left]


def _moved(
    versions: list[Event], to: str, when: datetime, numbers: "count[int]", id_fields: Mapping[str, str]
) -> tuple[list[Event], list[Event]]:
    """The voids under the old key, and every version again under the new one."""
    latest = sorted(versions, key=lambda event: event.recorded)
    records = {(event.provider, event.kind, event.record_id): event for event in latest}
    voids = [
        event._replace(
            voided=True, received=when, source=MADE_HERE, id=f"e-{next(numbers):08}", data={**_ident(event, id_fields), "moved_to": to}
        )
        for event in records.values()
    ]
    again = [
        event._replace(personkey=to, received=when + timedelta(microseconds=place), source=MADE_HERE, id=f"e-{next(numbers):08}")
        for place, event in enumerate(versions)
    ]
    return voids, again


def _ident(event: Event, id_fields: Mapping[str, str]) -> Data:
    return {name: event.data[name] for name in ("provider", id_fields.get(event.kind)) if name in event.data}


def _years(day: date, number: int) -> date:
    try:
        return day.replace(year=day.year - number)
    except ValueError:
        return day.replace(year=day.year - number, month=3, day=1)


REFERENCE_ROWS: dict[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]] = {
    "refset_members": (("refset_id", "concept_id", "active_from", "active_to"), MEMBERS),
    "assessment_tools": (("code", "tool", "active_from", "active_to"), list(TOOLS.values())),
    "excluded_providers": (("provider", "active_from", "active_to"), EXCLUDED_PROVIDERS),
}
"""The reference tables of these lives: header and rows."""
