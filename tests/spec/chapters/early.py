"""Early intervention in psychosis, and FREED."""

from functools import partial

from tests.spec.timeline import Rule
from tests.spec.timeline import Timeline as _Timeline

Psychosis = partial(_Timeline, under="eip-2016")
Freed = partial(_Timeline, under="freed-aed")
EIP = "1 Jul | referral R1 | team A14, reason 01"
AED = "1 Jul | referral R1 | team C10\n"
YOUNG = "1 Jan | person | born 1 Jan 2003\n"
BOTH = "\n5 Jul | contact C1 |\n15 Jul | assignment K1 |"

RULES = [
    Rule(
        "",
        "Early intervention: who is counted",
        "Each referral to an early intervention team (A14) with suspected first episode of psychosis (reason 01), received on or "
        "after 1 January 2016, at any age and wherever the person lives. Stays and rejections are not looked at.",
        [
            Psychosis("Reason 01, team A14", EIP, {"R1": {"start": "1 Jul", "past target on": "16 Jul"}}),
            Psychosis("Another reason", "1 Jul | referral R1 | team A14, reason 02", {}, {"R1": "reason for referral not in scope"}),
            Psychosis("Another team", "1 Jul | referral R1 | team A06, reason 01", {}, {"R1": "team not in scope"}),
            Psychosis("14 years old", f"1 Jan | person | born 1 Jan 2010\n{EIP}", {"R1": {}}),
            Psychosis("No birth date", f"1 Jan | person | birth date unknown\n{EIP}", {"R1": {}}),
            Psychosis("Lives in Wales", f"1 Jan | person | lives in W06000015\n{EIP}", {"R1": {}}),
            Psychosis("With a hospital stay", f"{EIP}\n3 Jul | stay H1 |", {"R1": {}}),
            Psychosis("Rejected: not an end", f"{EIP}, rejected 5 Jul", {"R1": {"end": None}}),
            Psychosis("Discharged", f"{EIP}, discharged 5 Jul", {"R1": {"end": "5 Jul"}}),
            Psychosis("Received on 1 January 2016", "1 Jan 2016 | referral R1 | team A14, reason 01", {"R1": {}}),
            Psychosis(
                "Received the day before",
                "31 Dec 2015 | referral R1 | team A14, reason 01",
                {},
                {"R1": "spell started too early"},
            ),
            Psychosis(
                "Two referrals that overlap are two clocks",
                f"{EIP}\n3 Jul | referral R2 | team A14, reason 01",
                {"R1": {"start": "1 Jul"}, "R2": {"start": "3 Jul"}},
            ),
        ],
    ),
    Rule(
        "",
        "Early intervention: the stop",
        "The later of the referral's first attended contact with the team, on or after receipt, and the person's first care "
        "coordinator of an early intervention team, at any provider, on or after receipt and by the discharge. 14 days.",
        [
            Psychosis("On day 14", EIP + BOTH, {"R1": {"stop": "15 Jul", "wait": 14, "in time": True}}),
            Psychosis(
                "On day 15",
                f"{EIP}\n5 Jul | contact C1 |\n16 Jul | assignment K1 |",
                {"R1": {"stop": "16 Jul", "wait": 15, "in time": False}},
            ),
            Psychosis(
                "The contact comes later",
                f"{EIP}\n2 Jul | assignment K1 |\n10 Jul | contact C1 |",
                {"R1": {"stop": "10 Jul", "care coordinator": "2 Jul"}},
            ),
            Psychosis("No coordinator yet", f"{EIP}\n5 Jul | contact C1 |", {"R1": {"stop": None, "missing": "care coordinator"}}),
            Psychosis("No contact yet", f"{EIP}\n5 Jul | assignment K1 |", {"R1": {"stop": None, "missing": "first contact"}}),
            Psychosis(
                "The coordinator is another provider's",
                f"{EIP}\n5 Jul | contact C1 |\n6 Jul | assignment K1 | at RYY",
                {"R1": {"stop": "6 Jul"}},
            ),
            Psychosis(
                "A key worker",
                f"{EIP}\n5 Jul | contact C1 |\n6 Jul | assignment K1 | as key worker",
                {"R1": {"stop": None}},
                {"K1": "role not counted"},
            ),
            Psychosis(
                "A coordinator of another team",
                f"{EIP}\n5 Jul | contact C1 |\n6 Jul | assignment K1 | by A06",
                {"R1": {"stop": None}},
                {"K1": "team not in scope"},
            ),
            Psychosis(
                "A coordinator from the day before",
                f"{EIP}\n5 Jul | contact C1 |\n30 Jun | assignment K1 |",
                {"R1": {"stop": None}},
                {"K1": "outside the spell"},
            ),
            Psychosis(
                "A coordinator on the day of discharge",
                f"{EIP}, discharged 20 Jul\n5 Jul | contact C1 |\n20 Jul | assignment K1 |",
                {"R1": {"stop": "20 Jul"}},
            ),
            Psychosis(
                "A coordinator the day after",
                f"{EIP}, discharged 20 Jul\n5 Jul | contact C1 |\n21 Jul | assignment K1 |",
                {"R1": {"stop": None}},
                {"K1": "outside the spell"},
            ),
            Psychosis(
                "A coordinator from tomorrow",
                f"{EIP}\n5 Jul | contact C1 |\n1 Oct | assignment K1 |",
                {"R1": {"stop": None}},
                {"K1": "after the date asked for"},
            ),
            Psychosis(
                "A contact after the discharge",
                f"{EIP}, discharged 20 Jul\n10 Jul | assignment K1 |\n21 Jul | contact C1 |",
                {"R1": {"stop": "21 Jul"}},
            ),
            Psychosis(
                "A contact with another team",
                f"{EIP}\n5 Jul | contact C1 | by A06\n6 Jul | assignment K1 |",
                {"R1": {"first contact": None}},
                {"C1": "team not in scope"},
            ),
            Psychosis(
                "A contact that names the team",
                f"{EIP}\n5 Jul | contact C1 | by A14\n6 Jul | assignment K1 |",
                {"R1": {"first contact": "5 Jul"}},
            ),
        ],
    ),
    Rule(
        "",
        "FREED: eating disorders",
        "Community eating disorder teams, age 18 to 25, from referral to the first attended direct contact at which an "
        "intervention was given.",
        [
            Freed(
                "Treated on day 28",
                YOUNG + AED + "29 Jul | contact C1 |\n29 Jul | intervention I1 | with C1",
                {"R1": {"stop": "29 Jul", "wait": 28, "in time": True, "treatment contact": "29 Jul"}},
                {"C1": "counted", "I1": "counted"},
            ),
            Freed(
                "Treated on day 29",
                YOUNG + AED + "30 Jul | contact C1 |\n30 Jul | intervention I1 | with C1",
                {"R1": {"stop": "30 Jul", "wait": 29, "in time": False}},
            ),
            Freed(
                "Seen without an intervention, then treated",
                YOUNG
                + AED
                + "5 Jul | contact C1 |\n5 Jul | assessment A1 | with C1\n20 Jul | contact C2 |\n20 Jul | intervention I1 | with C2",
                {"R1": {"stop": "20 Jul", "first contact": "5 Jul"}},
                {"C1": "no intervention at this contact", "A1": "not asked for by this definition"},
            ),
            Freed(
                "An intervention by e-mail",
                YOUNG + AED + "5 Jul | contact C1 | email\n5 Jul | intervention I1 | with C1",
                {"R1": {"stop": None, "missing": "treatment contact"}},
                {"C1": "medium not counted", "I1": "medium not counted"},
            ),
            Freed(
                "An intervention at no contact",
                YOUNG + AED + "5 Jul | intervention I1 |",
                {"R1": {"stop": None}},
                {"I1": "not asked for by this definition"},
            ),
            Freed(
                "Treated again",
                YOUNG
                + AED
                + "5 Jul | contact C1 |\n5 Jul | intervention I1 | with C1\n9 Jul | contact C2 |\n9 Jul | intervention I2 | with C2",
                {"R1": {"stop": "5 Jul"}},
                {"C2": "component already met", "I2": "component already met"},
            ),
            Freed("The old code C03", YOUNG + "1 Jul | referral R1 | team C03", {"R1": {"teams": "C10"}}),
            Freed("A team of another kind", YOUNG + "1 Jul | referral R1 | team A06", {}, {"R1": "team not in scope"}),
            Freed("18 that day", f"1 Jan | person | born 1 Jul 2006\n{AED}", {"R1": {}}),
            Freed("17 years old", f"1 Jan | person | born 2 Jul 2006\n{AED}", {}, {"R1": "person out of scope"}),
            Freed("25 on the last day", f"1 Jan | person | born 2 Jul 1998\n{AED}", {"R1": {}}),
            Freed("26 that day", f"1 Jan | person | born 1 Jul 1998\n{AED}", {}, {"R1": "person out of scope"}),
            Freed(
                "Born on 29 February: still 25 on 28 February",
                "1 Jan 2022 | person | born 29 Feb 1996\n28 Feb 2022 | referral R1 | team C10",
                {"R1": {}},
            ),
            Freed(
                "Born on 29 February: 26 on 1 March",
                "1 Jan 2022 | person | born 29 Feb 1996\n1 Mar 2022 | referral R1 | team C10",
                {},
                {"R1": "person out of scope"},
            ),
        ],
    ),
]
