"""What applies where and when: the shipped schedules, findings and ladder, and what a provider has set in their place from a day on."""

import tomllib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, NamedTuple, TypeVar

from services.outreach.rules import findings as finding_tables
from services.outreach.rules.findings import FINDINGS, Findings
from services.outreach.rules.schedule import Annual, FollowUp, Medicine, Missed, Offer, PlanReview, Protocol, Schedule, parse
from shared.fields import Fields

_S = TypeVar("_S", bound=Schedule)
CHANNELS = ("letter", "text", "email", "call", "peer support", "home visit")
EVERYBODY = "*"
INVITATIONS_APART = 7
"""Days between the first two invitations, at least (P11)."""


class Rung(NamedTuple):
    """One step of the ladder: by which channel, and how many days after the attempt before it at the earliest."""

    channel: str
    after_days: int


@dataclass(frozen=True)
class Own:
    """What holds at one provider on one day."""

    schedules: Mapping[str, Schedule]  # by id
    findings: Findings
    ladder: tuple[Rung, ...]
    follow_up_days: Mapping[str, int]  # by finding, where it is not the schedule's
    declined_months: int = 12  # nobody who declined is asked again before
    low_risk_lipids_months: int = 12  # or the 24 that the GP contract allows; never for a return
    automatic_messages: bool = False  # invitations are sent without a worker's hand

    def all_of(self, rule: type[_S]) -> list[_S]:
        """Every schedule of one rule."""
        return [one for one in self.schedules.values() if isinstance(one, rule)]

    @cached_property
    def checks(self) -> frozenset[str]:
        """Ids of the schedules that a person is invited for."""
        return frozenset(one.id for rule in (Annual, Medicine, Protocol) for one in self.all_of(rule))

    @cached_property
    def annual(self) -> Annual:
        return self.all_of(Annual)[0]  # a provider replaces it, and cannot remove it

    @cached_property
    def follow_up(self) -> FollowUp:
        return self.all_of(FollowUp)[0]

    @cached_property
    def offer(self) -> Offer:
        return self.all_of(Offer)[0]

    @cached_property
    def plan_review(self) -> PlanReview:
        return self.all_of(PlanReview)[0]

    @cached_property
    def missed(self) -> Missed:
        return self.all_of(Missed)[0]


class Settings:
    """rows: (provider, or `*` for all; name; first day; value), the table `setting`. A provider's own wins over `*`, a later over an
    earlier one. ValueError, one line naming the setting and the remedy.

    Names: `schedule.<id>` (the table of a schedule), `findings` (an edition of that table), `ladder` ([{channel, after_days}]),
    `follow-up-days` ({finding: days}), `declined-months`, `low-risk-lipids-months` (12 or 24), `automatic-messages` (true or false).
    """

    def __init__(self, rows: Iterable[tuple[str, str, date, Any]] = ()) -> None:
        stated: dict[str, list[tuple[date, str, Any]]] = {}
        for provider, name, first, value in sorted(rows, key=lambda row: row[:3]):
            stated.setdefault(provider, []).append((first, name, read(name, value)))
        self._for_all = stated.pop(EVERYBODY, [])
        self._everywhere = _dated(self._for_all, [])
        self._own = {provider: _dated(self._for_all, own) for provider, own in stated.items()}

    def of(self, provider: str, on: date) -> Own:
        """What holds there on that day."""
        days, held = self._own.get(provider, self._everywhere)
        return held[bisect_right(days, on)] if days else held[0]

    def change_after(self, provider: str, at: date) -> date | None:
        """The first day after `at` on which a setting of the provider, or for all, begins."""
        days, _ = self._own.get(provider, self._everywhere)
        return next(iter(days[bisect_right(days, at) :]), None) if days else None


def read(name: str, value: Any) -> tuple[str, Any]:
    """The field of `Own` that a setting replaces, and its value. ValueError, one line naming the setting and the remedy."""
    kind = "schedule" if name.startswith("schedule.") else name
    if kind not in _READERS:
        raise ValueError(f"{name}: no such setting: use schedule.<id>, {', '.join(known for known in _READERS if known != 'schedule')}")
    try:
        meant = _READERS[kind](Fields({name: value}), name)
    except ValueError as error:
        raise ValueError(str(error) if str(error).startswith(name) else f"{name}.{error}") from error
    return kind.replace("-", "_"), meant


@cache
def shipped() -> Own:
    """What holds where nobody has set anything else."""
    folder = files("services.outreach.rules")
    texts = [file.read_text("utf-8") for file in folder.joinpath("schedules").iterdir() if file.name.endswith(".toml")]
    schedules = sorted((parse(tomllib.loads(text)) for text in texts), key=lambda one: one.id)
    findings = finding_tables.parse(tomllib.loads(folder.joinpath("findings.toml").read_text("utf-8")))
    ladder = tomllib.loads(folder.joinpath("ladder.toml").read_text("utf-8"))
    return Own({one.id: one for one in schedules}, findings, _ladder(Fields({"ladder": ladder["rungs"]}), "ladder"), {})


def _dated(for_all: Sequence[tuple[date, str, Any]], own: Sequence[tuple[date, str, Any]]) -> tuple[list[date], list[Own]]:
    """The days on which something changes, and what holds before the first, from it on, from the second on, ..."""
    days = sorted({first for first, _, _ in (*for_all, *own)})
    held = [shipped()]
    for day in days:
        now = shipped()
        for _, _, (field, value) in (*_until(for_all, day), *_until(own, day)):
            now = replace(now, schedules={**now.schedules, value.id: value}) if field == "schedule" else replace(now, **{field: value})
        held.append(now)
    return days, held


def _until(rows: Sequence[tuple[date, str, Any]], day: date) -> list[tuple[date, str, Any]]:
    return sorted((row for row in rows if row[0] <= day), key=lambda row: row[0])


def _schedule(fields: Fields, name: str) -> Schedule:
    schedule = parse(fields.take(name, dict))
    if name != f"schedule.{schedule.id}":
        raise ValueError(f"id: {schedule.id!r} stands under {name}: name both alike")
    known = shipped().schedules.get(schedule.id)
    if known is None or type(known) is not type(schedule):
        raise ValueError(f"id: {schedule.id!r} is no schedule of this rule: replace one of {', '.join(shipped().schedules)}")
    return schedule


def _findings(fields: Fields, name: str) -> Findings:
    return finding_tables.parse(fields.take(name, dict))


def _ladder(fields: Fields, name: str) -> tuple[Rung, ...]:
    tables = fields.tables(name)
    rungs = tuple(Rung(one.one_of("channel", CHANNELS), one.number("after_days", 0)) for one in tables)
    for one in tables:
        one.end()
    if len(rungs) < 2:
        raise fields.wrong(name, "at least two rungs are needed: nobody is given up after one invitation")
    return rungs


def _follow_up_days(fields: Fields, name: str) -> dict[str, int]:
    own = fields.table(name)
    days = {finding: own.number(finding, 1) for finding in FINDINGS if own.has(finding)}
    own.end()
    return days


def _months(fields: Fields, name: str) -> int:
    return fields.number(name, 1)


def _lipids(fields: Fields, name: str) -> int:
    months = fields.take(name, int)
    if months not in {12, 24}:
        raise fields.wrong(name, f"{months} is neither 12 nor 24")
    return months


def _yes(fields: Fields, name: str) -> bool:
    return fields.take(name, bool)


_READERS: dict[str, Callable[[Fields, str], Any]] = {
    "schedule": _schedule,
    "findings": _findings,
    "ladder": _ladder,
    "follow-up-days": _follow_up_days,
    "declined-months": _months,
    "low-risk-lipids-months": _lipids,
    "automatic-messages": _yes,
}
