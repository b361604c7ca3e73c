"""Coded activities and scores: W13 to W15."""

from tests.spec.timeline import Rule, Timeline

REFERRAL = "1 Jul | referral R1 |"
DONE = {"R1": {"intervention": "15 Jul"}}
NOT_DONE = {"R1": {"intervention": None}}


def _code(code: str, on: str = "15 Jul") -> str:
    return f"{REFERRAL}\n{on} | intervention I1 | code {code}"


RULES = [
    Rule(
        "W13",
        "Intervention",
        "A procedure whose code is, on its day, in the psychological therapies, psychosocial or medication and physical "
        "therapy set. Direct on an attended contact by any medium, or indirect. Refused does not count; consultation, "
        "signposting and discussion never do.",
        [
            Timeline("Psychological therapy", _code("718026005 |Cognitive behavioural therapy for psychosis|"), DONE),
            Timeline("Psychosocial intervention", _code("DEMO-PSYCHOSOCIAL"), DONE),
            Timeline("Medication", _code("723948002"), DONE),
            Timeline("A code in no set", _code("65153003"), NOT_DONE, {"I1": "code not in the set on that date"}),
            Timeline(
                "A code the day before it joins",
                _code("DEMO-JOINED-15-JULY", "14 Jul"),
                NOT_DONE,
                {"I1": "code not in the set on that date"},
            ),
            Timeline("The day it joins", _code("DEMO-JOINED-15-JULY"), DONE),
            Timeline(
                "A code while it is out of the set",
                _code("DEMO-LEFT-AND-CAME-BACK"),
                NOT_DONE,
                {"I1": "code not in the set on that date"},
            ),
            Timeline("The day it is back", _code("DEMO-LEFT-AND-CAME-BACK", "1 Aug"), {"R1": {"intervention": "1 Aug"}}),
            Timeline("Refused", _code("718026005 : 443390004 |Refused|"), NOT_DONE, {"I1": "refused"}),
            Timeline("Any other qualifier is not looked at", _code("718026005 |Therapy| : DEMO-QUALIFIER = DEMO-OTHER"), DONE),
            *(
                Timeline(f"{term} never counts", _code(code), NOT_DONE, {"I1": "excluded code"})
                for term, code in (
                    ("Consultation", "11429006"),
                    ("Signposting", "975131000000104"),
                    ("Discussion about subject", "2386021000000108"),
                )
            ),
            Timeline(
                "On a contact that was missed",
                f"{REFERRAL}\n15 Jul | contact C1 | did not attend\n15 Jul | intervention I1 | with C1",
                NOT_DONE,
                {"I1": "not attended"},
            ),
            Timeline(
                "On an attended contact by e-mail, which itself does not count",
                f"{REFERRAL}\n15 Jul | contact C1 | email\n15 Jul | intervention I1 | with C1",
                {"R1": {"intervention": "15 Jul", "first contact": None}},
            ),
            Timeline(
                "On a contact that nobody has sent yet",
                f"{REFERRAL}\n15 Jul | intervention I1 | with C9",
                NOT_DONE,
                {"I1": "contact not known yet"},
            ),
            Timeline(
                "On a referral that is out of scope",
                f"{REFERRAL}\n1 Jul | referral R2 | team A14\n15 Jul | intervention I1 | on R2",
                NOT_DONE,
                {"I1": "team not in scope"},
            ),
            Timeline(
                "Before the spell",
                f"{REFERRAL}\n30 Jun | intervention I1 |",
                NOT_DONE,
                {"I1": "outside the spell"},
            ),
            Timeline(
                "An intervention after an agreed plan",
                f"{REFERRAL}\n10 Jul | care plan P1 |\n15 Jul | intervention I1 |",
                {"R1": {"care plan or intervention": "10 Jul", "intervention": "15 Jul"}},
                {"I1": "component already met"},
            ),
            Timeline(
                "An intervention before an agreed plan",
                f"{REFERRAL}\n15 Jul | intervention I1 |\n20 Jul | care plan P1 |",
                {"R1": {"care plan or intervention": "15 Jul", "care plan": "20 Jul"}},
                {"P1": "component already met"},
            ),
        ],
    ),
    Rule(
        "W14",
        "Assessment",
        "The same with the assessment set. The set decides what an activity is, not the kind of event that carried it.",
        [
            Timeline("An assessment code", f"{REFERRAL}\n15 Jul | assessment A1 |", {"R1": {"assessment": "15 Jul"}}),
            Timeline(
                "An assessment code sent as an intervention",
                f"{REFERRAL}\n15 Jul | intervention I1 | code DEMO-ASSESSMENT",
                {"R1": {"assessment": "15 Jul", "intervention": None}},
            ),
            Timeline(
                "A therapy code sent as an assessment",
                f"{REFERRAL}\n15 Jul | assessment A1 | code 718026005",
                {"R1": {"assessment": None, "intervention": "15 Jul"}},
            ),
            Timeline(
                "A code in both sets supplies both",
                f"{REFERRAL}\n15 Jul | assessment A1 | code DEMO-IN-BOTH",
                {"R1": {"assessment": "15 Jul", "intervention": "15 Jul"}},
            ),
            Timeline(
                "On the last day of its code in the set",
                f"{REFERRAL}\n14 Jul | assessment A1 | code DEMO-LEFT-14-JULY",
                {"R1": {"assessment": "14 Jul"}},
            ),
            Timeline(
                "The day after",
                f"{REFERRAL}\n15 Jul | assessment A1 | code DEMO-LEFT-14-JULY",
                {"R1": {"assessment": None}},
                {"A1": "code not in the set on that date"},
            ),
            Timeline(
                "Consultation, though in the set",
                f"{REFERRAL}\n15 Jul | assessment A1 | code 11429006",
                {"R1": {"assessment": None}},
                {"A1": "excluded code"},
            ),
            Timeline(
                "Refused",
                f"{REFERRAL}\n15 Jul | assessment A1 | code DEMO-ASSESSMENT:443390004",
                {"R1": {"assessment": None}},
                {"A1": "refused"},
            ),
        ],
    ),
    Rule(
        "W15",
        "Baseline outcome",
        "The first score of a tool on the national list (patient's or clinician's), except Current View. Any value will do.",
        [
            Timeline("DIALOG", f"{REFERRAL}\n15 Jul | score S1 | tool DIALOG", {"R1": {"baseline outcome": "15 Jul"}}),
            Timeline("HoNOS", f"{REFERRAL}\n15 Jul | score S1 | tool HoNOS", {"R1": {"baseline outcome": "15 Jul"}}),
            Timeline(
                "Current View",
                f"{REFERRAL}\n15 Jul | score S1 | tool Current View",
                {"R1": {"baseline outcome": None}},
                {"S1": "excluded tool"},
            ),
            Timeline(
                "The last day of a tool on the list",
                f"{REFERRAL}\n14 Jul | score S1 | tool a tool listed until 14 July",
                {"R1": {"baseline outcome": "14 Jul"}},
            ),
            Timeline(
                "The day after",
                f"{REFERRAL}\n15 Jul | score S1 | tool a tool listed until 14 July",
                {"R1": {"baseline outcome": None}},
                {"S1": "code not in the set on that date"},
            ),
            Timeline(
                "A tool that is not on the list",
                f"{REFERRAL}\n15 Jul | score S1 | tool a tool not listed",
                {"R1": {"baseline outcome": None}},
                {"S1": "code not in the set on that date"},
            ),
            Timeline(
                "On a contact that was cancelled",
                f"{REFERRAL}\n15 Jul | contact C1 | cancelled by the provider\n15 Jul | score S1 | with C1",
                {"R1": {"baseline outcome": None}},
                {"S1": "not attended"},
            ),
            Timeline(
                "The first score counts",
                f"{REFERRAL}\n15 Jul | score S1 | tool DIALOG\n20 Jul | score S2 | tool DIALOG",
                {"R1": {"baseline outcome": "15 Jul"}},
                {"S2": "component already met"},
            ),
        ],
    ),
]
