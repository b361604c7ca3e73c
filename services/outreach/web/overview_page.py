"""The facts of the overview: numbers with the lists behind them, in the words and pictures that the template shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from services.outreach.store.overview import Effect, FollowUp, Group, Month, Overview, Target, overview
from services.outreach.web import words
from services.outreach.web.desk import Desk
from services.outreach.web.filters import Filters, Narrowing
from services.outreach.web.list_page import PATH, Choices, choices
from shared import clock as wall
from shared.web.formats import number
from shared.web.people import Person
from shared.web.xmr_picture import VARIATIONS, Picture, picture
from shared.xmr import Better, Chart, Period, Value, xmr

SIZE = 620, 180
TRAITS = {"pcn": "PCN", "practice": "Practice", "ethnicity": "Ethnicity", "age": "Age", "deprivation": "Deprivation of the area"}


class Card(NamedTuple):
    number: str
    words: str
    link: str
    note: str


class Part(NamedTuple):
    """One group of people: on the register, complete, and the links behind both."""

    name: str
    people: int
    complete: int
    people_link: str
    complete_link: str

    @property
    def share(self) -> float:
        return 100 * self.complete / self.people


class Link(NamedTuple):
    people: int
    words: str
    link: str


class Answers(NamedTuple):
    name: str
    counts: list[tuple[int, str]]  # people, link: open, opened, done, declined
    median_days: float | None


class Tried(NamedTuple):
    """People tried and how many came; first-time attenders among them. Links where a list says the same."""

    name: str
    effect: Effect
    tried_link: str
    came_link: str


@dataclass(frozen=True, slots=True)
class Trend:
    """As shared xmr.html draws it."""

    title: str
    percent: bool
    chart: Chart
    picture: Picture | None
    variation: str | None
    rows: list[tuple[Value, Month]]  # the latest first


@dataclass(frozen=True, slots=True)
class OverviewPage:
    at: date
    filters: Narrowing
    choices: Choices
    counts: Overview
    cards: list[Card]
    groups: list[tuple[str, str, list[Part]]]  # trait, title, groups
    missing: list[Link]
    due: list[Link]
    follow_ups: list[Answers]
    vaccinated: list[Link]
    effects: list[tuple[str, str, list[Tried]]]  # trait, title, groups
    trend: Trend

    @property
    def target(self) -> Target | None:
        return self.counts.target


def link(filters: Narrowing, **which: object) -> str:
    """The list behind a number of this view."""
    return Filters.model_validate(filters.model_dump()).to(PATH, **which)


async def overview_page(desk: Desk, person: Person, filters: Narrowing) -> OverviewPage:
    """Read everything that the page shows. Raises FieldError for a filter that `person` cannot use."""
    at, seen = wall.today(), await desk.seeing(person)
    counts = await overview(desk.pool, filters.question(seen, at))
    named = await choices(desk, seen, at, filters)
    return OverviewPage(
        at=at,
        filters=filters,
        choices=named,
        counts=counts,
        cards=_cards(filters, counts),
        groups=[(trait, title, _groups(filters, trait, counts.groups, named)) for trait, title in TRAITS.items()],
        missing=[Link(one.people, words.ELEMENTS[one.element], link(filters, missing=one.element)) for one in counts.missing],
        due=[
            Link(
                one.people,
                f"{words.SCHEDULES.get(one.schedule, one.schedule)}: {words.STATUSES[one.status]}",
                link(filters, status=one.status, schedule=one.schedule),
            )
            for one in sorted(counts.due, key=lambda one: (list(words.STATUSES)[::-1].index(one.status), -one.people))
            if one.schedule is not None
        ],
        follow_ups=[_answers(filters, one) for one in counts.follow_ups],
        vaccinated=[Link(count, words.VACCINES[name], link(filters, vaccine=name)) for name, count in counts.vaccinated.items()],
        effects=[
            (trait, title, _effects(filters, trait, counts.effect))
            for trait, title in (("channel", "Channel"), ("ethnicity", "Ethnicity"), ("deprivation", "Deprivation of the area"))
        ],
        trend=trend(counts.months, counts.target),
    )


def _cards(filters: Narrowing, counts: Overview) -> list[Card]:
    everyone = counts.all
    due = {one.status: one.people for one in counts.due if one.schedule is None}
    target = f"target {100 * counts.target.share:.0f}%" if counts.target else "no target in the reference data"
    return [
        Card(number(everyone.people), "on the register", link(filters), ""),
        Card(
            _share(everyone.complete, everyone.people),
            f"complete in 12 months: {number(everyone.complete)}",
            link(filters, state="complete"),
            target,
        ),
        Card(
            _share(counts.answered, everyone.people),
            f"complete, every follow-up done: {number(counts.answered)}",
            link(filters, state="answered"),
            "",
        ),
        Card(number(due.get("overdue", 0)), "with something overdue", link(filters, status="overdue"), ""),
        Card(number(due.get("due-soon", 0)), "with something due soon", link(filters, status="due-soon"), ""),
    ]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}%" if whole else "none"


def _groups(filters: Narrowing, trait: str, groups: Iterable[Group], named: Choices) -> list[Part]:
    found = [group for group in groups if group.trait == trait]
    return [
        Part(
            name_of(trait, group.value, named), group.people, group.complete,
            link(filters, **{trait: group.value}) if group.value is not None else "",
            link(filters, **{trait: group.value}, state="complete") if group.value is not None else "",
        )
        for group in sorted(found, key=lambda one: _order(trait, one.value, named))
    ]  # fmt: skip


def name_of(trait: str, value: str | None, named: Choices) -> str:
    """A group in words."""
    if value is None:
        return "Not known"
    match trait:
        case "practice":
            return named.practices.get(value, value)
        case "pcn":
            return named.pcns.get(value, value)
        case "age":
            return words.AGES[int(value)]
        case "deprivation":
            return words.FIFTHS[int(value)]
        case "channel":
            return words.CHANNELS.get(value, value)
    return value


def _order(trait: str, value: str | None, named: Choices) -> tuple[bool, int, str]:
    """Bands in their order, unknown last; else by name."""
    if value is None:
        return True, 0, ""
    ranks: Sequence[object] = {"age": list(words.AGES), "deprivation": list(words.FIFTHS), "ethnicity": words.GROUPS}.get(trait, ())
    key: object = int(value) if trait in {"age", "deprivation"} else value
    return (False, ranks.index(key) if key in ranks else len(ranks), name_of(trait, value, named))


def _answers(filters: Narrowing, one: FollowUp) -> Answers:
    counts = [(getattr(one, name), link(filters, finding=one.finding, follow_up=name)) for name in words.FOLLOW_UPS]
    return Answers(words.FINDINGS.get(one.finding, one.finding), counts, one.median_days)


def _effects(filters: Narrowing, trait: str, effects: Iterable[Effect]) -> list[Tried]:
    none = Choices({}, {}, {}, {})
    found = [one for one in effects if one.trait == trait]
    told = []
    for one in sorted(found, key=lambda one: _order(trait, one.value, none)):
        which = {"tried": one.value} if trait == "channel" else {"tried": "any", trait: one.value}
        told.append(Tried(name_of(trait, one.value, none), one, link(filters, **which), link(filters, **which, came=True)))
    return told


def trend(months: Sequence[Month], target: Target | None) -> Trend:
    """The share complete at the end of each month."""
    values = [
        Value(Period(month.until.replace(day=1), month.until), 100 * month.complete / month.people, month.complete, month.people)
        for month in months
    ]
    wanted = None if target is None else 100 * target.share
    chart = xmr([value.value or 0.0 for value in values], Better.HIGHER, (), wanted)
    drawn = picture(values, chart, wanted, True, *SIZE)
    variation = VARIATIONS[chart.variation] if chart.variation else None
    return Trend("Share complete in 12 months", True, chart, drawn, variation, list(zip(values, months, strict=True))[::-1])
