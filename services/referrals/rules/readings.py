"""Readings of a health check that cannot be. Limits are far outside what people have: what they catch is a slip, never a finding."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Limits(NamedTuple):
    """The lowest and highest value that can be, in the units that mean the same, and the slip that a value outside is.

    No units: a score, which is sent without one.
    """

    lowest: float
    highest: float
    units: tuple[str, ...]
    slip: str


_MMOL = ("mmol/L",)
_CELLS = ("10*9/L", "10^9/L")
LIMITS: Mapping[str, tuple[Limits, ...]] = {
    "systolic": (Limits(40, 350, ("mmHg", "mm[Hg]"), "kPa, or a digit too many"),),
    "diastolic": (Limits(10, 250, ("mmHg", "mm[Hg]"), "kPa, or a digit too many"),),
    "hba1c": (
        Limits(10, 200, ("mmol/mol",), "a percentage, or an average glucose"),
        Limits(3, 21, ("%",), "mmol/mol"),
    ),
    "fasting glucose": (Limits(0.5, 90, _MMOL, "mg/dL, or an HbA1c"),),
    "random glucose": (Limits(0.5, 90, _MMOL, "mg/dL, or an HbA1c"),),
    "total cholesterol": (Limits(0.5, 40, _MMOL, "mg/dL"),),
    "hdl cholesterol": (Limits(0.05, 10, _MMOL, "mg/dL"),),
    "ldl cholesterol": (Limits(0.05, 35, _MMOL, "mg/dL"),),
    "triglycerides": (Limits(0.05, 150, _MMOL, "mg/dL"),),
    "bmi": (Limits(7, 210, ("kg/m2", "kg/m^2"), "a weight or a height, or feet and pounds"),),
    "weight": (Limits(15, 650, ("kg",), "stones, or grams"),),
    "height": (
        Limits(50, 275, ("cm",), "metres, or feet and inches"),
        Limits(0.5, 2.75, ("m",), "centimetres"),
    ),
    "audit-c": (Limits(0, 12, (), "the full AUDIT, which goes to 40"),),
    "alcohol": (Limits(0, 700, ("units/week",), "grams, or millilitres"),),
    "white cells": (Limits(0, 1000, _CELLS, "cells per microlitre"),),
    "neutrophils": (Limits(0, 500, _CELLS, "cells per microlitre"),),
}
SMOKING = ("current", "former", "never")
PARTS = (("hdl cholesterol", "total cholesterol"), ("ldl cholesterol", "total cholesterol"), ("neutrophils", "white cells"))
"""A part is never more than the whole."""
READINGS: Mapping[str, frozenset[str]] = {
    "alcohol": frozenset({"audit-c", "alcohol"}),
    "blood glucose": frozenset({"hba1c", "fasting glucose", "random glucose"}),
    "blood pressure": frozenset({"systolic", "diastolic"}),
    "bmi": frozenset({"bmi", "weight", "height"}),
    "blood lipids": frozenset({"total cholesterol", "hdl cholesterol", "ldl cholesterol", "triglycerides"}),
    "smoking": frozenset({"smoking status"}),
    "weight": frozenset({"weight", "height", "bmi"}),
    "blood count": frozenset({"white cells", "neutrophils"}),
}
"""By element: the readings that are of it."""


class ImpossibleReading(NamedTuple):
    """The field, and why its reading cannot be."""

    field: str
    detail: str


def impossible_reading(readings: Sequence[Mapping[str, Any]]) -> ImpossibleReading | None:
    """The first reading that cannot be: of a wrong unit or none, outside its limits, or two that contradict each other."""
    for place, reading in enumerate(readings):
        if (found := _impossible(reading)) is not None:
            return ImpossibleReading(f"data.readings.{place}.{found.field}", found.detail)
    return _contradiction(readings)


def odd_readings(element: str, status: str, names: Sequence[str]) -> list[str]:
    """The flags of a check's readings, which may be taken one by one all the same."""
    own = READINGS[element]
    if status != "recorded":
        return ["reading-does-not-fit"] if names else []
    flags = ["reading-does-not-fit"] if not own.issuperset(names) else []
    return flags if own.intersection(names) else ["recorded-without-reading", *flags]


def _contradiction(readings: Sequence[Mapping[str, Any]]) -> ImpossibleReading | None:
    """Two readings of one check that cannot both be: of several measurements, the first goes with the first."""
    turns: dict[str, list[tuple[float, int]]] = {}
    for place, reading in enumerate(readings):
        turns.setdefault(reading["name"], []).append((reading["value"], place))
    for (upper, _), (lower, place) in zip(turns.get("systolic", ()), turns.get("diastolic", ()), strict=False):
        if lower >= upper:
            detail = f"diastolic {lower:g} is not below systolic {upper:g}: send them as measured"
            return ImpossibleReading(f"data.readings.{place}.value", detail)
    for part, whole in PARTS:
        for (all_of_it, _), (some, place) in zip(turns.get(whole, ()), turns.get(part, ()), strict=False):
            if some > all_of_it:
                detail = f"{part} {some:g} is more than {whole} {all_of_it:g}, of which it is a part: check both"
                return ImpossibleReading(f"data.readings.{place}.value", detail)
    return None


def _impossible(reading: Mapping[str, Any]) -> ImpossibleReading | None:
    name, value, unit = reading["name"], reading["value"], reading.get("unit")
    if name == "smoking status":
        if value not in SMOKING:
            return ImpossibleReading("value", f"{name} is one of {', '.join(SMOKING)}")
        return None if unit is None else ImpossibleReading("unit", f"{name} has no unit: leave it out")
    if isinstance(value, str):
        return ImpossibleReading("value", f"{name} is a number")
    limits = next((limits for limits in LIMITS[name] if unit in limits.units or (unit is None and not limits.units)), None)
    if limits is None:
        units = [unit for limits in LIMITS[name] for unit in limits.units]
        return ImpossibleReading("unit", f"send {name} in {' or '.join(units)}" if units else f"{name} has no unit: leave it out")
    if not limits.lowest <= value <= limits.highest:
        written = f"{value:g} {unit or ''}".strip()
        return ImpossibleReading(
            "value",
            f"{written} is outside {limits.lowest:g} to {limits.highest:g}, which no {name} is: check it; perhaps it is {limits.slip}",
        )
    return None
