"""Who is on a register, who is responsible, and what ends everything."""

from tests.spec_outreach.timeline import Rule, Timeline

ENTRY = "1 Jan | register E1 |"
LEFT = "1 Jan | register E1 | left 30 Jun"
ON = {"on a register": True}
OFF = {"on a register": False}
BMI, SMOKING = "annual-recall bmi", "follow-up smoking"

RULES = [
    Rule(
        "H1",
        "On the register",
        "From the day of entry until the day before the entry ended (left, or in remission) or the person died. The unit is the "
        "person: one entry at any provider is enough, and entries that overlap or meet are one time on the register.",
        [
            Timeline("The day before entry", ENTRY, OFF, "31 Dec 2023"),
            Timeline("The day of entry", ENTRY, ON, "1 Jan"),
            Timeline("The day before leaving", LEFT, ON, "29 Jun"),
            Timeline("The day of leaving", LEFT, OFF, "30 Jun"),
            Timeline("The day of remission", "1 Jan | register E1 | in remission 30 Jun", OFF, "30 Jun"),
            Timeline("The day before remission", "1 Jan | register E1 | in remission 30 Jun", ON, "29 Jun"),
            Timeline("The day before death", f"{ENTRY}\n30 Jun | person | died 30 Jun", ON, "29 Jun"),
            Timeline("The day of death", f"{ENTRY}\n30 Jun | person | died 30 Jun", OFF, "30 Jun"),
            Timeline("A death that was recorded by mistake", f"{ENTRY}\n30 Jun | person | died 30 Jun\n5 Jul | person |", ON),
            Timeline("An entry that was withdrawn", f"{ENTRY}\n2 Jan | register E1 | voided", OFF),
            Timeline(
                "Two providers; one entry ends, the other goes on",
                f"{LEFT}\n1 Feb | register E2 | at RXT, bipolar affective disorder",
                {**ON, "on the register since": "1 Jan", "condition": "bipolar affective disorder", "seen by": "RXT, Y00001"},
            ),
            Timeline(
                "From one practice to another on one day: no break",
                f"{LEFT}\n30 Jun | register E2 | practice Y00002",
                {**ON, "on the register since": "1 Jan", "practice": "Y00002", "spells on registers": 1},
            ),
            Timeline(
                "A day between: a new time on the register",
                f"{LEFT}\n1 Jul | register E2 | practice Y00002",
                {**ON, "on the register since": "1 Jul", "spells on registers": 2},
            ),
        ],
    ),
    Rule(
        "H2",
        "Who is responsible",
        "As the entry states. Where it states nothing (P10): the trust under whose care the person came within the last 12 "
        "months and still is; otherwise the practice. That somebody is not stable no record tells: a trust states that it is "
        "responsible.",
        [
            Timeline("The practice", ENTRY, {"owner": "Y00001"}),
            Timeline("The trust", "1 Jan | register E1 | responsible RXX", {"owner": "RXX"}),
            Timeline("Not stated, nobody's patient", "1 Jan | register E1 | nobody said to be responsible", {"owner": "Y00001"}),
            Timeline(
                "Not stated, 12 months less a day under a trust",
                "1 Jan 2023 | register E1 | nobody said to be responsible\n1 Oct 2023 | referral R1 |",
                {"owner": "RXX", "next change": "1 Oct"},
            ),
            Timeline(
                "12 months under a trust",
                "1 Jan 2023 | register E1 | nobody said to be responsible\n30 Sep 2023 | referral R1 |",
                {"owner": "Y00001"},
            ),
            Timeline(
                "Discharged before",
                "1 Jan | register E1 | nobody said to be responsible\n1 Mar | referral R1 | discharged 1 Sep",
                {"owner": "Y00001"},
            ),
        ],
    ),
    Rule(
        "H3",
        "What ends everything",
        "Nothing is live after death, a reported death, or a move out of England; what hangs on the register ends with it. A "
        "task keeps its last day and says why. What was recorded or entered by mistake and taken back leaves no trace.",
        [
            Timeline("Leaves the register", LEFT, {BMI: ["stopped 30 Jun, left the register"], "contact stopped": "left"}),
            Timeline("The day before", LEFT, {BMI: ["overdue: due 1 Apr"], "contact stopped": None}, "29 Jun"),
            Timeline(
                "Remission",
                "1 Jan | register E1 | in remission 30 Jun",
                {BMI: ["stopped 30 Jun, remission"], "contact stopped": "remission"},
            ),
            Timeline("Dies", f"{ENTRY}\n1 May | person | died 30 Apr", {BMI: ["stopped 30 Apr, died"], "contact stopped": "died"}),
            Timeline(
                "Checked on the day of leaving: too late for the register",
                f"{LEFT}\n30 Jun | bmi |",
                {BMI: ["stopped 30 Jun, left the register"]},
            ),
            Timeline(
                "An intervention on the day of leaving",
                f"{LEFT}\n1 Jun | smoking | current\n30 Jun | intervention stop smoking | for smoking",
                {SMOKING: ["stopped 30 Jun, left the register"]},
            ),
            Timeline(
                "A check dated after the death does not count as done",
                f"{ENTRY}\n1 May | person | died 30 Apr\n2 May | bmi |",
                {BMI: ["stopped 30 Apr, died"]},
            ),
            Timeline(
                "A finding on the day of death opens nothing",
                f"{ENTRY}\n1 May | person | died 30 Apr\n30 Apr | smoking | current",
                {SMOKING: []},
            ),
            Timeline(
                "A worker hears of a death",
                f"{ENTRY}\n1 May | attempt call | deceased",
                {BMI: ["stopped 1 May, reported to have died"], "contact stopped": "died", **ON},
            ),
            Timeline(
                "A worker heard of a death by mistake",
                f"{ENTRY}\n1 May | attempt call | deceased, voided",
                {BMI: ["overdue: due 1 Apr"], "contact stopped": None},
            ),
            Timeline(
                "Moves to Wales",
                f"{ENTRY}\n1 May | person | lives in W06000015",
                {BMI: ["stopped 1 May, moved out of England"], "contact stopped": "moved"},
            ),
            Timeline(
                "Comes back from Wales",
                f"{ENTRY}\n1 May | person | lives in W06000015\n1 Aug | person | lives in E06999001",
                {BMI: ["overdue: due 1 Apr"], "contact stopped": None},
            ),
            Timeline(
                "Left, and is on the register again",
                f"{LEFT}\n1 Sep | register E2 |",
                {BMI: ["stopped 30 Jun, left the register", "due soon: due 1 Dec"], "contact stopped": None},
            ),
        ],
    ),
]
