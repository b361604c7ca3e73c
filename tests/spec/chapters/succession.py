"""One organisation takes the place of another: docs/adr/0010. RXO is no more after 31 March; from 1 April on RXN stands in its place."""

from tests.spec.timeline import Rule, Timeline

HELPED = "10 Feb | contact C1 | at RXO\n10 Feb | assessment A1 | at RXO\n10 Feb | score S1 | at RXO"

RULES = [
    Rule(
        "",
        "A provider's successor",
        "What still runs on the successor's first day goes on there: one spell, one clock, from the old start. So does a spell that "
        "a referral of the successor follows within 5 days, and one of which the successor sends a referral on under its id. What had "
        "ended stays where it was. In these stories RXO's last day is 31 March; from 1 April on RXN stands in its place.",
        [
            Timeline(
                "The day before: still the old provider's",
                "1 Feb | referral R1 | at RXO\n10 Feb | contact C1 | at RXO",
                {"R1": {"provider": "RXO", "start": "1 Feb", "waited": 59}},
                at="31 Mar",
            ),
            Timeline(
                "From its first day on the successor's, from the old start",
                "1 Feb | referral R1 | at RXO\n10 Feb | contact C1 | at RXO",
                {"R1": {"provider": "RXN", "providers": "RXN", "start": "1 Feb", "first contact": "10 Feb", "waited": 60}},
                at="1 Apr",
            ),
            Timeline(
                "Ended on the last day: stays where it was",
                "1 Feb | referral R1 | at RXO, discharged 31 Mar",
                {"R1": {"provider": "RXO", "end": "31 Mar"}},
            ),
            Timeline(
                "Ended on the successor's first day: the successor's",
                "1 Feb | referral R1 | at RXO, discharged 1 Apr",
                {"R1": {"provider": "RXN", "end": "1 Apr"}},
            ),
            Timeline(
                "A referral of the successor 5 days after the end goes on with it",
                "1 Feb | referral R1 | at RXO, discharged 31 Mar\n5 Apr | referral R2 | at RXN",
                {"R1+R2": {"provider": "RXN", "start": "1 Feb", "end": None, "waited": 242}},
            ),
            Timeline(
                "6 days after the end: a new spell",
                "1 Feb | referral R1 | at RXO, discharged 31 Mar\n6 Apr | referral R2 | at RXN",
                {"R1": {"provider": "RXO", "end": "31 Mar"}, "R2": {"provider": "RXN", "start": "6 Apr"}},
            ),
            Timeline(
                "A referral to the other provider before the succession does not go on with what ended",
                "1 Feb | referral R1 | at RXO, discharged 28 Mar\n30 Mar | referral R2 | at RXN",
                {"R1": {"provider": "RXO"}, "R2": {"provider": "RXN", "start": "30 Mar"}},
            ),
            Timeline(
                "The whole spell goes on, also its referrals that had ended",
                "5 Jan | referral R0 | at RXO, discharged 30 Jan\n1 Feb | referral R1 | at RXO",
                {"R0+R1": {"provider": "RXN", "start": "5 Jan"}},
            ),
            Timeline(
                "Of two spells of the old provider, only the one that runs on",
                "5 Jan | referral R0 | at RXO, discharged 10 Jan\n1 Feb | referral R1 | at RXO",
                {"R0": {"provider": "RXO", "end": "10 Jan"}, "R1": {"provider": "RXN", "start": "1 Feb"}},
            ),
            Timeline(
                "The successor sends the referral on under its id, and ends it",
                "1 Feb | referral R1 | at RXO\n10 Feb | contact C1 | at RXO\n1 Feb | referral R1 | at RXN, discharged 20 May",
                {"R1": {"provider": "RXN", "start": "1 Feb", "first contact": "10 Feb", "end": "20 May"}},
            ),
            Timeline(
                "Closed by the old provider for the change, sent on by the successor: one spell",
                "1 Feb | referral R1 | at RXO, discharged 31 Mar\n10 Feb | contact C1 | at RXO\n1 Feb | referral R1 | at RXN",
                {"R1": {"provider": "RXN", "start": "1 Feb", "first contact": "10 Feb", "end": None}},
            ),
            Timeline(
                "What was done at both stops the clock",
                f"1 Feb | referral R1 | at RXO\n{HELPED}\n1 Feb | referral R1 | at RXN\n3 Apr | care plan P1 | at RXN",
                {"R1": {"assessment": "10 Feb", "stop": "3 Apr", "wait": 62}},
            ),
            Timeline(
                "A contact of the successor on the old provider's referral counts",
                "1 Feb | referral R1 | at RXO\n3 Apr | contact C1 | at RXN",
                {"R1": {"provider": "RXN", "first contact": "3 Apr"}},
            ),
            Timeline(
                "Of a contact that both tell of under one id, the successor's word stands",
                "1 Feb | referral R1 | at RXO\n10 Feb | contact C1 | at RXO\n10 Feb | contact C1 | at RXN, did not attend",
                {"R1": {"provider": "RXN", "first contact": None, "DNA": 1}},
            ),
            Timeline(
                "An old referral that runs on overlaps one of the successor: one spell",
                "1 Feb | referral R1 | at RXO\n1 Mar | referral R2 | at RXN",
                {"R1+R2": {"provider": "RXN", "start": "1 Feb"}},
            ),
            Timeline(
                "Before the day they are two",
                "1 Feb | referral R1 | at RXO\n1 Mar | referral R2 | at RXN",
                {"R1": {"provider": "RXO"}, "R2": {"provider": "RXN"}},
                at="31 Mar",
            ),
            Timeline(
                "Each referral of early intervention goes on by itself",
                "1 Feb | referral R1 | at RXO, team A14, reason 01\n2 Apr | referral R2 | at RXN, team A14, reason 01",
                {"R1": {"provider": "RXN", "start": "1 Feb"}, "R2": {"provider": "RXN", "start": "2 Apr"}},
                under="eip-2016",
            ),
            Timeline(
                "One person across providers: the same clock, at the successor",
                "1 Feb | referral R1 | at RXO\n1 Mar | referral R2 | at RYY",
                {"R1+R2": {"provider": "RXN", "providers": "RXN, RYY", "start": "1 Feb"}},
                under="programme-2021",
            ),
        ],
    ),
]
