"""Findings at their edges, and the follow-ups they open."""

from tests.spec_outreach.timeline import Rule, Timeline

SMOKES = "1 Mar | smoking S1 | current"
FOLLOW = "follow-up smoking"


def _edge(says: str, row: str, finding: str, past: bool) -> Timeline:
    return Timeline(says, f"1 Sep | {row}", {f"follow-up {finding}": ["overdue: due 29 Sep"] if past else []})


RULES = [
    Rule(
        "H12",
        "Findings",
        "The Lester UK Adaptation, 2012: BMI 25 or more (23 or more for Indian, Pakistani, Bangladeshi and Chinese people), a "
        "gain of more than 5 kg in 3 months, blood pressure above 140 systolic or above 90 diastolic, HbA1c 42 or more, fasting "
        "glucose 5.5 or more, random glucose 11.1 or more, total cholesterol above 6.0, a current smoker; alcohol: AUDIT-C 5 or "
        "more. Edges are exact.",
        [
            _edge("BMI 24.9", "bmi | bmi 24.9", "bmi", past=False),
            _edge("BMI 25.0", "bmi | bmi 25.0", "bmi", past=True),
            Timeline("BMI 22.9, Chinese", "1 Jan | person | ethnicity R\n1 Sep | bmi | bmi 22.9", {"follow-up bmi": []}),
            Timeline(
                "BMI 23.0, Chinese", "1 Jan | person | ethnicity R\n1 Sep | bmi | bmi 23.0", {"follow-up bmi": ["overdue: due 29 Sep"]}
            ),
            Timeline("BMI 23.0, White British", "1 Jan | person | ethnicity A\n1 Sep | bmi | bmi 23.0", {"follow-up bmi": []}),
            Timeline(
                "BMI 23.0, Indian to one provider, not stated to another later",
                "1 Jan | person | ethnicity H\n1 Feb | person | ethnicity Z, at RXT\n1 Sep | bmi | bmi 23.0",
                {"follow-up bmi": ["overdue: due 29 Sep"]},
            ),
            Timeline(
                "A gain of 5.0 kg in three months",
                "1 Jun | weight | weight 80.1\n1 Sep | weight | weight 85.1",
                {"follow-up weight gain": []},
            ),
            Timeline(
                "A gain of 5.1 kg in three months",
                "1 Jun | weight | weight 80.0\n1 Sep | weight | weight 85.1",
                {"follow-up weight gain": ["overdue: due 29 Sep"]},
            ),
            Timeline(
                "A gain of 5.1 kg in three months and a day",
                "31 May | weight | weight 80.0\n1 Sep | weight | weight 85.1",
                {"follow-up weight gain": []},
            ),
            _edge("140/90", "blood pressure | systolic 140, diastolic 90", "blood pressure", past=False),
            _edge("141/90", "blood pressure | systolic 141, diastolic 90", "blood pressure", past=True),
            _edge("140/91", "blood pressure | systolic 140, diastolic 91", "blood pressure", past=True),
            _edge("HbA1c 41", "blood glucose | hba1c 41", "glucose", past=False),
            _edge("HbA1c 42", "blood glucose | hba1c 42", "glucose", past=True),
            _edge("HbA1c 5.9 %", "blood glucose | hba1c 5.9 %", "glucose", past=False),
            _edge("HbA1c 6.0 %", "blood glucose | hba1c 6.0 %", "glucose", past=True),
            _edge("Fasting glucose 5.4", "blood glucose | fasting glucose 5.4", "glucose", past=False),
            _edge("Fasting glucose 5.5", "blood glucose | fasting glucose 5.5", "glucose", past=True),
            _edge("Random glucose 11.0", "blood glucose | random glucose 11.0", "glucose", past=False),
            _edge("Random glucose 11.1", "blood glucose | random glucose 11.1", "glucose", past=True),
            _edge("Total cholesterol 6.0", "blood lipids | total cholesterol 6.0", "lipids", past=False),
            _edge("Total cholesterol 6.1", "blood lipids | total cholesterol 6.1", "lipids", past=True),
            _edge("Former smoker", "smoking | former", "smoking", past=False),
            _edge("Current smoker", "smoking | current", "smoking", past=True),
            _edge("AUDIT-C 4", "alcohol | audit-c 4", "alcohol", past=False),
            _edge("AUDIT-C 5", "alcohol | audit-c 5", "alcohol", past=True),
        ],
    ),
    Rule(
        "H13",
        "A follow-up stays open until it is answered",
        "It is due 28 days after the finding. It closes when an intervention for that finding is started, attended or "
        "completed, when it is declined, or when the person leaves. An offer keeps it open; a referral on closes it when "
        "attended, not when sent; a later reading within the threshold does not close it, for somebody is to say what became of "
        "it. One is open for a finding at a time.",
        [
            Timeline("Nothing yet", SMOKES, {FOLLOW: ["due soon: due 29 Mar"]}, "28 Mar"),
            Timeline("Half a year later", SMOKES, {FOLLOW: ["overdue: due 29 Mar"]}),
            Timeline("Offered", f"{SMOKES}\n5 Mar | intervention stop smoking | for smoking, offered", {FOLLOW: ["overdue: due 29 Mar"]}),
            Timeline("Started", f"{SMOKES}\n5 Mar | intervention stop smoking | for smoking", {FOLLOW: ["done 5 Mar"]}),
            Timeline("Started on the same day", f"{SMOKES}\n1 Mar | intervention stop smoking | for smoking", {FOLLOW: ["done 1 Mar"]}),
            Timeline("Declined", f"{SMOKES}\n5 Mar | intervention stop smoking | for smoking, declined", {FOLLOW: ["declined 5 Mar"]}),
            Timeline(
                "For another finding", f"{SMOKES}\n5 Mar | intervention diet and activity | for bmi", {FOLLOW: ["overdue: due 29 Mar"]}
            ),
            Timeline(
                "Referred on", f"{SMOKES}\n5 Mar | intervention referral on | for smoking, started", {FOLLOW: ["overdue: due 29 Mar"]}
            ),
            Timeline(
                "Attended what they were referred on to",
                f"{SMOKES}\n5 Mar | intervention referral on | for smoking, attended",
                {FOLLOW: ["done 5 Mar"]},
            ),
            Timeline("A later reading within the threshold", f"{SMOKES}\n1 Jun | smoking S2 | former", {FOLLOW: ["overdue: due 29 Mar"]}),
            Timeline("Found again while open", f"{SMOKES}\n1 Jun | smoking S2 | current", {FOLLOW: ["overdue: due 29 Mar"]}),
            Timeline(
                "The person says no to a worker",
                f"{SMOKES}\n5 Mar | answer follow-up:smoking:RXX/health-check/S1 | declined",
                {FOLLOW: ["declined 5 Mar"]},
            ),
            Timeline(
                "The person says later",
                f"{SMOKES}\n5 Mar | answer follow-up:smoking:RXX/health-check/S1 | later",
                {FOLLOW: ["overdue: due 29 Mar"]},
            ),
            Timeline("Leaves the register", f"1 Jan | register E1 | left 1 Jun\n{SMOKES}", {FOLLOW: ["stopped 1 Jun, left the register"]}),
            Timeline("The finding was a mistake", f"{SMOKES}\n2 Mar | smoking S1 | voided", {FOLLOW: []}),
        ],
    ),
    Rule(
        "H14",
        "Answered already",
        "What was answered within the last 90 days, or declined within the last 12 months, is not asked again for the same "
        "finding, unless it is of a worse band (glucose at high risk, then to refer). After that a finding opens a new "
        "follow-up.",
        [
            Timeline(
                "Found again 90 days after",
                f"{SMOKES}\n5 Mar | intervention stop smoking | for smoking\n3 Jun | smoking S2 | current",
                {FOLLOW: ["done 5 Mar"]},
            ),
            Timeline(
                "91 days after",
                f"{SMOKES}\n5 Mar | intervention stop smoking | for smoking\n4 Jun | smoking S2 | current",
                {FOLLOW: ["done 5 Mar", "overdue: due 2 Jul"]},
            ),
            Timeline(
                "An intervention first, the finding after it",
                f"25 Feb | intervention stop smoking | for smoking\n{SMOKES}",
                {FOLLOW: []},
            ),
            Timeline(
                "Declined, found again within a year",
                f"{SMOKES}\n5 Mar | intervention stop smoking | for smoking, declined\n4 Mar 2025 | smoking S2 | current",
                {FOLLOW: ["declined 5 Mar"]},
                "30 Sep 2025",
            ),
            Timeline(
                "Declined, found again a year on",
                f"{SMOKES}\n5 Mar | intervention stop smoking | for smoking, declined\n5 Mar 2025 | smoking S2 | current",
                {FOLLOW: ["declined 5 Mar", "overdue: due 2 Apr 2025"]},
                "30 Sep 2025",
            ),
            Timeline(
                "At high risk, answered, then to refer (HbA1c 48)",
                "1 Mar | blood glucose G1 | hba1c 47\n5 Mar | intervention glucose | for glucose\n1 Apr | blood glucose G2 | hba1c 48",
                {"follow-up glucose": ["done 5 Mar", "overdue: due 29 Apr"]},
            ),
            Timeline(
                "At high risk, answered, still at high risk (HbA1c 47)",
                "1 Mar | blood glucose G1 | hba1c 47\n5 Mar | intervention glucose | for glucose\n1 Apr | blood glucose G2 | hba1c 47",
                {"follow-up glucose": ["done 5 Mar"]},
            ),
        ],
    ),
]
