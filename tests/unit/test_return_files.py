"""Returns as files: CSV, JSON, a plain sheet, and the recipients' blank workbook filled in with everything else left as it was."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Protection
from openpyxl.worksheet.worksheet import Worksheet

from deploy.blank_workbook import made
from services.reporting.publish.render import COLUMNS, Head, as_csv, as_json
from services.reporting.publish.workbook import filled, plain
from services.reporting.rules.returns import book
from services.reporting.rules.returns.compose import Row
from services.reporting.rules.returns.definition import Definition, parse
from tests.unit.test_returns import HEAD, line

ROWS = [
    Row("waiting", "icb", "XIB", "", "", "count", "1200"),
    Row("each", "pcn", "P1", "", "", "count", "700"),
    Row("each", "pcn", "P2", "", "", "count", "*"),
    Row("ages", "icb", "XIB", "age", "18-25", "count", "120"),
    Row("ages", "icb", "XIB", "age", "65+", "count", "305"),
    Row("share", "icb", "XIB", "", "", "percent", "12.5"),
    Row("since", "icb", "XIB", "", "", "date", "2021-10-01"),
    Row("why", "icb", "XIB", "", "", "text", '=HYPERLINK("x") & <b>'),
    Row("none", "icb", "XIB", "", "", "money", "nil"),
]
LINES = (
    line("waiting", measure="MRS04"), line("each", measure="MRS04", level="pcn"),
    line("ages", measure="MRS04", by="age", values=["18-25", "65+"]), line("share", entered="percent", owner="analyst"),
    line("since", entered="date", owner="analyst"), line("why", entered="text", owner="analyst"),
    line("none", entered="money", owner="analyst"),
)  # fmt: skip
CELLS = """
[[cells]]
line = "waiting"
at = "Return!C3"
[[cells]]
line = "each"
down = "Return!B7"
column = "C"
keys = { P1 = "First network" }
[[cells]]
line = "ages"
at = "Return!E3"
value = "65+"
[[cells]]
line = "share"
at = "Return!C4"
[[cells]]
line = "since"
at = "Return!C5"
[[cells]]
line = "why"
at = "Words!A2"
[[cells]]
line = "none"
at = "Return!D5"
"""


def stated(cells: str = CELLS) -> Definition:
    each = "\n".join(f"[[lines]]\nsection = 'one'\ntitle = 'A line'\n{one}" for one in LINES)
    return parse(HEAD + each + cells, book.known())


def head() -> Head:
    return Head(stated(), "XIB", stated().period_of("2025-26-Q2"), 1, {"XIB": "Westside", "P1": "First"})


def blank(change: Callable[[Workbook], None] = lambda workbook: None) -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "Return"
    sheet["A1"] = "Their title"
    sheet.merge_cells("A1:F1")
    sheet["C4"].number_format, sheet["C5"].number_format = "0.0%", "dd/mm/yyyy"
    for place, key in enumerate(("First network", "P2", "Theirs alone"), 7):
        sheet.cell(place, 2, key)
    sheet["C11"] = "=SUM(C7:C10)"
    for row in sheet["C3:F9"]:
        for cell in row:
            cell.protection = Protection(locked=False)
    sheet.protection.sheet = True
    words = workbook.create_sheet("Words")
    words["A1"], words["A2"], words["A3"] = "In words", "", "end"
    words.merge_cells("A2:D2")
    change(workbook)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def test_figures_go_where_the_cell_map_says_and_all_else_stays() -> None:
    theirs = blank()
    ours = filled(theirs, stated(), ROWS)
    sheet, words = load_workbook(io.BytesIO(ours))["Return"], load_workbook(io.BytesIO(ours))["Words"]
    assert [sheet[cell].value for cell in ("C3", "C4", "C7", "C8", "C9", "E3", "D5")] == [1200, 0.125, 700, "*", None, 305, "nil"]
    assert sheet["C5"].value == datetime(2021, 10, 1)  # noqa: DTZ001 - a cell of a workbook knows no zone
    assert (words["A2"].value, words["A2"].data_type) == ('=HYPERLINK("x") & <b>', "s")
    assert (sheet["C11"].value, sheet["C4"].number_format, sheet.protection.sheet) == ("=SUM(C7:C10)", "0.0%", True)
    assert [str(area) for area in sheet.merged_cells.ranges] == ["A1:F1"]
    with zipfile.ZipFile(io.BytesIO(theirs)) as before, zipfile.ZipFile(io.BytesIO(ours)) as after:
        assert before.namelist() == after.namelist()
        changed = {name for name in before.namelist() if before.read(name) != after.read(name)}
    assert changed == {"xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml", "xl/workbook.xml"}
    assert load_workbook(io.BytesIO(ours)).calculation.fullCalcOnLoad


def test_a_table_with_keys_down_and_across() -> None:
    cells = '[[cells]]\nline = "cross"\ndown = "Return!B7"\nacross = "Return!C6"\nkeys = { P1 = "First network" }\n'
    crossed = (
        f"[[lines]]\nsection = 'one'\ntitle = 'A line'\n{line('cross', measure='MRS04', level='pcn', by='age', values=['18-25', '65+'])}\n"
    )
    definition = parse(HEAD + crossed + cells, book.known())

    def headed(workbook: Workbook) -> None:
        workbook["Return"]["C6"], workbook["Return"]["D6"] = "65+", "18-25"

    rows = [Row("cross", "pcn", code, "age", age, "count", str(many)) for code, age, many in (("P1", "18-25", 15), ("P2", "65+", 20))]
    sheet = load_workbook(io.BytesIO(filled(blank(headed), definition, rows)))["Return"]
    assert [[cell.value for cell in row] for row in sheet["C7:D8"]] == [[None, 15], [20, None]]


def _locked(workbook: Workbook) -> None:
    workbook["Return"]["C3"].protection = Protection(locked=True)


def _formula(workbook: Workbook) -> None:
    workbook["Return"]["C3"] = "=1+1"


def _merged(workbook: Workbook) -> None:
    workbook["Return"].merge_cells("B3:D3")


def _renamed(workbook: Workbook) -> None:
    workbook["Words"].title = "Narrative"


def _other_key(workbook: Workbook) -> None:
    workbook["Return"]["B8"] = "P7"


@pytest.mark.parametrize(
    ("change", "cells", "wrong"),
    [
        (_locked, CELLS, "Return!C3: it is locked"),
        (_formula, CELLS, "Return!C3: it holds a formula"),
        (_merged, CELLS, "Return!C3: it is merged away into B3:D3"),
        (_renamed, CELLS, "Words!A2: the workbook has no sheet 'Words' for the line why: it has Return, Narrative"),
        (_other_key, CELLS, "Return!B7: no 'P2' is there, and the line each has a figure for it"),
        (lambda workbook: None, CELLS.replace("Return!C3", "Return!C30"), "Return!C30: no such cell: the sheet ends at F11"),
        (lambda workbook: None, CELLS.replace("Return!D5", "Return!C3"), "Return!C3: two figures go there"),
        (lambda workbook: None, CELLS.replace('value = "65+"', ""), "Return!E3: the line ages has 2 figures, not one"),
    ],
)
def test_a_cell_that_cannot_be_filled_is_refused_in_one_line(change: Callable[[Workbook], None], cells: str, wrong: str) -> None:
    with pytest.raises(ValueError, match="^" + wrong.replace("!", r"\!")) as refused:
        filled(blank(change), stated(cells), ROWS)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"PK", b"not a workbook", blank()[:2000]])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="the blank workbook cannot be read"):
        filled(content, stated(), ROWS)


def test_csv_json_and_the_plain_sheet_say_the_same() -> None:
    header, *lines = csv.reader(io.StringIO(as_csv(head(), ROWS).decode()))
    assert tuple(header) == COLUMNS
    assert lines[1] == [
        "trial:XIB:2025-26-Q2", "1", "2025-07-01", "2025-09-30", "One", "each", "A line", "pcn", "P1", "First", "", "", "count", "700",
    ]  # fmt: skip
    assert [cells[-1] for cells in lines][-2:] == ['\'=HYPERLINK("x") & <b>', "nil"], "no spreadsheet takes it for a formula"
    told = json.loads(as_json(head(), ROWS))
    assert (told["organisation"], told["period"]["end"]) == ({"code": "XIB", "name": "Westside"}, str(date(2025, 9, 30)))
    assert [row["shown"] for row in told["rows"]] == [row.shown for row in ROWS]
    sheet = load_workbook(io.BytesIO(plain(head(), ROWS)))["Return"]
    shown = [row[-1].value for row in sheet.iter_rows(min_row=2)]
    assert shown == [1200, 700, "*", 120, 305, 12.5, "2021-10-01", '=HYPERLINK("x") & <b>', "nil"]
    assert sheet["N9"].data_type == "s"


@pytest.mark.parametrize("definition", book.definitions().values(), ids=lambda definition: definition.id)
def test_each_definition_fills_the_demonstrations_blank_workbook(definition: Definition) -> None:
    """The map of every line that is mapped leads to a cell that may be filled."""
    mapped = {target.line for target in definition.cells}
    assert {line.id for line in definition.lines} - mapped <= {
        "target", "plan", "against-plan", "comment", "roles", "eip-two-weeks-target", "checked-target",
    }  # fmt: skip
    rows: list[Row] = []
    for one in definition.lines:
        if one.id in mapped:
            values = getattr(one.source, "values", ()) or ("",)
            pcn = getattr(one.source, "level", "") == "pcn" or getattr(one.source, "by", "") == "pcn" or one.id == "pcn-criteria"
            for code in ("P1", "P2") if pcn else ("XIB",):
                by = getattr(one.source, "by", "") if not pcn else ""
                rows += [Row(one.id, "pcn" if pcn else "icb", code, by, value, "text", str(len(rows) + 10)) for value in values]
    ours = load_workbook(io.BytesIO(filled(made(definition, ["P1", "P2"]), definition, rows)))
    found = {cell.value for sheet in ours.worksheets for row in sheet.iter_rows() for cell in row}
    assert {row.shown for row in rows} <= found
