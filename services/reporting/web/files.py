"""Measures as files: rows of the published layout, as JSON, CSV and XLSX."""

import io
from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Annotated, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from pydantic import BaseModel, Field
from starlette.responses import Response, StreamingResponse

from services.reporting.rules.layout import COLUMNS, NONE
from services.reporting.rules.measures.lines import BREAKDOWNS, STATUS, for_itself
from services.reporting.rules.period import so_far
from services.reporting.rules.trends import as_they_are, or_nought
from services.reporting.store import figures
from services.reporting.web.desk import Desk
from services.reporting.web.reading import DEFINITIONS, ENGLAND, FAMILY, OF, View
from shared.web.formats import day, instant
from shared.web.tables import csv_download

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Figure(BaseModel):
    """One line of the published layout."""

    period_start: date
    period_end: date
    status: str
    breakdown: str
    primary: Annotated[str, Field(description="England, or the code of the organisation")]
    primary_description: str
    secondary: Annotated[str, Field(description="team type or group; NONE: all")]
    secondary_description: str
    measure: str
    name: str
    value: Annotated[str, Field(description="*: fewer than five, or hidden so that another figure stays hidden")]

    def cells(self) -> list[str]:
        return [f"{self.period_start:%d/%m/%Y}", f"{self.period_end:%d/%m/%Y}", *list(self.model_dump(mode="json").values())[2:]]


async def figures_of(desk: Desk, seen: View) -> list[Figure]:
    """Everything of the month that the reader sees; of the place asked for, where one was."""
    ids = [one.id for one in seen.kept.values()]
    if seen.own:
        found = await figures.exact_of(desk.pool, ids, seen.code)
        counted = [(FAMILY[name], or_nought(FAMILY[name], found.get(one.id, []), seen.code)) for name, one in seen.kept.items()]
        there = {name for family, rows in counted for name in (as_they_are(family, rows[0]) if rows else ())}
        return [
            _figure(*row[:10], str(row.value)) for row in for_itself(seen.last, counted, seen.names, seen.code) if row.measure_id in there
        ]
    names = {measure.id: measure for family in FAMILY.values() for measure in family.measures}
    rows = []
    for one in await figures.shown(desk.pool, ids):
        if seen.filters.place in {None, one.code}:
            measure = names[one.measure]
            first, called = so_far(seen.last, measure.figure.months).first, seen.names.get((one.level, one.code), one.code)
            whole = str(BREAKDOWNS[one.level]), one.code, ENGLAND if one.level == "england" else called
            rows.append(_figure(first, seen.last, STATUS, *whole, NONE, NONE, one.measure, measure.figure.name, one.value))
    families = list(FAMILY)
    return sorted(rows, key=lambda row: (families.index(OF[row.measure].name), row.breakdown, row.primary, row.measure))


def _figure(*values: object) -> Figure:
    return Figure.model_validate(dict(zip(Figure.model_fields, values, strict=True)))


async def csv_file(name: str, rows: Sequence[Figure]) -> StreamingResponse:
    async def each() -> AsyncIterator[list[str]]:
        for row in rows:
            yield row.cells()

    return await csv_download(name, COLUMNS, each())


def about(seen: View) -> list[tuple[str, str]]:
    """What a reader of a file must know, by heading."""
    own = "Own figures as they are: for the provider alone, not to be published."
    wider = "Small counts hidden: * is fewer than five, or hidden so that another figure stays hidden; other counts to the nearest 5."
    return [
        ("Place", f"{seen.name} ({seen.code})" if seen.filters.place or seen.own else "every place"),
        ("Month", f"{seen.month.first:%B %Y}, as far as {day(seen.last)}"),
        ("Four-week wait by", DEFINITIONS[seen.filters.counted_by]),
        ("As known at", instant(seen.filters.known_at or seen.counted_at)),
        ("Who may see it", own if seen.own else wider),
    ]


def xlsx_file(name: str, seen: View, rows: Sequence[Figure]) -> Response:
    """The rows as a sheet, figures as numbers, and a sheet that says what they are."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Measures")
    sheet.append(COLUMNS)
    for row in rows:
        *texts, value = row.cells()
        sheet.append([*(_text(sheet, text) for text in texts), _number(value)])
    told = book.create_sheet("About")
    for heading, text in about(seen):
        told.append([heading, _text(told, text)])
    file = io.BytesIO()
    book.save(file)
    return Response(file.getvalue(), media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _text(sheet: Any, text: str) -> Any:
    """Never a formula, whatever an organisation is called."""
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    return cell


def _number(text: str) -> int | float | str:
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text
