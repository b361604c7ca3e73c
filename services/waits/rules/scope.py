"""Which referrals a definition looks at, and when each starts and ends (W1-W7, W25)."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from services.waits.rules.facts import Person, Records, Referral, Team
from services.waits.rules.reasons import Reason
from services.waits.rules.starts import STARTS
from services.waits.rules.terms import Terms


class InScope(NamedTuple):
    """A referral in scope, the teams that make it so, the days on which it starts and ended (None = open at the date asked for), and
    whether it then counts as closed."""

    provider: str
    start: date
    end: date | None
    referral: Referral
    teams: tuple[Team, ...]
    closed: bool


def last(ends: Sequence[date | None]) -> date | None:
    """The latest end; None as soon as one is open."""
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None


def in_scope(provider: str, referral: Referral, records: Records, persons: list[Person], terms: Terms) -> InScope | Reason:
    """The referral as its definition sees it at the end of `at`, or why it does not; `persons`: the versions of the person's record."""
    definition, at = terms.definition, terms.at
    start = STARTS[definition.start](referral, records, terms)
    reason = _left_out(provider, start, referral, records, persons, terms)
    if reason is not None:
        return reason
    teams = tuple([team for team in referral.teams if team.team_type in definition.team_types])
    if not teams:  # W2, W3
        return Reason.TEAM_NOT_IN_SCOPE
    end = last([_team_end(referral, team, terms) for team in teams])
    closed = end is not None and (len(definition.closed_by) == len(definition.ends) or _closed(referral, teams, terms))
    left_on = _left_on(persons, definition.residence, referral.received_on, at) if definition.residence else None
    if left_on is not None:
        if left_on < referral.received_on:  # W4
            return Reason.RESIDENCE_OUT_OF_SCOPE
        if end is None or left_on < end:
            end, closed = left_on, True
    return InScope(provider, start, end, referral, teams, closed)


def _left_out(provider: str, start: date, referral: Referral, records: Records, persons: list[Person], terms: Terms) -> Reason | None:
    definition, received_on, at = terms.definition, referral.received_on, terms.at
    if received_on > at or start > at:
        return Reason.AFTER_AT
    if terms.reference.excluded(provider, received_on):  # W5
        return Reason.PROVIDER_OUT_OF_SCOPE
    if not _of_age(persons, definition.age_from, definition.age_to, received_on):  # W1
        return Reason.PERSON_OUT_OF_SCOPE
    if not definition.stays and any(stay.referral_id == referral.id and stay.admitted_on <= at for stay in records.stays):  # W6
        return Reason.STAY_OUT_OF_SCOPE
    if definition.reasons and referral.reason not in definition.reasons:
        return Reason.REASON_NOT_IN_SCOPE
    return None


_ENDS: dict[str, Callable[[Referral, Team], date | None]] = {
    "discharged": lambda referral, _: referral.discharged_on,
    "rejected": lambda referral, team: team.rejected_on or referral.rejected_on,
    "closed": lambda referral, team: team.closed_on or referral.closed_on,
    "not-submitted": lambda referral, team: team.not_submitted_after or referral.not_submitted_after,
}


def _team_end(referral: Referral, team: Team, terms: Terms) -> date | None:
    """W7, W25: the first that is present, not the earliest; a team's own date before its referral's; none after `at`."""
    for kind in terms.definition.ends:
        end = _ENDS[kind](referral, team)
        if end is not None:
            return end if end <= terms.at else None
    return None


def _closed(referral: Referral, teams: tuple[Team, ...], terms: Terms) -> bool:
    """Whether one of the dates that close a referral is there."""
    dates = [_ENDS[kind](referral, team) for kind in terms.definition.closed_by for team in teams]
    return any(on is not None and on <= terms.at for on in dates)


def _of_age(persons: list[Person], least: int | None, most: int | None, on: date) -> bool:
    """Of that age on that day, by the newest version; without a birth date nobody can say so (a data gap)."""
    if least is None and most is None:
        return True
    born = persons[-1].birth_date if persons else None
    if born is None or (least is not None and _birthday(born, least) > on):
        return False
    return most is None or on < _birthday(born, most + 1)


def _birthday(born: date, age: int) -> date:
    try:
        return born.replace(year=born.year + age)
    except ValueError:  # born on 29 February: turns on 1 March where the year has none
        return date(born.year + age, 3, 1)


def _left_on(persons: list[Person], residence: str, received_on: date, at: date) -> date | None:
    """The last day of residence as far as a referral of `received_on` sees it, by whole months; None = never left.

    A month is outside when the newest version recorded by its end (and by `at`) gives a district that is known and does not
    begin with `residence`. A day before `received_on` means outside from the first month on.
    """
    months: dict[date, bool] = {}  # first day -> outside; in order, as the versions are
    for person in persons:
        if person.recorded_on <= at:
            month = max(person.recorded_on, received_on).replace(day=1)
            months[month] = person.district is not None and not person.district.startswith(residence)
    return next((month - timedelta(1) for month, outside in months.items() if outside), None)
