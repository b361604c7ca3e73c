"""Months of files with everything that goes wrong in real ones, by seed: gaps, returns, second teams, bad cells, corrections, any order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random

from tests.component.month_files import contact, person, referral

MONTHS = [date(2024, number, 1) for number in range(2, 9)]  # from v5 files, which name every team in MHS102, to v6
TEAMS = {"T1": "A06", "T2": "A08", "T3": "A18"}
CODES = ("DEMO-ASSESS-1", "718026005", "DEMO-BOTH", "11429006", "718026005:443390004", "DEMO-OLD |a term|")
TOOLS = ("1037651000000100", "979641000000103", "987191000000101")
BAD = (
    ("MHS101", "ServDischDate", "2023-01-01"),
    ("MHS101", "ReferralRequestReceivedDate", ""),
    ("MHS101", "ReferRejectReason", "77"),
    ("MHS102", "ReferClosureDate", "31/12/2024"),
    ("MHS201", "CareContDate", "2024-02-31"),
    ("MHS201", "AttendStatus", "x"),
    ("MHS001", "PersonBirthDate", "1900-01-01"),
    ("MHS008", "CarePlanCreatDate", "2999-01-01"),
    ("MHS606", "PersScore", "many"),
    ("MHS607", "PersScore", "n/a"),
    ("MHS202", "Procedure", "||"),
)
Tables = dict[str, list[dict[str, str]]]


@dataclass
class Life:
    """One referral as it was first drawn; each month tells a version of it."""

    number: int
    started: date
    other: str | None
    ended: dict[str, str] = field(default_factory=dict)


class Irregular:
    """A provider's history. `deliveries`: (month, tables) in the order delivered; the last one of a month is what stands."""

    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)  # noqa: S311  # a test's choice, not a secret
        self.people = 6
        self.lives = [self._life(number) for number in range(9)]
        self.numbers = {who: f"99900000{18 + 8 * who}" for who in range(2)}  # valid ones

    def happens(self, share: float) -> bool:
        return self.draw.random() < share

    def _life(self, number: int) -> Life:
        started = self.draw.choice(MONTHS).replace(day=self.draw.randint(1, 28))
        other = self.draw.choice([None, "T2", "T3", "T2"])
        ends = {}
        if self.happens(0.3):
            ends[self.draw.choice(["ServDischDate", "ReferRejectionDate"])] = f"2024-08-{self.draw.randint(1, 28):02}"
        return Life(number, started, other, ends)

    def deliveries(self) -> Iterator[tuple[date, Tables]]:
        months = MONTHS.copy()
        if self.happens(0.5):
            months.remove(self.draw.choice(months[1:]))  # never delivered
        if self.happens(0.5):
            self.draw.shuffle(months)
        for month in months:
            if self.happens(0.3):
                yield month, self._month(month, spoilt=False)
                yield month, self._month(month, spoilt=False)
            else:
                yield month, self._month(month, spoilt=True)

    def _month(self, month: date, *, spoilt: bool) -> Tables:
        tables: Tables = {name: [] for name in ("MHS001", "MHS101", "MHS102", "MHS201", "MHS202", "MHS204", "MHS606", "MHS607")}
        tables |= {"MHS008": [], "MHS009": [], "MHS501": [], "MHS902": []}
        tables["MHS902"] = [{"CareProfTeamLocalID": team, "ServTeamTypeMH": code} for team, code in TEAMS.items()]
        for who in range(self.people):
            if not self.happens(0.1):
                district = {"LADistrictAuth": "W06000015"} if self.happens(0.05) else {}
                number = {"NHSNumber": self.numbers[who]} if who in self.numbers else {}
                tables["MHS001"].append(person(f"P{who}", **district, **number))
        for life in self.lives:
            if life.started.replace(day=1) <= month and not self.happens(0.15):
                self._refer(tables, month, life)
        for who in range(self.people):
            if self.happens(0.3):
                self._plan(tables, month, who)
        if spoilt:
            for name, column, text in self.draw.sample(BAD, 3):
                if tables[name]:
                    self.draw.choice(tables[name])[column] = text
        return tables

    def _refer(self, tables: Tables, month: date, life: Life) -> None:
        referral_id = f"R{life.number}"
        ends = life.ended if life.ended and month >= MONTHS[-2] else {}
        ends = {name: day for name, day in ends.items() if day[:7] <= f"{month:%Y-%m}"}
        tables["MHS101"].append(
            referral(referral_id, f"P{life.number % self.people}", ReferralRequestReceivedDate=str(life.started), **ends)
        )
        if month < date(2024, 4, 1):
            tables["MHS102"].append({"ServiceRequestID": referral_id, "OtherCareProfTeamLocalID": "T1"})
        if life.other and self.happens(0.6):
            closed = {"ReferClosureDate": f"{month:%Y-%m}-28"} if self.happens(0.2) else {}
            tables["MHS102"].append({"ServiceRequestID": referral_id, "OtherCareProfTeamLocalID": life.other, **closed})
        if self.happens(0.04):
            stay = f"S{life.number}"
            tables["MHS501"].append(
                {"HospProvSpellID": stay, "ServiceRequestID": referral_id, "StartDateHospProvSpell": f"{month:%Y-%m}-20"}
            )
        for nth in range(self.draw.randint(0, 2)):
            self._contact(tables, month, referral_id, f"C{life.number}-{month.month}-{nth}")
        if self.happens(0.2):
            code = self.draw.choice(CODES)
            tables["MHS204"].append({"ServiceRequestID": referral_id, "IndirectActDate": self._day(month), "IndActProcedure": code})
        if self.happens(0.3):
            stamp = f"{self._day(month)}T{self.draw.choice(['23:30:00Z', '11:00:00+01:00'])}"
            score = {"ServiceRequestID": referral_id, "CodedAssToolType": self.draw.choice(TOOLS), "PersScore": "3"}
            tables["MHS606"].append({**score, "AssToolCompTimestamp": stamp})

    def _contact(self, tables: Tables, month: date, referral_id: str, contact_id: str) -> None:
        attended, medium = self.draw.choice(["5", "6", "3", "5", ""]), self.draw.choice(["01", "11", "05", "02"])
        cells = {"ServiceRequestID": referral_id, "AttendStatus": attended, "ConsMechanismMH": medium}
        tables["MHS201"].append(contact(contact_id, self._day(month), **cells))
        if self.happens(0.1):
            tables["MHS201"].append(contact(contact_id, self._day(month), **cells))  # a second row of one id
        if self.happens(0.6):
            activity = f"A{contact_id}"
            tables["MHS202"].append({"CareActID": activity, "CareContactID": contact_id, "Procedure": self.draw.choice((*CODES, ""))})
            if self.happens(0.5):
                score = {"CareActID": activity, "CodedAssToolType": self.draw.choice(TOOLS), "PersScore": "2"}
                tables["MHS607"].append(score)

    def _plan(self, tables: Tables, month: date, who: int) -> None:
        plan = {"CarePlanID": f"L{who}", "LocalPatientID": f"P{who}", "CarePlanTypeMH": "10", "CarePlanCreatDate": f"2024-0{1 + who}-03"}
        updated = {"CarePlanLastUpdateDate": self._day(month)} if self.happens(0.5) else {}
        tables["MHS008"].append({**plan, **updated})
        for agreed_by in self.draw.sample(["10", "12"], self.draw.randint(0, 2)):
            on = {"CarePlanContentAgreedDate": self._day(month)} if self.happens(0.7) else {}
            tables["MHS009"].append({"CarePlanID": f"L{who}", "CarePlanContentAgreedBy": agreed_by, **on})

    def _day(self, month: date) -> str:
        return str(month.replace(day=self.draw.randint(1, 28)))
