"""What happens to one person, as planned steps. A step is one version of one record, told on its day or, live, when its turn comes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from deploy.simulator.community import Person
from shared.clock import LONDON, london_date

Event = dict[str, Any]
"""An event as a provider emits it (10-events): CloudEvents envelope, `data` with `person`."""

ID_FIELDS = {
    "referral": "referral_id",
    "stay": "stay_id",
    "contact": "contact_id",
    "assessment": "activity_id",
    "intervention": "activity_id",
    "score": "score_id",
    "care-plan": "plan_id",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One version of a record. `change` is laid over the version before it, since every event carries its whole record.

    `dates` are the fields that take the step's day; `lag` is how many days before the telling that day lies (late entry, and a
    negative lag for what is booked ahead). `local` picks one of the person's local ids.
    """

    after: float
    kind: str
    record_id: str
    change: Mapping[str, Any]
    dates: tuple[str, ...] = ()
    lag: int = 0
    voided: bool = False
    local: int = 0
    nhs_known: bool = True


def office_hours(instant: datetime) -> datetime:
    """The same London day, its 24 hours pressed into those between 08:30 and 17:30; keeps the order of instants."""
    local = instant.astimezone(LONDON)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(hours=8.5) + (local - midnight) * (9 / 24)


@dataclass(slots=True)
class Journey:
    """One person's steps at one provider, in the order of their telling, and the records as told so far."""

    provider: str
    label: str
    person: Person
    began: datetime
    steps: list[Step]
    told: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    latest: datetime | None = None

    def planned(self) -> Iterator[tuple[datetime, Step]]:
        """The steps with the instants at which they are meant to be told."""
        for step in sorted(self.steps, key=lambda step: step.after):
            yield office_hours(self.began + timedelta(days=step.after)), step

    def tell(self, step: Step, number: int, instant: datetime) -> Event:
        """The event of a step told at `instant`; a journey's instants always grow, so its latest version is the last told."""
        if self.latest is not None:
            instant = max(instant, self.latest + timedelta(milliseconds=1))
        self.latest = instant
        stamp = instant.isoformat(timespec="milliseconds")
        return {
            "specversion": "1.0",
            "id": f"{self.label}-{number}",
            "source": f"/{self.provider}/epr",
            "type": f"cmh.{step.kind}.{'voided' if step.voided else 'recorded'}.v1",
            "time": stamp,
            "recordedtime": stamp,
            "datacontenttype": "application/json",
            "data": {"provider": self.provider, "person": self._details(step), **self._record(step, instant)},
        }

    def _details(self, step: Step) -> dict[str, str]:
        details = {"local_id": f"P{self.label}" + (f"-{step.local}" if step.local else ""), **self.person.details}
        return details if step.nhs_known else {key: value for key, value in details.items() if key != "nhs_number"}

    def _record(self, step: Step, instant: datetime) -> dict[str, Any]:
        ident = {ID_FIELDS[step.kind]: step.record_id} if step.kind in ID_FIELDS else {}
        if step.voided:
            return ident
        day = (london_date(instant) - timedelta(days=step.lag)).isoformat()
        record = {**self.told.get((step.kind, step.record_id), ident), **step.change, **dict.fromkeys(step.dates, day)}
        self.told[step.kind, step.record_id] = record
        return record
