"""A person on the SMI register of a practice: years of physical health checks, and what follows from them."""

from collections.abc import Iterator
from typing import Any

from deploy.simulator import shares
from deploy.simulator.community import AREAS, FEDERATION, TRUST, WALES, Person, postcode, practice
from deploy.simulator.journeys import DAYS_A_YEAR, Chapter, Journey, Record

CONDITIONS = (("schizophrenia", 0.46), ("bipolar affective disorder", 0.36), ("other psychosis", 0.18))
ELEMENTS = ("blood pressure", "bmi", "blood glucose", "blood lipids", "smoking", "alcohol")
"""The six of the annual check."""
AUTUMN = (270.0, 345.0)
"""Days of the year between which influenza vaccination is offered."""
MONITORED_DAYS = 28


class Register(Journey):
    """The person comes onto the register at the journey's beginning; `began` is its planned time.

    Every year brings a check about the same day, for some only parts of it, for some none.
    """

    def __init__(self, seed: int, provider: str, label: str, somebody: Person, quiet: float, began: float) -> None:
        super().__init__(seed, provider, label, somebody, quiet)
        self.began = began
        self.smokes = self.happens(0.4)
        self.weight = self.draw.gauss(82, 14)
        self.clozapine = False

    def chapters(self) -> Iterator[Chapter]:
        """Entry, then year by year until the person leaves the register or dies."""
        entry = self.enter()
        yield self.take(self.quiet)
        leaves = self.quiet + self.draw.expovariate(shares.LEAVES_A_YEAR / DAYS_A_YEAR)
        dies = self.quiet + self.draw.expovariate(shares.DIES_ON_REGISTER_A_YEAR / DAYS_A_YEAR)
        end, now, birthday = min(leaves, dies), max(self.quiet, 1.0), self.draw.uniform(0, DAYS_A_YEAR)
        while now < end:
            self.check(self.next(now, birthday) + self.draw.uniform(0, 14))
            self.vaccinate(now)
            if self.happens(shares.MOVES_ON_REGISTER_A_YEAR):
                self.move(now + self.draw.uniform(0, DAYS_A_YEAR), entry)
            if self.clozapine:
                self.monitor(now)
            now += DAYS_A_YEAR
            yield self.take(now, end)
        if dies < leaves:
            self.add(end, self.person, dates={"death_date": 0})
        else:
            self.add(end, entry, dates={self.draw.choice(("left_on", "left_on", "remission_on")): 0})
        yield self.take(float("inf"))

    def vaccinate(self, now: float) -> None:
        """This autumn's; who has both has them together."""
        on = self.next(now, self.draw.uniform(*AUTUMN))
        for kind, share in (("influenza", shares.VACCINATED), ("covid-19", shares.COVID_VACCINATED)):
            if self.happens(share):
                status = "given" if self.happens(0.85) else "declined"
                self.add(on, self.new("vaccination", "X", kind=kind, status=status), dates={"on": 0})

    def move(self, at: float, entry: Record) -> None:
        """To another neighbourhood and its practice, which keeps the entry, or out of England."""
        if self.happens(shares.MOVES_AWAY):
            self.add(at, self.person, {"local_authority": WALES})
            return
        area, half = self.draw.choice(AREAS), self.draw.randint(1, 2)
        self.add(at, self.person, {"practice": practice(area, half)}, details={"postcode": postcode(area, half)})
        self.add(at + 0.01, entry, {"practice": practice(area, half)})

    def next(self, now: float, day_of_year: float) -> float:
        """When this day of the year comes next, in days after the journey's beginning."""
        return now + (day_of_year - self.began - now) % DAYS_A_YEAR

    def enter(self) -> Record:
        """Who it is, the entry, medicines, and how the person wants to be told."""
        condition = self.draw.choices([name for name, _ in CONDITIONS], [share for _, share in CONDITIONS])[0]
        by_trust = self.happens(0.25)
        language = {"language": self.draw.choice(("pl", "ur", "zh", "ro"))} if self.happens(shares.OTHER_LANGUAGE) else {}
        self.add(0, self.person, self.somebody.facts | language)
        if wishes := dict(self.wishes()):
            self.add(0.01, Record("preference", wishes))
        practice = self.somebody.facts["practice"]
        entry = self.new("register", "G", condition=condition, practice=practice, responsible=_responsible(practice, by_trust=by_trust))
        self.add(0.02, entry, dates={"entered_on": 0})
        if self.happens(shares.ANTIPSYCHOTIC):
            self.add(0.03, self.new("medication", "D", kind="antipsychotic"), dates={"started_on": self.draw.randint(0, 400)})
        if self.happens(shares.CLOZAPINE):
            self.clozapine = True
            self.add(0.04, self.new("medication", "D", kind="clozapine"), dates={"started_on": self.draw.randint(0, 200)})
            self.add(0.05, self.new("monitoring", "N", kind="clozapine", every_days=MONITORED_DAYS), dates={"from": 0})
        return entry

    def wishes(self) -> Iterator[tuple[str, Any]]:
        """How the person wants to be reached, or not; most say nothing."""
        if self.happens(shares.PREFERS):
            yield "channels", self.draw.sample(("letter", "text", "call", "email"), 2)
        if self.happens(shares.EASY_READ):
            yield "formats", ["easy read"]
        if self.happens(shares.OPTED_OUT):
            yield "opt_out", True
        if self.happens(shares.RESTRICTED):
            yield "restricted", True
        if self.happens(shares.QUIET):
            yield "quiet_hours", {"from": "20:00:00", "to": "10:00:00"}

    def monitor(self, now: float) -> None:
        """A year of blood counts; one in ten is missed."""
        for month in range(13):
            if self.happens(0.9):
                cells, part = round(self.draw.uniform(4, 11), 1), self.draw.uniform(0.4, 0.75)
                readings = [_value("white cells", cells, "10*9/L"), _value("neutrophils", round(part * cells, 1), "10*9/L")]
                self.element(now + month * MONITORED_DAYS + self.draw.uniform(0, 3), "blood count", readings)

    def check(self, at: float) -> None:
        """The annual check: whole on a day or two, in part, or not at all."""
        draw = self.draw.random() / (shares.DEPRIVED_CHECKED if self.somebody.deprived else 1.0)
        if draw < shares.CHECKED:
            elements: tuple[str, ...] = ELEMENTS
        elif draw < shares.CHECKED + shares.PARTLY_CHECKED:
            elements = tuple(self.draw.sample(ELEMENTS, self.draw.randint(1, 5)))
        else:
            return
        later = self.draw.uniform(3, 40) if self.happens(0.4) else 0.0
        for place, element in enumerate(elements):
            blood = element in {"blood glucose", "blood lipids"}
            when = at + 0.003 * place + (later if blood else 0)
            draw = self.draw.random()
            if draw < shares.DECLINED:
                self.element(when, element, [], "declined")
            elif draw < shares.DECLINED + shares.UNSUITABLE:
                self.element(when, element, [], "unsuitable")
            else:
                readings, finding = self.measure(element)
                self.element(when, element, readings)
                if finding and self.happens(shares.FOLLOWED_UP):
                    self.follow_up(when, *finding)
        if self.happens(0.5):
            self.element(at + 0.02, "weight", [_value("weight", round(self.weight, 1), "kg")])

    def element(self, at: float, element: str, readings: list[dict[str, Any]], status: str = "recorded") -> None:
        facts = {"element": element, "status": status, "setting": self.draw.choice(("practice", "practice", "practice", "community"))}
        self.add(at, self.new("health-check", "H", **facts, **({"readings": readings} if readings else {})), dates={"on": 0})

    def measure(self, element: str) -> tuple[list[dict[str, Any]], tuple[str, str] | None]:
        """The readings of an element, and (what is done, finding) where they lie past the threshold of the Lester tool."""
        gauss = self.draw.gauss
        if element == "blood pressure":
            systolic, diastolic = round(gauss(128, 15)), round(gauss(79, 9))
            systolic = max(systolic, diastolic + 15)
            high = systolic > 140 or diastolic > 90
            readings = [_value("systolic", systolic, "mmHg"), _value("diastolic", diastolic, "mmHg")]
            return readings, ("hypertension", element) if high else None
        if element == "bmi":
            self.weight = max(self.weight + gauss(0.5, 3), 40.0)
            bmi = round(self.weight / 2.9, 1)
            return [_value("bmi", bmi, "kg/m2")], ("diet and activity", element) if bmi >= 25 else None
        if element == "blood glucose":
            hba1c = round(min(max(gauss(37, 7), 22), 120))
            return [_value("hba1c", hba1c, "mmol/mol")], ("glucose", "glucose") if hba1c >= 42 else None
        if element == "blood lipids":
            total = round(min(max(gauss(5.0, 1.0), 2.2), 11), 1)
            readings = [_value("total cholesterol", total, "mmol/L"), _value("hdl cholesterol", round(total * 0.26, 1), "mmol/L")]
            return readings, ("lipids", "lipids") if total > 6.0 else None
        if element == "smoking":
            status = "current" if self.smokes else self.draw.choice(("former", "never"))
            return [{"name": "smoking status", "value": status}], ("stop smoking", "smoking") if self.smokes else None
        score = self.draw.choice((0, 0, 1, 2, 3, 3, 4, 5, 7))
        return [{"name": "audit-c", "value": score}], ("alcohol brief intervention", "alcohol") if score >= 5 else None

    def follow_up(self, at: float, kind: str, finding: str) -> None:
        """Offered, then declined, or started and attended."""
        record = self.new("physical-intervention", "Y", kind=kind, finding=finding)
        self.add(at + self.draw.uniform(0.01, 30), record, {"status": "offered"}, {"on": 0})
        after = at + self.draw.uniform(31, 60)
        if self.happens(0.3):
            self.add(after, record, {"status": "declined"}, {"on": 0})
        elif self.happens(0.6):
            self.add(after, record, {"status": self.draw.choice(("started", "attended", "completed"))}, {"on": 0})


def _responsible(practice: str, *, by_trust: bool) -> str:
    """Who does the checks: the trust; else, in Eastside, the federation of its practices, and in Westside each practice itself."""
    return TRUST.ods if by_trust else FEDERATION.ods if practice[2:4] > "03" else "practice"


def _value(name: str, value: float, unit: str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit}
