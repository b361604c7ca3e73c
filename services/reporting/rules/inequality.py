"""How a share or a rate differs between groups of people: the largest gap to a reference group, named, month by month.

Gaps are taken between figures as they are shown: what disclosure control hides or rounds, a gap does not tell.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from services.reporting.rules.disclosure import Disclosed, Exact
from services.reporting.rules.layout import Values, figure
from services.reporting.rules.measures import Family, Found, Measure
from services.reporting.rules.published import Kind

ETHNIC_GROUPS = {
    "White British": "A", "Other White": "BC", "Mixed": "DEFG", "Asian or Asian British": "HJKL", "Black or Black British": "MNP",
    "Chinese or other": "RS",
}  # fmt: skip
"""By the 2001 categories; Z (not stated), 99 (not known) and none are in no group."""
FIFTHS = {"most deprived fifth": "1 2", "second fifth": "3 4", "third fifth": "5 6", "fourth fifth": "7 8", "least deprived fifth": "9 10"}
AGES = {"18-25": "18-25", "26-64": "26-64", "65+": "65+"}
REFERENCE = {"ethnicity": "White British", "age": "26-64", "deprivation": "least deprived fifth"}
_GROUP = {
    "ethnicity": {code: name for name, codes in ETHNIC_GROUPS.items() for code in codes},
    "age": AGES,
    "deprivation": {decile: name for name, deciles in FIFTHS.items() for decile in deciles.split()},
}
LEAST_OF = 20
"""A group of fewer is set against nobody: of so few, chance decides."""
Shown = Callable[[Exact | None], Disclosed]


class Gap(NamedTuple):
    """Of one measure, place, division of people and month: the group that differs most from the reference group.

    `points`: its figure less that of the reference group, as both are shown; None where nothing can be compared.
    """

    last: date
    measure: str
    by: str
    reference: str
    of_reference: Disclosed | None
    group: str
    of_group: Disclosed | None
    points: Decimal | None


class Trend(NamedTuple):
    """The gaps of several months, oldest first; `change`: how much wider (narrower: negative) the last is than the first."""

    measure: str
    by: str
    gaps: Sequence[Gap]

    @property
    def change(self) -> Decimal | None:
        sizes = [abs(gap.points) for gap in self.gaps if gap.points is not None]
        return sizes[-1] - sizes[0] if len(sizes) > 1 else None


def trends(family: Family, months: Mapping[date, Sequence[Found]], level: str, code: str, shown: Shown) -> list[Trend]:
    """Of each share and rate of a family at one place. `shown`: what its audience sees of a figure."""
    asked = [measure for measure in family.measures if measure.figure.kind in {Kind.PERCENT, Kind.RATE}]
    found = {last: _groups([one for one in rows if (one.level, one.code, one.team) == (level, code, "")]) for last, rows in months.items()}
    return [
        Trend(measure.id, by, [_gap(last, measure, by, found[last].get(by, {}), shown) for last in sorted(found)])
        for measure in asked
        for by in REFERENCE
        if any(found[last].get(by) for last in found)
    ]


def _groups(rows: Iterable[Found]) -> dict[str, dict[str, Counter[str]]]:
    """Counts by division and group. A code that is in no group counts in none."""
    found: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for one in rows:
        group = _GROUP.get(one.by, {}).get(one.value)
        if group is not None:
            found[one.by][group].update(one.counts)
    return found


def _gap(last: date, measure: Measure, by: str, groups: Mapping[str, Counter[str]], shown: Shown) -> Gap:
    reference = REFERENCE[by]
    told = {
        group: (text, Decimal(str(text)))
        for group, counts in groups.items()
        if counts.get(measure.figure.denominator, 0) >= LEAST_OF and not (text := shown(figure(measure.figure, Values(counts, {})))).hidden
    }
    own = told.pop(reference, None)
    if own is None or not told:
        return Gap(last, measure.id, by, reference, own and own[0], "", None, None)
    group, (text, value) = max(told.items(), key=lambda pair: (abs(pair[1][1] - own[1]), pair[0]))
    return Gap(last, measure.id, by, reference, own[0], group, text, value - own[1])
