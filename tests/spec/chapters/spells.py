"""Ends, merging and transfers: W7 to W9."""

from tests.spec.timeline import Rule, Timeline

RULES = [
    Rule(
        "W7",
        "End of a referral",
        "The discharge date if there is one, else the rejection date, else the closure date: the first that is present, "
        "not the earliest. Several teams: each ends by itself and the referral ends with the last. An end that lies "
        "ahead is not yet an end.",
        [
            Timeline("Discharged", "1 Jul | referral R1 | discharged 20 Jul", {"R1": {"end": "20 Jul", "waited": None}}),
            Timeline("Rejected", "1 Jul | referral R1 | rejected 20 Jul", {"R1": {"end": "20 Jul"}}),
            Timeline("Closed", "1 Jul | referral R1 | closed 20 Jul", {"R1": {"end": "20 Jul"}}),
            Timeline("None of the three", "1 Jul | referral R1 |", {"R1": {"end": None, "waited": 91}}),
            Timeline(
                "Discharge goes before an earlier rejection",
                "1 Jul | referral R1 | rejected 10 Jul, discharged 20 Jul",
                {"R1": {"end": "20 Jul"}},
            ),
            Timeline(
                "Rejection goes before an earlier closure",
                "1 Jul | referral R1 | rejected 20 Jul, closed 10 Jul",
                {"R1": {"end": "20 Jul"}},
            ),
            Timeline("Discharged today", "1 Jul | referral R1 | discharged 30 Sep", {"R1": {"end": "30 Sep"}}),
            Timeline("Discharged tomorrow: still open", "1 Jul | referral R1 | discharged 1 Oct", {"R1": {"end": None}}),
            Timeline(
                "A team's own rejection goes before the referral's",
                "1 Jul | referral R1 | team A06 rejected 15 Jul, rejected 20 Jul",
                {"R1": {"end": "15 Jul"}},
            ),
            Timeline(
                "One of two teams has closed: open",
                "1 Jul | referral R1 | team A06 closed 15 Jul, team A08",
                {"R1": {"end": None}},
            ),
            Timeline(
                "Both teams have closed: the later day",
                "1 Jul | referral R1 | team A06 closed 15 Jul, team A08 closed 12 Jul",
                {"R1": {"end": "15 Jul"}},
            ),
            Timeline(
                "A team out of scope does not keep it open",
                "1 Jul | referral R1 | team A06 closed 15 Jul, team A14",
                {"R1": {"end": "15 Jul"}},
            ),
        ],
    ),
    Rule(
        "W8",
        "Merging into spells",
        "Referrals of one person at one provider that overlap, or start at most 5 days after the furthest end so far, "
        "are one spell with one clock.",
        [
            Timeline(
                "Overlapping",
                "1 Jun | referral R1 | discharged 5 Jul\n20 Jun | referral R2 |",
                {"R1+R2": {"start": "1 Jun"}},
            ),
            Timeline("5 days later", "1 Jun | referral R1 | discharged 5 Jul\n10 Jul | referral R2 |", {"R1+R2": {}}),
            Timeline("6 days later", "1 Jun | referral R1 | discharged 5 Jul\n11 Jul | referral R2 |", {"R1": {}, "R2": {}}),
            Timeline(
                "The furthest end counts, not the last referral's",
                """
                1 Jun  | referral R1 | discharged 31 Jul
                5 Jun  | referral R2 | discharged 10 Jun
                5 Aug  | referral R3 | discharged 20 Aug
                """,
                {"R1+R2+R3": {"start": "1 Jun", "end": "20 Aug"}},
            ),
            Timeline(
                "A referral out of scope is no bridge between two in scope",
                """
                1 Jun  | referral R1 | discharged 5 Jun
                4 Jun  | referral R2 | team A14, discharged 20 Jul
                21 Jul | referral R3 |
                """,
                {"R1": {"end": "5 Jun"}, "R3": {"start": "21 Jul"}},
                {"R2": "team not in scope"},
            ),
            Timeline(
                "Received on the same day: the ids decide which comes first",
                "1 Jul | referral R2 |\n1 Jul | referral R1 |",
                {"R1+R2": {"start": "1 Jul"}},
            ),
            Timeline(
                "An end that lies ahead leaves the first open, so the second joins",
                "1 Jun | referral R1 | discharged 5 Dec\n1 Aug | referral R2 | discharged 3 Aug",
                {"R1+R2": {"end": None}},
            ),
        ],
    ),
    Rule(
        "W9",
        "Transfers",
        "To another in-scope team of the same provider: the same clock runs on. To another provider: a new clock.",
        [
            Timeline(
                "From the community team to the rehabilitation team",
                "1 Jun | referral R1 | discharged 5 Jul\n5 Jul | referral R2 | team A09",
                {"R1+R2": {"start": "1 Jun", "teams": "A06, A09", "waited": 121}},
            ),
            Timeline(
                "Passed on within one referral",
                "1 Jun | referral R1 | team A06 closed 5 Jul, team A09",
                {"R1": {"start": "1 Jun", "end": None}},
            ),
            Timeline(
                "To early intervention, which is out of scope: the clock ends with the discharge",
                "1 Jun | referral R1 | discharged 5 Jul\n5 Jul | referral R2 | team A14",
                {"R1": {"end": "5 Jul"}},
                {"R2": "team not in scope"},
            ),
            Timeline(
                "To another provider on the same day",
                "1 Jun | referral R1 | discharged 5 Jul\n5 Jul | referral R2 | at RYY",
                {"R1": {"provider": "RXX", "end": "5 Jul"}, "R2": {"provider": "RYY", "start": "5 Jul"}},
            ),
        ],
    ),
]
