"""The six elements, when each is due, and what was declined."""

from tests.spec_outreach.chapters.register import BMI, ENTRY
from tests.spec_outreach.timeline import Rule, Timeline

SINCE_2023 = "1 Jan 2023 | register E1 |"
ALL = f"{SINCE_2023}\n1 Oct 2023 | all six |"
ALL_SIX = "alcohol, blood glucose, blood pressure, bmi, blood lipids, smoking"
FIVE = "\n".join(f"1 Mar | {element} |" for element in ALL_SIX.split(", ")[:5])
LIPIDS = "annual-recall blood lipids"
TWO_YEARS = (("RXX", "low-risk-lipids-months", "1 Jan 2020", 24),)
LOW = f"{SINCE_2023}\n1 Feb 2023 | all six |"

RULES = [
    Rule(
        "H4",
        "Complete",
        "All six elements recorded within the 12 months to the day asked for, on any days, in any setting, by anybody (P2, P3). "
        "An element recorded on a day covers until the day before the same day a year on.",
        [
            Timeline("All six a year ago less a day", ALL, {"complete": True, "complete until": "1 Oct", "missing": "nothing"}),
            Timeline("The next day", ALL, {"complete": False, "missing": ALL_SIX}, "1 Oct"),
            Timeline(
                "Five, and one a day too old",
                f"{SINCE_2023}\n30 Sep 2023 | smoking |\n{FIVE}",
                {"complete": False, "missing": "smoking"},
            ),
            Timeline("Five, and one just young enough", f"{SINCE_2023}\n1 Oct 2023 | smoking |\n{FIVE}", {"complete": True}),
            Timeline(
                "On different days, at two providers, at home",
                f"{SINCE_2023}\n1 Dec 2023 | alcohol | at RXT\n2 Feb | blood glucose | home\n3 Mar | blood pressure | trust\n"
                "4 Apr | bmi | practice\n5 May | blood lipids | community\n6 Jun | smoking |",
                {"complete": True, "complete until": "1 Dec"},
            ),
            Timeline(
                "29 February covers until 27 February",
                f"{SINCE_2023}\n29 Feb | all six |",
                {"complete": True, "complete until": "28 Feb 2025"},
                "27 Feb 2025",
            ),
            Timeline("On 28 February no longer", f"{SINCE_2023}\n29 Feb | all six |", {"complete": False}, "28 Feb 2025"),
            Timeline(
                "One declined while its last record still covers",
                f"{ALL}\n2 Sep | bmi | declined",
                {"complete": True, "refused": "bmi", "complete until": "1 Oct"},
            ),
        ],
    ),
    Rule(
        "H5",
        "When an element is due",
        "Twelve months after it was recorded, asked for from 28 days before. Somebody who enters the register without it: "
        "within three months, asked for at once. Recorded before anybody asked, it starts its year again and nothing counts as "
        "done. A check that is late stays to be done, however late.",
        [
            Timeline("New, without a check", ENTRY, {BMI: ["due soon: due 1 Apr"]}, "1 Jan"),
            Timeline("The day it is due", ENTRY, {BMI: ["due: due 1 Apr"]}, "1 Apr"),
            Timeline("The day after", ENTRY, {BMI: ["overdue: due 1 Apr"]}, "2 Apr"),
            Timeline("Ten years on", "1 Jan 2014 | register E1 |", {BMI: ["overdue: due 1 Apr 2014"]}),
            Timeline(
                "New, checked half a year before",
                f"{ENTRY}\n1 Jul 2023 | bmi B1 |",
                {BMI: ["not yet: due 1 Jul, asked for from 3 Jun"]},
                "2 Jun",
            ),
            Timeline(
                "From 28 days before", f"{ENTRY}\n1 Jul 2023 | bmi B1 |", {BMI: ["due soon: due 1 Jul, asked for from 3 Jun"]}, "3 Jun"
            ),
            Timeline("New, checked a year before", f"{ENTRY}\n1 Jan 2023 | bmi B1 |", {BMI: ["overdue: due 1 Apr"]}),
            Timeline(
                "Recorded when asked for",
                f"{ENTRY}\n1 Mar | bmi B1 |",
                {BMI: ["done 1 Mar", "not yet: due 1 Mar 2025, asked for from 1 Feb 2025"]},
            ),
            Timeline(
                "Recorded again before anybody asked",
                f"{ENTRY}\n1 Mar | bmi B1 |\n1 Jun | bmi B2 |",
                {BMI: ["done 1 Mar", "superseded 1 Jun", "not yet: due 1 Jun 2025, asked for from 4 May 2025"]},
            ),
            Timeline(
                "Two records of one day",
                f"{ENTRY}\n1 Mar | bmi B1 |\n1 Mar | bmi B2 | at RXT",
                {BMI: ["done 1 Mar", "not yet: due 1 Mar 2025, asked for from 1 Feb 2025"]},
            ),
            Timeline(
                "The record was a mistake",
                f"{ENTRY}\n1 Mar | bmi B1 |\n2 Mar | bmi B1 | voided",
                {BMI: ["overdue: due 1 Apr"]},
            ),
            Timeline(
                "A check dated ahead counts on its day",
                f"{ENTRY}\n1 Oct | bmi B1 |",
                {BMI: ["overdue: due 1 Apr"], "next change": "1 Oct"},
            ),
        ],
    ),
    Rule(
        "H6",
        "Declined or unsuitable",
        "Closes the task as declined or unsuitable: shown, and not complete. The element is asked for again after the day that "
        "was named, or after 12 months. A record of the same day wins.",
        [
            Timeline(
                "Declined",
                f"{ENTRY}\n1 Mar | bmi B1 | declined",
                {BMI: ["declined 1 Mar", "not yet: due 29 Mar 2025, asked for from 1 Mar 2025"], "refused": "bmi", "complete": False},
            ),
            Timeline(
                "Unsuitable",
                f"{ENTRY}\n1 Mar | bmi B1 | unsuitable",
                {BMI: ["unsuitable 1 Mar", "not yet: due 29 Mar 2025, asked for from 1 Mar 2025"], "refused": "bmi"},
            ),
            Timeline(
                "Asked again a year on",
                f"{ENTRY}\n1 Mar | bmi B1 | declined",
                {BMI: ["declined 1 Mar", "due soon: due 29 Mar 2025, asked for from 1 Mar 2025"], "refused": "nothing"},
                "1 Mar 2025",
            ),
            Timeline(
                "Declined to a worker until a day, one part",
                f"{ENTRY}\n1 Mar | attempt call | declined, bmi, until 1 Sep",
                {BMI: ["declined 1 Mar", "overdue: due 29 Sep, asked for from 1 Sep"], "annual-recall smoking": ["overdue: due 1 Apr"]},
            ),
            Timeline(
                "Declined to a worker, all of it",
                f"{ENTRY}\n1 Mar | attempt call | declined",
                {"refused": ALL_SIX, "contact stopped": None},
            ),
            Timeline(
                "Declined, then recorded after all",
                f"{ENTRY}\n1 Mar | bmi B1 | declined\n1 Jun | bmi B2 |",
                {BMI: ["declined 1 Mar", "superseded 1 Jun", "not yet: due 1 Jun 2025, asked for from 4 May 2025"], "refused": "nothing"},
            ),
            Timeline(
                "Declined and recorded on one day",
                f"{ENTRY}\n1 Mar | bmi B1 | declined\n1 Mar | bmi B2 |",
                {BMI: ["done 1 Mar", "not yet: due 1 Mar 2025, asked for from 1 Feb 2025"]},
            ),
        ],
    ),
    Rule(
        "H7",
        "Blood lipids of people at low risk",
        "Twelve months, as for the return. A provider may set the 24 months that the GP contract allows (P8) for people without "
        "an antipsychotic in the last six months, who are known not to smoke and to have a BMI below its threshold, and have no "
        "glucose finding. What no record tells, as heart disease, the provider answers for by setting it. Complete always asks "
        "for 12 months.",
        [
            Timeline("Twelve months, unless set", LOW, {LIPIDS: ["done 1 Feb 2023", "overdue: due 1 Feb, asked for from 4 Jan"]}),
            Timeline(
                "Low risk, 24 months set",
                LOW,
                {LIPIDS: ["done 1 Feb 2023", "not yet: due 1 Feb 2025, asked for from 4 Jan 2025"], "complete": False},
                settings=TWO_YEARS,
            ),
            Timeline(
                "On an antipsychotic",
                f"{LOW}\n1 Jan 2023 | medicine antipsychotic |",
                {LIPIDS: ["done 1 Feb 2023", "overdue: due 1 Feb, asked for from 4 Jan"]},
                settings=TWO_YEARS,
            ),
            Timeline(
                "Off it for six months",
                f"{LOW}\n1 Jan 2022 | medicine antipsychotic | stopped 1 Aug 2022",
                {LIPIDS: ["done 1 Feb 2023", "not yet: due 1 Feb 2025, asked for from 4 Jan 2025"]},
                settings=TWO_YEARS,
            ),
            Timeline(
                "Smokes",
                f"{SINCE_2023}\n31 Jan 2023 | bmi |\n31 Jan 2023 | smoking | current\n1 Feb 2023 | blood lipids |",
                {LIPIDS: ["done 1 Feb 2023", "overdue: due 1 Feb, asked for from 4 Jan"]},
                settings=TWO_YEARS,
            ),
        ],
    ),
]
