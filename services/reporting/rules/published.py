"""The measures that are published nationally: their identifiers, names, periods, and the count that hides each when it is small.

Read in NHS England's published code (NHSDigital/mental-health-monthly-statistics, menh_bbrb/notebooks/measure_metadata.py).
"""

from enum import StrEnum
from typing import NamedTuple

YEAR_TO_DATE = 0
"""Instead of months: from April."""


class Kind(StrEnum):
    COUNT = "count"
    PERCENT = "percent"
    DAYS = "days"  # a median or percentile
    RATE = "rate"  # of a public population


class Published(NamedTuple):
    """`months`: of the period it is published with, or YEAR_TO_DATE. `numerator`: of a percentage or rate, or whose days they are; it
    hides the figure. `per`: of a rate."""

    measure_id: str
    months: int
    kind: Kind
    name: str
    numerator: str = ""
    denominator: str = ""
    compat_on: str = ""
    per: int = 100

    def hidden_by(self, compat: bool) -> str:
        """The measure whose count hides this one below 5. `compat` as the published code has it (Q6)."""
        return (self.compat_on if compat else "") or self.numerator or self.measure_id


_ACCESSING = "referrals accessing community mental health services for adults and older adults with serious mental illness"
_HAD = f"for {_ACCESSING} which received the second contact within the RP (this is based on a three month rolling RP)"
_WAITS = f"for {_ACCESSING} still waiting for a second contact within the RP that were open at the end of the RP"
_TO_SECOND, _TO_END = (
    "waiting time between referral and second contact",
    "waiting time between referral and the end of the reporting period",
)
_OPEN = "that were still open at the end of the RP"


def _long(part: str, letters: str, whole: str, waiting: str) -> list[Published]:
    """The counts and shares of waits of more than 104, 78 and 52 weeks."""
    found = []
    for weeks, (count, share) in zip((104, 78, 52), zip(letters[::2], letters[1::2], strict=True), strict=True):
        text = f"of CMH referral-spells waiting more than {weeks} weeks for {waiting} {_OPEN}"
        numerator = f"{part}{count}"
        compat_on = "MRS02a" if (part, share) == ("MRS02", "f") else ""
        found += [
            Published(numerator, 1, Kind.COUNT, f"Number {text}"),
            Published(f"{part}{share}", 1, Kind.PERCENT, f"Proportion {text}", numerator, whole, compat_on),
        ]
    return found


_STOP = "receiving a full clock stop"
_SECOND = "open CMH referral-spells waiting for a 2nd contact at the end of the RP"
_IN_FOUR = f"of CMH referral-spells {_STOP} in less than 4 weeks in the RP"
MRS = [
    Published("MRS01", 3, Kind.COUNT, f"Number of CMH referral-spells {_STOP} in the RP"),
    Published("MRS01a", 3, Kind.COUNT, f"Number {_IN_FOUR}"),
    Published("MRS01b", 3, Kind.PERCENT, f"Proportion {_IN_FOUR}", "MRS01a", "MRS01"),
    Published("MRS02", 1, Kind.COUNT, f"Number of CMH referral-spells waiting for a full clock stop {_OPEN}"),
    *_long("MRS02", "abcdef", "MRS02", "full clock stop"),
    Published("MRS03", 1, Kind.COUNT, f"Number of {_SECOND}"),
    Published("MRS03a", 1, Kind.DAYS, f"Median time (days) for {_SECOND}", "MRS03"),
    Published("MRS03b", 1, Kind.DAYS, f"90th percentile time (days) for {_SECOND}", "MRS03"),
    Published("MRS04", 3, Kind.COUNT, "Number of CMH referral-spells that started in the RP"),
    Published("MRS05", 3, Kind.COUNT, "Number of CMH referral-spells that closed in the RP"),
    Published("MRS06", 1, Kind.COUNT, f"Number of CMH referral-spells {_OPEN}"),
    *_long("MRS07", "abcdef", "MRS03", "a 2nd contact"),
    Published("MRS15", 3, Kind.COUNT, "Number of CMH referral-spells receiving a 2nd contact in the RP"),
    Published("MRS20", 1, Kind.COUNT, "Number of open CMH referral-spells that have had a full meaningful help clock stop"),
    Published("MRS21", 3, Kind.COUNT, "Number of open CMH referral-spells that have had 2+ contacts"),
    Published(
        "MRS22", 1, Kind.PERCENT, "Proportion of open CMH referral-spells with 2+ contacts that have had a full meaningful help clock stop",
        "MRS20", "MRS21",
    ),
]  # fmt: skip
OTHERS = [
    Published("MHS106", 3, Kind.COUNT, "Acute admissions in the RP"),
    Published("MHS106a", 3, Kind.COUNT, "Acute admissions with previous contact to MH services in the RP"),
    Published("MHS106b", 3, Kind.COUNT, "Acute admissions with no previous contact to MH services in the RP"),
    Published("MHS107a", 3, Kind.PERCENT, "Rate of acute admission with previous contact to MH services in the RP", "MHS106a", "MHS106"),
    Published("MHS107b", 3, Kind.PERCENT, "Rate of acute admission with no previous contact to MH services in the RP", "MHS106b", "MHS106"),
    Published(
        "MHS108", 12, Kind.COUNT,
        "Number of people accessing community mental health services for adults and older adults "
        "with 2 or more care contacts within the RP",
    ),
    Published("MHS124", 3, Kind.COUNT, f"Number of {_HAD.removeprefix('for ')}"),
    Published("MHS125", 3, Kind.DAYS, f"Median {_TO_SECOND} {_HAD}", "MHS124"),
    Published("MHS126", 3, Kind.DAYS, f"90th Percentile {_TO_SECOND} {_HAD}", "MHS124"),
    Published("MHS127", 3, Kind.COUNT, f"Number of {_WAITS.removeprefix('for ')}"),
    Published("MHS128", 3, Kind.DAYS, f"Median {_TO_END}  {_WAITS}", "MHS127"),
    Published("MHS129", 3, Kind.DAYS, f"90th Percentile {_TO_END} {_WAITS}", "MHS127"),
    Published(
        "EIP68", 1, Kind.COUNT,
        "EIP Caseload (Number of Referrals open to EIP services with at least one attended contact at the end of the reporting period)",
    ),
    Published("MHS116", 12, Kind.COUNT, "Number of referrals that accessed Individual Placement Support (IPS) in the reporting period"),
    Published(
        "MHS116a", 12, Kind.RATE,
        "Rate of referrals that accessed Individual Placement Support (IPS) in the reporting period per 100,000 of the population",
        "MHS116", "MHSPOPALL", per=100_000,
    ),
]  # fmt: skip
MEASURES = {measure.measure_id: measure for measure in [*MRS, *OTHERS]}
