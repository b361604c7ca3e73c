"""How care goes: draws the steps of one person's journey at one provider, with everything that happens in real feeds.

Shares are set so that pages look alive: about half of the stops lie within 28 days, and most clocks that run on lack a component
(nationally, in autumn 2024, 6 to 11% of stops were in time).
"""

from collections.abc import Mapping
from random import Random

from deploy.simulator.community import OUT_OF_SCOPE_TEAMS, PATHWAYS, WALES, Person, Provider
from deploy.simulator.journeys import Step

ASSESSMENTS = ("DEMO-ASSESS-1", "DEMO-ASSESS-2")
ENDED_ASSESSMENT = "DEMO-ASSESS-3"
INTERVENTIONS = ("304891004", "449030000", "1111691000000101", "405780009", "1082621000000104", "723948002")
CONSULTATION = "11429006"
REFUSED = "443390004"
OUTCOMES = {"1037651000000100": (1, 7), "1091071000000100": (0, 40), "720433000": (0, 27), "979641000000103": (0, 4)}
UNCOUNTED_OUTCOME = "987291000000106"  # Current View
DIRECT, INDIRECT = ("01", "01", "01", "11", "02"), ("05", "10")


class Care:
    """Draws one journey. Times are days after the referral's entry; every method adds the steps of one part of it."""

    def __init__(self, draw: Random, provider: Provider, label: str, entry_lag: int) -> None:
        self.draw = draw
        self.label = label
        self.entry_lag = entry_lag
        self.referral = f"R{label}"
        self.team = draw.choice(provider.teams) if draw.random() > 0.07 else draw.choice(OUT_OF_SCOPE_TEAMS)
        self.steps: list[Step] = []
        self.records = 0
        self.local = 0

    def journey(self, person: Person) -> list[Step]:
        """All steps: who it is, the referral, and one of the ways that care goes."""
        self.add(0, "person", "", person.facts, nhs_known=not self.happens(0.01))
        self.refer(0.001, self.entry_lag)
        course = self.draw.choices((self.reject, self.give_up, self.unseen, self.help), (7, 8, 10, 75))[0]
        course()
        if self.happens(0.015):
            self.add(self.draw.uniform(5, 80), "person", "", {"local_authority": WALES})
        if self.happens(0.02):
            self.add(self.draw.uniform(3, 60), "stay", self.name("S"), {"referral_id": self.referral}, "admitted_on")
        if self.happens(0.01):
            death = self.draw.uniform(20, 120)
            self.steps = [step for step in self.steps if step.after < death]
            self.add(death, "person", "", {}, "death_date")
        return self.steps

    def add(
        self, after: float, kind: str, record_id: str, change: Mapping[str, object], *dates: str, lag: int = 0, nhs_known: bool = True
    ) -> None:
        self.steps.append(Step(after, kind, record_id, change, dates, lag, local=self.local, nhs_known=nhs_known))

    def happens(self, share: float) -> bool:
        return self.draw.random() < share

    def name(self, letter: str) -> str:
        self.records += 1
        return f"{letter}{self.label}-{self.records}"

    def teams(self, *types: str) -> list[dict[str, str]]:
        pathways = {kind: {"dedicated_pathway": PATHWAYS[kind]} for kind in types if kind in PATHWAYS}
        return [{"team": f"T-{kind}", "team_type": kind, **pathways.get(kind, {})} for kind in types]

    def refer(self, after: float, lag: int = 0, *, nhs_known: bool = True) -> None:
        source, reason = self.draw.choice(("A1", "A1", "B1", "H2")), self.draw.choice(("02", "03", "04", "05", "12", "14"))
        facts = {"teams": self.teams(self.team), "source": source, "reason": reason, "priority": self.draw.choice("2333")}
        self.add(after, "referral", self.referral, facts, "received_on", lag=lag, nhs_known=nhs_known)

    def reject(self) -> None:
        self.add(self.draw.uniform(1, 12), "referral", self.referral, {"reject_reason": self.draw.choice(("02", "03"))}, "rejected_on")

    def give_up(self) -> None:
        """Missed contacts, then closed without help."""
        for week in range(1, self.draw.randint(2, 4)):
            self.contact(week * 8, self.draw.choice("33243"))
        self.add(40 + self.draw.uniform(0, 20), "referral", self.referral, {"close_reason": "05"}, "closed_on")

    def unseen(self) -> None:
        """Still waiting for a first contact: at most one was missed, cancelled, or was an e-mail."""
        if self.happens(0.5):
            self.contact(self.draw.uniform(7, 30), self.draw.choice("234"))
        elif self.happens(0.5):
            self.contact(self.draw.uniform(2, 20), "5", INDIRECT)

    def contact(self, after: float, attendance: str, media: tuple[str, ...] = DIRECT) -> str:
        """A contact: sometimes booked ahead, entered late, entered wrongly and corrected, or entered twice and one voided."""
        contact_id, medium = self.name("C"), self.draw.choice(media)
        facts = {"referral_id": self.referral, "medium": medium, "team_type": self.team}
        if self.happens(0.3):
            ahead = self.draw.randint(2, 6)
            self.add(max(0.01, after - ahead), "contact", contact_id, facts, "on", lag=-ahead)
        late = self.draw.randint(3, 20) if self.happens(0.06) and after > 21 else 0
        first = "3" if self.happens(0.03) else attendance
        self.add(after, "contact", contact_id, {**facts, "attendance": first}, "on", lag=late)
        if first != attendance:
            self.add(after + 1.2, "contact", contact_id, {"attendance": attendance})
        if self.happens(0.02):
            twice = self.name("C")
            self.add(after + 0.01, "contact", twice, {**facts, "attendance": attendance}, "on", lag=late)
            self.steps.append(Step(after + 2, "contact", twice, {}, voided=True, local=self.local))
        return contact_id

    def help(self) -> None:
        """Seen: the four components as they come, or fail to come, then more contacts, and in the end often a discharge."""
        seen = min(self.draw.gammavariate(2.0, 11.0) + 0.5, 100)
        if seen > 6 and self.happens(0.2):
            self.contact(seen - 5, self.draw.choice("234"))
        contact_id = self.contact(seen, self.draw.choice("5556"))
        with_contact = {"referral_id": self.referral, "contact_id": contact_id}
        self.assess(seen, with_contact)
        self.score(seen, with_contact)
        self.treat(seen)
        again = seen
        for _ in range(self.draw.randint(0, 4)):
            again += self.draw.uniform(6, 15)
            self.contact(again, self.draw.choice("555563"))
        if self.happens(0.35):
            self.leave(again + self.draw.uniform(7, 50))
        elif self.happens(0.05):
            types = (self.team, "A08" if self.team == "A06" else "A06")
            self.add(again + 1, "referral", self.referral, {"teams": self.teams(*types)})

    def assess(self, seen: float, with_contact: Mapping[str, object]) -> None:
        code = self.draw.choice(ASSESSMENTS)
        if self.happens(0.03):
            self.add(seen + 0.02, "assessment", self.name("A"), {**with_contact, "code": f"{code}:{REFUSED}"}, "on")
        if self.happens(0.06):
            self.add(
                seen + 0.03,
                "assessment",
                self.name("A"),
                {**with_contact, "code": self.draw.choice((CONSULTATION, ENDED_ASSESSMENT))},
                "on",
            )
        elif self.happens(0.86):
            self.add(seen + 0.03, "assessment", self.name("A"), {**with_contact, "code": code}, "on")

    def score(self, seen: float, with_contact: Mapping[str, object]) -> None:
        if self.happens(0.04):
            self.add(seen + 0.04, "score", self.name("O"), {**with_contact, "code": UNCOUNTED_OUTCOME, "value": 2}, "on")
        elif self.happens(0.72):
            code = self.draw.choice(tuple(OUTCOMES))
            at_contact = self.happens(0.7)
            facts = with_contact if at_contact else {"referral_id": self.referral}
            after = seen + 0.04 if at_contact else seen + self.draw.uniform(2, 15)
            self.add(after, "score", self.name("O"), {**facts, "code": code, "value": self.draw.randint(*OUTCOMES[code])}, "on")

    def treat(self, seen: float) -> None:
        """A care plan (agreed at once, later or never; later updated) and interventions, some of them without a contact."""
        if self.happens(0.6):
            plan, made = self.name("L"), seen + self.draw.uniform(0, 14)
            agreed = {
                "type": "10",
                "agreed_by": self.draw.choice(("person", "family or carer", "clinician")),
                "coproduced": self.happens(0.6),
            }
            if self.happens(0.75):
                self.add(made, "care-plan", plan, agreed, "created_on", "agreed_on")
            else:
                self.add(made, "care-plan", plan, {"type": "10"}, "created_on")
                if self.happens(0.5):
                    self.add(made + self.draw.uniform(3, 20), "care-plan", plan, agreed, "updated_on", "agreed_on")
            if self.happens(0.3):
                self.add(made + self.draw.uniform(21, 50), "care-plan", plan, {}, "updated_on")
        if self.happens(0.5):
            facts = {"referral_id": self.referral, "code": self.draw.choice(INTERVENTIONS)}
            self.add(seen + self.draw.uniform(4, 25), "intervention", self.name("I"), facts, "on")

    def leave(self, after: float) -> None:
        """Discharge; some come back, within five days (one spell) or later (a new one), a few under another local id.

        Where the new local id comes first without the NHS number, the front door has two persons to merge.
        """
        self.add(after, "referral", self.referral, {}, "discharged_on")
        if self.happens(0.25):
            self.referral = f"{self.referral}b"
            self.local = int(self.happens(0.3))
            back = after + self.draw.choice((2, 4.5, 5, 6, 20))
            self.refer(back, nhs_known=not self.local or self.happens(0.5))
            self.contact(back + self.draw.uniform(3, 20), "5")
