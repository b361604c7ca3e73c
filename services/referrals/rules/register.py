"""A register extract: the columns of its one table, and the records that a row states. Pure.

One row is one person on the register of one practice: who it is, the entry, wishes, and the latest check of each element.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from services.referrals.rules.mhsds.layout import Column, Table
from services.referrals.rules.mhsds.reading import Fault

Data = dict[str, Any]
READINGS: Mapping[str, Mapping[str, tuple[str, str | None]]] = {
    "blood pressure": {"systolic_mmhg": ("systolic", "mmHg"), "diastolic_mmhg": ("diastolic", "mmHg")},
    "bmi": {"bmi_kg_m2": ("bmi", "kg/m2")},
    "blood glucose": {
        "hba1c_mmol_mol": ("hba1c", "mmol/mol"),
        "hba1c_percent": ("hba1c", "%"),
        "fasting_glucose_mmol_l": ("fasting glucose", "mmol/L"),
        "random_glucose_mmol_l": ("random glucose", "mmol/L"),
    },
    "blood lipids": {
        "total_cholesterol_mmol_l": ("total cholesterol", "mmol/L"),
        "hdl_cholesterol_mmol_l": ("hdl cholesterol", "mmol/L"),
        "ldl_cholesterol_mmol_l": ("ldl cholesterol", "mmol/L"),
        "triglycerides_mmol_l": ("triglycerides", "mmol/L"),
    },
    "smoking": {"smoking_status": ("smoking status", None)},
    "alcohol": {"audit_c": ("audit-c", None), "alcohol_units_week": ("alcohol", "units/week")},
    "weight": {"weight_kg": ("weight", "kg")},
    "blood count": {"white_cells_10_9_l": ("white cells", "10*9/L"), "neutrophils_10_9_l": ("neutrophils", "10*9/L")},
}
"""By element, its columns of readings: the name and unit that each holds. The unit stands in the heading, so no value lacks one."""
YES = {"yes": True, "no": False}
CONDITIONS = frozenset({"schizophrenia", "bipolar affective disorder", "other psychosis"})
OUTCOMES = frozenset({"recorded", "declined", "unsuitable"})
LISTED: Mapping[str, frozenset[str]] = {
    "channels": frozenset({"letter", "text", "email", "call", "peer support", "home visit"}),
    "formats": frozenset({"easy read", "large print", "braille", "audio", "sign language"}),
}
"""The closed lists of the events."""


def _named(element: str, what: str) -> str:
    return f"{element.replace(' ', '_')}_{what}"


def _element(element: str) -> tuple[Column, ...]:
    words = {"smoking_status"}
    numbers = [Column(name, "code" if name in words else "number", spares=True) for name in READINGS[element]]
    status = Column(_named(element, "outcome"), "text", longest=20, allowed=OUTCOMES, spares=True)
    return (Column(_named(element, "on"), "date", spares=True), status, *numbers)


def _text(name: str, longest: int = 200) -> Column:
    return Column(name, "text", longest=longest, spares=True)


TABLE = Table(
    "register",
    (
        Column("practice", required=True, longest=10),
        Column("local_id", "id", required=True, longest=64),
        Column("nhs_number", "text", longest=40),
        _text("name"),
        _text("telephone"),
        _text("email"),
        _text("address"),
        _text("postcode", 10),
        Column("birth_date", "date"),
        Column("death_date", "date"),
        Column("gender", longest=2, spares=True),
        Column("ethnicity", longest=3, spares=True),
        Column("language", longest=10, spares=True),
        Column("condition", "text", required=True, longest=40, allowed=CONDITIONS),
        Column("entered_on", "date", required=True),
        Column("left_on", "date"),
        Column("remission_on", "date"),
        Column("responsible", longest=10, spares=True),
        _text("channels"),
        _text("formats"),
        Column("opt_out", longest=3, allowed=frozenset(YES), spares=True),
        *[column for element in READINGS for column in _element(element)],
    ),
    ("local_id",),
)
PERSON = ("birth_date", "death_date", "gender", "ethnicity", "language", "practice")
IDENTITY = ("local_id", "nhs_number", "name", "telephone", "email", "address", "postcode")
ENTRY = ("condition", "entered_on", "left_on", "remission_on", "practice", "responsible")
WISHES = ("channels", "formats", "opt_out")
_PLACES = {column.name: place for place, column in enumerate(TABLE.columns)}


class Check(NamedTuple):
    """What a row says of one element; `columns` name where each reading stood."""

    element: str
    on: str
    data: Data
    columns: tuple[str, ...]

    def column(self, field: str | None) -> str:
        """The column that a field of its event, as `data.readings.0.value`, came from."""
        parts = (field or "").split(".")
        if parts[1:2] == ["readings"] and len(parts) > 2:
            return self.columns[int(parts[2])]
        return _named(self.element, {"status": "outcome"}.get(parts[-1], "on"))


class Row(NamedTuple):
    """The records of a row, each without ids. `wishes`: None = the row says nothing of them. `left_out`: what of it is no record."""

    details: dict[str, str]
    person: Data
    entry: Data
    wishes: Data | None
    checks: list[Check]
    left_out: list[Fault]

    @property
    def local_id(self) -> str:
        return self.details["local_id"]


def stated(cells: Sequence[str], spared: Sequence[Fault] = ()) -> Row | Fault:
    """The records of a row as read, or why it is none. `spared`: cells that were left out because they could not be read."""
    held = {name: cells[place] for name, place in _PLACES.items() if cells[place]}
    born, entered = held.get("birth_date", ""), held["entered_on"]
    if entered < born:
        return Fault("entered_on", "impossible-date", f"{entered} is before the birth date, {born}")
    wishes, left_out = _wishes(held)
    unread = {fault.column for fault in spared}
    checks = []
    for element in READINGS:
        if not unread.isdisjoint((_named(element, "on"), _named(element, "outcome"))):
            continue  # what cannot be read is named already
        found = _check(element, held, born)
        if isinstance(found, Fault):
            left_out.append(found)
        elif found is not None:
            checks.append(found)
    return Row(_only(held, IDENTITY), _only(held, PERSON), _only(held, ENTRY), wishes, checks, left_out)


def _only(held: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    return {name: held[name] for name in names if name in held}


def _check(element: str, held: Mapping[str, str], born: str) -> Check | Fault | None:
    columns = tuple(name for name in READINGS[element] if name in held)
    on, status = held.get(_named(element, "on"), ""), held.get(_named(element, "outcome"), "")
    if not on:
        if not (columns or status):
            return None
        return Fault(_named(element, "on"), "missing-field", f"is empty, but there is {(columns or ('an outcome',))[0]}: fill it")
    if on < born:
        return Fault(_named(element, "on"), "impossible-date", f"{on} is before the birth date, {born}")
    data: Data = {"element": element, "on": on, "status": status or "recorded"}
    if columns:
        data["readings"] = [_reading(*READINGS[element][name], held[name]) for name in columns]
    return Check(element, on, data, columns)


def _reading(name: str, unit: str | None, text: str) -> Data:
    value = text if name == "smoking status" else float(text)
    return {"name": name, "value": value} | ({"unit": unit} if unit else {})


def _wishes(held: Mapping[str, str]) -> tuple[Data | None, list[Fault]]:
    if not any(name in held for name in WISHES):
        return None, []
    data: Data = {}
    left_out = []
    for name in LISTED:
        if name not in held:
            continue
        wanted = [part.strip() for part in held[name].split(";") if part.strip()]
        if unknown := sorted(set(wanted) - LISTED[name]):
            detail = f"{unknown[0][:40]!r} is none of {', '.join(sorted(LISTED[name]))}; several are joined by semicolons"
            left_out.append(Fault(name, "unknown-code", detail))
        else:
            data[name] = wanted
    if "opt_out" in held:
        data["opt_out"] = YES[held["opt_out"]]
    return data, left_out
