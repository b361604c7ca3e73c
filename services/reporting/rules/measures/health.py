"""Annual physical health checks of people with severe mental illness."""

from services.reporting.rules.measures.family import DASHBOARD, Family, Measure
from services.reporting.rules.published import Kind, Published

ON = "on a register on the last day of the period, not in remission, alive"
SIX = "all six elements recorded in the 12 months to the period's end, on whatever days and in whatever setting"
OUT = "People in remission; elements declined or unsuitable are not recorded"
DONE = "All6PHC followed through"
HEALTH_CHECKS = Family(
    "health-checks", "follow_through", "Physical health checks and what follows them",
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
        Measure(
            Published(DONE, 3, Kind.COUNT, "People with a complete check and every follow-up it asked for done"), "person",
            f"{ON}; {SIX}; each follow-up of a finding that is open, or was opened in the 12 months, is done",
            f"{OUT}. Declined is not done",
        ),
        Measure(
            Published(
                f"{DONE} share", 3, Kind.PERCENT, "Share of the register with a complete check and every follow-up done",
                DONE, "SMIRegister",
            ),
            "percent of people", f"100 x {DONE} / SMIRegister", OUT,
        ),
        *(
            measure
            for name, vaccine in (("Influenza", "influenza"), ("COVID-19", "COVID-19"))
            for measure in (
                Measure(
                    Published(f"{name} vaccination", 3, Kind.COUNT, f"People on the register vaccinated against {vaccine} this season"),
                    "person", f"{ON}; given since the last 1 September", OUT,
                ),
                Measure(
                    Published(
                        f"{name} vaccination share", 3, Kind.PERCENT, f"Share of the register vaccinated against {vaccine} this season",
                        f"{name} vaccination", "SMIRegister",
                    ),
                    "percent of people", f"100 x {name} vaccination / SMIRegister", OUT,
                ),
            )
        ),
    ),
    networks=True,
)  # fmt: skip
