"""A person who comes to the VCSE's open-access groups: contacts without a referral, and the help given there."""

from collections.abc import Iterator

from deploy.simulator import shares
from deploy.simulator.journeys import Chapter, Journey

KINDS = ("community group", "peer support", "debt and benefits advice", "housing")


class Visitor(Journey):
    """Comes once or for some months."""

    def chapters(self) -> Iterator[Chapter]:
        """All in one: it is short."""
        self.add(0, self.person, self.somebody.facts, nhs_known=not self.happens(0.3))  # open doors do not ask for a number
        visits, at = self.draw.choice((1, 1, 2, 4, 8, 12)), 0.01
        for _ in range(visits):
            visit = self.new("contact", "C", direct_access=True, medium=self.draw.choice(("01", "01", "02")), attendance="5")
            self.add(at, visit, dates={"on": 3 if self.happens(shares.ENTERED_LATE) else 0})
            at += self.draw.uniform(6, 15)
        if visits > 1:
            helped = self.new("support", "V", kind=self.draw.choice(KINDS), given_by=self.provider)
            self.add(at / 2, helped, dates={"first_on": 0})
            self.add(at, helped, dates={"last_on": 0})
        yield self.take(float("inf"))
