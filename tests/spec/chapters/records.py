"""Versions, lateness, and what is known of the person: W25 and the settled readings."""

from tests.spec.timeline import Rule, Timeline

REFERRAL = "1 Jul | referral R1 |"

RULES = [
    Rule(
        "W25",
        "Versions of a record",
        "A record may be sent again; the version recorded last stands, whenever it arrives. A void takes away all "
        "versions up to its own. A referral that stops being submitted in monthly files has ended with the last month it "
        "was in.",
        [
            Timeline(
                "A contact corrected to missed",
                f"{REFERRAL}\n10 Jul | contact C1 | attended\n10 Jul | contact C1 | did not attend, recorded 12 Jul",
                {"R1": {"first contact": None}},
                {"C1": "not attended"},
            ),
            Timeline(
                "An older version that arrives late changes nothing",
                f"{REFERRAL}\n10 Jul | contact C1 | did not attend, recorded 12 Jul\n10 Jul | contact C1 | recorded 10 Jul",
                {"R1": {"first contact": None}},
            ),
            Timeline(
                "Recorded at the same moment: the later received stands",
                f"{REFERRAL}\n10 Jul | contact C1 | did not attend\n10 Jul | contact C1 | attended",
                {"R1": {"first contact": "10 Jul"}},
            ),
            Timeline(
                "A contact moved to another day",
                f"{REFERRAL}\n10 Jul | contact C1 |\n8 Jul | contact C1 | recorded 20 Jul",
                {"R1": {"first contact": "8 Jul"}},
            ),
            Timeline(
                "A voided contact",
                f"{REFERRAL}\n10 Jul | contact C1 |\n10 Jul | contact C1 | voided, recorded 12 Jul",
                {"R1": {"first contact": None}},
                {"C1": "voided"},
            ),
            Timeline(
                "Voided, then recorded again",
                """
                1 Jul  | referral R1 |
                10 Jul | contact C1  |
                10 Jul | contact C1  | voided, recorded 12 Jul
                10 Jul | contact C1  | recorded 13 Jul
                """,
                {"R1": {"first contact": "10 Jul"}},
            ),
            Timeline(
                "A void that arrives before what it voids",
                f"{REFERRAL}\n10 Jul | contact C1 | voided, recorded 12 Jul\n10 Jul | contact C1 | recorded 10 Jul",
                {"R1": {"first contact": None}},
            ),
            Timeline(
                "A voided referral takes its clock with it",
                f"{REFERRAL}\n1 Jul | referral R1 | voided, recorded 5 Jul\n10 Jul | contact C1 |",
                {},
                {"R1": "voided", "C1": "referral not known yet"},
            ),
            Timeline(
                "Contact first, referral later: the order of arrival does not matter",
                f"10 Jul | contact C1 |\n{REFERRAL}",
                {"R1": {"first contact": "10 Jul"}},
            ),
            Timeline(
                "A correction of the received date restates the past",
                f"{REFERRAL}\n20 Jun | referral R1 | recorded 15 Jul",
                {"R1": {"start": "20 Jun", "waited": 102}},
            ),
            Timeline(
                "Not submitted after August",
                "1 Jul | referral R1 | not submitted after 31 Aug",
                {"R1": {"end": "31 Aug"}},
            ),
            Timeline(
                "The same on the day before: not yet an end",
                "1 Jul | referral R1 | not submitted after 31 Aug",
                {"R1": {"end": None, "waited": 60}},
                at="30 Aug",
            ),
            Timeline(
                "Its only team is not submitted after August",
                "1 Jul | referral R1 | team A06 not submitted after 31 Aug",
                {"R1": {"end": "31 Aug"}},
            ),
            Timeline(
                "A discharge date goes before it",
                "1 Jul | referral R1 | discharged 10 Sep, not submitted after 31 Aug",
                {"R1": {"end": "10 Sep"}},
            ),
            Timeline(
                "One of two teams is not submitted any more",
                "1 Jul | referral R1 | team A06 not submitted after 31 Aug, team A08",
                {"R1": {"end": None}},
            ),
        ],
    ),
    Rule(
        "",
        "Practice and death",
        "The practice is that of the newest record by the end of the spell's last month, or by today while it is open. "
        "Death ends no clock: it is a flag. What another provider knows of the person does not count here.",
        [
            Timeline(
                "Open: the newest practice",
                f"1 Jan | person | practice Y00001\n{REFERRAL}\n10 Sep | person | practice Y00002",
                {"R1": {"practice": "Y00002"}},
            ),
            Timeline(
                "Ended: the practice at the end of its last month",
                "1 Jan | person | practice Y00001\n1 Jul | referral R1 | discharged 20 Jul\n31 Jul | person | practice Y00002\n"
                "1 Aug | person | practice Y00003",
                {"R1": {"practice": "Y00002"}},
            ),
            Timeline(
                "Death is a flag",
                f"{REFERRAL}\n10 Sep | person | died 9 Sep",
                {"R1": {"died": "9 Sep", "end": None, "waited": 91}},
            ),
            Timeline(
                "A birth date known to another provider only",
                f"1 Jan | person | at RYY\n1 Jan | person | birth date unknown\n{REFERRAL}",
                {},
                {"R1": "person out of scope"},
            ),
        ],
    ),
]
