"""The tables of a month's delivery: columns in the order they are written, what a cell holds, keys. MHSDS v6 names.

Tables and columns that no rule of ours reads are left out of nothing: they are read, checked and, on the way out, left blank.
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

OWN_TEAM_FROM = date(2024, 4, 1)
"""From this month's file on MHS101's own team counts; earlier (v5) files name every team in MHS102."""
CLOSURE_REASONS = frozenset({"01", "02", "03", "04", "05", "06", "07", "08", "09"})
REJECTION_REASONS = frozenset({"01", "02", "03"})
PERSON_AGREES = "10"
"""CarePlanContentAgreedBy: the person. What 12 to 17 say each is in no public source that we read: they are agreements all the same."""
OTHER_AGREES = "17"


class Column(NamedTuple):
    """One column. `kind`: id, code, text, number, procedure, team (its type), date, time, stamp. `allowed`: a closed list.

    `warns`: a value outside the list is left out and named; otherwise it refuses the row. `spares`: so is whatever is wrong with the cell.
    `ahead`: the date may lie in the future.
    """

    name: str
    kind: str = "code"
    required: bool = False
    longest: int = 20
    allowed: frozenset[str] | None = None
    warns: bool = False
    ahead: bool = False
    spares: bool = False


class Table(NamedTuple):
    """One table. `key` names a row within the month; () is the whole row."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    def place(self, column: str) -> int:
        """Where a column stands in a row."""
        return next(place for place, one in enumerate(self.columns) if one.name == column)

    @property
    def keys(self) -> tuple[int, ...]:
        return tuple(self.place(name) for name in self.key) or tuple(range(len(self.columns)))


def _id(name: str, *, required: bool = False) -> Column:
    return Column(name, "id", required, 64)


def _date(name: str, *, required: bool = False, ahead: bool = False) -> Column:
    return Column(name, "date", required, ahead=ahead)


def _text(name: str) -> Column:
    return Column(name, "text", longest=200)


HEADER = Table(
    "MHS000Header",
    (
        _text("DatSetVer"),
        Column("OrgIDProvider", required=True),
        _date("ReportingPeriodStartDate", required=True),
        _date("ReportingPeriodEndDate", ahead=True),
        _text("DateTimeDatSetCreate"),
    ),
    ("OrgIDProvider",),
)
PERSON = Table(
    "MHS001MPI",
    (
        _id("LocalPatientID", required=True),
        Column("OrgIDLocalPatientID"),
        Column("NHSNumber", "text", longest=40),
        Column("NHSNumberStatus"),
        _date("PersonBirthDate"),
        Column("Postcode", "text", longest=10),
        Column("LSOA2021", longest=9),
        Column("LADistrictAuth", longest=9),
        Column("Gender", longest=2),
        Column("GenderIDCode"),
        Column("EthnicCategory", longest=3),
        Column("EthnicCategory2021", longest=3),
        _date("PersDeathDate"),
    ),
    ("LocalPatientID",),
)
PRACTICE = Table(
    "MHS002GP",
    (
        _id("LocalPatientID", required=True),
        Column("GMPReg", required=True, longest=10),
        _date("StartDateGMPRegistration"),
        _date("EndDateGMPRegistration", ahead=True),
    ),
    ("LocalPatientID", "GMPReg", "StartDateGMPRegistration"),
)
COORDINATOR = Table(
    "MHS006MHCareCoord",
    (
        _id("LocalPatientID", required=True),
        _date("StartDateAssCareCoord", required=True),
        _id("CareProfLocalID"),
        _date("EndDateAssCareCoord"),
        Column("CareProfServOrTeamTypeAssoc", "team"),
    ),
    ("LocalPatientID", "StartDateAssCareCoord", "CareProfLocalID"),
)
PLAN = Table(
    "MHS008CarePlanType",
    (
        _id("CarePlanID", required=True),
        _id("LocalPatientID", required=True),
        Column("CarePlanTypeMH", required=True, allowed=frozenset({"10", "11", "12", "13", "14"})),
        _date("CarePlanCreatDate", required=True),
        _date("CarePlanLastUpdateDate"),
    ),
    ("CarePlanID",),
)
AGREEMENT = Table(
    "MHS009CarePlanAgreement",
    (
        _id("CarePlanID", required=True),
        Column("CarePlanContentAgreedBy", required=True, allowed=frozenset({"10", "12", "13", "14", "15", "16", "17"})),
        _date("CarePlanContentAgreedDate"),
    ),
    ("CarePlanID", "CarePlanContentAgreedBy", "CarePlanContentAgreedDate"),
)
REFERRAL = Table(
    "MHS101Referral",
    (
        _id("ServiceRequestID", required=True),
        _id("LocalPatientID", required=True),
        _id("CareProfTeamLocalID"),  # required in v6, absent in v5 files: a referral needs a team, here or in MHS102
        Column("ServTeamType", "team"),
        Column("OrgIDComm"),
        _date("ReferralRequestReceivedDate", required=True),
        Column("ReferralRequestReceivedTime", "time"),
        Column("SourceOfReferralMH"),
        Column("OrgIDReferringOrg"),
        Column("ClinRespPriorityType", allowed=frozenset({"1", "2", "3", "4"})),
        Column("PrimReasonReferralMH"),
        _date("ServDischDate"),
        _date("ReferRejectionDate"),
        Column("ReferRejectReason", allowed=REJECTION_REASONS),
        Column("ReferClosReason", allowed=CLOSURE_REASONS),
    ),
    ("ServiceRequestID",),
)
OTHER_TEAM = Table(
    "MHS102OtherServiceType",
    (
        _id("ServiceRequestID", required=True),
        _id("OtherCareProfTeamLocalID"),
        Column("ServTeamTypeRefToMH", "team"),
        _date("ReferClosureDate"),
        _date("ReferRejectionDate"),
        Column("ReferRejectReason", allowed=REJECTION_REASONS, warns=True),
        Column("ReferClosReason", allowed=CLOSURE_REASONS, warns=True),
    ),
    ("ServiceRequestID", "OtherCareProfTeamLocalID", "ServTeamTypeRefToMH"),
)
CONTACT = Table(
    "MHS201CareContact",
    (
        _id("CareContactID", required=True),
        _id("ServiceRequestID", required=True),
        _date("CareContDate", required=True, ahead=True),
        Column("CareContTime", "time"),
        _id("OtherCareProfTeamLocalID"),
        Column("ConsMechanismMH", allowed=frozenset({"01", "02", "03", "04", "05", "06", "09", "10", "11", "12", "13", "98"})),
        Column("AttendStatus", allowed=frozenset({"2", "3", "4", "5", "6", "7"})),
        _date("CareContCancelDate"),
        _date("EarliestReasonOfferDate", ahead=True),
    ),
    ("CareContactID",),
)
ACTIVITY = Table(
    "MHS202CareActivity",
    (
        _id("CareActID", required=True),
        _id("CareContactID", required=True),
        Column("Procedure", "procedure", longest=500),
        _text("Finding"),
        _text("FindSchemeInUse"),
        _text("Observation"),
        _text("ObsValue"),
        _text("UnitofMeasurement_UCUM"),
    ),
    ("CareActID",),
)
INDIRECT = Table(
    "MHS204IndirectActivity",
    (
        _id("ServiceRequestID", required=True),
        _date("IndirectActDate", required=True),
        Column("IndirectActTime", "time"),
        _id("OtherCareProfTeamLocalID"),
        Column("IndActProcedure", "procedure", longest=500),
    ),
    (),
)
STAY = Table(
    "MHS501HospProvSpell",
    (
        _id("HospProvSpellID", required=True),
        _id("ServiceRequestID", required=True),
        _date("StartDateHospProvSpell", required=True),
        Column("SourceAdmMHHospProvSpell"),
        Column("MethAdmMHHospProvSpell"),
        _date("DischDateHospProvSpell"),
    ),
    ("HospProvSpellID",),
)
WARD = Table(
    "MHS502WardStay",
    (
        _id("WardStayID", required=True),
        _id("HospProvSpellID", required=True),
        _date("StartDateWardStay", required=True),
        _date("EndDateWardStay"),
        Column("MHAdmittedPatientClass"),
    ),
    ("WardStayID",),
)
SCORE_REFERRAL = Table(
    "MHS606CodedScoreAssessmentRefer",
    (
        _id("ServiceRequestID", required=True),
        Column("CodedAssToolType", required=True),
        Column("PersScore", "number", required=True),
        Column("AssToolCompTimestamp", "stamp", required=True, longest=40),
    ),
    ("ServiceRequestID", "CodedAssToolType", "AssToolCompTimestamp"),
)
SCORE_ACTIVITY = Table(
    "MHS607CodedScoreAssessmentAct",
    (_id("CareActID", required=True), Column("CodedAssToolType", required=True), Column("PersScore", "number", required=True)),
    ("CareActID", "CodedAssToolType"),
)
TEAM = Table(
    "MHS902ServiceTeamDetails",
    (_id("CareProfTeamLocalID", required=True), Column("ServTeamTypeMH", "team", required=True), Column("ServTeamIntAgeGroup")),
    ("CareProfTeamLocalID",),
)

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        HEADER, PERSON, PRACTICE, COORDINATOR, PLAN, AGREEMENT, REFERRAL, OTHER_TEAM, CONTACT, ACTIVITY, INDIRECT, STAY, WARD,
        SCORE_REFERRAL, SCORE_ACTIVITY, TEAM,
    )
}  # fmt: skip


def number(table: Table) -> int:
    """The table's national number, as 101."""
    return int(table.name[3:6])
