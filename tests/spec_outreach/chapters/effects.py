"""What came of outreach."""

from tests.spec_outreach.timeline import Rule, Timeline

ON = "1 Jan | register E1 |"
CALLED = f"{ON}\n1 Sep | attempt call | agreed"
DONE = f"{ON}\n1 Mar | all six |"

RULES = [
    Rule(
        "H21",
        "Came within 15 days of an attempt",
        "An element recorded on the day of the attempt or within 15 days after it. What is not settled yet counts nowhere.",
        [
            Timeline("On the day", f"{CALLED}\n1 Sep | bmi |", {"followed": "call: came on 1 Sep"}),
            Timeline("15 days after", f"{CALLED}\n16 Sep | bmi |", {"followed": "call: came on 16 Sep"}),
            Timeline("16 days after", f"{CALLED}\n17 Sep | bmi |", {"followed": "call: did not come"}),
            Timeline("Declined within 15 days", f"{CALLED}\n16 Sep | bmi | declined", {"followed": "call: did not come"}),
            Timeline("15 days are not over", CALLED, {"followed": "call: too early to say"}, "16 Sep"),
            Timeline("They are over", CALLED, {"followed": "call: did not come"}, "17 Sep"),
        ],
    ),
    Rule(
        "H22",
        "Vaccination",
        "Given in the season, 1 September to 31 August, that the day belongs to; else the last that was said of it.",
        [
            Timeline(
                "Given on the first day of the season",
                f"{ON}\n1 Sep | vaccination influenza |",
                {"influenza": "given", "covid-19": "not offered"},
            ),
            Timeline("Given the day before", f"{ON}\n31 Aug | vaccination influenza |", {"influenza": "not offered"}),
            Timeline(
                "Offered, then declined",
                f"{ON}\n1 Sep | vaccination covid-19 | offered\n9 Sep | vaccination covid-19 | declined",
                {"covid-19": "declined"},
            ),
            Timeline(
                "Declined, then given",
                f"{ON}\n1 Sep | vaccination covid-19 | declined\n9 Sep | vaccination covid-19 |",
                {"covid-19": "given"},
            ),
        ],
    ),
    Rule(
        "H23",
        "Complete, with every follow-up done",
        "Complete, and every follow-up that is open or opened within the 12 months is done. One that was declined is not done.",
        [
            Timeline("Nothing found", DONE, {"complete with every follow-up": True}),
            Timeline("Found, open", f"{DONE}\n2 Mar | smoking | current", {"complete": True, "complete with every follow-up": False}),
            Timeline(
                "Found, answered",
                f"{DONE}\n2 Mar | smoking | current\n3 Mar | intervention stop smoking | for smoking",
                {"complete with every follow-up": True},
            ),
            Timeline(
                "Found, declined",
                f"{DONE}\n2 Mar | smoking | current\n3 Mar | intervention stop smoking | for smoking, declined",
                {"complete with every follow-up": False},
            ),
            Timeline("Not complete", ON, {"complete with every follow-up": False}),
        ],
    ),
]
