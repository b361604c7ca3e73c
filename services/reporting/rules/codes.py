"""Codes that measures are defined by: read in NHS England's published code (docs/measures.md names each source)."""

from datetime import date

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
