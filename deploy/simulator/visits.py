"""What happens when a person is seen: contacts as real systems record them, and the components that are recorded, late or never."""

from collections.abc import Mapping
from random import Random
from typing import Any

from deploy.simulator import shares
from deploy.simulator.community import Person, Provider
from deploy.simulator.journeys import Journey, Record

ASSESSMENTS = ("DEMO-ASSESS-1", "DEMO-ASSESS-2")
ENDED_ASSESSMENT = "DEMO-ASSESS-3"
INTERVENTIONS = ("304891004", "449030000", "1111691000000101", "405780009", "1082621000000104", "723948002")
CONSULTATION, SIGNPOSTING = "11429006", "975131000000104"
REFUSED = "443390004"
OUTCOMES = {"1037651000000100": (1, 7), "1091071000000100": (0, 40), "720433000": (0, 27), "979641000000103": (0, 4)}
UNCOUNTED_OUTCOME = "987291000000106"  # Current View
DIRECT, INDIRECT = ("01", "01", "01", "11", "02"), ("05", "10")
MINUTE = 0.001
"""Days of planned time between two things entered one after the other."""


class Visits(Journey):
    """A journey in which somebody is seen on a referral. Times are days after the journey's beginning."""

    def __init__(self, seed: int, provider: Provider, label: str, somebody: Person, quiet: float) -> None:
        super().__init__(seed, provider.ods, label, somebody, quiet)
        self.records = provider.records
        self.referral = Record("referral", {})
        self.team = ""
        self.lacks: dict[str, float] = {}
        self.plan: Record | None = None
        self.treated = False
        self.misses = shares.DNA * (shares.DEPRIVED_MISSES if somebody.deprived else 1.0)

    def begins(self) -> None:
        """Before the first contact: whoever records, how often a component comes later, and which never do."""
        never = {"score": shares.OUTCOME_NEVER, "assessment": shares.ASSESSED_NEVER}
        later = {"score": shares.OUTCOME_LATER, "assessment": shares.ASSESSED_LATER}
        self.lacks = {kind: later[kind] for kind, share in never.items() if not self.happens(share / self.records)}
        self.plan, self.treated = None, False

    def about(self, contact_id: str | None) -> dict[str, Any]:
        """What an activity says of the referral and the contact it belongs to."""
        facts = {"referral_id": self.referral.data["referral_id"]}
        return {**facts, "contact_id": contact_id} if contact_id else facts

    def attendance(self) -> str:
        """The code of what became of a booked contact."""
        draw = self.draw.random()
        for share, code in ((self.misses, "3"), (shares.CANCELLED, "2"), (shares.CANCELLED_BY_US, "4"), (0.02, "6"), (0.005, "7")):
            if draw < share:
                return code
            draw -= share
        return "5"

    def contact(self, at: float, attendance: str, media: tuple[str, ...] = DIRECT) -> str:
        """A contact: often booked ahead, sometimes entered late, entered wrongly and corrected, or entered twice and one voided."""
        facts = {"referral_id": self.referral.data["referral_id"], "medium": self.draw.choice(media), "team_type": self.team}
        if self.happens(0.01):
            del facts["medium"]
        if self.happens(0.02):
            facts |= {"language": "pl", "interpreter": True}
        record = self.new("contact", "C", **facts)
        if self.happens(shares.BOOKED_AHEAD):
            ahead = self.draw.randint(2, 14)
            self.add(at - ahead * 0.7, record, dates={"on": -ahead})
        late = 0
        if self.happens(shares.ENTERED_LATE):
            late = self.draw.randint(3, 20)
        elif self.happens(shares.ENTERED_VERY_LATE):
            late = self.draw.randint(61, 120)
        told = at + late
        first = "3" if self.happens(shares.CORRECTED) else attendance
        self.add(told, record, {"attendance": first}, {"on": late})
        if first != attendance:
            self.add(told + 1.2, record, {"attendance": attendance})
        if self.happens(shares.ENTERED_TWICE):
            twice = self.new("contact", "C", **facts, attendance=attendance)
            self.add(told + MINUTE, twice, dates={"on": late})
            self.add(told + 2, twice, voided=True)
        return str(record.data["contact_id"])

    def first_visit(self, at: float) -> None:
        """The first contact with whatever of the components comes with it."""
        with_contact = self.about(self.contact(at, "6" if self.happens(0.03) else "5"))
        for kind, share in (("assessment", shares.ASSESSED_FIRST), ("score", shares.OUTCOME_FIRST)):
            if kind in self.lacks and self.happens(share * self.records):
                self.complete(kind, at, with_contact)
        if self.happens(shares.PLAN_AT_ALL * self.records):
            self.agree(at + self.draw.choice((0.0, self.draw.uniform(0, 24))))

    def visit(self, at: float) -> None:
        """A later contact; in the time before history only what a clock still lacks is told."""
        attendance = self.attendance()
        before = at < self.quiet
        contact_id = None if before else self.contact(at, attendance)
        if attendance not in "56":
            return
        for kind, share in list(self.lacks.items()):
            if self.happens(share):
                self.complete(kind, at, self.about(contact_id))
        if (not before or not self.treated) and self.happens(shares.CODED_ACTIVITY * self.records):
            self.treat(at, contact_id)
        if before:
            return
        if self.happens(shares.INDIRECT):
            self.add(at + self.draw.uniform(0.2, 2), self.new("intervention", "I", **self.about(None), code=SIGNPOSTING), dates={"on": 0})
        if "score" not in self.lacks and self.happens(0.08):
            self.score(at, self.about(contact_id))

    def complete(self, kind: str, at: float, facts: Mapping[str, Any]) -> None:
        """Record a component that was lacking, or something that does not count as one."""
        if kind == "score":
            if self.happens(shares.UNCOUNTED / 2):
                self.add(at + 2 * MINUTE, self.new("score", "O", **facts, code=UNCOUNTED_OUTCOME, value=2), dates={"on": 0})
                return
            self.score(at, facts)
        else:
            code = self.draw.choice(ASSESSMENTS)
            if self.happens(shares.UNCOUNTED):
                code = self.draw.choice((CONSULTATION, ENDED_ASSESSMENT, f"{code}:{REFUSED}"))
            self.add(at + MINUTE, self.new("assessment", "A", **facts, code=code), dates={"on": 0})
            if code not in ASSESSMENTS:
                return
        del self.lacks[kind]

    def score(self, at: float, facts: Mapping[str, Any]) -> None:
        code = self.draw.choice(tuple(OUTCOMES))
        self.add(at + 2 * MINUTE, self.new("score", "O", **facts, code=code, value=self.draw.randint(*OUTCOMES[code])), dates={"on": 0})

    def treat(self, at: float, contact_id: str | None) -> None:
        code = self.draw.choice(INTERVENTIONS)
        if self.happens(shares.REFUSED):
            code = f"{code}:{REFUSED}"
        elif self.happens(shares.UNCOUNTED):
            code = CONSULTATION
        self.treated = self.treated or code in INTERVENTIONS
        extra = {"evidence_based": True} if code in INTERVENTIONS[:4] else {}
        self.add(at + 3 * MINUTE, self.new("intervention", "I", **self.about(contact_id), code=code, **extra), dates={"on": 0})

    def agree(self, at: float) -> None:
        """A care plan, agreed at once, later or never."""
        plan = self.plan = self.new("care-plan", "L", type="10")
        agreed = {"agreed_by": agreer(self.draw), "coproduced": self.happens(0.6)}
        if self.happens(shares.PLAN_AGREED):
            self.add(at, plan, agreed, {"created_on": 0, "agreed_on": 0, "review_due_on": -180})
        else:
            self.add(at, plan, dates={"created_on": 0})
            if self.happens(shares.PLAN_AGREED_LATER):
                self.add(at + self.draw.uniform(3, 30), plan, agreed, {"updated_on": 0, "agreed_on": 0})

    def review(self, at: float) -> None:
        if self.plan:
            self.add(at, self.plan, dates={"updated_on": 0})


def agreer(draw: Random) -> str:
    """Who agreed to a plan."""
    return draw.choice(("person", "person", "family or carer", "clinician"))
