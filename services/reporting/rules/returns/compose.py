"""A return filled in: each line's cells, from measures, hands and reference data, and the rows of it that leave."""

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import NamedTuple

from services.reporting.rules.disclosure import HIDDEN, Disclosed, Exact, national, own
from services.reporting.rules.layout import Values, figure
from services.reporting.rules.measures import MEASURES
from services.reporting.rules.measures.lines import Counted
from services.reporting.rules.published import Kind
from services.reporting.rules.returns.definition import Definition
from services.reporting.rules.returns.footprint import Footprint
from services.reporting.rules.returns.lines import PCN, Entered, Known, Line, Measured, Ratio, Total
from services.reporting.rules.returns.tables import Figures, Ground, Place, Tables, figures, tables

NIL = "nil"
Entries = Mapping[tuple[str, str], str]
"""What was entered by hand, by line and group: a PCN, a value, '' of a line that has none. `nil`: there is nothing to say."""


class Row(NamedTuple):
    """One line of what leaves."""

    line: str
    level: str
    code: str
    by: str
    value: str
    kind: str
    shown: str

    @property
    def place(self) -> Place:
        return Place(self.level, self.code, self.by, self.value)


class Cell(NamedTuple):
    """`exact`: of a measure, before disclosure; `text`: as entered. `kind`: count, percent, days, rate, money, date, text."""

    line: str
    level: str
    code: str
    by: str
    value: str
    kind: str
    exact: Exact | None
    text: str
    shown: Disclosed | str
    measure: str | None

    def row(self) -> Row:
        return Row(self.line, self.level, self.code, self.by, self.value, self.kind, str(self.shown))


def compose(
    definition: Definition, found: Counted, entered: Entries, footprint: Footprint, organisation: str, before: Tables | None = None
) -> list[Cell]:
    """Every line's cells, in the definition's order. `before`: the tables of the version before, whose hidden cells stay hidden.

    ValueError, one line: a PCN that is not mapped, an empty footprint, figures that cannot be.
    """
    composed = _Composed(definition, figures(found), entered, footprint, organisation, before)
    return [cell for line in definition.lines for cell in composed.cells(line)]


def protected(
    definition: Definition, found: Counted, footprint: Footprint, organisation: str, before: Tables | None = None
) -> Tables | None:
    """The tables behind the measures of a version, for the version after it; None where figures leave as they are."""
    if definition.basis == "exact":
        return None
    sources = [line.source for line in definition.lines if isinstance(line.source, Measured)]
    return tables(sources, figures(found), ground(definition, footprint, organisation), before)


def ground(definition: Definition, footprint: Footprint, organisation: str) -> Ground:
    return Ground(definition.organisations, organisation, footprint.asked(definition), definition.pcns == "footprint")


def canonical(return_id: str, version: int, cells: Iterable[Cell] | Iterable[Row]) -> bytes:
    """What is hashed and sent: a line of JSON that says which version of which return, and one for each row that leaves, sorted."""
    rows = sorted(cell.row() if isinstance(cell, Cell) else cell for cell in cells)
    said = [{"return": return_id, "version": version}, *(row._asdict() for row in rows)]
    return "".join(json.dumps(one, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n" for one in said).encode()


def rows_of(content: bytes) -> list[Row]:
    """Those that `canonical` wrote."""
    return [Row(**json.loads(line)) for line in content.decode().splitlines()[1:]]


class _Composed:
    def __init__(
        self,
        definition: Definition,
        found: Figures,
        entered: Entries,
        footprint: Footprint,
        organisation: str,
        before: Tables | None,
    ) -> None:
        self._definition, self._found, self._entered, self._footprint = definition, found, entered, footprint
        self._ground = ground(definition, footprint, organisation)
        sources = [line.source for line in definition.lines if isinstance(line.source, Measured)]
        self._tables = tables(sources, found, self._ground, before)
        self._done: dict[str, list[Cell]] = {}

    def cells(self, line: Line) -> list[Cell]:
        match line.source:
            case Measured() as source:
                cells = self._measured(line.id, source)
            case Entered() as source:
                cells = [self._hand(line.id, source, place) for place in self._places(source.by, source.values)]
            case Ratio() as source:
                cells = self._ratio(line.id, source)
            case Total() as source:
                cells = self._total(line.id, source)
            case Known() as source:
                cells = self._known(line.id, source)
        self._done[line.id] = cells
        return cells

    def _measured(self, line: str, source: Measured) -> list[Cell]:
        published, table = MEASURES[source.measure].figure, self._tables.get(MEASURES[source.measure].figure.numerator or source.measure)
        cells = []
        for place in self._ground.places(source):
            one = self._found.get(source.measure, {}).get(place)
            nothing = dict.fromkeys((source.measure, published.numerator, published.denominator), 0)
            values = Values({**nothing, **(one.counts if one else {})}, one.days if one else {})
            exact = figure(published, values)
            if exact is None or (self._definition.basis == "wider" and table is None):
                raise ValueError(f"{source.measure}: it stands in no table that can be protected")
            shown: Disclosed
            if self._definition.basis == "exact" or table is None:
                shown = own(exact)
            elif published.kind is Kind.COUNT:
                shown = table.release.count(table.at(place, source.measure))
            elif published.kind is Kind.PERCENT:
                shown = table.release.rate(table.at(place, published.numerator), table.at(place, published.denominator))
            elif published.kind is Kind.RATE:
                people = values.counts[published.denominator]
                cell = table.at(place, published.numerator)
                shown = table.release.rate_of(cell, people, published.per) if people else table.release.count(())
            else:
                shown = table.release.centile(table.at(place, published.numerator), exact)
            cells.append(Cell(line, *place, str(published.kind), exact, "", shown, source.measure))
        return cells

    def _places(self, by: str, values: tuple[str, ...]) -> list[Place]:
        """Of a line that is no measure."""
        if by == PCN:
            return [Place(PCN, code) for code in self._ground.pcns]
        return [Place(self._ground.level, self._ground.organisation, by, value) for value in values or ("",)]

    def _hand(self, line: str, source: Entered, place: Place) -> Cell:
        text = self._entered.get((line, place.code if place.level == PCN else place.value), "")
        shown: Disclosed | str = text
        if source.people and text.isdecimal() and self._definition.basis == "wider":
            shown = national(Exact.count(int(text)), england=False)
        return Cell(line, *place, source.kind, None, text, shown, None)

    def _ratio(self, line: str, source: Ratio) -> list[Cell]:
        """By place; a whole that is not divided is that of every part."""
        wholes = {(cell.code, cell.by, cell.value): cell for cell in self._done[source.whole]}
        one = self._done[source.whole][0] if len(wholes) == 1 else None
        cells = []
        for part in self._done[source.part]:
            whole = wholes.get((part.code, part.by, part.value), one)
            shown = _ratio(_shown(part), None if whole is None else _shown(whole), source.per)
            kind = "percent" if source.per == 100 else "rate"
            cells.append(Cell(line, part.level, part.code, part.by, part.value, kind, None, "", shown, None))
        return cells

    def _total(self, line: str, source: Total) -> list[Cell]:
        parts = [cell for name in source.lines for cell in self._done[name]]
        texts = [_shown(cell) for cell in parts]
        numbers = [Decimal(0) if text == NIL else number(text) for text in texts]
        shown = HIDDEN if HIDDEN in texts else "" if None in numbers else f"{sum(one for one in numbers if one is not None):f}"
        level, code = self._ground.level, self._ground.organisation
        return [Cell(line, level, code, "", "", parts[0].kind, None, "", shown, None)]

    def _known(self, line: str, source: Known) -> list[Cell]:
        return [Cell(line, *place, kind, None, "", shown, None) for place, kind, shown in self._told(source)]

    def _told(self, source: Known) -> Iterator[tuple[Place, str, str]]:
        place = Place(self._ground.level, self._ground.organisation)
        match source.what:
            case "plan":
                yield place, "count", _plain(self._footprint.plans.get(source.of))
            case "target":
                share = self._footprint.targets.get(source.of)
                yield place, "percent", _plain(None if share is None else share * 100)
            case "baseline":
                kind = MEASURES[source.of].figure.kind
                yield place, str(kind), self._footprint.baselines.get(source.of, (NIL, NIL))[0]
            case "baseline-definition":
                yield place, "text", self._footprint.baselines.get(source.of, (NIL, NIL))[1]
            case "pathway-live":
                for pathway in source.values:
                    since = self._footprint.live.get(pathway)
                    yield place._replace(by="pathway", value=pathway), "date", NIL if since is None else since.isoformat()
            case _:
                for pcn in self._footprint.pcns:
                    if pcn.code in self._ground.pcns:
                        yield Place(PCN, pcn.code), "text", pcn.standing


def _shown(cell: Cell) -> str:
    return str(cell.shown)


def number(text: str) -> Decimal | None:
    """Of a figure as it is shown; None where it is hidden, nil, or no number."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _ratio(part: str, whole: str | None, per: int) -> str:
    """To one decimal; `*` where either is hidden, empty where there is none."""
    if whole is None or HIDDEN in {part, whole}:
        return HIDDEN if whole is not None else ""
    over, under = Decimal(0) if part == NIL else number(part), number(whole)
    return "" if over is None or not under else _plain(per * over / under)


def _plain(value: Decimal | float | None) -> str:
    """At most one decimal."""
    if value is None:
        return NIL
    found = Decimal(str(value)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{found:.0f}" if found == found.to_integral() else f"{found:f}"
