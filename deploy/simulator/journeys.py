"""What happens to one person at one provider, as planned steps. A step is one version of one record, told on its day or, live, when its
turn comes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any, NamedTuple

from deploy.simulator.community import Person, chance
from deploy.simulator.days import Moment, iso, stamp

Event = dict[str, Any]
"""An event as a provider emits it (10-events): CloudEvents envelope, `data` with `person`."""
NOTHING: Mapping[str, Any] = {}
DAYS_A_YEAR = 365.25

ID_FIELDS = {
    "referral": "referral_id",
    "stay": "stay_id",
    "assignment": "assignment_id",
    "pause": "pause_id",
    "contact": "contact_id",
    "assessment": "activity_id",
    "intervention": "activity_id",
    "score": "score_id",
    "care-plan": "plan_id",
    "support": "support_id",
    "register": "entry_id",
    "health-check": "check_id",
    "medication": "record_id",
    "monitoring": "record_id",
    "physical-intervention": "record_id",
    "vaccination": "record_id",
    "merge": "merge_id",
}
"""By kind of record; `person` and `preference` are one record for each person."""


@dataclass(slots=True)
class Record:
    """One record and its content as told last."""

    kind: str
    data: dict[str, Any]


class Step(NamedTuple):
    """One version of a record, told `after` days of planned time. `change` is laid over the version before it, since every event carries
    its whole record.

    `dates`: the fields that take the day of the telling, and how many days before it each lies (negative: what is booked ahead).
    `local` picks one of the person's local ids; `details` change who the person is to the provider from then on.
    """

    after: float
    record: Record
    change: Mapping[str, Any] = NOTHING
    dates: Mapping[str, int] = NOTHING
    voided: bool = False
    local: int = 0
    nhs_known: bool = True
    details: Mapping[str, str] = NOTHING


class Chapter(NamedTuple):
    """A part of a journey. No later chapter has a step before `until`, in days after the journey's beginning."""

    until: float
    steps: list[Step]


class Journey:
    """What all journeys have: a person at a provider, records, and the chapters that a subclass draws lazily, since some last for years.

    `provider` is an ODS code, `label` names the journey within the community, `quiet` is how many days at its beginning lie before
    history: of them only what still stands is told.
    """

    def __init__(self, seed: int, provider: str, label: str, somebody: Person, quiet: float) -> None:
        self.draw = chance(seed, "journey", label)
        self.provider = provider
        self.label = f"{seed}-{label}"
        self.somebody = somebody
        self.quiet = quiet
        self.local = 0
        self.person = Record("person", {})
        self._steps: list[Step] = []
        self._records = 0
        self._told_until = 0.0

    def chapters(self) -> Iterator[Chapter]:
        """The journey in the order of time."""
        raise NotImplementedError

    def happens(self, share: float) -> bool:
        return self.draw.random() < share

    def new(self, kind: str, letter: str, /, **data: object) -> Record:
        """A record of its own id."""
        self._records += 1
        return Record(kind, {ID_FIELDS[kind]: f"{letter}{self.label}-{self._records}", **data})

    def add(
        self,
        after: float,
        record: Record,
        change: Mapping[str, Any] = NOTHING,
        dates: Mapping[str, int] = NOTHING,
        *,
        voided: bool = False,
        nhs_known: bool = True,
        details: Mapping[str, str] = NOTHING,
        local: int | None = None,
    ) -> None:
        """Plan a step; what would lie in a chapter that was given out comes right after it."""
        local = self.local if local is None else local
        self._steps.append(Step(max(after, self._told_until), record, change, dates, voided, local, nhs_known, details))

    def local_id(self, local: int) -> str:
        return f"P{self.label}-{local}" if local else f"P{self.label}"

    def take(self, until: float, before: float = float("inf")) -> Chapter:
        """What was added, as a chapter; of it what lies `before` this time."""
        self._told_until = until
        steps, self._steps = self._steps, []
        return Chapter(until, [step for step in steps if step.after < before] if before < float("inf") else steps)


@dataclass(slots=True)
class Life:
    """A journey as it is being told."""

    journey: Journey
    began: float  # planned time
    details: dict[str, str]
    chapters: Iterator[Chapter]
    until: float = 0.0
    told: int = 0
    latest_ms: int = 0
    pending: list[tuple[float, int, Step]] = field(default_factory=list)
    _added: int = 0

    def next_at(self) -> float | None:
        """When the next step is planned; None after the last one."""
        while not self.pending or self.pending[0][0] >= self.until:
            chapter = next(self.chapters, None)
            if chapter is None:
                break
            self.until = chapter.until
            for step in chapter.steps:
                self._added += 1
                heappush(self.pending, (step.after, self._added, step))
        return self.began + self.pending[0][0] if self.pending else None

    def tell(self, moment: Moment) -> Event:
        """The event of the next step, told at a moment; a journey's instants always grow, so its latest version is the last told."""
        step = heappop(self.pending)[2]
        self.told += 1
        self.latest_ms = max(moment.ms, self.latest_ms + 1)
        at, provider, kind = stamp(self.latest_ms), self.journey.provider, step.record.kind
        if step.details:
            self.details = {**self.details, **step.details}
        person = {"local_id": self.journey.local_id(step.local), **self.details}
        if not step.nhs_known:
            del person["nhs_number"]
        data = {"provider": provider, "person": person}
        record = step.record.data
        if step.voided:
            if field := ID_FIELDS.get(kind):
                data[field] = record[field]
        else:
            record.update(step.change)
            for name, before in step.dates.items():
                record[name] = iso(moment.day - before)
            data.update(record)
        return {
            "specversion": "1.0",
            "id": f"{self.journey.label}-{self.told}",
            "source": f"/{provider}/epr",
            "type": f"cmh.{kind}.{'voided' if step.voided else 'recorded'}.v1",
            "time": at,
            "recordedtime": at,
            "datacontenttype": "application/json",
            "data": data,
        }
