"""Records as rows of the tables. Pure: who calls decides which records a month's files hold.

What the tables have no column for is left out: a team's first and last day and dedicated pathway, when help was sought and accepted,
a pause. A referral's own closing date is written for each of its teams, where the tables keep it.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple

from services.referrals.rules.mhsds import layout
from services.referrals.rules.mhsds.layout import OWN_TEAM_FROM, Table

Data = Mapping[str, Any]
"""A record as in an event's `data`; dates as ISO text."""


class Row(NamedTuple):
    """One row: its table, and its cells by column; what is not named is blank."""

    table: Table
    cells: dict[str, str]


class Contact(NamedTuple):
    """Of the contact that an activity or score names: its day, and whether it was attended."""

    on: str
    attended: bool


class MonthRows:
    """The rows of one provider and month. `add` each record once; then `closing` gives header and teams.

    >>> month = MonthRows("RXX", date(2024, 7, 1))
    >>> [row.table.name for row in month.add("person", "", "P1", {"provider": "RXX", "birth_date": "1980-01-01"})]
    ['MHS001MPI']
    """

    def __init__(self, provider: str, month: date) -> None:
        self.provider = provider
        self.month = month
        self._teams: dict[str, str] = {}
        self._activities: set[str] = set()

    def add(
        self,
        kind: str,
        record_id: str,
        local_id: str,
        data: Data,
        *,
        contact: Contact | None = None,
        nhs_number: str = "",
        postcode: str = "",
    ) -> Iterator[Row]:
        """The rows of a record; none for a kind that the tables do not hold.

        `contact`: the contact that an activity or a score names, where it is known. An activity of another day than its attended contact
        is written as indirect, with its own day.
        """
        match kind:
            case "person":
                yield from _person(local_id, data, nhs_number, postcode)
            case "referral":
                yield from self._referral(record_id, local_id, data)
            case "contact":
                yield from self._contact(record_id, data)
            case "assessment" | "intervention":
                yield from self._activity(f"{kind}-{record_id}" if record_id in self._activities else record_id, data, contact)
            case "score":
                yield from self._score(record_id, data, contact)
            case "care-plan":
                yield from _plan(record_id, local_id, data)
            case "stay":
                yield from _stay(record_id, data)
            case "assignment":
                yield from _coordinator(record_id, local_id, data)

    def closing(self, last: date) -> Iterator[Row]:
        """The header, and the teams that the rows named; `last` is the month's last day."""
        cells = {"DatSetVer": "6.0", "OrgIDProvider": self.provider}
        yield _row(layout.HEADER, **cells, ReportingPeriodStartDate=str(self.month), ReportingPeriodEndDate=str(last))
        for team, team_type in sorted(self._teams.items()):
            yield _row(layout.TEAM, CareProfTeamLocalID=team, ServTeamTypeMH=team_type)

    def _team(self, team: str | None, team_type: str) -> tuple[str, str]:
        """(local id, type to write in the row itself: where MHS902 says another, for types are corrected)."""
        local = team or f"T-{team_type}"
        return local, "" if self._teams.setdefault(local, team_type) == team_type else team_type

    def _referral(self, record_id: str, local_id: str, data: Data) -> Iterator[Row]:
        teams = [dict(team) for team in data["teams"]]
        for team in teams:
            team.setdefault("closed_on", data.get("closed_on"))
        own: Data | None = None
        if self.month >= OWN_TEAM_FROM and not data.get("closed_on"):
            own = next((team for team in teams if not _ends(team)), None)
        own_team = self._team(own.get("team"), own["team_type"]) if own else ("", "")
        yield _row(
            layout.REFERRAL,
            ServiceRequestID=record_id,
            LocalPatientID=local_id,
            CareProfTeamLocalID=own_team[0],
            ServTeamType=own_team[1],
            ReferralRequestReceivedDate=data["received_on"],
            ReferralRequestReceivedTime=data.get("received_at"),
            SourceOfReferralMH=data.get("source"),
            ClinRespPriorityType=data.get("priority"),
            PrimReasonReferralMH=data.get("reason"),
            ServDischDate=data.get("discharged_on"),
            ReferRejectionDate=data.get("rejected_on"),
            ReferRejectReason=data.get("reject_reason"),
            ReferClosReason=data.get("close_reason"),
        )
        named: set[tuple[str, str]] = set()
        for one in teams:
            if one is own or ((gone := one.get("not_submitted_after")) and gone < str(self.month)):
                continue
            local, team_type = self._team(one.get("team"), one["team_type"])
            if (local, team_type) in named:  # two parts of one team: the table keys them by the team alone
                local, team_type = self._team(f"{local}-{len(named)}", one["team_type"])
            named.add((local, team_type))
            yield _row(
                layout.OTHER_TEAM,
                ServiceRequestID=record_id,
                OtherCareProfTeamLocalID=local,
                ServTeamTypeRefToMH=team_type,
                ReferClosureDate=one.get("closed_on"),
                ReferRejectionDate=one.get("rejected_on"),
                ReferRejectReason=one.get("reject_reason"),
                ReferClosReason=one.get("close_reason"),
            )

    def _contact(self, record_id: str, data: Data) -> Iterator[Row]:
        if data.get("referral_id") is None:
            return  # direct access: no table has it
        team = self._team(None, data["team_type"])[0] if data.get("team_type") else ""
        yield _row(
            layout.CONTACT,
            CareContactID=record_id,
            ServiceRequestID=data["referral_id"],
            CareContDate=data["on"],
            CareContTime=data.get("at"),
            OtherCareProfTeamLocalID=team,
            ConsMechanismMH=data.get("medium"),
            AttendStatus=data.get("attendance"),
        )

    def _activity(self, record_id: str, data: Data, contact: Contact | None) -> Iterator[Row]:
        if _indirect(data, contact):
            yield _row(layout.INDIRECT, ServiceRequestID=data["referral_id"], IndirectActDate=data["on"], IndActProcedure=data["code"])
        else:
            self._activities.add(record_id)
            yield _row(layout.ACTIVITY, CareActID=record_id, CareContactID=data["contact_id"], Procedure=data["code"])

    def _score(self, record_id: str, data: Data, contact: Contact | None) -> Iterator[Row]:
        cells = {"CodedAssToolType": data["code"], "PersScore": repr(data["value"])}
        if _indirect(data, contact):
            noon = f"{data['on']}T12:00:00Z"  # the same day in London
            yield _row(layout.SCORE_REFERRAL, ServiceRequestID=data["referral_id"], **cells, AssToolCompTimestamp=noon)
        else:
            activity = f"score-{record_id}"[:64]
            yield _row(layout.ACTIVITY, CareActID=activity, CareContactID=data["contact_id"])
            yield _row(layout.SCORE_ACTIVITY, CareActID=activity, **cells)


def _indirect(data: Data, contact: Contact | None) -> bool:
    return data.get("contact_id") is None or (contact is not None and contact.attended and contact.on != data["on"])


def _row(table: Table, **cells: str | None) -> Row:
    return Row(table, {name: cell for name, cell in cells.items() if cell})


def _ends(team: Data) -> bool:
    return any(team.get(end) for end in ("rejected_on", "closed_on", "not_submitted_after"))


def _person(local_id: str, data: Data, nhs_number: str, postcode: str) -> Iterator[Row]:
    yield _row(
        layout.PERSON,
        LocalPatientID=local_id,
        OrgIDLocalPatientID=data["provider"],
        NHSNumber=nhs_number,
        PersonBirthDate=data.get("birth_date"),
        Postcode=postcode,
        LSOA2021=data.get("lsoa"),
        LADistrictAuth=data.get("local_authority"),
        Gender=data.get("gender"),
        EthnicCategory=data.get("ethnicity"),
        PersDeathDate=data.get("death_date"),
    )
    if data.get("practice"):
        yield _row(layout.PRACTICE, LocalPatientID=local_id, GMPReg=data["practice"])


def _plan(record_id: str, local_id: str, data: Data) -> Iterator[Row]:
    created = data.get("created_on") or data.get("updated_on")
    if created is None:
        return  # the tables want a date of creation; without any date no clock reads the plan
    yield _row(
        layout.PLAN,
        CarePlanID=record_id,
        LocalPatientID=local_id,
        CarePlanTypeMH=data.get("type") or "10",
        CarePlanCreatDate=created,
        CarePlanLastUpdateDate=data.get("updated_on"),
    )
    by = data.get("agreed_by") or []
    codes = {layout.PERSON_AGREES if one == "person" else layout.OTHER_AGREES for one in ([by] if isinstance(by, str) else by)}
    for code in sorted(codes):
        yield _row(layout.AGREEMENT, CarePlanID=record_id, CarePlanContentAgreedBy=code, CarePlanContentAgreedDate=data.get("agreed_on"))


def _stay(record_id: str, data: Data) -> Iterator[Row]:
    if data.get("referral_id") is None:
        return  # hangs on no referral: the table cannot say whose it is
    yield _row(
        layout.STAY,
        HospProvSpellID=record_id,
        ServiceRequestID=data["referral_id"],
        StartDateHospProvSpell=data["admitted_on"],
        SourceAdmMHHospProvSpell=data.get("admission_source"),
        DischDateHospProvSpell=data.get("discharged_on"),
    )
    for place, ward in enumerate(data.get("wards") or [], 1):
        yield _row(
            layout.WARD,
            WardStayID=f"{record_id[:60]}-{place}",
            HospProvSpellID=record_id,
            StartDateWardStay=ward.get("from") or data["admitted_on"],
            EndDateWardStay=ward.get("to"),
            MHAdmittedPatientClass=ward.get("class"),
        )


def _coordinator(record_id: str, local_id: str, data: Data) -> Iterator[Row]:
    yield _row(
        layout.COORDINATOR,
        LocalPatientID=local_id,
        StartDateAssCareCoord=data["from"],
        CareProfLocalID=sha256(record_id.encode()).hexdigest()[:12],  # keeps two assignments of one day apart
        EndDateAssCareCoord=data.get("to"),
        CareProfServOrTeamTypeAssoc=data.get("team_type"),
    )
