"""Which referrals a definition looks at, when each ends, and how they merge into spells (W1-W9, W25, W26)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.waits.rules.facts import Person, Records, Referral, Team
from services.waits.rules.reasons import Reason
from services.waits.rules.terms import Terms


@dataclass(frozen=True, slots=True)
class InScope:
    """A referral in scope, with the teams that make it so and the day it ended (None = open at the date asked for)."""

    referral: Referral
    teams: tuple[Team, ...]
    end: date | None


@dataclass(frozen=True, slots=True)
class Spell:
    """One person's in-scope referrals at one provider that overlap or follow closely, by received date, then id."""

    provider: str
    members: tuple[InScope, ...]
    referral_ids: tuple[str, ...]
    start: date
    end: date | None

    @property
    def id(self) -> str:
        return f"{self.provider}:{self.referral_ids[0]}"


def spells(provider: str, records: Records, terms: Terms) -> tuple[list[Spell], dict[str, Reason]]:
    """The spells that had started by the end of `at`, in order, and for each referral in none of them the reason."""
    left_out: dict[str, Reason] = {}
    groups: list[list[InScope]] = []
    furthest: date | None = None  # the furthest end of the last group; None = open, which every later referral joins
    gap = timedelta(terms.definition.merge_gap_days)
    for referral in sorted(records.referrals, key=lambda referral: (referral.received_on, referral.id)):
        member = _scope(provider, referral, records, terms)
        if isinstance(member, Reason):
            left_out[referral.id] = member
        elif groups and (furthest is None or referral.received_on <= furthest + gap):  # W8
            groups[-1].append(member)
            furthest = _last((furthest, member.end))
        else:
            groups.append([member])
            furthest = member.end
    found = [_spell(provider, group) for group in groups]
    for spell in found:
        if spell.start < terms.definition.oldest_start:  # W26: the whole spell, whatever of it is younger
            left_out.update(dict.fromkeys(spell.referral_ids, Reason.STARTED_TOO_EARLY))
    return [spell for spell in found if spell.start >= terms.definition.oldest_start], left_out


def _spell(provider: str, group: list[InScope]) -> Spell:
    ids = tuple([member.referral.id for member in group])
    return Spell(provider, tuple(group), ids, group[0].referral.received_on, _last([member.end for member in group]))


def _last(ends: Sequence[date | None]) -> date | None:
    """The latest end; None as soon as one is open."""
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None


def _scope(provider: str, referral: Referral, records: Records, terms: Terms) -> InScope | Reason:
    definition, at = terms.definition, terms.at
    reason = _left_out(provider, referral, records, terms)
    if reason is not None:
        return reason
    teams = tuple([team for team in referral.teams if team.team_type in definition.team_types])
    if not teams:  # W2, W3
        return Reason.TEAM_NOT_IN_SCOPE
    end = _last([_team_end(referral, team, at) for team in teams])
    left_on = _left_on(records.persons, definition.residence, referral.received_on, at)
    if left_on is None:
        return InScope(referral, teams, end)
    if left_on < referral.received_on:  # W4
        return Reason.RESIDENCE_OUT_OF_SCOPE
    return InScope(referral, teams, left_on if end is None else min(end, left_on))


def _left_out(provider: str, referral: Referral, records: Records, terms: Terms) -> Reason | None:
    received_on, at = referral.received_on, terms.at
    if received_on > at:
        return Reason.AFTER_AT
    if terms.reference.excluded(provider, received_on):  # W5
        return Reason.PROVIDER_OUT_OF_SCOPE
    if not _adult(records.persons, terms.definition.adult_from, received_on):  # W1
        return Reason.PERSON_OUT_OF_SCOPE
    if any(stay.referral_id == referral.id and stay.admitted_on <= at for stay in records.stays):  # W6
        return Reason.STAY_OUT_OF_SCOPE
    return None


def _team_end(referral: Referral, team: Team, at: date) -> date | None:
    """W7, W25: the first that is present, not the earliest; a team's own date before its referral's; none after `at`."""
    end = (
        referral.discharged_on
        or team.rejected_on
        or referral.rejected_on
        or team.closed_on
        or referral.closed_on
        or team.not_submitted_after
        or referral.not_submitted_after
    )
    return end if end is not None and end <= at else None


def _adult(persons: list[Person], adult_from: int, on: date) -> bool:
    """Old enough on that day, by the newest version; without a birth date nobody can say so (a data gap)."""
    born = persons[-1].birth_date if persons else None
    return born is not None and _birthday(born, adult_from) <= on


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
