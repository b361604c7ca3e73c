"""Contacts attended and missed, key workers, plans, assessments, signals, support."""

from tests.spec_measures.case import Case, Chapter

HOW = ("attended", "late but seen", "did not attend", "late and not seen", "cancelled by the person", "cancelled by the provider", "booked")
SPELL = "1 Sep | referral"
CHAPTERS = (
    Chapter(
        "Contacts attended and missed",
        "Attendance 3 and 7 are missed, of 3, 5, 6 and 7; cancelled and booked ones are in neither.",
        (
            Case(
                "One of each kind",
                ("2 Sep | referral\n" + "\n".join(f"3 Sep | contact | {how}" for how in HOW),),
                {"Contacts due": "4", "Contacts missed": "2", "Contacts attended": "2", "DNA rate": "50"},
            ),
            Case(
                "Face to face, telephone, video, talk type, email",
                (
                    "2 Sep | referral\n"
                    + "\n".join(f"3 Sep | contact | {medium}" for medium in ("face to face", "telephone", "video", "talk type", "email")),
                ),
                {"Contacts attended": "5", "Face to face share": "20", "Telephone share": "20", "Video share": "20", "DNA rate": "0"},
            ),
            Case(
                "On the first and last day of the month, and around it; by team",
                ("2 Aug | referral | team A06, team A18\n31 Aug | contact\n1 Sep | contact\n30 Sep | contact\n1 Oct | contact",),
                {"Contacts due": "2", "Contacts due @ team A06": "2", "Contacts due @ team A18": "0"},
            ),
            Case("On a referral to a team out of scope", ("2 Sep | referral | team A18\n3 Sep | contact",), {"Contacts due": "0"}),
        ),
    ),
    Chapter(
        "Key workers, plans and assessments",
        "Of the spells open at the month's end (MRS06).",
        (
            Case(
                "A key worker; one who stopped in August; none",
                (
                    f"{SPELL}\n2 Sep | assignment | as key worker, by A06",
                    "1 Aug | referral\n2 Aug | assignment | as key worker, by A06, to 20 Aug",
                    SPELL,
                ),
                {"Open spells": "3", "Without a key worker": "2", "Without a key worker share": "66.666667"},
            ),
            Case(
                "A plan agreed with the person; not agreed; none",
                (f"{SPELL}\n3 Sep | care plan", f"{SPELL}\n3 Sep | care plan | not agreed", SPELL),
                {
                    "With a plan": "2",
                    "With a plan share": "66.666667",
                    "Plan agreed with the person": "1",
                    "Plan agreed with the person share": "50",
                },
            ),
            Case(
                "Assessed on one day; on two; twice on one day",
                (
                    f"{SPELL}\n3 Sep | assessment",
                    f"{SPELL}\n3 Sep | assessment\n4 Sep | assessment\n5 Sep | assessment",
                    f"{SPELL}\n3 Sep | assessment\n3 Sep | assessment",
                ),
                {"Assessed": "3", "Assessed again": "1", "Repeat assessments": "0.666667"},
            ),
        ),
    ),
    Chapter(
        "Signals to look at",
        "Shown, never subtracted.",
        (
            Case(
                "Stopped on day 14, 15, 25, 26, 28, 29, 42 and 43",
                tuple(
                    f"1 Aug | referral\n1 Aug | contact\n1 Aug | assessment\n1 Aug | care plan\n{on} | score"
                    for on in ("15 Aug", "16 Aug", "26 Aug", "27 Aug", "29 Aug", "30 Aug", "12 Sep", "13 Sep")
                ),
                {"Stops on days 15 to 42": "6", "Stops on days 26 to 28": "2"},
            ),
            Case(
                "Closed without help and received again after 5, 6, 10, 11, 30 and 31 days",
                tuple(
                    f"1 Jul | referral R1 | discharged 10 Jul\n{on} | referral R2"
                    for on in ("15 Jul", "16 Jul", "20 Jul", "21 Jul", "9 Aug", "10 Aug")
                ),
                {"Closed without help": "5", "Received again in 6 to 10 days": "2", "Received again in 30 days": "4"},
            ),
        ),
    ),
    Chapter(
        "Support, carers, stays out of area",
        "Help that goes on for a day of the quarter; each person once.",
        (
            Case(
                "Two kinds for one person; ended before the quarter; begun after it",
                (
                    "1 Aug | support | for housing\n1 Aug | support | for employment, outcome job started",
                    "1 May | support | to 30 Jun",
                    "1 Oct | support",
                ),
                {"Support": "1", "Support - housing": "1", "Support - employment": "1", "Job started": "1", "Job started share": "100"},
            ),
            Case(
                "Stays out of area: begun in the quarter; going on from before; over",
                ("1 Jul | stay | out of area", "1 May | stay | out of area", "1 May | stay | out of area, to 5 May"),
                {"Stays": "1", "Out-of-area stays": "1", "Out-of-area stays going on": "2", "Out-of-area stays share": "100"},
            ),
        ),
    ),
    Chapter(
        "People seen, contacts by whom",
        "Direct contacts on a referral to any team, or by direct access.",
        (
            Case(
                "On two referrals; by direct access; missed; 18 between two contacts",
                (
                    "1 Jul | referral R1 | team A18\n2 Jul | contact\n1 Jul | referral R2\n2 Jul | contact",
                    "2 Jul | contact | direct access",
                    "2 Jul | contact | direct access, did not attend",
                    "1 Jan | person | born 5 Jul 2006\n1 Jul | referral\n2 Jul | contact\n6 Jul | contact",
                ),
                {"People seen": "3"},
            ),
            Case(
                "Contacts of the quarter to teams in scope and by direct access",
                (
                    "1 Jun | referral\n30 Jun | contact\n1 Jul | contact\n30 Sep | contact\n1 Oct | contact"
                    "\n3 Jul | contact | direct access",
                ),
                {"Contacts": "3"},
            ),
        ),
    ),
)
