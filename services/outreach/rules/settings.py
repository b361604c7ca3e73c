"""What applies where and when: the shipped schedules, findings and ladder, and what a provider has set in their place from a day on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from services.outreach.rules.schedule import Schedule


class Rung(NamedTuple):
    """One step of the ladder: by which channel, and how many days after the step before it at the earliest."""

    channel: str
    after_days: int


@dataclass(frozen=True)
class Own:
    """What holds at one provider on one day."""

    schedules: Mapping[str, Schedule]  # by id
    ladder: tuple[Rung, ...]
    follow_up_days: Mapping[str, int]  # by finding
    declined_months: int  # nobody who declined is asked again before
    low_risk_lipids_months: int  # 12, or the 24 that the GP contract allows; never for a return
    automatic_messages: bool


class Settings:
    """rows: (provider, or `*` for all; name; first day; value), the table `setting`. A provider's own wins over `*`, a later over an
    earlier one. ValueError, one line naming the setting and the remedy.

    Names: `schedule.<id>` (the table of a schedule), `ladder` ([{channel, after_days}]), `follow-up-days` ({finding: days}),
    `declined-months`, `low-risk-lipids-months` (12 or 24), `automatic-messages` (true or false).
    """

    def __init__(self, rows: Iterable[tuple[str, str, date, Any]] = ()) -> None:
        raise NotImplementedError

    def of(self, provider: str, on: date) -> Own:
        """What holds there on that day."""
        raise NotImplementedError

    def change_after(self, provider: str, at: date) -> date | None:
        """The first day after `at` on which a setting of the provider, or for all, begins."""
        raise NotImplementedError
