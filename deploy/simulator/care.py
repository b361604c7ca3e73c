"""How care goes: draws one person's journey at one provider from referral to discharge, with everything that happens in real feeds."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from deploy.simulator import shares
from deploy.simulator.community import AREAS, OUT_OF_SCOPE_TEAMS, PATHWAYS, WALES, Person, Provider, postcode, practice
from deploy.simulator.journeys import DAYS_A_YEAR, NOTHING, Chapter, Record
from deploy.simulator.visits import INDIRECT, MINUTE, Visits

CHAPTER = 28.0
REASONS = {"A14": "01", "C10": "12", "A16": "14", "A07": "08"}
SUPPORT = (
    ("debt and benefits advice", shares.DEBT_ADVICE, "XVC01"),
    ("employment", shares.EMPLOYMENT, "XVC02"),
    ("peer support", shares.PEER_SUPPORT, "XVC02"),
    ("community group", shares.OTHER_SUPPORT / 2, "XVC01"),
    ("housing", shares.OTHER_SUPPORT / 4, "XVC01"),
    ("education", shares.OTHER_SUPPORT / 4, "XVC02"),
)


class Course(NamedTuple):
    """What will become of a referral. Days after receipt: first `seen`, `active` until then, closed or discharged at `ends`."""

    kind: str
    seen: float
    active: float
    ends: float


def course(draw: Random) -> Course:
    """Draw one."""
    kind = draw.choices(
        ("rejected", "gave-up", "unseen", "lost", "seen"), (shares.REJECTED, shares.GAVE_UP, shares.UNSEEN, shares.LOST, _SEEN)
    )[0]
    if kind == "rejected":
        return Course(kind, 0, 0, draw.uniform(1, 12))
    if kind == "gave-up":
        return Course(kind, 0, 0, 40 + draw.uniform(0, 25))
    if kind == "unseen":
        return Course(kind, 0, 0, draw.uniform(90, 420))
    if kind == "lost":
        return Course(kind, 0, 0, draw.uniform(400, 1400))
    seen = min(draw.gammavariate(*shares.SEEN_DAYS) + 0.5, 100) + (draw.uniform(30, 150) if draw.random() < shares.SEEN_LATE else 0)
    shortest, longest = draw.choices([days[1:] for days in shares.LENGTHS], [days[0] for days in shares.LENGTHS])[0]
    active = seen + draw.uniform(shortest, longest)
    return Course(kind, seen, active, active + (draw.uniform(200, 900) if draw.random() < shares.DRIFTED else draw.uniform(3, 25)))


_SEEN = 1 - shares.REJECTED - shares.GAVE_UP - shares.UNSEEN - shares.LOST


class Care(Visits):
    """Care on a referral, and on the next one if the person comes back.

    `entry_lag`: days between receipt and entry of the referral; `routine`: how much of the routine contacts is recorded, 1 being all.
    """

    def __init__(
        self, seed: int, provider: Provider, label: str, somebody: Person, quiet: float, first: Course, entry_lag: int, routine: float
    ) -> None:
        super().__init__(seed, provider, label, somebody, quiet)
        self.first, self.entry_lag, self.gap = first, entry_lag, 1 / routine
        self.teams = provider.teams
        self.returns = 0
        self.ends_by: list[tuple[Record, str]] = []
        self.dead = False

    def chapters(self) -> Iterator[Chapter]:
        """Who it is, the referral, and one of the ways that care goes; perhaps once more."""
        self.add(0, self.person, self.somebody.facts, nhs_known=not self.happens(shares.WITHOUT_NHS_NUMBER))
        at, planned, lag = MINUTE, self.first, self.entry_lag
        while True:
            self.refer(at, lag)
            yield from self.follow(at, planned)
            at += planned.ends
            if self.dead or at < self.quiet or planned.kind != "seen" or self.returns > 2 or not self.happens(shares.RETURNS):
                yield self.take(float("inf"))
                return
            back = at + self.draw.choice((2, 4.5, 5, 6, 20, 60, 150))
            yield self.take(back)
            self.come_back(back)
            at, planned, lag = back + MINUTE, course(self.draw), 0

    def refer(self, at: float, lag: int) -> None:
        self.team = self.team_type()
        source = self.draw.choice(("A1", "A1", "B1", "H2"))
        reason = REASONS.get(self.team) or self.draw.choice(("02", "03", "04", "05", "11", "14"))
        facts = {"teams": self.team_list(self.team), "source": source, "reason": reason, "priority": self.draw.choice("2333")}
        dates = {"received_on": lag}
        if self.happens(0.4):
            dates["help_sought_on"] = lag + self.draw.randint(3, 60)
        if self.happens(0.3):
            dates["decided_on"] = lag + self.draw.randint(0, 2)
        self.referral = Record("referral", {"referral_id": f"R{self.label}{'bcd'[self.returns - 1] if self.returns else ''}"})
        self.add(at, self.referral, facts, dates)

    def team_type(self) -> str:
        young = self.somebody.age < 26
        if self.happens(shares.OUT_OF_SCOPE):
            return "A14" if young else "A07" if self.somebody.age >= 65 else self.draw.choice(OUT_OF_SCOPE_TEAMS)
        if "C10" in self.teams and self.happens(0.25 if young else 0.02):
            return "C10"
        return self.draw.choice([team for team in self.teams if team != "C10"])

    def team_list(self, *types: str) -> list[dict[str, str]]:
        return [
            {"team": f"T-{kind}", "team_type": kind, **({"dedicated_pathway": PATHWAYS[kind]} if kind in PATHWAYS else {})}
            for kind in types
        ]

    def come_back(self, at: float) -> None:
        """Under the same local id, or as if new: a second local id without the NHS number, which the front door or the sender merges."""
        self.returns += 1
        if not self.happens(shares.SECOND_LOCAL_ID):
            return
        former, self.local = self.local, self.local + 1
        by_sender = self.happens(shares.MERGED_BY_SENDER)
        self.person = Record("person", dict(self.person.data))
        self.add(at, self.person, nhs_known=False)
        if by_sender:
            merge = self.new("merge", "M", **{"from": self.local_id(self.local), "into": self.local_id(former)})
            self.add(at + self.draw.uniform(3, 60), merge, local=former)  # sent for the person whose id stays
            if self.happens(shares.UNMERGED):
                self.add(at + self.draw.uniform(61, 90), merge, voided=True, local=former)

    def follow(self, at: float, planned: Course) -> Iterator[Chapter]:
        """The chapters of one referral received at `at`."""
        end = at + planned.ends
        if planned.kind == "rejected":
            self.add(end, self.referral, {"reject_reason": self.draw.choice(("02", "02", "03", "01"))}, {"rejected_on": 0})
        elif planned.kind == "gave-up":
            for week in range(1, self.draw.randint(2, 4)):
                self.contact(at + week * 8, self.draw.choice("33243"))
            self.add(end, self.referral, {"close_reason": "05"}, {"closed_on": 0})
        elif planned.kind == "seen":
            yield from self.seen(at, planned)
        else:
            if self.happens(0.5):
                self.contact(at + self.draw.uniform(7, 30), self.draw.choice("234"))
            elif self.happens(0.5):
                self.contact(at + self.draw.uniform(2, 20), "5", INDIRECT)
            self.add(end, self.referral, {"close_reason": self.draw.choice(("05", "07", "09"))}, {"closed_on": 0})
        yield self.take(end)

    def seen(self, at: float, planned: Course) -> Iterator[Chapter]:
        """Accepted, seen, helped month by month, in the end discharged."""
        self.begins()
        first = min(at + planned.seen * (shares.DEPRIVED_SLOWER if self.somebody.deprived else 1.0), at + planned.active - 1)
        accepted = at + self.draw.uniform(0.5, 6)
        if accepted < first:
            self.add(accepted, self.referral, dates={"accepted_on": 0})
        if planned.seen > 8 and self.happens(0.2):
            self.contact(first - 6, self.draw.choice("234"))
        self.first_visit(first)
        self.joined_up(first)
        month, last = first, at + planned.active
        visit = first + self.until_next(0)
        while month < last and not self.dead:
            month += CHAPTER
            while visit < min(month, last):
                self.visit(visit)
                visit += self.until_next(visit - first)
            yield self.changes(month - CHAPTER, month)
        if not self.dead:
            yield self.take(at + planned.ends)
            self.leave(at + planned.ends)

    def until_next(self, since: float) -> float:
        """Days to the next contact, so long after the first."""
        shortest, longest = (3.5, 8.5) if since < 120 else (5, 11) if since < 400 else (9, 24)
        return self.gap * (shortest + (longest - shortest) * self.draw.random())

    def joined_up(self, at: float) -> None:
        """Who coordinates, and help of the VCSE."""
        self.ends_by = []
        if self.team == "A14" or self.happens(0.6):
            role = "care coordinator" if self.team == "A14" or self.happens(0.5) else "key worker"
            worker = self.new("assignment", "K", referral_id=self.referral.data["referral_id"], role=role, team_type=self.team)
            self.add(at + self.draw.uniform(0.1, 12), worker, dates={"from": 0})
            self.ends_by.append((worker, "to"))
        for kind, share, charity in SUPPORT:
            if self.happens(share):
                helped = self.new("support", "V", referral_id=self.referral.data["referral_id"], kind=kind, given_by=charity)
                begun = at + self.draw.uniform(5, 60)
                self.add(begun, helped, dates={"first_on": 0})
                outcome = {"outcome": "job started"} if kind == "employment" and self.happens(0.3) else NOTHING
                self.add(begun + self.draw.uniform(20, 120), helped, outcome, {"last_on": 0})

    def changes(self, since: float, until: float) -> Chapter:
        """What else a month may bring: a review, another team, a stay, a pause, a move, a death. Returns the month."""
        in_a_year = DAYS_A_YEAR / (until - since)
        when = self.draw.uniform(since, until)
        if self.happens(0.08):
            self.review(when)
        if self.happens(0.01):
            self.add(when, self.referral, {"teams": self.team_list(self.team, "A08" if self.team == "A06" else "A06")})
        if self.happens(shares.ADMITTED_A_YEAR / in_a_year):
            days = self.draw.randint(6, 60)
            stay = self.new("stay", "S", referral_id=self.referral.data["referral_id"])
            self.add(when, stay, dates={"admitted_on": 0})
            self.add(when + days, stay, dates={"discharged_on": 0})
        if self.happens(shares.PAUSED / in_a_year):
            pause = self.new(
                "pause",
                "U",
                referral_id=self.referral.data["referral_id"],
                reason=self.draw.choice(("person asked to wait", "unable to contact")),
            )
            self.add(when, pause, dates={"from": 0})
            self.add(when + self.draw.uniform(7, 40), pause, dates={"to": 0})
        if self.happens(shares.MOVES_A_YEAR / in_a_year):
            self.move(when)
        if self.happens(shares.DIES_A_YEAR / in_a_year):
            self.dead = True
            month = self.take(since, when)
            self.add(when, self.person, dates={"death_date": 0})
            if self.happens(0.8):
                self.add(when + self.draw.uniform(1, 14), self.referral, {"close_reason": "06"}, {"closed_on": 0})
            return Chapter(until, month.steps + self.take(until).steps)
        return self.take(until)

    def move(self, at: float) -> None:
        """To another neighbourhood and its practice, or out of England."""
        if self.happens(shares.MOVES_AWAY):
            self.add(at, self.person, {"local_authority": WALES})
            return
        area, half = self.draw.choice(AREAS), self.draw.randint(1, 2)
        self.add(at, self.person, {"practice": practice(area, half)}, details={"postcode": postcode(area, half)})

    def leave(self, at: float) -> None:
        for record, until in self.ends_by:
            self.add(at - MINUTE, record, dates={until: 0})
        self.add(at, self.referral, {"close_reason": "02"} if self.happens(0.5) else NOTHING, {"discharged_on": 0})
