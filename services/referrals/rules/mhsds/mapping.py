"""Rows of a month -> records. Pure. A record's rows come together: one of the table that names it, and those that hang on it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from services.referrals.rules.mhsds import layout
from services.referrals.rules.mhsds.layout import OWN_TEAM_FROM
from services.referrals.rules.mhsds.months import Month
from services.referrals.rules.mhsds.reading import Fault
from services.referrals.rules.mhsds.records import (
    ACTIVITY,
    Line,
    Mapped,
    Refused,
    Result,
    made_id,
    nobody,
    orphan,
    parted,
    unknown_team,
)  # fmt: skip

_LONDON = ZoneInfo("Europe/London")


class Mapper:
    """Maps the rows of one provider's month. `teams`: team type by local id, from MHS902."""

    def __init__(self, provider: str, month: Month, teams: Mapping[str, str]) -> None:
        self._provider = provider
        self._first, self._last = str(month.first), str(month.last)
        self._own_team_counts = month.first >= OWN_TEAM_FROM
        self._teams = teams

    def person(self, lines: Sequence[Line]) -> Iterator[Result]:
        """MHS001 and its MHS002."""
        (found, others) = parted(lines, layout.PERSON)
        yield from (orphan(line, "LocalPatientID", layout.PERSON) for line in others if found is None)
        if found is None:
            return
        local, _, number, _, born, postcode, lsoa, authority, gender, _, ethnic, ethnic_2021, died = found.cells
        if born and died and died < born:
            yield Refused(found, Fault("PersDeathDate", "impossible-date", f"{died} is before the birth, {born}"))
            return
        data = {
            "birth_date": born,
            "death_date": died,
            "ethnicity": ethnic or ethnic_2021,
            "gender": gender,
            "lsoa": lsoa,
            "local_authority": authority,
            "practice": self._practice(others),
        }
        details = {"local_id": local, "nhs_number": number, "postcode": postcode if len(postcode) > 1 else ""}
        yield Mapped("person", str(found.token), self._data(data), found, details={name: text for name, text in details.items() if text})

    def _practice(self, lines: Sequence[Line]) -> str:
        """Where the person is registered at the month's end: the latest registration that had begun and not ended."""
        there = [
            (start, practice)
            for _, practice, start, end in (line.cells for line in lines)
            if start <= self._last and (not end or end >= self._last)
        ]
        return max(there)[1] if there else ""

    def referral(self, lines: Sequence[Line]) -> Iterator[Result]:
        """MHS101 and its MHS102."""
        (found, others) = parted(lines, layout.REFERRAL)
        yield from (orphan(line, "ServiceRequestID", layout.REFERRAL) for line in others if found is None)
        if found is None:
            return
        sid, _, team, team_type, _, received, at, source, _, priority, reason, discharged, rejected, why, closed = found.cells
        for column, end in (("ServDischDate", discharged), ("ReferRejectionDate", rejected)):
            if end and end < received:
                yield Refused(found, Fault(column, "impossible-date", f"{end} is before the receipt, {received}"))
                return
        teams: list[dict[str, str]] = []
        if self._own_team_counts and (team or team_type):
            if not (team_type := team_type or self._teams.get(team, "")):
                yield Refused(found, unknown_team("CareProfTeamLocalID", team))
                return
            teams.append({"team": team, "team_type": team_type} if team else {"team_type": team_type})
        own = len(teams)
        for line in others:
            other = self._other_team(line, received)
            if isinstance(other, Fault):
                yield Refused(line, other)
            else:
                teams.append(other)
        if not 0 < len(teams) <= 50:
            detail = f"{len(teams)} teams, at most 50 are taken" if teams else "no team is named, here or in MHS102OtherServiceType"
            yield Refused(found, Fault("CareProfTeamLocalID", "missing-field", detail))
            return
        data = {
            "referral_id": sid,
            "received_on": received,
            "received_at": at,
            "source": source,
            "reason": reason,
            "priority": priority,
            "teams": teams,
            "discharged_on": discharged,
            "rejected_on": rejected,
            "reject_reason": why,
            "close_reason": closed,
        }
        keys = frozenset(one.get("team") or one["team_type"] for one in teams[own:])
        strange = ("outside-month",) if received > self._last else ()
        yield Mapped("referral", sid, self._data(data), found, keys, strange=strange)

    def _other_team(self, line: Line, received: str) -> dict[str, str] | Fault:
        _, team, team_type, closed, rejected, why, reason = line.cells
        if not (team or team_type):
            return Fault("OtherCareProfTeamLocalID", "missing-field", "is empty, and ServTeamTypeRefToMH too: fill one")
        if not (team_type := team_type or self._teams.get(team, "")):
            return unknown_team("OtherCareProfTeamLocalID", team)
        for column, end in (("ReferClosureDate", closed), ("ReferRejectionDate", rejected)):
            if end and end < received:
                return Fault(column, "impossible-date", f"{end} is before the receipt, {received}")
        one = {
            "team": team,
            "team_type": team_type,
            "rejected_on": rejected,
            "reject_reason": why,
            "closed_on": closed,
            "close_reason": reason,
        }
        return {name: text for name, text in one.items() if text}

    def plan(self, lines: Sequence[Line]) -> Iterator[Result]:
        """MHS008 and its MHS009."""
        (found, others) = parted(lines, layout.PLAN)
        yield from (orphan(line, "CarePlanID", layout.PLAN) for line in others if found is None)
        if found is None:
            return
        plan, _, plan_type, created, updated = found.cells
        agreed = [(line.cells[1], line.cells[2]) for line in others]
        data = {
            "plan_id": plan,
            "type": plan_type,
            "created_on": created,
            "updated_on": updated,
            # on record from the first agreement on; one without a date is on record at once
            "agreed_on": min((on for _, on in agreed), default=""),
            "agreed_by": sorted({"person" if by == layout.PERSON_AGREES else "other" for by, _ in agreed}),
        }
        yield Mapped("care-plan", plan, self._data(data), found)

    def stay(self, lines: Sequence[Line]) -> Iterator[Result]:
        """MHS501 and its MHS502."""
        (found, others) = parted(lines, layout.STAY)
        yield from (orphan(line, "HospProvSpellID", layout.STAY) for line in others if found is None)
        if found is None:
            return
        stay, referral, admitted, source, _, left = found.cells
        if not found.who:
            yield nobody(found)
            return
        if left and left < admitted:
            yield Refused(found, Fault("DischDateHospProvSpell", "impossible-date", f"{left} is before the admission, {admitted}"))
            return
        wards = [
            {name: text for name, text in (("class", kind), ("from", start), ("to", end)) if text}
            for _, _, start, end, kind in (line.cells for line in others)
        ]
        data = {
            "stay_id": stay,
            "referral_id": referral,
            "admitted_on": admitted,
            "discharged_on": left,
            "wards": wards[:100],
            "admission_source": source,
        }
        yield Mapped("stay", stay, self._data(data), found)

    def contact(self, lines: Sequence[Line]) -> Iterator[Result]:
        """MHS201, its MHS202, and the MHS607 of those."""
        (found, others) = parted(lines, layout.CONTACT)
        if found is None or not found.who:
            yield from ([nobody(found)] if found else [])
            for line in others:
                column = "CareContactID" if line.table is layout.ACTIVITY else "CareActID"
                yield orphan(line, column, layout.CONTACT)
            return
        contact, referral, on, at, team, medium, attended, _, _ = found.cells
        data: dict[str, Any] = {
            "contact_id": contact,
            "referral_id": referral,
            "on": on,
            "at": at,
            "attendance": attended,
            "medium": medium,
            "team_type": self._teams.get(team, ""),
        }
        strange = self._month(on)
        yield Mapped("contact", contact, self._data(data), found, strange=strange)
        base = {"referral_id": referral, "contact_id": contact, "on": on}
        for row in others:
            line = row._replace(who=found.who, token=found.token)
            if line.table is layout.ACTIVITY:
                if code := line.cells[2]:
                    data = {"activity_id": line.cells[0], **base, "code": code}
                    yield Mapped(ACTIVITY, line.cells[0], self._data(data), line, strange=strange)
            else:
                score = made_id(line.table, line.cells[:2])
                data = {"score_id": score, **base, "code": line.cells[1], "value": float(line.cells[2])}
                yield Mapped("score", score, self._data(data), line, strange=strange)

    def alone(self, lines: Sequence[Line]) -> Iterator[Result]:
        """MHS204, MHS606 and MHS006: each row is a record."""
        for line in lines:
            data: dict[str, Any]
            if not line.who:
                yield nobody(line)
            elif line.table is layout.INDIRECT:
                referral, on, _, _, code = line.cells
                if code:
                    made = made_id(line.table, line.cells)
                    data = {"activity_id": made, "referral_id": referral, "on": on, "code": code}
                    yield Mapped(ACTIVITY, made, self._data(data), line, strange=self._month(on))
            elif line.table is layout.SCORE_REFERRAL:
                referral, code, value, stamp = line.cells
                made, on = made_id(line.table, (referral, code, stamp)), _london_day(stamp)
                data = {"score_id": made, "referral_id": referral, "on": on, "code": code, "value": float(value)}
                yield Mapped("score", made, self._data(data), line, strange=self._month(on))
            else:
                _, start, professional, end, team_type = line.cells
                if end and end < start:
                    yield Refused(line, Fault("EndDateAssCareCoord", "impossible-date", f"{end} is before the start, {start}"))
                    continue
                made = made_id(line.table, (str(line.token), start, professional))
                data = {"assignment_id": made, "role": "care coordinator", "team_type": team_type, "from": start, "to": end}
                yield Mapped("assignment", made, self._data(data), line)

    def _data(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"provider": self._provider} | {name: value for name, value in data.items() if value not in ("", [])}

    def _month(self, on: str) -> tuple[str, ...]:
        return () if self._first <= on <= self._last else ("outside-month",)


@lru_cache(maxsize=8192)
def _london_day(stamp: str) -> str:
    return str(_date_of(stamp))


def _date_of(stamp: str) -> date:
    return datetime.fromisoformat(stamp).astimezone(_LONDON).date()
