"""Codes that measures are defined by: read in NHS England's published code (docs/measures.md names each source)."""

from datetime import date
from typing import NamedTuple

ATTENDED = frozenset({"5", "6"})
DIRECT = frozenset({"01", "02", "04", "11"})
"""W10: face to face, telephone, talk type, video."""
DIGITAL = frozenset({"DFC", "S9X2N"})
"""Digital services, whose direct contacts are by other media too (MHS116)."""
DIRECT_DIGITAL = DIRECT | {"05", "09", "10", "13"}

CMH_TEAMS = ("A05", "A06", "A08", "A09", "A12", "A13", "A16", "C03", "C10")
"""W2, as the measures of contacts list them."""
ACCESS_TEAMS = (*CMH_TEAMS, "A14", "D05")
"""MHS108, of periods that end in WIDER_ACCESS or later."""
WIDER_ACCESS = date(2023, 4, 1)
PROM_TEAMS = ("A05", "A06", "A08", "A09", "A12", "A13", "A14", "A16")
EARLY_TEAM = "A14"
"""Early intervention in psychosis."""
MISSED, LATE = "3", "7"
"""Did not attend; arrived late and could not be seen: both are missed."""
MEDIA = {"01": "F", "02": "T", "11": "V"}
"""Face to face, telephone, video: the letters of `met_how`."""


class Scale(NamedTuple):
    """A scale of paired outcomes: from where to where a score is valid, the change that is reliable, the clinical cut-off; 0: none."""

    code: str
    tool: str
    name: str
    lowest: float
    highest: float
    reliable: float
    cut_off: float


SCALES = (
    *(
        Scale(code, "DIALOG", f"DIALOG {item}", 1, 7, 1 if item < 9 else 0, 0)
        for item, code in enumerate(
            (
                "1037651000000100", "1037661000000102", "1037671000000109", "1037681000000106", "1037691000000108", "1037701000000108",
                "1037711000000105", "1037721000000104", "1037731000000102", "1037741000000106", "1037751000000109",
            ),
            1,
        )
    ),
    Scale("1091071000000100", "ReQoL-10", "ReQoL-10 score", 0, 40, 5, 25),
    *(
        Scale(code, "GBO", f"GBO goal {goal}", 0, 10, 3, 0)
        for goal, code in enumerate(("1638531000000102", "1638541000000106", "1638551000000109"), 1)
    ),
)  # fmt: skip
"""DIALOG 8 is a missing answer; its items 9 to 11 ask of experience and have no change."""
ASSESSMENTS = "1853441000000109"
"""The reference set of assessment procedures (W14)."""
NO_ACTIVITY = ("11429006", "975131000000104", "2386021000000108")
"""Consultation, signposting, discussion about the subject: never an assessment."""

IPS_TEAM = "D05"
IPS = frozenset({"1082621000000104", "772822000"})
REFUSED = "443390004"
THERAPIES = frozenset(
    {
        "390773006", "718026005", "1111811000000109", "1362001000000104", "149451000000104", "405780009", "449030000",
        "1833221000000102", "985451000000105", "1365951000000107", "149591000000108", "1108261000000102", "1106951000000105",
        "1323471000000102", "1111681000000103", "1111691000000101", "1323451000000106", "1111671000000100", "149521000000105",
        "1323681000000103", "748051000000105", "1771581000000100",
    }
)  # fmt: skip
"""Psychological therapies of the national dashboard's list."""

ELEMENTS = ("alcohol", "blood glucose", "blood pressure", "bmi", "blood lipids", "smoking")
"""The six of the annual physical health check."""
ACUTE_WARDS = ("200", "201", "202")
ACUTE_WARDS_BEFORE = ("10", "11", "12")
"""To March 2024."""
NOT_ADMITTED_FROM = ("49", "53", "87")
