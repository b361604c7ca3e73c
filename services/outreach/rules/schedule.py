"""A schedule: what is to be done when. Data with a version, a source and a date; scheduling only, never clinical advice."""

from dataclasses import dataclass
from datetime import date

ELEMENTS = ("alcohol", "blood glucose", "blood pressure", "bmi", "blood lipids", "smoking")
"""The six whose record within 12 months makes the annual physical health check complete (P2, P3)."""


@dataclass(frozen=True)
class Schedule:
    """One version. `rule`: which facts open its tasks."""

    id: str
    version: int
    title: str
    source: str
    date: date
    rule: str  # annual, medicine, protocol, finding, offer, plan-review, missed
