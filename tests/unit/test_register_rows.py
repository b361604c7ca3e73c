"""Rows of a register extract -> the records that they state."""

from datetime import date
from typing import get_args

import pytest

from services.referrals.rules.mhsds.reading import Fault, Reading, TableReader
from services.referrals.rules.readings import LIMITS
from services.referrals.rules.readings import READINGS as OF_ELEMENT
from services.referrals.rules.register import CONDITIONS, LISTED, OUTCOMES, READINGS, TABLE, Row, stated
from shared.events.health import HealthCheck, Register
from shared.events.people import Preference

GOOD = {"practice": "XG0101", "local_id": "P1", "condition": "schizophrenia", "entered_on": "2020-01-01"}


def rows(cells: dict[str, str], *, uk: bool = False) -> tuple[Row | Fault, list[Fault]]:
    reader = TableReader(TABLE, list(cells), Reading.on("", date(2024, 7, 31), uk=uk))
    assert reader.fault is None
    read = reader.read(list(cells.values()))
    return (read.fault or stated(read.cells, read.warnings)), read.warnings


def row(**cells: str) -> Row:
    found, _ = rows(GOOD | cells)
    assert isinstance(found, Row), found
    return found


def refused(**cells: str) -> Fault:
    found, _ = rows(GOOD | cells)
    assert isinstance(found, Fault), found
    return found


def test_the_closed_lists_are_those_of_the_events() -> None:
    def codes(annotation: object) -> set[str]:
        return {part for inner in get_args(annotation) for part in ({inner} if isinstance(inner, str) else codes(inner))}

    assert codes(Register.model_fields["condition"].annotation) | set(get_args(Register.model_fields["condition"].annotation)) == CONDITIONS
    assert set(get_args(HealthCheck.model_fields["status"].annotation)) == OUTCOMES
    assert set(get_args(HealthCheck.model_fields["element"].annotation)) == READINGS.keys()
    for name, allowed in LISTED.items():
        assert codes(Preference.model_fields[name].annotation) == allowed


def test_every_column_of_readings_is_a_reading_of_its_element_in_a_unit_that_is_taken() -> None:
    for element, columns in READINGS.items():
        for name, unit in columns.values():
            assert name in OF_ELEMENT[element]
            assert name == "smoking status" or any(unit in (limits.units or (None,)) for limits in LIMITS[name])


def test_a_whole_row() -> None:
    one = row(
        nhs_number="999 000 0018", name="Ada Amber", telephone="01632 960001", birth_date="1980-05-17", ethnicity="A", responsible="RXA",
        channels="text; call", formats="easy read", opt_out="no", blood_pressure_on="2024-05-01", systolic_mmhg="128", diastolic_mmhg="79",
        smoking_on="2024-05-02", smoking_status="never", bmi_on="2024-05-02", bmi_outcome="declined",
    )  # fmt: skip
    assert one.details == {"local_id": "P1", "nhs_number": "999 000 0018", "name": "Ada Amber", "telephone": "01632 960001"}
    assert one.person == {"birth_date": "1980-05-17", "ethnicity": "A", "practice": "XG0101"}
    entry = {"condition": "schizophrenia", "entered_on": "2020-01-01", "practice": "XG0101", "responsible": "RXA"}
    assert (one.entry, one.left_out) == (entry, [])
    assert one.wishes == {"channels": ["text", "call"], "formats": ["easy read"], "opt_out": False}
    pressure = [{"name": "systolic", "value": 128.0, "unit": "mmHg"}, {"name": "diastolic", "value": 79.0, "unit": "mmHg"}]
    assert [check.data for check in one.checks] == [
        {"element": "blood pressure", "on": "2024-05-01", "status": "recorded", "readings": pressure},
        {"element": "bmi", "on": "2024-05-02", "status": "declined"},
        {"element": "smoking", "on": "2024-05-02", "status": "recorded", "readings": [{"name": "smoking status", "value": "never"}]},
    ]


def test_a_field_of_a_check_is_told_at_its_column() -> None:
    (check,) = row(blood_lipids_on="2024-05-01", total_cholesterol_mmol_l="4.1", triglycerides_mmol_l="1.2").checks
    fields = ("data.readings.0.value", "data.readings.1.unit", "data.on", "data.status", None)
    assert [check.column(field) for field in fields] == [
        "total_cholesterol_mmol_l", "triglycerides_mmol_l", "blood_lipids_on", "blood_lipids_outcome", "blood_lipids_on",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"local_id": ""}, "local_id", "missing-field"),
        ({"local_id": "P|1"}, "local_id", "bad-value"),
        ({"condition": "depression"}, "condition", "unknown-code"),
        ({"entered_on": "01/02/2020"}, "entered_on", "bad-value"),
        ({"entered_on": "2020-02-30"}, "entered_on", "impossible-date"),
        ({"entered_on": "2025-01-01"}, "entered_on", "impossible-date"),
        ({"left_on": "soon"}, "left_on", "bad-value"),
        ({"birth_date": "2020-01-02"}, "entered_on", "impossible-date"),
        ({"birth_date": "1900-01-01"}, "birth_date", "impossible-date"),
        ({"name": "Ada\x07"}, None, None),
    ],
)
def test_a_row_that_is_no_entry_is_refused_and_a_bad_cell_beside_it_is_not(cells: dict[str, str], column: str, reason: str) -> None:
    if column is None:
        one, warnings = rows(GOOD | cells)
        assert isinstance(one, Row)
        assert [(fault.column, fault.reason) for fault in warnings] == [("name", "bad-text")]
        return
    assert refused(**cells)[:2] == (column, reason)


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"bmi_on": "yesterday"}, "bmi_on", "bad-value"),
        ({"bmi_on": "2024-05-01", "bmi_outcome": "refused"}, "bmi_outcome", "unknown-code"),
    ],
)
def test_an_element_that_cannot_be_read_is_left_out_and_the_rest_is_taken(cells: dict[str, str], column: str, reason: str) -> None:
    one, warnings = rows(GOOD | cells | {"bmi_kg_m2": "24", "alcohol_on": "2024-05-01", "audit_c": "3"})
    assert isinstance(one, Row)
    assert [(fault.column, fault.reason) for fault in warnings] == [(column, reason)]
    assert [check.element for check in one.checks] == ["alcohol"]


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"bmi_kg_m2": "24"}, "bmi_on", "missing-field"),
        ({"bmi_outcome": "declined"}, "bmi_on", "missing-field"),
        ({"birth_date": "1990-01-01", "bmi_on": "1989-01-01", "bmi_kg_m2": "24"}, "bmi_on", "impossible-date"),
        ({"channels": "text; fax"}, "channels", "unknown-code"),
    ],
)
def test_what_is_no_record_of_a_row_is_named(cells: dict[str, str], column: str, reason: str) -> None:
    one = row(**cells)
    assert [(fault.column, fault.reason) for fault in one.left_out] == [(column, reason)]
    assert one.checks == []


def test_a_reading_that_is_no_number_is_left_out_of_its_check() -> None:
    one, warnings = rows(GOOD | {"blood_pressure_on": "2024-05-01", "systolic_mmhg": "high", "diastolic_mmhg": "80"})
    assert [(fault.column, fault.reason) for fault in warnings] == [("systolic_mmhg", "bad-value")]
    assert isinstance(one, Row)
    assert [reading["name"] for reading in one.checks[0].data["readings"]] == ["diastolic"]


def test_dates_the_british_way() -> None:
    one, _ = rows(GOOD | {"entered_on": "31/01/2020"}, uk=True)
    assert isinstance(one, Row)
    assert one.entry["entered_on"] == "2020-01-31"
