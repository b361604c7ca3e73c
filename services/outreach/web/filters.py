"""The filters of the health-check pages, their API and CSV: one set of names, read from the address and written back into it."""

from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import Field, StringConstraints

from services.outreach.store.seeing import Seeing
from services.outreach.store.worklist import Place, Question
from services.outreach.web import words
from shared.web.errors import FieldError
from shared.web.filters import Address, known
from shared.web.tables import cursor, place

State = Literal["register", "complete", "answered", "incomplete", "hidden", "no-contact", "left", "everyone"]
Status = Literal["due-soon", "due", "overdue"]
FollowUp = Literal["open", "opened", "done", "declined"]
Sort = Literal["due", "next", "missing", "last-attempt", "practice"]
Vaccine = Literal["influenza", "covid-19"]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{3,10}$")]


class Narrowing(Address):
    """Which part of what the reader may see."""

    provider: Annotated[str | None, Field(description="ODS code of one who holds an entry or a task, or who is responsible")] = None
    owner: Annotated[Code | None, Field(description="ODS code of the trust or practice that is responsible")] = None
    pcn: Annotated[Code | None, Field(description="primary care network")] = None
    practice: Annotated[Code | None, Field(description="GP practice")] = None

    def question(self, seeing: Seeing, at: date, state: str | None = "register") -> Question:
        """What this asks of the store. Raises FieldError for a provider whom the reader does not see."""
        known("provider", self.provider, seeing.own | seeing.owners)
        return Question(seeing, at, self.provider, self.owner, self.practice, self.pcn, state)

    def narrowed(self) -> "Narrowing":
        """This part, whatever else is asked."""
        return Narrowing(provider=self.provider, owner=self.owner, pcn=self.pcn, practice=self.practice)

    def on(self) -> int:
        """How many filters narrow the view."""
        return sum(value is not None for value in (self.provider, self.owner, self.pcn, self.practice))


class Filters(Narrowing):
    """Which people. With neither a state nor a search it is the register; a search alone looks at everyone."""

    state: State | None = None
    missing: Annotated[str | None, Field(description=f"these elements, and maybe more, are missing; of {', '.join(words.ELEMENTS)}")] = None
    status: Annotated[Status | None, Field(description="something to be done for them is so; of this schedule or finding, where given")] = (
        None
    )
    schedule: Annotated[str | None, Field(description=f"something of this schedule is to be done; of {', '.join(words.SCHEDULES)}")] = None
    finding: Annotated[str | None, Field(description=f"a follow-up of this finding; of {', '.join(words.FINDINGS)}")] = None
    follow_up: Annotated[FollowUp | None, Field(description="a follow-up is open, or was opened, done, declined in 12 months")] = None
    ethnicity: Annotated[str | None, Field(description=f"group of ethnic categories; of {', '.join(words.GROUPS)}")] = None
    age: Annotated[int | None, Field(description="first year of the age band; of 18, 26, 40, 65, 0 (under 18), -1 (not known)")] = None
    deprivation: Annotated[int | None, Field(ge=0, le=5, description="fifth of deprivation, 1 the most deprived; 0: not known")] = None
    next_by: Annotated[date | None, Field(description="the next attempt is due on this day or before")] = None
    result: Annotated[str | None, Field(description=f"result of the last attempt; of {', '.join(words.RESULTS)}")] = None
    vaccine: Annotated[Vaccine | None, Field(description="given since the last 1 September")] = None
    tried: Annotated[str | None, Field(description=f"an attempt in the last 12 months was by; of any, {', '.join(words.CHANNELS)}")] = None
    came: Annotated[bool | None, Field(description="an element was recorded within 15 days of an attempt of the last 12 months")] = None
    search: Annotated[
        Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] | None, Field(description="beginning of a pseudonym")
    ] = None

    def question(self, seeing: Seeing, at: date, state: str | None = None) -> Question:
        """Raises FieldError for a value outside a closed list."""
        where = super().question(seeing, at, state or self.state or ("everyone" if self.search else "register"))
        missing = None if self.missing is None else tuple(self.missing.split(","))
        for element in missing or ():
            known("missing", element, words.ELEMENTS)
        known("schedule", self.schedule, words.SCHEDULES)
        known("finding", self.finding, words.FINDINGS)
        known("ethnicity", self.ethnicity, words.GROUPS)
        known("result", self.result, words.RESULTS)
        known("tried", self.tried, [words.ANY, *words.CHANNELS])
        if self.age is not None and self.age not in words.AGES:
            raise FieldError.unknown("age", str(self.age), [str(age) for age in words.AGES])
        return where._replace(
            missing=missing, status=self.status, schedule=self.schedule, finding=self.finding, follow_up=self.follow_up,
            ethnicity=self.ethnicity, age=self.age, deprivation=self.deprivation, next_by=self.next_by, search=self.search,
            result=self.result, vaccine=self.vaccine, tried=self.tried, came=self.came,
        )  # fmt: skip

    def on(self) -> int:
        return sum(
            value is not None for name, value in self.model_dump(exclude={"sort", "after", "record", "saved"}).items() if name != "state"
        )


class Listing(Filters):
    """A sorted list of people, and where to go on in it."""

    sort: Sort = "due"
    after: Annotated[str | None, Field(description="where to go on: `next` of the page before")] = None

    def place(self) -> Place | None:
        """Raises FieldError when `after` is not a cursor of such a list."""
        return None if self.after is None else Place(*place("after", self.after, (str, str, str, int), dated=1))

    def onward(self, found: Place | None) -> str | None:
        """The cursor of the next page."""
        return cursor(found) if found else None


class Worklist(Listing):
    """The list as a page: `record` opens the form of one person's row, `saved` tells what was entered just now."""

    record: Annotated[str | None, Field(max_length=64)] = None
    saved: Annotated[str | None, Field(max_length=64)] = None

    def to(self, path: str, **changes: object) -> str:
        """The open form and what was saved belong to one view of the page: no other address has them."""
        return super().to(path, **{"record": None, "saved": None} | changes)


assert set(get_args(State)) == set(words.STATES)  # noqa: S101  # pydantic wants the list written out
