"""Direct contact, missed contacts, second contact: W10, W11, W22."""

from tests.spec.timeline import Rule, Timeline

REFERRAL = "1 Jul | referral R1 | discharged 31 Aug"
NONE = {"R1": {"first contact": None}}
SEEN = {"R1": {"first contact": "10 Jul"}}

RULES = [
    Rule(
        "W10",
        "Direct contact",
        "Attended (on time, or late but seen), face to face, by telephone, talk type or video, on a day of the spell, on "
        "one of its referrals.",
        [
            *(
                Timeline(f"{how.capitalize()}", f"{REFERRAL}\n10 Jul | contact C1 | {how}", SEEN)
                for how in ("attended", "late but seen", "telephone", "talk type", "video")
            ),
            *(
                Timeline(f"{how.capitalize()}", f"{REFERRAL}\n10 Jul | contact C1 | {how}", NONE, {"C1": "medium not counted"})
                for how in ("email", "medium not recorded")
            ),
            Timeline("On the first day", f"{REFERRAL}\n1 Jul | contact C1 |", {"R1": {"first contact": "1 Jul"}}),
            Timeline("The day before", f"{REFERRAL}\n30 Jun | contact C1 |", NONE, {"C1": "outside the spell"}),
            Timeline("On the last day", f"{REFERRAL}\n31 Aug | contact C1 |", {"R1": {"first contact": "31 Aug"}}),
            Timeline("The day after it ended", f"{REFERRAL}\n1 Sep | contact C1 |", NONE, {"C1": "outside the spell"}),
            Timeline(
                "In the gap between two referrals of one spell",
                """
                1 Jun  | referral R1 | discharged 5 Jul
                8 Jul  | contact C1  | on R1
                10 Jul | referral R2 |
                """,
                {"R1+R2": {"first contact": "8 Jul"}},
            ),
            Timeline(
                "On a referral that is out of scope",
                f"{REFERRAL}\n1 Jul | referral R2 | team A14\n10 Jul | contact C1 | on R2",
                NONE,
                {"C1": "team not in scope"},
            ),
            Timeline(
                "On a referral that nobody has sent yet",
                f"{REFERRAL}\n10 Jul | contact C1 | on R9",
                NONE,
                {"C1": "referral not known yet"},
            ),
            Timeline("Without a referral", f"{REFERRAL}\n10 Jul | contact C1 | direct access", NONE, {"C1": "direct access"}),
            Timeline(
                "Tomorrow",
                "1 Jul | referral R1 |\n1 Oct | contact C1 |",
                NONE,
                {"C1": "after the date asked for"},
            ),
            Timeline("Today", "1 Jul | referral R1 |\n30 Sep | contact C1 |", {"R1": {"first contact": "30 Sep"}}),
        ],
    ),
    Rule(
        "W11",
        "Missed and cancelled contacts",
        "They never count, and never pause, reset or cancel the clock.",
        [
            *(
                Timeline(
                    f"{how.capitalize()}",
                    f"{REFERRAL}\n10 Jul | contact C1 | {how}",
                    {"R1": {"start": "1 Jul", "first contact": None, "DNA": int(how == "did not attend")}},
                    {"C1": "not attended"},
                )
                for how in ("did not attend", "cancelled by the person", "cancelled by the provider", "late and not seen", "booked")
            ),
            Timeline(
                "The wait runs through every missed contact",
                """
                1 Jul  | referral R1   |
                5 Jul  | contact C1    | did not attend
                12 Jul | contact C2    | did not attend
                30 Jul | contact C3    |
                30 Jul | assessment A1 | with C3
                30 Jul | score S1      | with C3
                30 Jul | care plan P1  |
                """,
                {"R1": {"stop": "30 Jul", "wait": 29, "DNA": 2}},
            ),
        ],
    ),
    Rule(
        "W22",
        "Second contact",
        "The second direct contact of the spell. Two contacts on one day are first and second.",
        [
            Timeline("One", f"{REFERRAL}\n10 Jul | contact C1 |", {"R1": {"second contact": None, "last contact": "10 Jul"}}),
            Timeline(
                "Two on one day",
                f"{REFERRAL}\n10 Jul | contact C1 |\n10 Jul | contact C2 |",
                {"R1": {"first contact": "10 Jul", "second contact": "10 Jul"}},
            ),
            Timeline(
                "The third is one too many",
                f"{REFERRAL}\n10 Jul | contact C1 |\n12 Jul | contact C2 |\n15 Jul | contact C3 |",
                {"R1": {"second contact": "12 Jul", "last contact": "15 Jul"}},
                {"C3": "component already met"},
            ),
        ],
    ),
]
