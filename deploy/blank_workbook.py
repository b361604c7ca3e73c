"""A made-up blank workbook for a return: `python -m deploy.blank_workbook DEFINITION FILE`.

The national template is not public. This one has what such forms have, at the places that the definition's cell map names: titles in
merged cells, keys down and across, formulas, cells that are locked and cells that are not.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill, Protection
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.utils.cell import coordinate_from_string
from openpyxl.worksheet.worksheet import Worksheet

from services.reporting.rules.measures import MEASURES
from services.reporting.rules.published import Kind
from services.reporting.rules.returns import book
from services.reporting.rules.returns.definition import Definition
from services.reporting.rules.returns.lines import PCN, Entered, Known, Measured, Target

OPEN, INPUT = Protection(locked=False), PatternFill("solid", fgColor="FFF2CC")
DAYS, PERCENT, POUNDS, WHOLE = "dd/mm/yyyy", "0.0%", "#,##0.00", "#,##0"


def made(definition: Definition, pcns: list[str]) -> bytes:
    """The workbook's bytes. `pcns`: codes that stand in its tables of primary care networks."""
    workbook = Workbook()
    first = workbook.active
    assert isinstance(first, Worksheet)  # noqa: S101 - a new workbook has one
    first.title = "About"
    first["A1"] = definition.title
    first["A1"].font = Font(bold=True, size=14)
    first.merge_cells("A1:F1")
    first["A3"] = "Yellow cells are filled in; all else is locked."
    first["A5"], first["B5"] = "Cells filled", "=" + "+".join(f"COUNTA({_sheet(target)}!C:Z)" for target in _sheets(definition))
    for target in definition.cells:
        name = _sheet(target)
        sheet = workbook[name] if name in workbook.sheetnames else _begun(workbook, name)
        _table(sheet, definition, target, pcns)
    for sheet in workbook.worksheets:
        sheet.protection.sheet = True
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def _sheet(target: Target) -> str:
    return (target.at or target.down).rpartition("!")[0]


def _sheets(definition: Definition) -> Iterator[Target]:
    """One target of each sheet."""
    yield from {_sheet(target): target for target in definition.cells}.values()


def _begun(workbook: Workbook, name: str) -> Worksheet:
    sheet: Worksheet = workbook.create_sheet(name)
    sheet["A1"] = name
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.merge_cells("A1:D1")
    sheet.column_dimensions["A"].width = 70
    sheet.column_dimensions["B"].width = 24
    return sheet


def _table(sheet: Worksheet, definition: Definition, target: Target, pcns: list[str]) -> None:
    line = definition.line(target.line)
    source = line.source
    values = list(source.values) if isinstance(source, Measured | Entered | Known) else []
    by_pcn = (isinstance(source, Measured) and source.level == PCN) or (isinstance(source, Entered) and source.by == PCN)
    by_pcn |= isinstance(source, Known) and source.what == "pcn-criteria"
    named = dict(target.keys)
    if target.at:
        _input(sheet, target.at.rpartition("!")[2], _form(definition, target.line))
        sheet.cell(sheet[target.at.rpartition("!")[2]].row, 1, line.title)
        return
    letters, top = coordinate_from_string(target.down.rpartition("!")[2])
    down = pcns if by_pcn else [value for value in values if target.value in {"", value}]
    across = target.across.rpartition("!")[2]
    columns = [column_index_from_string(target.column)] if target.column else []
    if across:
        start, heading = coordinate_from_string(across)
        columns = [column_index_from_string(start) + place for place in range(len(values))]
        for column, value in zip(columns, values, strict=True):
            sheet.cell(heading, column, named.get(value, value)).font = Font(bold=True)
    sheet.cell(top - 1 - bool(across and top - 1 == coordinate_from_string(across)[1]), columns[0], line.title)
    for place, key in enumerate(down):
        sheet[f"{letters}{top + place}"] = named.get(key, key)
        for column in columns:
            _input(sheet, f"{get_column_letter(column)}{top + place}", _form(definition, target.line))
    if _form(definition, target.line) in {WHOLE, POUNDS}:
        for column in columns:
            letter = get_column_letter(column)
            sheet[f"{letter}{top + len(down) + 1}"] = f"=SUM({letter}{top}:{letter}{top + len(down) - 1})"


def _input(sheet: Worksheet, cell: str, form: str) -> None:
    sheet[cell].protection, sheet[cell].fill, sheet[cell].number_format = OPEN, INPUT, form


def _form(definition: Definition, name: str) -> str:
    source = definition.line(name).source
    match source:
        case Entered():
            return {"money": POUNDS, "percent": PERCENT, "date": DAYS, "count": WHOLE}.get(source.kind, "@")
        case Known():
            return {"pathway-live": DAYS, "target": PERCENT, "baseline": PERCENT, "plan": WHOLE}.get(source.what, "@")
        case Measured():
            return PERCENT if MEASURES[source.measure].figure.kind is Kind.PERCENT else WHOLE
        case _:
            return PERCENT


def write(
    definition: Annotated[str, typer.Argument(help="The definition's id.")],
    file: Annotated[Path, typer.Argument(help="The file to be written.")],
) -> None:
    """Write the blank workbook of a return, with the demonstration's primary care networks."""
    with (Path(__file__).parent / "reference" / "pcns.csv").open(encoding="utf-8", newline="") as table:
        file.write_bytes(made(book.definition(definition), [row["pcn"] for row in csv.DictReader(table)]))


if __name__ == "__main__":
    typer.run(write)
