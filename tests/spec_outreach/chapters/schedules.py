"""Medicines and people's own protocols."""

from tests.spec_outreach.timeline import Rule, Timeline

STARTED = "1 Jan | medicine antipsychotic M1 |"
CLOZAPINE = "1 Jan | medicine clozapine M1 |"
WEIGHT, PRESSURE, COUNT = "new-antipsychotic weight", "new-antipsychotic blood pressure", "clozapine blood count"
PROTOCOL = "1 Jan | protocol eating disorder P1 | every 14 days"
OWN = "own-protocol"


def _weekly(weeks: int, first: int = 1) -> str:
    """A weight on the day of each week."""
    days = ["8 Jan", "15 Jan", "22 Jan", "29 Jan", "5 Feb", "12 Feb"]
    return "\n".join(f"{day} | weight |" for day in days[first - 1 : weeks])


RULES = [
    Rule(
        "H8",
        "A new antipsychotic",
        "Weight weekly to week 6; weight, blood pressure, glucose and lipids at 12 weeks and at one year, then yearly (NICE "
        "CG178). A BMI counts as a weight. What was missed stays to be done, once; a check that is done meets everything that "
        "was due until then. Each start begins anew; the end of the medicine ends it.",
        [
            Timeline("The first week", STARTED, {WEIGHT: ["due soon: due 8 Jan, asked for from 5 Jan"]}, "5 Jan"),
            Timeline(
                "A weight too early for the first week",
                f"{STARTED}\n4 Jan | weight |",
                {WEIGHT: ["due: due 8 Jan, asked for from 5 Jan"]},
                "8 Jan",
            ),
            Timeline(
                "A weight in time for the first week",
                f"{STARTED}\n5 Jan | weight |",
                {WEIGHT: ["done 5 Jan", "not yet: due 15 Jan, asked for from 12 Jan"]},
                "8 Jan",
            ),
            Timeline(
                "All six weeks",
                f"{STARTED}\n{_weekly(6)}",
                {
                    WEIGHT: [
                        *(f"done {d}" for d in ("8 Jan", "15 Jan", "22 Jan", "29 Jan", "5 Feb", "12 Feb")),
                        "due soon: due 25 Mar, asked for from 11 Mar",
                    ]
                },
                "11 Mar",
            ),
            Timeline(
                "Three weeks missed: one task, and one weight meets it",
                f"{STARTED}\n22 Jan | bmi |",
                {WEIGHT: ["done 22 Jan", "not yet: due 29 Jan, asked for from 26 Jan"]},
                "22 Jan",
            ),
            Timeline("Never weighed", STARTED, {WEIGHT: ["overdue: due 8 Jan, asked for from 5 Jan"]}),
            Timeline("Blood pressure at 12 weeks", STARTED, {PRESSURE: ["due: due 25 Mar, asked for from 11 Mar"]}, "25 Mar"),
            Timeline(
                "Blood pressure at one year, and yearly",
                f"{STARTED}\n25 Mar | blood pressure |\n1 Jan 2025 | blood pressure |",
                {PRESSURE: ["done 25 Mar", "done 1 Jan 2025", "not yet: due 1 Jan 2026, asked for from 4 Dec 2025"]},
                "2 Jan 2025",
            ),
            Timeline(
                "Stopped",
                "1 Jan | medicine antipsychotic M1 | stopped 1 Mar",
                {PRESSURE: ["stopped 1 Mar, medicine stopped"], "on a register": False},
            ),
            Timeline(
                "Changed to another: it begins anew",
                "1 Jan | medicine antipsychotic M1 | stopped 1 Mar\n1 Mar | medicine antipsychotic M2 |",
                {PRESSURE: ["superseded 1 Mar", "overdue: due 24 May, asked for from 10 May"]},
            ),
            Timeline(
                "The same start told by two providers: one task",
                f"{STARTED}\n1 Jan | medicine antipsychotic M1 | at RXT",
                {PRESSURE: ["overdue: due 25 Mar, asked for from 11 Mar"]},
            ),
            Timeline(
                "A weight declined: asked again at the next point",
                f"{STARTED}\n8 Jan | weight | declined",
                {WEIGHT: ["declined 8 Jan", "not yet: due 15 Jan, asked for from 12 Jan"]},
                "8 Jan",
            ),
        ],
    ),
    Rule(
        "H9",
        "Clozapine",
        "Blood counts weekly for 18 weeks, every 14 days to week 52, then every 28 days; weight, blood pressure and glucose "
        "once a month. A provider may set its own schedule in the place of this one.",
        [
            Timeline(
                "The first week",
                CLOZAPINE,
                {COUNT: ["due: due 8 Jan, asked for from 5 Jan"], "clozapine weight": ["not yet: due 1 Feb, asked for from 25 Jan"]},
                "8 Jan",
            ),
            Timeline(
                "Week 18 is still weekly",
                f"{CLOZAPINE}\n29 Apr | blood count |",
                {COUNT: ["done 29 Apr", "due: due 6 May, asked for from 3 May"]},
                "6 May",
            ),
            Timeline(
                "After week 18 a fortnight",
                f"{CLOZAPINE}\n6 May | blood count |",
                {COUNT: ["done 6 May", "due: due 20 May, asked for from 15 May"]},
                "20 May",
            ),
            Timeline(
                "Until week 52",
                f"{CLOZAPINE}\n16 Dec | blood count |",
                {COUNT: ["done 16 Dec", "due: due 30 Dec, asked for from 25 Dec"]},
                "30 Dec",
            ),
            Timeline(
                "After week 52 four weeks",
                f"{CLOZAPINE}\n30 Dec | blood count |",
                {COUNT: ["done 30 Dec", "due: due 27 Jan 2025, asked for from 20 Jan 2025"]},
                "27 Jan 2025",
            ),
            Timeline(
                "A month from 31 January ends with February",
                "31 Jan | medicine clozapine M1 |",
                {"clozapine weight": ["due: due 29 Feb, asked for from 22 Feb"]},
                "29 Feb",
            ),
        ],
    ),
    Rule(
        "H10",
        "A person's own protocol",
        "Its own interval, from its start and then from each check that met it; a check counts from half an interval (at most 7 "
        "days) before. It has no thresholds: no weight or BMI decides anything.",
        [
            Timeline("The first", PROTOCOL, {OWN: ["due: due 15 Jan, asked for from 8 Jan"]}, "15 Jan"),
            Timeline(
                "Counted from the check",
                f"{PROTOCOL}\n10 Jan | weight |",
                {OWN: ["done 10 Jan", "not yet: due 24 Jan, asked for from 17 Jan"]},
                "15 Jan",
            ),
            Timeline("A check too early", f"{PROTOCOL}\n7 Jan | weight |", {OWN: ["due: due 15 Jan, asked for from 8 Jan"]}, "15 Jan"),
            Timeline("Its last day", f"{PROTOCOL}, to 1 Mar", {OWN: ["overdue: due 15 Jan, asked for from 8 Jan"]}, "1 Mar"),
            Timeline("Ended", f"{PROTOCOL}, to 1 Mar", {OWN: ["stopped 2 Mar, protocol ended"]}, "2 Mar"),
        ],
    ),
    Rule(
        "H11",
        "A provider's own settings",
        "From the day it sets, for what opens from then on; other providers keep what is shipped.",
        [
            Timeline(
                "Follow-up in 14 days",
                "1 Mar | smoking S1 | current",
                {"follow-up smoking": ["overdue: due 15 Mar"]},
                settings=(("RXX", "follow-up-days", "1 Mar", {"smoking": 14}),),
            ),
            Timeline(
                "Opened before the setting",
                "29 Feb | smoking S1 | current",
                {"follow-up smoking": ["overdue: due 28 Mar"]},
                settings=(("RXX", "follow-up-days", "1 Mar", {"smoking": 14}),),
            ),
            Timeline(
                "Another provider's",
                "1 Mar | smoking S1 | current",
                {"follow-up smoking": ["overdue: due 29 Mar"]},
                settings=(("RXT", "follow-up-days", "1 Mar", {"smoking": 14}),),
            ),
        ],
    ),
]
