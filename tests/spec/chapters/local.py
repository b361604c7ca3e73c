"""First and second contact, the 2021 consultation, South Yorkshire."""

from tests.spec.timeline import Rule, Timeline

REFERRAL = "1 Jul | referral R1 |\n"

RULES = [
    Rule(
        "",
        "First contact",
        "The clock stops at the first direct contact. Nothing else is waited for.",
        [
            Timeline(
                "Seen on day 28",
                REFERRAL + "29 Jul | contact C1 |",
                {"R1": {"stop": "29 Jul", "wait": 28, "in time": True}},
                under="first-contact",
            ),
            Timeline(
                "Seen on day 29",
                REFERRAL + "30 Jul | contact C1 |",
                {"R1": {"stop": "30 Jul", "wait": 29, "in time": False}},
                under="first-contact",
            ),
            Timeline(
                "Assessed, not seen",
                REFERRAL + "10 Jul | assessment A1 |",
                {"R1": {"stop": None, "waited": 91, "missing": "first contact"}},
                {"A1": "not asked for by this definition"},
                under="first-contact",
            ),
        ],
    ),
    Rule(
        "",
        "Second contact",
        "The clock stops at the second direct contact.",
        [
            Timeline(
                "Seen twice",
                REFERRAL + "5 Jul | contact C1 |\n29 Jul | contact C2 |",
                {"R1": {"stop": "29 Jul", "wait": 28, "in time": True}},
                {"C1": "counted"},
                under="second-contact",
            ),
            Timeline(
                "Seen once",
                REFERRAL + "5 Jul | contact C1 |\n29 Jul | contact C2 | did not attend",
                {"R1": {"stop": None, "missing": "second contact"}},
                {"C2": "not attended"},
                under="second-contact",
            ),
        ],
    ),
    Rule(
        "",
        "Consultation of 2021",
        "The clock stops when a therapeutic or social intervention starts or a care plan is agreed, whichever comes first.",
        [
            Timeline(
                "The plan first",
                REFERRAL + "20 Jul | care plan P1 |\n25 Jul | intervention I1 |",
                {"R1": {"stop": "20 Jul", "wait": 19}},
                {"I1": "counted"},
                under="consultation-2021",
            ),
            Timeline(
                "The intervention first",
                REFERRAL + "15 Jul | intervention I1 |\n20 Jul | care plan P1 |",
                {"R1": {"stop": "15 Jul", "wait": 14}},
                under="consultation-2021",
            ),
            Timeline(
                "Seen, assessed and scored, without either",
                REFERRAL + "10 Jul | contact C1 |\n10 Jul | assessment A1 |\n10 Jul | score S1 |",
                {"R1": {"stop": None, "missing": "care plan, intervention"}},
                {"S1": "not asked for by this definition", "C1": "not asked for by this definition"},
                under="consultation-2021",
            ),
        ],
    ),
    Rule(
        "",
        "South Yorkshire",
        "The clock starts when the person decides that they need support (else when the referral is received), and stops at the "
        "first intervention marked as evidence based.",
        [
            Timeline(
                "Decided before the referral",
                "1 Jul | referral R1 | decided 24 Jun\n22 Jul | intervention I1 | evidence based",
                {"R1": {"start": "24 Jun", "stop": "22 Jul", "wait": 28, "in time": True, "start to received": 7}},
                under="south-yorkshire-2021",
            ),
            Timeline(
                "A day later",
                "1 Jul | referral R1 | decided 24 Jun\n23 Jul | intervention I1 | evidence based",
                {"R1": {"wait": 29, "in time": False}},
                under="south-yorkshire-2021",
            ),
            Timeline(
                "Not known when they decided",
                "1 Jul | referral R1 |\n29 Jul | intervention I1 | evidence based",
                {"R1": {"start": "1 Jul", "wait": 28}},
                under="south-yorkshire-2021",
            ),
            Timeline(
                "Decided after the referral",
                "1 Jul | referral R1 | decided 10 Jul\n5 Jul | intervention I1 | evidence based\n29 Jul | intervention I2 | evidence based",
                {"R1": {"start": "10 Jul", "stop": "29 Jul", "wait": 19}},
                {"I1": "outside the spell"},
                under="south-yorkshire-2021",
            ),
            Timeline(
                "They will decide tomorrow: no clock yet",
                "1 Jul | referral R1 | decided 1 Oct",
                {},
                {"R1": "after the date asked for"},
                under="south-yorkshire-2021",
            ),
            Timeline(
                "An intervention that nobody marked",
                REFERRAL + "15 Jul | intervention I1 |",
                {"R1": {"stop": None}},
                {"I1": "not marked as evidence based"},
                under="south-yorkshire-2021",
            ),
            Timeline(
                "Marked, and refused",
                REFERRAL + "15 Jul | intervention I1 | evidence based, code 718026005:443390004",
                {"R1": {"stop": None}},
                {"I1": "refused"},
                under="south-yorkshire-2021",
            ),
        ],
    ),
]
