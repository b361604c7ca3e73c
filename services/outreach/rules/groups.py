"""The groups of people between whom the shares of complete checks are compared."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from services.outreach.rules.membership import Run
from services.outreach.rules.standing import Standing

NOT_KNOWN = "not known"
BY = ("pcn", "practice", "provider", "ethnicity", "age", "deprivation")
AGES = ((65, "65 and over"), (40, "40 to 64"), (26, "26 to 39"), (18, "18 to 25"), (0, "under 18"))
FIFTHS = ("most deprived fifth", "second fifth", "third fifth", "fourth fifth", "least deprived fifth")


class Groups(NamedTuple):
    """practice -> its PCN; ethnic category -> its group; small area -> its decile of deprivation, 1 the most deprived."""

    pcns: Mapping[str, str]
    ethnic: Mapping[str, str]
    deciles: Mapping[str, int]

    def of(self, by: str, stands: Standing, run: Run, at: date) -> str:
        """The group that somebody belongs to on that day. `by`: one of BY."""
        match by:
            case "pcn":
                found = self.pcns.get(stands.practice or "")
            case "practice":
                found = stands.practice
            case "provider":
                found = run.leading(at).provider
            case "ethnicity":
                found = self.ethnic.get(stands.ethnicity or "")
            case "age":
                found = _age(stands.birth_date, at)
            case _:
                decile = self.deciles.get(stands.lsoa or "")
                found = FIFTHS[(decile - 1) // 2] if decile else None
        return found or NOT_KNOWN


def _age(birth_date: date | None, at: date) -> str | None:
    if birth_date is None:
        return None
    years = at.year - birth_date.year - ((at.month, at.day) < (birth_date.month, birth_date.day))
    return next((words for first, words in AGES if years >= first), None)
