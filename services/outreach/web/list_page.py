"""The facts of the worklist: a page of people, how many there are, and the ways on."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from services.outreach.store import worklist
from services.outreach.store.seeing import Seeing
from services.outreach.store.worklist import Place
from services.outreach.web import words
from services.outreach.web.desk import Desk, may_act
from services.outreach.web.filters import Listing, Narrowing, Worklist
from services.outreach.web.models import facts
from shared import clock as wall
from shared.web.formats import counted, day
from shared.web.people import Person

ROWS = 50
PATH = "/health-checks/list"


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters can be: name by code."""

    providers: dict[str, str]
    owners: dict[str, str]
    practices: dict[str, str]
    pcns: dict[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One person: the facts of models.OnRegister, and what the page adds to them."""

    person: dict[str, Any]
    due: str
    past: bool
    next_step: str
    wants: str
    may_act: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    at: date
    filters: Worklist
    choices: Choices
    total: int
    first: int  # number of the first row shown, 0 when there is none
    rows: list[Row]
    onward: Place | None

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1 if self.rows else 0

    @property
    def title(self) -> str:
        """What these people have in common."""
        return ", ".join(_parts(self.filters, self.choices))

    @property
    def groups(self) -> list[tuple[str, str]]:
        """Of ethnicity, as a filter offers them."""
        return [(name, name) for name in words.GROUPS]

    @property
    def tried(self) -> list[tuple[str, str]]:
        """Channels of attempts, as a filter offers them."""
        return [(words.ANY, "any way"), *words.CHANNELS.items()]

    @property
    def more_filters(self) -> bool:
        """Whether one of the less used filters is on."""
        rare = ("ethnicity", "age", "deprivation", "finding", "follow_up", "vaccine", "tried")
        return any(getattr(self.filters, name) is not None for name in rare)

    @property
    def next_link(self) -> str | None:
        return self.filters.to(PATH, after=self.filters.onward(self.onward)) if self.onward else None


def _parts(filters: Worklist, chosen: Choices) -> list[str]:
    state = filters.state or ("everyone" if filters.search else "register")
    said = [words.STATES[state]]
    said += [chosen.practices.get(filters.practice, filters.practice)] if filters.practice else []
    said += [chosen.pcns.get(filters.pcn, filters.pcn)] if filters.pcn else []
    said += [f"responsible: {chosen.owners.get(filters.owner, filters.owner)}"] if filters.owner else []
    said += [f"missing: {' and '.join(words.SHORT[name] for name in filters.missing.split(','))}"] if filters.missing else []
    about = [words.SCHEDULES[filters.schedule]] if filters.schedule else []
    about += [words.FINDINGS[filters.finding]] if filters.finding else []
    said += [f"{' of '.join(about) or 'something'} {words.STATUSES[filters.status]}"] if filters.status else []
    said += [f"{' of '.join(about) or 'something'} to be done"] if about and not filters.status and not filters.follow_up else []
    said += (
        [f"follow-up {'of ' + about[-1] + ' ' if filters.finding else ''}{words.FOLLOW_UPS[filters.follow_up]}"]
        if filters.follow_up
        else []
    )
    said += [filters.ethnicity] if filters.ethnicity else []
    said += [f"aged {words.AGES[filters.age]}"] if filters.age is not None else []
    said += [f"{words.FIFTHS[filters.deprivation]} of areas"] if filters.deprivation is not None else []
    said += [f"next step by {day(filters.next_by)}"] if filters.next_by else []
    said += [f"last result: {words.RESULTS[filters.result].lower()}"] if filters.result else []
    said += [f"given {words.VACCINES[filters.vaccine]} this season"] if filters.vaccine else []
    said += [f"tried by {words.CHANNELS.get(filters.tried, 'any way')} in 12 months"] if filters.tried else []
    came = "came" if filters.came else "did not come"
    said += [f"{came} within 15 days of an attempt"] if filters.came is not None else []
    said += [f"pseudonym {filters.search!r}"] if filters.search else []
    return said


async def choices(desk: Desk, seen: Seeing, at: date, filters: Narrowing) -> Choices:
    """What the filters can be among the people whom the reader sees; what is chosen stays a choice."""
    found = await worklist.choices(desk.pool, seen, at)
    lists = {
        name: codes | ({chosen} if chosen else set())
        for name, codes, chosen in zip(found._fields, found, (filters.owner, filters.practice, filters.pcn), strict=True)
    }
    providers = seen.own | seen.owners
    named = await worklist.names(desk.pool, sorted(providers.union(*lists.values())))
    return Choices(
        {code: name for code, name in named.items() if code in providers},
        *({code: name for code, name in named.items() if code in lists[part]} for part in ("owners", "practices", "pcns")),
    )


async def list_page(desk: Desk, person: Person, filters: Listing) -> ListPage:
    """Read one page of the list. Raises FieldError for a filter that `person` cannot use."""
    at, seen = wall.today(), await desk.seeing(person)
    question, place = filters.question(seen, at), filters.place()
    total, found, onward = await worklist.listed(desk.pool, question, filters.sort, place, ROWS)
    shown = filters if isinstance(filters, Worklist) else Worklist.model_validate(filters.model_dump())
    rows = [row(one, at, may=may_act(person, seen, one["owner"])) for one in found]
    return ListPage(at, shown, await choices(desk, seen, at, filters), total, (place.rows if place else 0) + 1 if rows else 0, rows, onward)


def row(found: Any, at: date, *, may: bool) -> Row:
    """One person of the query `people` in words."""
    return Row(
        facts(found), due(found["due_on"], at), bool(found["due_on"] and found["due_on"] < at), next_step(found, at), wants(found), may
    )


def due(on: date | None, at: date) -> str:
    """How the earliest thing to be done stands."""
    if on is None:
        return "nothing to be done"
    days = (on - at).days
    if days == 0:
        return "due today"
    return f"overdue by {counted(-days, 'day')}" if days < 0 else f"due in {counted(days, 'day')}"


def next_step(found: Any, at: date) -> str:
    """What comes next, in words; nothing where nobody may be contacted."""
    if found["contact_stopped"] not in {None, "opted out"}:
        return f"none: {words.STOPPED.get(found['contact_stopped'], found['contact_stopped'])}"
    if found["next_on"] is None:
        return "none"
    when = "now" if found["next_on"] <= at else f"from {day(found['next_on'])}"
    return f"{words.CHANNELS.get(found['next_channel'], 'the team decides')} {when}"


def wants(found: Any) -> str:
    """How the person wants to be reached."""
    parts = [*(words.CHANNELS.get(name, name) for name in found["channels"]), *found["formats"]]
    return ", ".join([*parts, *([f"language {found['language']}"] if found["language"] else [])])
