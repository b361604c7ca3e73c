"""What a line of a return may be: a measure, a ratio or a sum of other lines, a figure entered by hand, or one of the reference data."""

from typing import NamedTuple

ORGANISATION, FOOTPRINT, PCN = "organisation", "footprint", "pcn"
LEVELS = (ORGANISATION, FOOTPRINT, PCN)
"""Of whom a line is: all of the organisation, its transformation footprint together, or each of its PCNs."""
GROUPS = {
    "age": ("18-25", "26-64", "65+", "UNKNOWN"),
    "years": ("a", "b", "c"),
    "deprivation": (*(str(tenth) for tenth in range(1, 11)), "UNKNOWN"),
    "ethnicity": (),
}
"""What a measure may be divided by, and into what; of ethnicity any category of the reference data."""
ENTERED = ("count", "money", "percent", "date", "text")
KNOWN = ("plan", "target", "baseline", "baseline-definition", "pcn-criteria", "pathway-live")
BASELINES = frozenset({"baseline", "baseline-definition"})


class Measured(NamedTuple):
    """A measure: one cell for each place, or for each of the named values of a group."""

    measure: str
    level: str
    by: str = ""
    values: tuple[str, ...] = ()


class Entered(NamedTuple):
    """Written by a person with the role `owner`: once, for each PCN (`by` pcn), or for each of `values` of something else.

    `people`: it counts people who are cared for, so that small figures are hidden as a measure's are. `least`, `most`: of a number.
    """

    kind: str
    owner: str
    required: bool
    by: str = ""
    values: tuple[str, ...] = ()
    people: bool = False
    least: float | None = None
    most: float | None = None


class Ratio(NamedTuple):
    """`per` x one line / another, of the figures as they are shown: it tells nothing that they do not."""

    part: str
    whole: str
    per: int = 100


class Total(NamedTuple):
    """The sum of lines as they are shown."""

    lines: tuple[str, ...]


class Known(NamedTuple):
    """Plan or target of a measure `of`, its baseline or by what definition that was counted, criteria met by PCN, the day since when each
    pathway of `values` is live."""  # fmt: skip

    what: str
    of: str = ""
    values: tuple[str, ...] = ()


Source = Measured | Entered | Ratio | Total | Known


class Line(NamedTuple):
    """`at_most`: the line that this one cannot exceed. `change_percent`: of the definition's own, where it differs."""

    id: str
    section: str
    title: str
    source: Source
    note: str = ""
    at_most: str = ""
    change_percent: int | None = None


class Target(NamedTuple):
    """Where a line goes in a blank workbook: one cell `at`; or `down` a column of keys into `column`, or under the keys `across`.

    `keys`: what stands there for a PCN or value, where it is not its code.
    """

    line: str
    at: str = ""
    code: str = ""
    value: str = ""
    down: str = ""
    column: str = ""
    across: str = ""
    keys: tuple[tuple[str, str], ...] = ()
