"""The ladder, results, and who may not be contacted."""

from tests.spec_outreach.timeline import Rule, Timeline

ON = "1 Jan | register E1 |"
WANTS = f"{ON}\n1 Jan | preference | wants text then call"
TRIED = f"{ON}\n5 Jan | attempt letter |"

RULES = [
    Rule(
        "H18",
        "The ladder of attempts",
        "The ways that the person wants, in their order, then the provider's: as shipped a letter, a text after 14 days, a call "
        "after 7, a letter with resources after 7, peer support after 14, a home visit after 14. The first two invitations are "
        "at least 7 days apart, whatever is set. When every way was tried the team decides; nobody drops off. Each year of an "
        "open round it begins anew.",
        [
            Timeline("Nobody tried yet", ON, {"next step": "letter from 1 Jan", "attempts": 0}),
            Timeline("After the first letter", TRIED, {"next step": "text from 19 Jan", "attempts": 1}),
            Timeline("A wanted order", WANTS, {"next step": "text from 1 Jan"}),
            Timeline("The second wanted way, 7 days later", f"{WANTS}\n5 Jan | attempt text |", {"next step": "call from 12 Jan"}),
            Timeline(
                "Then the provider's",
                f"{WANTS}\n5 Jan | attempt text |\n12 Jan | attempt call | no answer",
                {"next step": "letter from 12 Jan"},
            ),
            Timeline(
                "A provider without spacing: still 7 days",
                TRIED,
                {"next step": "call from 12 Jan"},
                settings=(("RXX", "ladder", "1 Jan", [{"channel": "letter", "after_days": 0}, {"channel": "call", "after_days": 0}]),),
            ),
            Timeline(
                "Every way tried",
                "\n".join(
                    [ON]
                    + [
                        f"{day} Jan | attempt {channel} | no answer"
                        for day, channel in enumerate(("letter", "text", "call", "letter", "peer support", "home visit"), 5)
                    ]
                ),
                {"next step": "the team decides from 17 Jan", "attempts": 6},
            ),
            Timeline("A year on, anew", TRIED, {"next step": "letter from 1 Jan 2025", "attempts": 0}, "1 Jan 2025"),
            Timeline("Checked: the next round", f"{TRIED}\n1 Feb | all six |", {"next step": "letter from 4 Jan 2025", "attempts": 0}),
            Timeline(
                "An attempt entered by mistake", f"{ON}\n5 Jan | attempt letter | voided", {"next step": "letter from 1 Jan", "attempts": 0}
            ),
        ],
    ),
    Rule(
        "H19",
        "Results",
        "From a closed list, each with a reason. Agreed to attend, or done elsewhere: nobody asks for 30 days, and the task "
        "stays; only a record closes it. Call back: a call after 7 days. A wrong number closes calls and texts alike, for they "
        "would tell a stranger, until a newer version of the person is recorded.",
        [
            Timeline(
                "Agreed",
                f"{TRIED}, agreed".replace("|, ", "| "),
                {"hidden until": "4 Feb", "next step": "text from 4 Feb", "last result": "agreed"},
                "3 Feb",
            ),
            Timeline("Agreed, and 30 days on", f"{TRIED} agreed", {"hidden until": None, "next step": "text from 4 Feb"}, "4 Feb"),
            Timeline(
                "Call back",
                f"{ON}\n5 Jan | attempt text | call back",
                {"hidden until": "12 Jan", "next step": "call from 12 Jan"},
                "11 Jan",
            ),
            Timeline(
                "Done elsewhere", f"{ON}\n5 Jan | attempt call | done elsewhere", {"hidden until": "4 Feb", "complete": False}, "3 Feb"
            ),
            Timeline(
                "No answer", f"{ON}\n5 Jan | attempt letter | no answer", {"hidden until": None, "next step": "text from 19 Jan"}, "6 Jan"
            ),
            Timeline("Wrong number", f"{ON}\n5 Jan | attempt call | wrong number", {"next step": "letter from 12 Jan"}, "6 Jan"),
            Timeline(
                "Wrong number: no text either",
                f"{ON}\n5 Jan | attempt call | wrong number\n12 Jan | attempt letter |",
                {"next step": "letter from 19 Jan"},
                "13 Jan",
            ),
            Timeline(
                "Wrong number, then a newer version of the person",
                f"{ON}\n5 Jan | attempt call | wrong number\n12 Jan | attempt letter |\n14 Jan | person |",
                {"next step": "text from 26 Jan"},
                "14 Jan",
            ),
            Timeline(
                "Moved", f"{ON}\n5 Jan | attempt call | moved", {"contact stopped": "moved", "next step": None, "on a register": True}
            ),
            Timeline(
                "Moved, and on the register of the new practice",
                "1 Jan | register E1 | left 1 Mar\n5 Jan | attempt call | moved\n1 Mar | register E2 | practice Y00002",
                {"contact stopped": None, "practice": "Y00002"},
            ),
            Timeline("Transferred", f"{ON}\n5 Jan | attempt call | transferred", {"contact stopped": "transferred"}),
        ],
    ),
    Rule(
        "H20",
        "Nobody is contacted",
        "After death, a move, leaving the register (unless a medicine or a protocol goes on), or where contact is restricted: "
        "at once, also for what is queued. An opt-out stops messages (text, e-mail, letter); people may still call or visit. "
        "One refusal holds at all providers.",
        [
            Timeline("Nothing against it", ON, {"contact stopped": None, "next step": "letter from 1 Jan"}),
            Timeline("Restricted", f"{ON}\n1 Feb | preference | restricted, at RXT", {"contact stopped": "restricted", "next step": None}),
            Timeline(
                "Opted out of messages",
                f"{ON}\n1 Feb | preference | opt out",
                {"contact stopped": "opted out", "next step": "call from 1 Jan"},
            ),
            Timeline(
                "Opted out, and called",
                f"{ON}\n1 Feb | preference | opt out\n2 Feb | attempt call | no answer",
                {"next step": "peer support from 16 Feb"},
            ),
            Timeline("Opted out, and in again", f"{ON}\n1 Feb | preference | opt out\n1 Mar | preference |", {"contact stopped": None}),
            Timeline("Left", "1 Jan | register E1 | left 1 Mar", {"contact stopped": "left", "next step": None}),
            Timeline(
                "Left, on an antipsychotic",
                "1 Jan | register E1 | left 1 Mar\n1 Feb | medicine antipsychotic |",
                {"contact stopped": None, "next step": "letter from 5 Feb"},
            ),
            Timeline("Dead", f"{ON}\n1 Feb | person | died 31 Jan", {"contact stopped": "died", "next step": None}),
        ],
    ),
]
