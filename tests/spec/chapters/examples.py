"""The worked examples of the national definition."""

from tests.spec.timeline import Rule, Timeline

ALL_BUT_THE_SCORE = """
    1 Jul  | referral R1     |
    10 Jul | contact C1      |
    10 Jul | assessment A1   | with C1
    20 Jul | care plan P1    |
"""

RULES = [
    Rule(
        "",
        "The whole clock at work",
        "The clock starts when the referral is received. It stops on the day the last of four things is there: a first "
        "contact, a first outcome score, an assessment, and an agreed care plan or an intervention. 28 days or fewer is "
        "in time.",
        [
            Timeline(
                "The last of the four comes on day 28",
                ALL_BUT_THE_SCORE + "29 Jul | score S1 | tool DIALOG",
                {"R1": {"stop": "29 Jul", "wait": 28, "in time": True}},
            ),
            Timeline(
                "The last of the four comes on day 29",
                ALL_BUT_THE_SCORE + "30 Jul | score S1 | tool DIALOG",
                {"R1": {"stop": "30 Jul", "wait": 29, "in time": False}},
            ),
            Timeline(
                "Referred again 5 days after discharge: one spell, one clock",
                """
                1 Jun  | referral R1 | discharged 5 Jul
                10 Jul | referral R2 |
                """,
                {"R1+R2": {"start": "1 Jun", "end": None, "waited": 121}},
            ),
            Timeline(
                "Referred again 6 days after discharge: a new clock",
                """
                1 Jun  | referral R1 | discharged 5 Jul
                11 Jul | referral R2 |
                """,
                {"R1": {"end": "5 Jul", "waited": None}, "R2": {"start": "11 Jul", "waited": 81}},
            ),
            Timeline(
                "Another provider takes over the next day: two spells, two clocks",
                """
                1 Jun  | referral R1 | discharged 5 Jul
                6 Jul  | referral R2 | at RYY
                """,
                {"R1": {"provider": "RXX", "end": "5 Jul"}, "R2": {"provider": "RYY", "start": "6 Jul", "waited": 86}},
            ),
            Timeline(
                "Missed, cancelled and e-mail contacts do not count; late but seen by video does",
                """
                1 Jul  | referral R1   |
                10 Jul | contact C1    | did not attend
                15 Jul | contact C2    | cancelled by the person
                16 Jul | contact C3    | attended, email
                20 Jul | care plan P1  |
                1 Aug  | contact C4    | late but seen, video
                1 Aug  | assessment A1 | with C4
                1 Aug  | score S1      | tool DIALOG, with C4
                """,
                {"R1": {"first contact": "1 Aug", "stop": "1 Aug", "wait": 31, "in time": False, "DNA": 1}},
                not_counted={"C1": "not attended", "C2": "not attended", "C3": "medium not counted"},
            ),
            Timeline(
                "Started and first seen before April 2024: no assessment is waited for",
                """
                1 Feb  | referral R1  |
                10 Feb | contact C1   |
                15 Feb | care plan P1 | updated 20 Feb
                15 Aug | score S1     | tool HoNOS
                """,
                {"R1": {"assessment": None, "assessment waived": True, "stop": "15 Aug", "wait": 196}},
            ),
            Timeline(
                "A plan older than the spell counts from its update inside it",
                """
                12 May | care plan P1  | updated 22 Jul
                1 Jul  | referral R1   |
                10 Jul | contact C1    |
                10 Jul | assessment A1 | with C1
                10 Jul | score S1      | with C1
                """,
                {"R1": {"care plan": "22 Jul", "stop": "22 Jul", "wait": 21}},
            ),
        ],
    ),
]
