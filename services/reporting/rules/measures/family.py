"""What a measure is, said in words for its page, and in the shape that disclosure control takes."""

from typing import NamedTuple

from services.reporting.rules.published import Published

MONTHLY = "NHSDigital/mental-health-monthly-statistics@7b4d742"
DASHBOARD = "nhsengland/MHSDS@dc7bf10"


class Measure(NamedTuple):
    """`counted`: the condition of what is counted, or the share. `left_out`: what is not."""

    figure: Published
    unit: str
    counted: str
    left_out: str

    @property
    def id(self) -> str:
        return self.figure.measure_id


class Family(NamedTuple):
    """Measures counted by one query. `levels`: where they may be shown; `either`: a rate is hidden if either of its counts is small."""

    name: str
    query: str
    title: str
    source: str
    levels: frozenset[str]
    measures: tuple[Measure, ...]
    either: bool = False
    national: bool = True
    """Whether it leaves in the national layout: published with identifiers and a rule of suppression of its own."""
    networks: bool = False
    """Whether a wider audience sees it by PCN too, as it is published."""


POPULATIONS = {"MHSPOPALL": ("people", "all"), "Adult population": ("adults", "18+")}
"""What a rate is of: the group and the age band of the reference data's population that say how many all of them are."""
LEVELS = frozenset({"england", "provider", "icb", "pcn", "team"})
