"""Findings: which readings of a check ask for a follow-up. The table is data with its edition and source; edges are exact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from services.outreach.rules.calendar import months_on
from services.outreach.rules.facts import Check
from shared.fields import Fields

FINDINGS = ("bmi", "weight gain", "blood pressure", "glucose", "lipids", "smoking", "alcohol")
PAST, HIGH_RISK, REFER = "past the threshold", "high risk", "refer"
BANDS = (PAST, HIGH_RISK, REFER)
"""From the least to the worst; a test with a second threshold parts those at high risk from those to refer."""
_NEVER = float("inf")
_DIGITS = 6  # readings are decimal numbers: 85.1 - 80.1 is 5.0


class Test(NamedTuple):
    """One threshold: exactly one of `above`, `at_least`, `gain_above` and `word` is there."""

    finding: str
    reading: str
    units: frozenset[str]  # none: it has none
    above: float | None
    at_least: float | None
    lower_at_least: float | None  # for the ethnic categories with lower thresholds
    refer_at_least: float | None
    gain_above: float | None
    within_months: int | None
    word: str | None


@dataclass(frozen=True)
class Findings:
    """One edition of the table."""

    id: str
    version: int
    title: str
    source: str
    date: date
    lower_for: frozenset[str]  # ethnic categories
    tests: Mapping[str, tuple[Test, ...]]  # by reading
    floors: Mapping[str, float]  # by reading: below it no test of it can find anything


class Found(NamedTuple):
    """A finding of one check, and the reading that makes it."""

    finding: str
    band: str
    says: str


def found(check: Check, earlier: Sequence[Check], ethnicity: str | None, table: Findings) -> dict[str, Found]:
    """By finding, the worst; `earlier`: the person's checks, those before it among them, which a gain in weight is measured from."""
    told: dict[str, Found] = {}
    for name, value, unit in check.readings:
        if not isinstance(value, str) and value < table.floors.get(name, _NEVER):
            continue  # most readings end here
        for test in table.tests.get(name, ()):
            if unit not in test.units and (test.units or unit is not None):
                continue
            band = _band(test, value, check, earlier, ethnicity in table.lower_for)
            if band is not None and (test.finding not in told or BANDS.index(band) > BANDS.index(told[test.finding].band)):
                shown = f"{value:g}" if isinstance(value, (int, float)) else value
                told[test.finding] = Found(test.finding, band, f"{name} {shown}{unit and ' '}{unit or ''}")
    return told


def _band(test: Test, value: float | str, check: Check, earlier: Sequence[Check], lower: bool) -> str | None:
    if isinstance(value, str):
        return PAST if value == test.word else None
    if test.gain_above is not None:
        return PAST if _gain(check, value, earlier, test) > test.gain_above else None
    if test.above is not None:
        return PAST if value > test.above else None
    least = test.lower_at_least if lower and test.lower_at_least is not None else test.at_least
    if least is None or value < least:
        return None
    if test.refer_at_least is None:
        return PAST
    return REFER if value >= test.refer_at_least else HIGH_RISK


def _gain(check: Check, value: float, earlier: Sequence[Check], test: Test) -> float:
    """Since the lowest weight of the months before it, the day so many months earlier among them."""
    since = months_on(check.on, -(test.within_months or 0))
    weights = [
        weight
        for one in earlier
        if since <= one.on < check.on and one.status == "recorded"
        for name, weight, unit in one.readings
        if name == test.reading and unit in test.units and not isinstance(weight, str)
    ]
    return round(value - min(weights), _DIGITS) if weights else 0.0


def parse(table: Mapping[str, Any]) -> Findings:
    """The edition that a TOML table states. ValueError, one line naming the field and the remedy."""
    fields = Fields(table)
    head = fields.words("id"), fields.number("version", 1), fields.words("title"), fields.words("source"), fields.take("date", date)
    lower_for = frozenset(fields.names("lower_for"))
    tests: dict[str, tuple[Test, ...]] = {}
    for one in fields.tables("tests"):
        test = _test(one)
        tests[test.reading] = (*tests.get(test.reading, ()), test)
    fields.end()
    floors = {reading: min(_floor(test) for test in several) for reading, several in tests.items()}
    return Findings(*head, lower_for, tests, floors)


def _floor(test: Test) -> float:
    levels = [level for level in (test.above, test.at_least, test.lower_at_least) if level is not None]
    return min(levels, default=0.0)


def _test(fields: Fields) -> Test:
    kinds = [name for name in ("above", "at_least", "gain_above", "is") if fields.has(name)]
    if len(kinds) != 1:
        raise fields.wrong("at_least", "exactly one of above, at_least, gain_above and is, is needed")
    numbers = {name: fields.take(name, float, None) for name in ("above", "at_least", "lower_at_least", "refer_at_least", "gain_above")}
    months = fields.number("within_months", 1) if numbers["gain_above"] is not None else None
    finding, reading = fields.one_of("finding", FINDINGS), fields.words("reading")
    test = Test(finding, reading, frozenset(fields.names("units")), **numbers, within_months=months, word=fields.take("is", str, None))
    fields.end()
    return test
