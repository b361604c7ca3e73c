"""The published layout written, read back, and ours beside it. Lines of the published file of September 2024 where marked."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.rules.disclosure import own
from services.reporting.rules.layout import COLUMNS, ENGLAND, Breakdown, Key, Place, Row, Values, figure, lines, read, rows
from services.reporting.rules.published import MEASURES, MRS, OTHERS
from services.reporting.rules.reconcile import Cause, Reconciled, reconcile, unexplained

END = date(2024, 9, 30)
TRUST = Place(Breakdown.PROVIDER, "RXA", "WESTSIDE AND EASTSIDE, NHS TRUST")
ICB = Place(Breakdown.ICB, "XIB", "WESTSIDE AND EASTSIDE")
HEADER = ",".join(COLUMNS)
PUBLISHED = """\
01/07/2024,30/09/2024,Performance,England,England,England,NONE,NONE,MRS01,Number of CMH referral-spells receiving a full clock stop in the RP,13706
01/07/2024,30/09/2024,Performance,England,England,England,NONE,NONE,MRS01a,Number of CMH referral-spells receiving a full clock stop in less than 4 weeks in the RP,1148
01/07/2024,30/09/2024,Performance,England,England,England,NONE,NONE,MRS01b,Proportion of CMH referral-spells receiving a full clock stop in less than 4 weeks in the RP,8.375894
01/09/2024,30/09/2024,Performance,England,England,England,NONE,NONE,MRS02,Number of CMH referral-spells waiting for a full clock stop that were still open at the end of the RP,401057
01/09/2024,30/09/2024,Performance,England,England,England,NONE,NONE,MRS02e,Number of CMH referral-spells waiting more than 52 weeks for full clock stop that were still open at the end of the RP,156234
01/09/2024,30/09/2024,Performance,England,England,England,NONE,NONE,MRS02f,Proportion of CMH referral-spells waiting more than 52 weeks for full clock stop that were still open at the end of the RP,38.95556
01/09/2024,30/09/2024,Performance,England,England,England,NONE,NONE,MRS03,Number of open CMH referral-spells waiting for a 2nd contact at the end of the RP,166000
01/09/2024,30/09/2024,Performance,England,England,England,NONE,NONE,MRS03a,Median time (days) for open CMH referral-spells waiting for a 2nd contact at the end of the RP,90
01/09/2024,30/09/2024,Performance,England,England,England,NONE,NONE,MRS07f,Proportion of CMH referral-spells waiting more than 52 weeks for a 2nd contact that were still open at the end of the RP,22.359638
"""  # noqa: E501  # as published
WAITING = {"MRS01": 71, "MRS01a": 4, "MRS02": 400, "MRS02a": 3, "MRS02e": 61, "MRS03": 12, "MRS20": 8, "MRS21": 9}


def values(counts: Mapping[str, int] = WAITING) -> Values:
    return Values(counts, {"MRS03a": 12.5, "MRS03b": 712.49})


def shown(place: Place, compat: bool = False) -> dict[str, str]:
    return {row.measure_id: str(row.value) for row in rows(END, {place: values()}, MRS, compat=compat)}


def test_a_line_is_as_the_nation_publishes_it() -> None:
    counts = {"MRS01": 13706, "MRS01a": 1148, "MRS02": 401057, "MRS02e": 156234, "MRS03": 166000, "MRS07e": 37117}
    wanted = [MEASURES[line.split(",")[8]] for line in PUBLISHED.splitlines()]
    written = list(lines(rows(END, {ENGLAND: Values(counts, {"MRS03a": 90.0})}, wanted)))
    assert written == [HEADER + "\n", *PUBLISHED.splitlines(keepends=True)]


def test_a_provider_in_the_national_layout() -> None:
    found = shown(TRUST)
    assert len(found) == 26
    assert {measure: value for measure, value in found.items() if value != "*"} == {
        "MRS01": "70", "MRS02": "400", "MRS02e": "60", "MRS02f": "15", "MRS03": "10", "MRS03a": "13", "MRS03b": "712", "MRS20": "10",
        "MRS21": "10", "MRS22": "89",
    }  # fmt: skip


def test_the_published_code_hides_mrs02f_with_mrs02a() -> None:
    """Q6."""
    changed = {measure for measure, value in shown(TRUST).items() if value != shown(TRUST, compat=True)[measure]}
    assert changed == {"MRS02f"}
    assert shown(TRUST, compat=True)["MRS02f"] == "*"


def test_rows_stand_in_the_published_order() -> None:
    found = rows(END, {TRUST: values(), ENGLAND: values(), ICB: values()}, [*MRS, *OTHERS])
    order = [(row.start, row.breakdown) for row in found]
    assert order == sorted(order)
    assert [key for key, _ in groupby(order)] == [
        (start, breakdown)
        for start in (date(2023, 10, 1), date(2024, 7, 1), date(2024, 9, 1))
        for breakdown in ("England", "ICB of GP Practice or Residence", "Provider")
    ]
    assert [row.measure_id for row in found if row.start.month == 7 and row.primary == "England"] == [
        "MHS106", "MHS106a", "MHS106b", "MHS107a", "MHS107b", "MHS124", "MHS125", "MHS126", "MHS127", "MHS128", "MHS129",
        "MRS01", "MRS01a", "MRS01b", "MRS04", "MRS05", "MRS15", "MRS21",
    ]  # fmt: skip


def test_what_is_written_is_read_back() -> None:
    found = rows(END, {TRUST: values(), ENGLAND: values(), ICB: values()}, [*MRS, *OTHERS])
    theirs, faults = read("".join(lines(found)))
    assert faults == []
    assert [each.key for each in theirs] == [row.key for row in found]
    assert {each.key: "*" if each.value is None else str(each.value) for each in theirs} == {row.key: str(row.value) for row in found}


def test_a_published_file_may_come_in_another_dress() -> None:
    """A byte order mark, other columns first, other case, blanks, ISO dates, thousands, an empty line, CRLF."""
    order = [*reversed(COLUMNS), "EXTRA"]
    cells = dict(zip(COLUMNS, PUBLISHED.splitlines()[0].split(","), strict=True)) | {
        "EXTRA": "", "REPORTING_PERIOD_END": "2024-09-30", "MEASURE_VALUE": '"13,706 "', "SECONDARY_LEVEL": "",
    }  # fmt: skip
    text = "\ufeff" + ",".join(f" {name.lower()}" for name in order) + "\r\n" + ",".join(cells[name] for name in order) + "\r\n,,\r\n"
    theirs, faults = read(text)
    assert faults == []
    assert [(each.line, each.key, each.value) for each in theirs] == [(2, Key(END, "England", "England", "NONE", "MRS01"), Decimal(13706))]


LINE = PUBLISHED.splitlines()[0]


@pytest.mark.parametrize(
    ("line", "column", "remedy"),
    [
        (LINE.replace("13706", "about 5"), "MEASURE_VALUE", "'about 5' is neither a number nor *"),
        (LINE.replace("13706", "-3"), "MEASURE_VALUE", "'-3' is neither"),
        (LINE.replace("13706", "NaN"), "MEASURE_VALUE", "'NaN' is neither"),
        (LINE.replace("13706", ""), "MEASURE_VALUE", "is empty"),
        (LINE.replace("30/09/2024", "31/09/2024"), "REPORTING_PERIOD_END", "'31/09/2024' is no date: write it as 30/09/2024"),
        (LINE.replace("01/07/2024", "1 July"), "REPORTING_PERIOD_START", "'1 July' is no date"),
        (LINE.replace("MRS01", ""), "MEASURE_ID", "is empty"),
        (LINE + ",more", "REPORTING_PERIOD_START", "12 cells where the first line has 11"),
        (LINE.replace("13706", "13707"), "MEASURE_VALUE", "line 2 says something else of the same figure"),
        ('"' + LINE, "REPORTING_PERIOD_START", "not CSV from here on"),
    ],
)
def test_a_fault_names_its_line_and_loses_no_other(line: str, column: str, remedy: str) -> None:
    theirs, faults = read(f"{HEADER}\n{LINE}\n{line}")
    assert [each.line for each in theirs] == [2]
    assert [(fault.line, fault.column, fault.remedy.startswith(remedy)) for fault in faults] == [(3, column, True)]


def test_a_file_of_another_kind_is_refused_whole() -> None:
    theirs, faults = read("provider,person\nRXA,1\n")
    assert theirs == []
    assert [(fault.line, fault.remedy) for fault in faults] == [
        (1, f"the first line must name each column of the published layout once: {', '.join(COLUMNS)}")
    ]
    assert read("")[1][0].line == 1


@given(st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    read(text)
    read(f"{HEADER}\n{text}")


def beside(theirs: dict[str, str], place: Place = TRUST, provider: bool = False) -> dict[str, Reconciled]:
    ours = [row for row in rows(END, {place: values()}, MRS) if row.measure_id in theirs]
    text = "\n".join([HEADER, *(_published(row, theirs[row.measure_id]) for row in ours)])
    seen = {row.key: own(exact) for row in ours if (exact := figure(MEASURES[row.measure_id], values())) is not None}
    found = reconcile(ours, read(text)[0], seen if provider else None, rows(END, {place: values()}, MRS, compat=True))
    return {each.key.measure_id: each for each in found}


def _published(row: Row, value: str) -> str:
    return f'01/09/2024,30/09/2024,Final,{row.breakdown},{row.primary},"{row.primary_description}",NONE,NONE,{row.measure_id},,{value}'


@pytest.mark.parametrize(
    ("measure", "theirs", "cause", "difference"),
    [
        ("MRS02", "400", Cause.SAME, "+0"),
        ("MRS02", "405", Cause.ONE_STEP, "+5"),
        ("MRS02", "390", Cause.DIFFERENT, "-10"),
        ("MRS02", "*", Cause.HIDDEN_THERE, ""),
        ("MRS02", "", Cause.ONLY_OURS, ""),
        ("MRS02f", "*", Cause.ODDITY, ""),
        ("MRS02f", "16", Cause.DIFFERENT, "+1"),
        ("MRS01a", "*", Cause.SUPPRESSION, ""),
        ("MRS01a", "5", Cause.HIDDEN_HERE, ""),
    ],
)
def test_ours_beside_theirs(measure: str, theirs: str, cause: Cause, difference: str) -> None:
    found = beside({measure: theirs})[measure]
    assert (found.cause, found.difference) == (cause, difference)


def test_a_provider_sees_its_own_figure_beside_the_published_one() -> None:
    found = beside({"MRS01": "70", "MRS01a": "*", "MRS02": "400", "MRS22": "89"}, provider=True)
    assert {measure: (each.ours, each.published, each.theirs, each.difference, each.cause) for measure, each in found.items()} == {
        "MRS01": ("71", "70", "70", "-1", Cause.ROUNDING),
        "MRS01a": ("4", "*", "*", "", Cause.SUPPRESSION),
        "MRS02": ("400", "400", "400", "+0", Cause.SAME),
        "MRS22": ("88.888889", "89", "89", "+0.111111", Cause.ROUNDING),
    }
    assert unexplained(list(found.values())) == []


def test_what_the_published_file_has_beyond_ours() -> None:
    ours = rows(END, {TRUST: values()}, MRS[:1])
    theirs, _ = read(
        "\n".join(
            [
                HEADER,
                *(_published(row, "5") for row in rows(END, {TRUST: values(), ICB: values()}, MRS[:2])),
                LINE.replace("MRS01", "MRS08"),
            ]
        )
    )
    assert [(each.key.measure_id, each.cause) for each in reconcile(ours, theirs)] == [
        ("MRS01", Cause.DIFFERENT),
        ("MRS01a", Cause.ONLY_THEIRS),
    ]
