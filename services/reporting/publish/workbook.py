"""A return as a workbook: a plain one of our own, or the recipients' blank one filled in.

Of theirs only the values of cells change: the file's parts are copied as they are, so formats, formulas, protection, pictures and lists
stay. Each cell is judged before anything is written; what cannot be filled is refused in one line.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from lxml import etree
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.styles import Font
from openpyxl.styles.numbers import is_date_format
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.utils.cell import coordinate_from_string
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.xml.constants import REL_NS
from openpyxl.xml.constants import SHEET_MAIN_NS as MAIN

from services.reporting.publish.render import COLUMNS, Head, table
from services.reporting.rules.returns.compose import Row, number
from services.reporting.rules.returns.definition import Definition
from services.reporting.rules.returns.lines import Target

LARGEST = 64 * 2**20
"""Bytes of a workbook's parts unpacked: more is no form but an attack."""
_BEFORE_CALCULATION = ("sheets", "functionGroups", "externalReferences", "definedNames")


class Filling(NamedTuple):
    """One cell to be written; `content`: None leaves it as it is."""

    sheet: str
    cell: str
    content: Decimal | str | None


def plain(head: Head, rows: Sequence[Row]) -> bytes:
    """The lines of the CSV on one sheet, numbers as numbers."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)  # noqa: S101 - a new workbook has one
    sheet.title = "Return"
    sheet.append(COLUMNS)
    for cells in table(head, rows):
        place = sheet.max_row + 1
        for column, text in enumerate(cells, 1):
            value = number(text) if column == len(cells) and cells[-2] not in {"text", "date"} else None
            written = sheet.cell(place, column, value if value is not None else text)
            if value is None:
                written.data_type = "s"  # a text that begins with = is no formula
    for named in sheet[1]:
        named.font = Font(bold=True)
    for column, width in enumerate((34, 8, 12, 12, 30, 22, 60, 10, 10, 30, 12, 12, 9, 16), 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def filled(blank: bytes, definition: Definition, rows: Sequence[Row]) -> bytes:
    """Their workbook with our figures in the cells that the definition maps.

    ValueError, one line: no workbook; a sheet, cell or key that is not there; a cell that is merged away, holds a formula or is locked.
    """
    book = _opened(blank)
    ends = {sheet.title: (sheet.max_row, sheet.max_column) for sheet in book.worksheets}  # before a look at a cell makes it
    fillings = [filling for target in definition.cells for filling in _fillings(book, definition, target, rows)]
    taken: dict[tuple[str, str], Filling] = {}
    for filling in fillings:
        at = f"{filling.sheet}!{filling.cell}"
        if (filling.sheet, filling.cell) in taken:
            raise ValueError(f"{at}: two figures go there: correct the cell map of {definition.key}")
        taken[filling.sheet, filling.cell] = filling
        _may_be_filled(book[filling.sheet], filling.cell, at, *ends[filling.sheet])
    return _written(blank, [filling for filling in fillings if filling.content is not None], book)


def fits(blank: bytes, definition: Definition) -> None:
    """ValueError, one line, unless this is a workbook with every place that the definition's cell map names."""
    if not definition.cells:
        raise ValueError(f"{definition.key} has no cell map: say in [[cells]] where each line goes")
    book = _opened(blank)
    for target in definition.cells:
        if target.at:
            sheet, cell = _place(book, target.at, target.line)
            _may_be_filled(book[sheet], cell, target.at, book[sheet].max_row, book[sheet].max_column)
        for keys in filter(None, (target.down, target.across)):
            sheet, cell = _place(book, keys, target.line)
            if not _keys(book[sheet], cell, down=keys == target.down):
                raise ValueError(f"{keys}: nothing stands there, and the line {target.line} is found by it")


def _opened(blank: bytes) -> Workbook:
    try:
        with zipfile.ZipFile(io.BytesIO(blank)) as parts:
            if sum(part.file_size for part in parts.infolist()) > LARGEST:
                raise ValueError("the blank workbook is too large: a form is less than 64 MB")
        return load_workbook(io.BytesIO(blank))
    except (zipfile.BadZipFile, KeyError, OSError, etree.XMLSyntaxError, TypeError) as error:
        raise ValueError(f"the blank workbook cannot be read ({error}): save it as XLSX, without a password") from None


def _fillings(book: Workbook, definition: Definition, target: Target, rows: Sequence[Row]) -> Iterator[Filling]:
    """Of the rows of one line. A key of ours that is not in their table is refused; one of theirs that we lack stays as it is."""
    asked = [row for row in rows if row.line == target.line and target.code in {"", row.code} and target.value in {"", row.value}]
    named = dict(target.keys)
    if target.at:
        sheet, cell = _place(book, target.at, target.line)
        if len(asked) != 1:
            raise ValueError(f"{target.at}: the line {target.line} has {len(asked)} figures, not one: name its code or value, or use down")
        yield _filling(book[sheet], cell, asked[0])
        return
    sheet, cell = _place(book, target.down, target.line)
    lines = _keys(book[sheet], cell, down=True)
    columns = _keys(book[sheet], _place(book, target.across, target.line, sheet)[1], down=False) if target.across else {}
    for row in asked:
        codes = row.level == "pcn"
        key, other = (row.code, row.value) if codes else (row.value, "")
        line = lines.get(named.get(key, key))
        column = columns.get(named.get(other, other)) if columns else column_index_from_string(target.column)
        if line is None or column is None:
            missing, where = (key, target.down) if line is None else (other, target.across)
            raise ValueError(f"{where}: no {named.get(missing, missing)!r} is there, and the line {target.line} has a figure for it")
        yield _filling(book[sheet], f"{get_column_letter(column)}{line}", row)


def _place(book: Workbook, text: str, line: str, same: str = "") -> tuple[str, str]:
    sheet, _, cell = text.rpartition("!")
    if sheet not in book.sheetnames:
        raise ValueError(f"{text}: the workbook has no sheet {sheet!r} for the line {line}: it has {', '.join(book.sheetnames)}")
    if same and sheet != same:
        raise ValueError(f"{text}: the keys of {line} stand on two sheets, {same} and {sheet}")
    return sheet, cell


def _keys(sheet: Worksheet, cell: str, *, down: bool) -> dict[str, int]:
    """What stands from a cell on until an empty one, with its row or column."""
    letters, line = coordinate_from_string(cell)
    column = column_index_from_string(letters)
    found: dict[str, int] = {}
    while (value := sheet.cell(line, column).value) not in {None, ""}:
        found.setdefault(str(value).strip(), line if down else column)
        line, column = (line + 1, column) if down else (line, column + 1)
    return found


def _may_be_filled(sheet: Worksheet, cell: str, at: str, lines: int, columns: int) -> None:
    letters, line = coordinate_from_string(cell)
    if line > lines or column_index_from_string(letters) > columns:
        raise ValueError(f"{at}: no such cell: the sheet ends at {get_column_letter(columns)}{lines}")
    found = sheet[cell]
    if not isinstance(found, Cell):
        of = next(str(area) for area in sheet.merged_cells.ranges if cell in area)
        raise ValueError(f"{at}: it is merged away into {of}: name the first cell of it")
    if found.data_type == "f":
        raise ValueError(f"{at}: it holds a formula, which is theirs: name the cell that is to be filled")
    if sheet.protection.sheet and found.protection.locked:
        raise ValueError(f"{at}: it is locked: name a cell that may be filled")


def _filling(sheet: Worksheet, cell: str, row: Row) -> Filling:
    """A percentage goes into a cell formatted as one as a share, a day into a cell formatted as a date as its number."""
    found = sheet[cell]
    form = found.number_format if isinstance(found, Cell) else ""
    if row.kind == "date" and re.fullmatch(r"\d{4}-\d\d-\d\d", row.shown) and is_date_format(form):
        return Filling(sheet.title, cell, Decimal((date.fromisoformat(row.shown) - date(1899, 12, 30)).days))
    value = number(row.shown) if row.kind not in {"date", "text"} else None
    if value is not None and row.kind == "percent" and "%" in form:
        value /= 100
    return Filling(sheet.title, cell, row.shown or None if value is None else value)


def _written(blank: bytes, fillings: Sequence[Filling], book: Workbook) -> bytes:
    if book.epoch.year != 1899:
        raise ValueError("the blank workbook counts days from 1904: switch that off in it")
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(blank)) as theirs, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as ours:
        paths = _paths(theirs)
        for part in theirs.infolist():
            content = theirs.read(part)
            mine = [filling for filling in fillings if paths[filling.sheet] == part.filename]
            if mine:
                content = _sheet(content, mine)
            elif part.filename == "xl/workbook.xml":
                content = _to_be_calculated(content)
            ours.writestr(part, content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _xml(content: bytes) -> etree._Element:
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))


def _bytes(root: etree._Element) -> bytes:
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return written


def _paths(parts: zipfile.ZipFile) -> dict[str, str]:
    """Which part holds a sheet."""
    targets = {one.get("Id"): str(one.get("Target")) for one in _xml(parts.read("xl/_rels/workbook.xml.rels"))}
    relation = f"{{{REL_NS}}}id"
    sheets = _xml(parts.read("xl/workbook.xml")).iterfind(f"{{{MAIN}}}sheets/{{{MAIN}}}sheet")
    found = {str(sheet.get("name")): targets[sheet.get(relation)] for sheet in sheets}
    return {name: path.removeprefix("/") if path.startswith("/") else f"xl/{path}" for name, path in found.items()}


def _sheet(content: bytes, fillings: Sequence[Filling]) -> bytes:
    root = _xml(content)
    data = root.find(f"{{{MAIN}}}sheetData")
    assert data is not None  # noqa: S101 - it was read as a sheet
    for filling in fillings:
        letters, line = coordinate_from_string(filling.cell)
        row = _found(data, "row", str(line), lambda one: int(str(one.get("r"))))
        cell = _found(row, "c", f"{letters}{line}", lambda one: column_index_from_string(re.sub(r"\d", "", str(one.get("r")))))
        for child in list(cell):
            cell.remove(child)
        cell.attrib.pop("t", None)
        if isinstance(filling.content, Decimal):
            etree.SubElement(cell, f"{{{MAIN}}}v").text = f"{filling.content:f}"
        else:
            cell.set("t", "inlineStr")
            text = etree.SubElement(etree.SubElement(cell, f"{{{MAIN}}}is"), f"{{{MAIN}}}t")
            text.text = filling.content
            text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return _bytes(root)


def _found(parent: etree._Element, tag: str, name: str, order: Callable[[etree._Element], int]) -> etree._Element:
    """The row or cell of this name, made in its place where their file leaves it out."""
    made = etree.Element(f"{{{MAIN}}}{tag}", {"r": name})
    for place, one in enumerate(parent):
        if one.get("r") == name:
            return one
        if order(one) > order(made):
            parent.insert(place, made)
            return made
    parent.append(made)
    return made


def _to_be_calculated(content: bytes) -> bytes:
    """Their formulas are worked out anew when the file is opened."""
    root = _xml(content)
    calculation = root.find(f"{{{MAIN}}}calcPr")
    if calculation is None:
        calculation = etree.Element(f"{{{MAIN}}}calcPr")
        before = [child for child in root if etree.QName(child).localname in _BEFORE_CALCULATION]
        before[-1].addnext(calculation)
    calculation.set("fullCalcOnLoad", "1")
    return _bytes(root)
