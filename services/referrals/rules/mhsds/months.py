"""A month of a provider's files: its bounds, and what a record's versions are when months come, come again, and fail to come. Pure."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

Data = dict[str, Any]
_LONDON = ZoneInfo("Europe/London")


class Month(NamedTuple):
    """A calendar month, by its first day."""

    first: date

    @staticmethod
    def parse(text: str) -> "Month":
        """`2024-07`. Raises ValueError."""
        if len(text) != 7:
            raise ValueError(text)
        return Month(date.fromisoformat(f"{text}-01"))

    @property
    def last(self) -> date:
        return (self.first + timedelta(days=32)).replace(day=1) - timedelta(days=1)

    def recorded(self, received: datetime) -> datetime:
        """The version time of everything in this month's files: its last second in London; of a month that still runs, the receipt."""
        end = datetime.combine(self.last, time(23, 59, 59), _LONDON).astimezone(UTC)
        return min(end, received)

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"


class Before(NamedTuple):
    """What was told of a record before a month: its data, the last month whose files had it, and the keys of its MHS102 teams."""

    data: Data
    submitted: date
    teams: frozenset[str]


class Told(NamedTuple):
    """What stands of a record as of a month's end; `teams` are the keys of its MHS102 teams, those of earlier months too."""

    data: Data
    teams: frozenset[str]


def carried(own: Data, teams: frozenset[str], before: Before | None, refused: Collection[str] = ()) -> Told:
    """A record that the month's files have. A team that only earlier MHS102 rows named has ended with its last month.

    `refused`: teams whose MHS102 rows were refused: what was told of them before stands.
    """
    if before is None or not before.teams:
        return Told(own, teams)
    there = teams | {team_key(team) for team in own["teams"]}
    last = str(Month(before.submitted).last)
    kept = [
        team if (key in refused) else {"not_submitted_after": last, **team}
        for team in before.data["teams"]
        if (key := team_key(team)) in before.teams and key not in there
    ]
    return Told({**own, "teams": [*own["teams"], *kept]}, teams | {team_key(team) for team in kept}) if kept else Told(own, teams)


def absent(kind: str, before: Before) -> Told:
    """A record that the month's files lack: its earlier version, a referral marked as no longer submitted."""
    data = before.data
    if kind == "referral":
        data = {**data, "not_submitted_after": str(Month(before.submitted).last)}
    return Told(data, before.teams)


def own_part(data: Data) -> Data:
    """What the month's own rows said of a record that was told: without marks of what was no longer submitted."""
    if "teams" not in data:
        return data
    teams = [team for team in data["teams"] if "not_submitted_after" not in team]
    return {name: value for name, value in data.items() if name != "not_submitted_after"} | {"teams": teams}


def has_ended(data: Mapping[str, Any]) -> bool:
    """A referral that was discharged or rejected ended then: that it is not submitted any more says nothing (W7)."""
    return bool(data.get("discharged_on") or data.get("rejected_on"))


def team_key(team: Mapping[str, Any]) -> str:
    """What names a team within its referral."""
    return str(team.get("team") or team["team_type"])


class State(NamedTuple):
    """A record in one month: whether its files have it, and what was told (None = nothing, or that there is no such record)."""

    submitted: bool
    told: Data | None
    teams: frozenset[str]
    said: bool


def later(kind: str, months: Sequence[tuple[date, State | None]], before: Before | None, *, previous: bool) -> dict[date, Told | None]:
    """What must be told anew as of later months when an earlier one changed; None = that there is no such record.

    `months`: the provider's delivered months after the changed one, ascending, each with the record's state there, if any.
    `previous`: the changed month has the record.
    """
    anew: dict[date, Told | None] = {}
    for month, state in months:
        now: Told | None
        if state is not None and state.submitted and state.told is None:  # its row was refused: nothing is known of this month
            before, previous = before and before._replace(submitted=month), True
            continue
        if state is not None and state.submitted and state.told is not None:
            own = own_part(state.told)
            gone = {team_key(team) for team in state.told.get("teams", []) if "not_submitted_after" in team}
            now = carried(own, state.teams - gone, before)
        elif before is None:
            now = None
        else:
            now = absent(kind, before)
        needed = (state is not None and (state.said or state.submitted)) or (
            kind == "referral" and previous and before is not None and before.submitted < month and not has_ended(before.data)
        )
        previous = state is not None and state.submitted
        if not needed:
            continue
        if (now and now.data) != (state.told if state else None):
            anew[month] = now
        if now is not None:
            submitted = month if previous or before is None else before.submitted
            before = Before({name: value for name, value in now.data.items() if name != "not_submitted_after"}, submitted, now.teams)
        else:
            before = None
    return anew
