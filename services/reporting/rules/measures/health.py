"""Annual physical health checks of people with severe mental illness."""

from services.reporting.rules.measures.family import DASHBOARD, Family, Measure
from services.reporting.rules.published import Kind, Published

ON = "on a register on the last day of the period, not in remission, alive"
SIX = "all six elements recorded in the 12 months to the period's end, on whatever days and in whatever setting"
OUT = "People in remission; elements declined or unsuitable are not recorded"
HEALTH_CHECKS = Family(
    "health-checks", "health_checks", "Physical health checks",
    f"{DASHBOARD}: MH Core Data Pack (SMIRegister, All6PHC; PHS)",
    frozenset({"england", "provider", "icb", "pcn", "practice"}),
    (
        Measure(Published("SMIRegister", 3, Kind.COUNT, "People on the severe mental illness register"), "person", ON, OUT),
        Measure(Published("All6PHC", 3, Kind.COUNT, "People with all six elements of the check"), "person", f"{ON}; {SIX}", OUT),
        Measure(
            Published("All6PHC share", 3, Kind.PERCENT, "Share of the register with a complete check", "All6PHC", "SMIRegister"),
            "percent of people", "100 x All6PHC / SMIRegister; blank where the register is empty", OUT,
        ),
        Measure(Published("PHS001", 3, Kind.COUNT, "People on the register"), "person", "as SMIRegister", OUT),
        Measure(Published("PHS014a", 3, Kind.COUNT, "People with a complete check"), "person", "as All6PHC", OUT),
        Measure(
            Published("PHS014b", 3, Kind.PERCENT, "Percentage with a complete check", "PHS014a", "PHS001"),
            "percent of people", "100 x PHS014a / PHS001; blank where the register is empty", OUT,
        ),
    ),
)  # fmt: skip
