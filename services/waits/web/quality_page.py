"""The facts of the data-quality page: feeds, old open waits, events without parent, late events, missing codes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from services.waits.rules.silence import usual_minutes
from services.waits.store import quality, silence
from services.waits.store.pages import organisations
from services.waits.store.quality import Late, Place
from services.waits.web.desk import Desk
from services.waits.web.quality_filters import GapListing, Quality
from services.waits.web.words import CODES, GAPS, KINDS, MARKS, PARENTLESS
from shared import clock as wall
from shared.clock import today
from shared.web.formats import counted
from shared.web.people import Person

ROWS = 50
MONTHS = 6
INACTIVE = (90, 180, 365)


class Cell(NamedTuple):
    number: int
    link: str


class Matrix(NamedTuple):
    """Counts by provider (rows, the sum first where there are several) and something else (columns)."""

    columns: list[str]
    rows: list[tuple[str, list[Cell]]]


class FeedRow(NamedTuple):
    """One feed in words. `state`: silent, as usual, learning."""

    provider: str
    provider_name: str
    kind: str
    last_received_at: datetime
    usual: str
    expected_by: datetime | None
    state: str


class LateCell(NamedTuple):
    month: date
    events: int
    late: int


@dataclass(frozen=True, slots=True)
class QualityPage:
    at: date
    filters: Quality
    providers: dict[str, str]
    teams: dict[str, str]
    feeds: list[FeedRow]
    watch: silence.Watch
    inactive: list[tuple[int, list[Cell]]]  # days, then: all, and by what was said
    parentless: Matrix
    codes: Matrix
    months: list[date]
    late: list[tuple[str, list[LateCell]]]


async def quality_page(desk: Desk, person: Person, filters: Quality) -> QualityPage:
    """Read everything that the page shows. Raises FieldError for a filter that `person` cannot use."""
    definition = await desk.definition(filters.definition)
    question, wanting = filters.question(person, today(), definition), filters.wanting(person)
    providers = await organisations(desk.pool, person.providers)
    teams = await desk.team_types(definition)
    inactive = await quality.inactive(desk.pool, question)
    gaps = await quality.gap_counts(desk.pool, wanting)
    shown = {filters.provider: providers[filters.provider]} if filters.provider else providers
    late = await quality.late(desk.pool, wanting)
    months = sorted({row.month for row in late})[-MONTHS:]
    return QualityPage(
        at=question.at,
        filters=filters,
        providers=providers,
        teams=teams,
        feeds=await feed_rows(desk, filters.seen(person), providers),
        watch=await silence.watch(desk.pool, filters.seen(person)),
        inactive=[(days, _inactive(inactive, days, filters)) for days in INACTIVE],
        parentless=_matrix(gaps, PARENTLESS, shown, filters),
        codes=_matrix(gaps, CODES, shown, filters),
        months=months,
        late=[(name, _late(late, code, months)) for code, name in shown.items()],
    )


async def feed_rows(desk: Desk, seen: frozenset[str], names: Mapping[str, str]) -> list[FeedRow]:
    """Every feed of these providers, each provider's as a whole before its kinds."""
    at = wall.now()
    feeds = await silence.feeds(desk.pool, seen)
    return [
        FeedRow(feed.provider, names[feed.provider], feed.kind, feed.last_received_at, _usual(feed, at), feed.expected_by(), _state(feed))
        for feed in feeds
    ]


def _state(feed: silence.Feed) -> str:
    if feed.rhythm is None or feed.rhythm.manner == "learning":
        return "learning"
    return "silent" if feed.silent else "as usual"


def _usual(feed: silence.Feed, at: datetime) -> str:
    """How often it usually comes, in words."""
    rhythm = feed.rhythm
    if rhythm is None or rhythm.manner == "learning":
        return "not enough history yet"
    if rhythm.manner == "deliveries":
        return f"in deliveries, at most {counted(round(rhythm.limit), 'day')} apart"
    minutes = usual_minutes(rhythm, at, silence.is_rest_day)
    if minutes is None:
        return "nothing at this hour"
    if minutes < 16:
        return "every quarter of an hour at this hour"
    return f"about every {_spoken(timedelta(minutes=minutes))} at this hour"


def _spoken(time: timedelta) -> str:
    minutes = time.total_seconds() / 60
    if minutes < 100:
        return f"{minutes:.0f} minutes"
    return counted(round(minutes / 60), "hour") if minutes < 48 * 60 else counted(round(minutes / 1440), "day")


def _inactive(counts: Mapping[tuple[int, str], int], days: int, filters: Quality) -> list[Cell]:
    state = f"inactive-{days}"
    every = Cell(sum(spells for (line, _), spells in counts.items() if line == days), filters.to("/waits/list", state=state))
    said = [Cell(counts.get((days, mark), 0), filters.to("/waits/list", state=state, mark=mark)) for mark in MARKS]
    return [every, *said]


def _matrix(counts: Mapping[tuple[str, str, str], int], wanted: Iterable[str], shown: Mapping[str, str], filters: Quality) -> Matrix:
    """Columns are what is wanting, by kind of record where there are several."""
    columns = sorted(
        {(what, kind) for _, what, kind in counts if what in set(wanted)}, key=lambda pair: (list(GAPS).index(pair[0]), pair[1])
    )

    def cells(provider: str | None) -> list[Cell]:
        numbers = [
            sum(number for (whose, *column), number in counts.items() if column == [what, kind] and provider in {None, whose})
            for what, kind in columns
        ]
        links = [
            filters.to("/data-quality/list", provider=provider or filters.provider, team_type=None, what=what, kind=kind)
            for what, kind in columns
        ]
        return [Cell(number, link) for number, link in zip(numbers, links, strict=True)]

    words = [f"{KINDS.get(kind, kind)}: {GAPS[what]}" if what in PARENTLESS else GAPS[what] for what, kind in columns]
    total = [("All providers", cells(None))] if len(shown) > 1 else []
    return Matrix(words, [*total, *((name, cells(code)) for code, name in shown.items())])


def _late(rows: Sequence[Late], provider: str, months: Sequence[date]) -> list[LateCell]:
    known = {row.month: row for row in rows if row.provider == provider}
    return [LateCell(month, known[month].events, known[month].late) if month in known else LateCell(month, 0, 0) for month in months]


@dataclass(frozen=True, slots=True)
class GapPage:
    at: date
    filters: GapListing
    providers: dict[str, str]
    total: int
    first: int  # number of the first row shown, 0 when there is none
    gaps: list[dict[str, Any]]  # fields of models.Gap
    onward: Place | None

    @property
    def last(self) -> int:
        return self.first + len(self.gaps) - 1 if self.gaps else 0

    @property
    def title(self) -> str:
        """What these records have in common."""
        kind = self.filters.kind
        parts = [GAPS[self.filters.what] if self.filters.what else "anything wanting"]
        return ", ".join([*parts, KINDS.get(kind, kind)] if kind else parts)

    @property
    def next_link(self) -> str | None:
        return self.filters.to("/data-quality/list", after=self.filters.onward(self.onward)) if self.onward else None


async def gap_page(desk: Desk, person: Person, filters: GapListing) -> GapPage:
    """Read one page of the list. Raises FieldError for a filter that `person` cannot use."""
    place = filters.place()
    providers = await organisations(desk.pool, person.providers)
    total, rows, onward = await quality.gap_list(desk.pool, filters.wanting(person), place, ROWS)
    first = (place.rows if place else 0) + 1 if rows else 0
    return GapPage(today(), filters, providers, total, first, [gap_facts(row, providers) for row in rows], onward)


def gap_facts(row: Any, names: Mapping[str, str]) -> dict[str, Any]:
    """The fields of models.Gap from a row of the query `gap_list`."""
    return {
        "provider": row["provider"],
        "provider_name": names[row["provider"]],
        "person": row["personkey"],
        "what": row["what"],
        "words": GAPS[row["what"]],
        "kind": row["kind"],
        "record_id": row["record_id"],
        "on": row["happened_on"],
        "received_at": row["received_at"],
    }
