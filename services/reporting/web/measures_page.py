"""The facts of the pages of measures: every measure of a month, and one measure over time and by place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from services.reporting.rules.disclosure import HIDDEN
from services.reporting.rules.measures import Family, Found, Measure
from services.reporting.rules.measures.lines import GROUPS
from services.reporting.rules.period import Period, month_of, so_far
from services.reporting.rules.published import Kind
from services.reporting.rules.trends import BETTER, PLANS, TARGETS, Texts, as_they_are, series
from services.reporting.store import baselines, figures
from services.reporting.store.baselines import Baseline
from services.reporting.store.figures import Target
from services.reporting.web.desk import Desk
from services.reporting.web.filters import Measuring
from services.reporting.web.reading import ENGLAND, FAMILY, OF, View, texts, view
from shared.web.errors import NotKnownError
from shared.web.formats import number as in_words
from shared.web.people import Person
from shared.web.xmr_picture import BETTERS, VARIATIONS, Picture, picture
from shared.xmr import Assurance, Better, Chart, Value, xmr

SIZE = 620, 170
ASSURANCES = {
    Assurance.HIT: "target met whatever chance does",
    Assurance.MISS: "target missed whatever chance does, until something changes",
    Assurance.HIT_AND_MISS: "target met or missed by chance",
}
ORDER = {"18-25": "18 to 25", "26-64": "26 to 64", "65+": "65 and over", "a": "under 18", "b": "18 to 34", "c": "35 and over"}
NOT_KNOWN = {"UNKNOWN": "not known", "": "not known"}


@dataclass(frozen=True, slots=True)
class Trend:
    """As shared xmr.html draws it. `rows`: the latest first, with what was planned."""

    title: str
    percent: bool
    chart: Chart
    picture: Picture | None
    rows: list[tuple[Value, str, float | None]]

    @property
    def variation(self) -> str | None:
        return VARIATIONS[self.chart.variation] if self.chart.variation else None

    @property
    def assurance(self) -> str | None:
        return ASSURANCES[self.chart.assurance] if self.chart.assurance else None


@dataclass(frozen=True, slots=True)
class Line:
    """One measure of a month. `parts`: the counts that a share stands on, or those whose days they are."""

    measure: Measure
    value: str
    parts: str
    before: str
    period: Period
    trend: Trend
    link: str


@dataclass(frozen=True, slots=True)
class MeasuresPage:
    """`kept_back`: families of which a wider audience is shown nothing."""

    seen: View
    families: list[tuple[Family, list[Line]]]
    kept_back: list[Family]


class Row(NamedTuple):
    """One place, team or group. `text`: the figure as it leaves in a file."""

    name: str
    value: str
    parts: str
    link: str
    text: str


class Base(NamedTuple):
    """A measure's baseline as the reader sees it. `text`: the figure as it leaves in a file; `other`: it is counted otherwise now."""

    value: str
    text: str
    about: Baseline
    other: bool


@dataclass(frozen=True, slots=True)
class MeasurePage:
    seen: View
    family: Family
    line: Line
    better: str
    tables: list[tuple[str, list[Row]]]
    target: Target | None
    planned: bool
    counted_at: datetime | None
    baseline: Base | None


def shown(text: str | None, kind: Kind, *, own: bool) -> str:
    """A figure in words."""
    if text in {None, "", HIDDEN}:
        return "none" if own else HIDDEN
    return f"{in_words(round(float(text), 1))}{'%' if kind is Kind.PERCENT else ''}"


def parts(measure: Measure, told: Texts, *, own: bool) -> str:
    """Which counts a figure stands on."""
    over, under = (shown(told.get(name), Kind.COUNT, own=own) for name in (measure.figure.numerator, measure.figure.denominator))
    if measure.figure.kind is Kind.PERCENT:
        return f"{over} of {under}"
    return f"of {over}" if measure.figure.kind is Kind.DAYS else ""


async def measures_page(desk: Desk, person: Person, filters: Measuring) -> MeasuresPage:
    """Raises as `view`."""
    seen = await view(desk, person, filters)
    found = await texts(desk, seen, [*(one.id for one in seen.kept.values()), *seen.trend])
    lines = [(family, _lines(seen, family, found)) for family in FAMILY.values()]
    untold = {family.name for family, _ in seen.problems}
    kept_back = [] if seen.own else [family for family, told in lines if not told and family.name not in untold]
    return MeasuresPage(seen, [(family, told) for family, told in lines if told], kept_back)


def _lines(seen: View, family: Family, found: Mapping[int, Texts]) -> list[Line]:
    here = found.get(seen.kept[family.name].id, {})
    months = _months(seen, family, found)
    return [_line(seen, measure, here, months) for measure in family.measures if measure.id in here]


def _months(seen: View, family: Family, found: Mapping[int, Texts]) -> list[tuple[Period, Texts]]:
    return [(month_of(one.month), found.get(each, {})) for each, one in seen.trend.items() if one.family == family.name]


def _line(
    seen: View, measure: Measure, here: Texts, months: Sequence[tuple[Period, Texts]], target: float | None = None,
    planned: Mapping[date, float] | None = None,
) -> Line:  # fmt: skip
    kind = measure.figure.kind
    values = series(measure.id, months)
    known = [value for value in values if value.value is not None]
    chart = xmr([value.value for value in known if value.value is not None], BETTER.get(measure.id, Better.NEITHER), (), target)
    rows = [
        (value, shown(told.get(measure.id), kind, own=seen.own), (planned or {}).get(value.period.until))
        for value, (_, told) in zip(values, months, strict=True)
    ]
    percent = kind is Kind.PERCENT
    trend = Trend(measure.figure.name, percent, chart, picture(known, chart, target, percent, *SIZE), rows[::-1])
    before = [told for month, told in months if month.last < seen.month.first]
    return Line(
        measure, shown(here.get(measure.id), kind, own=seen.own), parts(measure, here, own=seen.own),
        shown(before[-1].get(measure.id), kind, own=seen.own) if before else "", so_far(seen.last, measure.figure.months), trend,
        seen.filters.to(f"/measures/{measure.id}"),
    )  # fmt: skip


async def measure_page(desk: Desk, person: Person, filters: Measuring, measure_id: str) -> MeasurePage:
    """Raises as `view`; NotKnownError for a measure that does not exist, or that the reader's audience is not shown."""
    family = OF.get(measure_id)
    if family is None:
        raise NotKnownError("measure", f"there is no measure {measure_id[:40]!r}", "choose one of the list of measures")
    measure = next(one for one in family.measures if one.id == measure_id)
    seen = await view(desk, person, filters, [family.name])
    kept = seen.kept[family.name]
    found = await texts(desk, seen, [kept.id, *seen.trend])
    if measure_id not in found.get(kept.id, {}):
        told = "its small counts cannot be hidden safely" if not seen.own else "it is not counted by provider"
        raise NotKnownError("measure", f"{measure_id} is not shown here: {told}", "choose one of the list of measures")
    target = await figures.target(desk.pool, TARGETS[measure_id], seen.last) if measure_id in TARGETS else None
    planned = await _planned(desk, seen, measure_id)
    goal = None if target is None else 100 * target.number
    line = _line(seen, measure, found[kept.id], _months(seen, family, found), goal, planned)
    tables = await (_own_tables if seen.own else _places)(desk, seen, family, measure)
    better, base = BETTERS[BETTER.get(measure_id, Better.NEITHER)], await _baseline(desk, seen, family, measure)
    return MeasurePage(seen, family, line, better, tables, target, bool(planned), kept.counted_at, base)


async def _baseline(desk: Desk, seen: View, family: Family, measure: Measure) -> Base | None:
    """Of the place, as it stood when it was set."""
    found = (await baselines.standing(desk.pool, seen.level, seen.code, [measure.id], seen.filters.known_at)).get(measure.id)
    text = None if found is None else found.own if seen.own else found.shown
    if found is None or text is None:
        return None
    now = baselines.rules(family), await baselines.clocks(desk.pool, family)
    return Base(shown(text, measure.figure.kind, own=seen.own), text, found, now != (found.rules, found.definition))


async def _planned(desk: Desk, seen: View, measure_id: str) -> dict[date, float]:
    """The trajectory of the place by the last day of its quarters; of everything here, that of the one ICB there is."""
    if measure_id not in PLANS:
        return {}
    icbs = [code for level, code in seen.names if level == "icb"]
    code = icbs[0] if seen.code == ENGLAND and len(icbs) == 1 else seen.code
    return dict(await figures.planned(desk.pool, PLANS[measure_id], code))


async def _places(desk: Desk, seen: View, family: Family, measure: Measure) -> list[tuple[str, list[Row]]]:
    kept = seen.kept[family.name].id
    found: dict[tuple[str, str], dict[str, str]] = {}
    for name in {measure.id, measure.figure.numerator, measure.figure.denominator} - {""}:
        for one in await figures.shown_of(desk.pool, kept, name):
            found.setdefault((one.level, one.code), {})[name] = one.value
    tables = []
    for level, title in (("icb", "ICB of GP practice or residence"), ("provider", "Provider"), ("pcn", "Primary care network")):
        codes = sorted((seen.names.get(place, place[1]), place) for place in found if place[0] == level)
        rows = [
            _row(name, measure, found[place], seen.filters.to(f"/measures/{measure.id}", place=place[1]), own=False)
            for name, place in codes
        ]
        if rows or level in family.levels - {"pcn"}:
            tables.append((title, rows))
    return tables


async def _own_tables(desk: Desk, seen: View, family: Family, measure: Measure) -> list[tuple[str, list[Row]]]:
    found = (await figures.exact_of(desk.pool, [seen.kept[family.name].id], seen.code)).get(seen.kept[family.name].id, [])
    words = await figures.words(desk.pool)

    def row(one: Found, name: str) -> Row:
        return _row(name, measure, {id_: str(told) for id_, told in as_they_are(family, one).items()}, "", own=True)

    teams = [one for one in found if one.team and not one.by]
    tables = [("Team type", [row(one, words.get(("team", one.team), one.team)) for one in sorted(teams, key=lambda one: one.team)])]
    for by, title in GROUPS.items():
        groups = sorted((one for one in found if one.by == by and not one.team), key=lambda one: _place_of(by, one.value))
        tables.append((title, [row(one, group_name(by, one.value, words)) for one in groups]))
    return [(title, rows) for title, rows in tables if rows]


def _place_of(by: str, value: str) -> tuple[bool, int, str]:
    return value in NOT_KNOWN, int(value) if by == "deprivation" and value.isdigit() else 0, value


def group_name(by: str, value: str, words: Mapping[tuple[str, str], str]) -> str:
    """A group in words: `65 and over`, `White: British`."""
    if by == "deprivation" and value.isdigit():
        return f"{value}{', the most deprived tenth' if value == '1' else ', the least deprived tenth' if value == '10' else ''}"
    return NOT_KNOWN.get(value) or ORDER.get(value) or words.get((by, value), value)


def _row(name: str, measure: Measure, told: Texts, link: str, *, own: bool) -> Row:
    text = told.get(measure.id, HIDDEN)
    return Row(name, shown(text, measure.figure.kind, own=own), parts(measure, told, own=own), link, text)
