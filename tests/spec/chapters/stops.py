"""The waiver, the length of the wait, in time, still waiting, closed without help, internal waits: W16 to W18, W20, W23."""

from tests.spec.timeline import Rule, Timeline


def _rest(on: str) -> str:
    """An outcome score and a plan: all that is missing beside contact and assessment."""
    return f"\n{on} | score S1 |\n{on} | care plan P1 |"


def _all_on(start: str, on: str) -> str:
    return f"{start} | referral R1 |\n{on} | contact C1 |\n{on} | assessment A1 | with C1{_rest(on)}"


RULES = [
    Rule(
        "W16",
        "Assessment waived",
        "Where the spell started before 1 April 2024 and its first contact was before that day too, no assessment is "
        "waited for. One that is there is still shown, but does not delay the stop.",
        [
            Timeline(
                "Both on 31 March",
                f"31 Mar | referral R1 |\n31 Mar | contact C1 |{_rest('20 Apr')}",
                {"R1": {"assessment waived": True, "stop": "20 Apr"}},
            ),
            Timeline(
                "First contact on 1 April",
                f"31 Mar | referral R1 |\n1 Apr | contact C1 |{_rest('20 Apr')}",
                {"R1": {"assessment waived": False, "stop": None}},
            ),
            Timeline(
                "Started on 1 April",
                f"1 Apr | referral R1 |\n1 Apr | contact C1 |{_rest('20 Apr')}",
                {"R1": {"assessment waived": False, "stop": None}},
            ),
            Timeline(
                "A late assessment is shown, and the stop stays",
                f"1 Feb | referral R1 |\n10 Feb | contact C1 |{_rest('20 Feb')}\n1 May | assessment A1 |",
                {"R1": {"assessment": "1 May", "stop": "20 Feb", "wait": 19}},
            ),
            Timeline(
                "No first contact, no waiver",
                f"1 Feb | referral R1 |{_rest('20 Feb')}",
                {"R1": {"assessment waived": False, "stop": None}},
            ),
        ],
    ),
    Rule(
        "W17",
        "The wait",
        "Whole calendar days in London from start to stop. The same day is 0; the change of the clocks takes nothing away.",
        [
            Timeline("All on one day", _all_on("1 Jul", "1 Jul"), {"R1": {"stop": "1 Jul", "wait": 0, "in time": True}}),
            Timeline("One day", _all_on("1 Jul", "2 Jul"), {"R1": {"wait": 1}}),
            Timeline("Across 31 March 2024, a day of 23 hours", _all_on("30 Mar", "27 Apr"), {"R1": {"wait": 28, "in time": True}}),
            Timeline(
                "Across 29 October 2023, a day of 25 hours",
                _all_on("28 Oct 2023", "25 Nov 2023"),
                {"R1": {"wait": 28, "in time": True}},
            ),
            Timeline("Across 29 February", _all_on("28 Feb", "1 Mar"), {"R1": {"wait": 2}}),
        ],
    ),
    Rule(
        "W18",
        "In time",
        "28 days or fewer. The first day past the target is day 29.",
        [
            Timeline("28 days", _all_on("1 Jul", "29 Jul"), {"R1": {"wait": 28, "in time": True, "past target on": "30 Jul"}}),
            Timeline("29 days", _all_on("1 Jul", "30 Jul"), {"R1": {"wait": 29, "in time": False, "past target on": "30 Jul"}}),
            Timeline(
                "All but the contact in time: the last of the four decides",
                f"1 Jul | referral R1 |\n5 Jul | assessment A1 |{_rest('6 Jul')}\n2 Aug | contact C1 |",
                {"R1": {"stop": "2 Aug", "wait": 32, "in time": False}},
            ),
        ],
    ),
    Rule(
        "W20",
        "Still waiting",
        "Open, and no full stop. The days waited grow by one each day.",
        [
            Timeline("No score yet: today", "1 Jul | referral R1 |\n10 Jul | contact C1 |", {"R1": {"stop": None, "waited": 91}}),
            Timeline("The same, tomorrow", "1 Jul | referral R1 |\n10 Jul | contact C1 |", {"R1": {"waited": 92}}, at="1 Oct"),
            Timeline("On the day it was received", "1 Jul | referral R1 |", {"R1": {"waited": 0}}, at="1 Jul"),
            Timeline("The day before: no clock", "1 Jul | referral R1 |", {}, {"R1": "after the date asked for"}, at="30 Jun"),
            Timeline("Stopped: nobody waits", _all_on("1 Jul", "29 Jul"), {"R1": {"waited": None}}),
            Timeline(
                "As at the day before the last of the four: still waiting",
                _all_on("1 Jul", "29 Jul"),
                {"R1": {"stop": None, "waited": 27}},
                {"S1": "after the date asked for"},
                at="28 Jul",
            ),
        ],
    ),
    Rule(
        "W23",
        "Closed without help",
        "A spell that is rejected or discharged before all four are there has no stop, and waits no more.",
        [
            Timeline(
                "Discharged with a piece missing",
                "1 Jul | referral R1 | discharged 20 Jul\n10 Jul | contact C1 |",
                {"R1": {"end": "20 Jul", "stop": None, "wait": None, "waited": None, "in time": None}},
            ),
            Timeline(
                "The last piece on the day of discharge still stops the clock",
                f"1 Jul | referral R1 | discharged 20 Jul\n10 Jul | contact C1 |\n10 Jul | assessment A1 |{_rest('20 Jul')}",
                {"R1": {"end": "20 Jul", "stop": "20 Jul", "wait": 19}},
            ),
            Timeline(
                "The day after the discharge it is too late",
                f"1 Jul | referral R1 | discharged 20 Jul\n10 Jul | contact C1 |\n10 Jul | assessment A1 |{_rest('21 Jul')}",
                {"R1": {"stop": None}},
                {"S1": "outside the spell", "P1": "outside the spell"},
            ),
        ],
    ),
    Rule(
        "",
        "Internal waits between milestones",
        "A short first wait followed by a long hidden one must be visible: the days between any two milestones of a spell.",
        [
            Timeline(
                "Seen soon, helped late",
                """
                1 Jul  | referral R1     | accepted 3 Jul
                5 Jul  | contact C1      |
                5 Jul  | assessment A1   | with C1
                10 Jul | care plan P1    |
                1 Aug  | intervention I1 | code DEMO-PSYCHOSOCIAL
                20 Sep | intervention I2 | code 718026005
                """,
                {
                    "R1": {
                        "received to accepted": 2,
                        "received to first contact": 4,
                        "care plan to intervention": 22,
                        "first contact to psychological therapy": 77,
                        "intervention to psychological therapy": 50,
                    }
                },
            ),
        ],
    ),
]
