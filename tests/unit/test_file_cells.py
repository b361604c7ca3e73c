"""Cells of files in the MHSDS shape: each kind read, and each fault named with its remedy."""

from collections.abc import Mapping
from datetime import date

import pytest

from services.referrals.rules.mhsds import layout
from services.referrals.rules.mhsds.layout import TABLES
from services.referrals.rules.mhsds.reading import Reading, TableReader

ISO = Reading.on("RXX", date(2024, 8, 20), uk=False)
UK = Reading.on("RXX", date(2024, 8, 20), uk=True)


def read(table: str, cells: Mapping[str, str], reading: Reading = ISO) -> tuple[str, str] | dict[str, str]:
    """(column, reason) of a refused row, else its cells that are not blank."""
    reader = TableReader(TABLES[table], list(cells), reading)
    assert reader.fault is None
    found = reader.read(list(cells.values()))
    if found.fault is not None:
        return found.fault.column, found.fault.reason
    return {column.name: cell for column, cell in zip(TABLES[table].columns, found.cells, strict=True) if cell}


PERSON, CONTACT, REFERRAL, SCORE = "MHS001MPI", "MHS201CareContact", "MHS101Referral", "MHS606CodedScoreAssessmentRefer"


GOOD = {"id": "X1", "date": "2024-07-01", "stamp": "2024-07-01T09:00:00Z", "number": "3", "code": "10"}


def filled(table: str, column: str, text: str) -> dict[str, str]:
    """A row with what the table requires, and this cell."""
    return {one.name: GOOD[one.kind] for one in TABLES[table].columns if one.required} | {column: text}


@pytest.mark.parametrize(
    ("table", "column", "text", "expected"),
    [
        (PERSON, "PersonBirthDate", "1980-02-29", "1980-02-29"),
        (PERSON, "LocalPatientID", " P 1 ", "P 1"),
        (CONTACT, "CareContTime", "09:30", "09:30:00"),
        (CONTACT, "CareContDate", "2025-08-20", "2025-08-20"),  # booked ahead
        (SCORE, "AssToolCompTimestamp", "2024-07-29T23:30:00Z", "2024-07-29T23:30:00+00:00"),
        (SCORE, "AssToolCompTimestamp", "2024-07-29T11:00:00+01:00", "2024-07-29T11:00:00+01:00"),
        (SCORE, "PersScore", "012.50", "12.5"),
    ],
)
def test_cells_are_read_in_one_notation(table: str, column: str, text: str, expected: str) -> None:
    found = read(table, filled(table, column, text))
    assert isinstance(found, dict)
    assert found[column] == expected


def test_headings_match_whatever_their_case_and_other_columns_are_passed_over() -> None:
    assert read(PERSON, {"localpatientid": "P1", "Unknown": "x\x00"}) == {"LocalPatientID": "P1"}


@pytest.mark.parametrize(
    ("table", "column", "text", "reason"),
    [
        (PERSON, "PersonBirthDate", "29/02/1980", "bad-value"),
        (PERSON, "PersonBirthDate", "1981-02-29", "impossible-date"),
        (PERSON, "PersonBirthDate", "1900-01-01", "impossible-date"),
        (PERSON, "PersonBirthDate", "2900-01-01", "impossible-date"),
        (PERSON, "PersonBirthDate", "19800101", "bad-value"),
        (PERSON, "LocalPatientID", "P|1", "bad-value"),
        (PERSON, "LocalPatientID", "P" * 65, "too-long"),
        (PERSON, "LocalPatientID", "", "missing-field"),
        (PERSON, "LocalPatientID", "P\udce9", "not-utf8"),
        (PERSON, "Postcode", "XW1\x00 1AA", "bad-text"),
        (CONTACT, "AttendStatus", "9", "unknown-code"),
        (CONTACT, "ConsMechanismMH", "99", "unknown-code"),
        (CONTACT, "CareContTime", "25:00:00", "bad-value"),
        (REFERRAL, "ServTeamType", "a06", "bad-value"),
        (REFERRAL, "ClinRespPriorityType", "5", "unknown-code"),
        (REFERRAL, "ReferRejectReason", "99", "unknown-code"),
        (SCORE, "PersScore", "n/a", "bad-value"),
        (SCORE, "AssToolCompTimestamp", "2024-07-29 11:00:00", "bad-value"),
        ("MHS202CareActivity", "Procedure", "|a term|", "bad-value"),
    ],
)
def test_a_bad_cell_is_refused_by_its_column(table: str, column: str, text: str, reason: str) -> None:
    assert read(table, filled(table, column, text)) == (column, reason)


def test_uk_dates_are_refused_by_name_unless_they_are_asked_for() -> None:
    reader = TableReader(layout.PERSON, ["LocalPatientID", "PersonBirthDate"], ISO)
    fault = reader.read(["P1", "29/02/1980"]).fault
    assert fault is not None
    assert fault.detail == "29/02/1980 is written dd/mm/yyyy: write it as 1980-02-29, or import with --dates uk"
    assert read(PERSON, {"LocalPatientID": "P1", "PersonBirthDate": "29/02/1980"}, UK) == {
        "LocalPatientID": "P1",
        "PersonBirthDate": "1980-02-29",
    }


def test_a_row_of_another_provider_or_of_half_a_line_is_refused() -> None:
    assert read(PERSON, {"LocalPatientID": "P1", "OrgIDProv": "RYY"}) == ("LocalPatientID", "provider-mismatch")
    reader = TableReader(layout.PERSON, ["LocalPatientID", "PersonBirthDate"], ISO)
    fault = reader.read(["P1"]).fault
    assert fault is not None
    assert (fault.reason, fault.column) == ("cut-short", "")


def test_a_code_that_only_warns_leaves_the_row() -> None:
    reader = TableReader(layout.OTHER_TEAM, ["ServiceRequestID", "OtherCareProfTeamLocalID", "ReferRejectReason"], ISO)
    found = reader.read(["R1", "T1", "77"])
    assert found.fault is None
    assert [(one.column, one.reason) for one in found.warnings] == [("ReferRejectReason", "unknown-code")]


def test_a_cell_that_looks_like_an_nhs_number_is_told_without_its_digits() -> None:
    reader = TableReader(layout.CONTACT, ["AttendStatus"], ISO)
    fault = reader.read(["999 000 0018"]).fault
    assert fault is not None
    assert "### ### ####" in fault.detail


@pytest.mark.parametrize(
    ("heading", "column"), [(["PersonBirthDate"], "LocalPatientID"), (["LocalPatientID", "LOCALPATIENTID"], "LocalPatientID")]
)
def test_a_heading_that_lacks_a_column_or_has_it_twice_refuses_the_file(heading: list[str], column: str) -> None:
    fault = TableReader(layout.PERSON, heading, ISO).fault
    assert fault is not None
    assert fault.column == column
