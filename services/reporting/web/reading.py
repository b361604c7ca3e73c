"""What a reader sees of measures: one place over the months, each figure through disclosure control."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from services.reporting.rules.measures import FAMILIES, Family
from services.reporting.rules.period import Period, month_of, months_before
from services.reporting.rules.trends import Texts, as_they_are, or_nought
from services.reporting.store import figures
from services.reporting.store import measures as store
from services.reporting.store.figures import Kept
from services.reporting.store.measures import COMPAT, MAIN
from services.reporting.web.desk import Desk, own
from services.reporting.web.filters import Measuring
from shared import clock as wall
from shared.web.errors import FieldError
from shared.web.people import Person

MONTHS = 24
LOOKS, EVERY_SECONDS = 15, 0.2
ENGLAND = "England"
DEFINITIONS = {MAIN: "National 2024", COMPAT: "National 2024, as the published code counts"}
FAMILY = {family.name: family for family in FAMILIES}
OF = {measure.id: family for family in FAMILIES for measure in family.measures}
"""The family of each measure."""


class NotCountedError(FieldError):
    """The figures are being counted: a browser comes again by itself, a program when it is told to."""

    status = 503
    headers: ClassVar = {"Retry-After": "3", "Refresh": "3"}


@dataclass(frozen=True, slots=True)
class View:
    """Where and when a reader looks. `own`: a provider at itself; `kept`: of the month, by family; `trend`: of months before it too."""

    filters: Measuring
    month: Period
    level: str
    code: str
    own: bool
    places: Mapping[str, str]
    months: Sequence[Period]
    kept: Mapping[str, Kept]
    trend: Mapping[int, Kept]
    names: Mapping[tuple[str, str], str]

    @property
    def live(self) -> bool:
        return self.filters.month is None and self.filters.known_at is None

    @property
    def last(self) -> date:
        """Up to when is counted."""
        return min(self.month.last, wall.today())

    @property
    def name(self) -> str:
        return self.places[self.code]

    @property
    def counted_at(self) -> datetime | None:
        """When the oldest of the figures was counted."""
        return min((one.counted_at for one in self.kept.values() if one.counted_at), default=None)

    @property
    def problems(self) -> list[tuple[Family, str]]:
        """What a wider audience is not shown, and why."""
        return [] if self.own else [(FAMILY[one.family], one.problem) for one in self.kept.values() if one.problem]


async def view(desk: Desk, person: Person, filters: Measuring, families: Sequence[str] = tuple(FAMILY)) -> View:
    """Raises FieldError for a filter that `person` cannot use; NotCountedError while the figures are being counted."""
    filters.check()
    month, providers = filters.period(), own(person)
    if filters.known_at is not None and not providers:
        raise FieldError(
            "known_at", "two instants differ by a few people, who must stay hidden",
            "leave it out; a provider asks so of its own figures, and a return keeps what was known when it was frozen",
        )  # fmt: skip
    kept = await _counted(desk, month, families, filters)
    names = await _names(desk, filters.known_at)
    places = await _places(desk, providers, names, [one.id for one in kept])
    code = filters.place or next(iter(places), ENGLAND)
    if code not in places:
        raise FieldError.unknown("place", code, sorted(places))
    level = "provider" if providers else _level(code, names)
    today = month_of(wall.today())
    whole = months_before(month if month == today else _after(month), MONTHS)
    trend = [] if filters.known_at else await figures.kept(desk.pool, whole, families, filters.counted_by, None)
    return View(
        filters, month, level, code, bool(providers), places, [today, *months_before(today, MONTHS)[::-1]],
        {one.family: one for one in kept}, {one.id: one for one in trend if one.counted_at}, names,
    )  # fmt: skip


def _level(code: str, names: Mapping[tuple[str, str], str]) -> str:
    if code in {ENGLAND, "UNKNOWN"}:
        return "england" if code == ENGLAND else "icb"
    return next((level for level in ("icb", "pcn") if (level, code) in names), "provider")


def _after(month: Period) -> Period:
    return month_of(date.fromordinal(month.last.toordinal() + 1))


async def _counted(desk: Desk, month: Period, families: Sequence[str], filters: Measuring) -> list[Kept]:
    """Of a month, asked for where it is not there. A small community's is counted while its first reader waits."""
    for _ in range(LOOKS):
        found = await figures.kept(desk.pool, [month], families, filters.counted_by, filters.known_at)
        if len(found) < len(families):
            await figures.ask(desk.pool, [month], families, filters.counted_by, filters.known_at, wall.now(), standing=False)
        elif all(one.counted_at for one in found):
            return found
        await asyncio.sleep(EVERY_SECONDS)
    raise NotCountedError(
        None,
        f"the figures of {month.first:%B %Y} are being counted",
        "they are kept then: ask again in a few seconds; a page does so by itself",
    )


async def _names(desk: Desk, known_at: datetime | None) -> dict[tuple[str, str], str]:
    """What places are called; a practice that holds register entries is a provider too."""
    told = await store.names(desk.pool, known_at)
    practices = {("provider", code): name for (level, code), name in told.items() if level == "practice"}
    return practices | told | {("icb", "UNKNOWN"): "ICB not known"}


async def _places(desk: Desk, providers: frozenset[str], names: Mapping[tuple[str, str], str], kept: Sequence[int]) -> dict[str, str]:
    if providers:
        return {code: names.get(("provider", code), code) for code in sorted(providers)}
    found = await figures.places(desk.pool, kept)
    order = {"england": 0, "icb": 1, "provider": 2, "pcn": 3}
    named = sorted(found, key=lambda place: (order[place[0]], names.get(place, place[1])))
    return {ENGLAND: "Everything here"} | {code: names.get((level, code), code) for level, code in named if level != "england"}


async def texts(desk: Desk, seen: View, kept: Sequence[int]) -> dict[int, Texts]:
    """Figures of the place in view as the reader sees them, by what was kept and measure."""
    if not seen.own:
        return dict(await figures.shown_at(desk.pool, kept, seen.level, seen.code))
    family = {one.id: FAMILY[one.family] for one in (*seen.kept.values(), *seen.trend.values())}
    found = await figures.exact_at(desk.pool, kept, seen.code)
    own_rows = ((each, family[each], or_nought(family[each], found.get(each, []), seen.code)) for each in kept)
    return {each: {name: str(told) for name, told in as_they_are(named, rows[0]).items()} for each, named, rows in own_rows if rows}
