"""Early intervention in psychosis; second contacts; early contact."""

from tests.spec_measures.case import Case, Chapter

EIP = "{} | referral | team A14, reason 01{}\n{} | contact\n{} | assignment"


def received(on: str, more: str = "") -> str:
    return f"{on} | referral | team A14, reason 01{more}"


CHAPTERS = (
    Chapter(
        "EIP23: early intervention in psychosis",
        "The later of first contact and care coordinator, in the quarter; in time on day 14.",
        (
            Case(
                "On day 14, and on day 15",
                (EIP.format("1 Sep", "", "10 Sep", "15 Sep"), EIP.format("1 Sep", "", "16 Sep", "2 Sep")),
                {"EIP23a": "2", "EIP23b": "1", "EIP23c": "1", "EIP23i": "50", "EIP23g": "2", "EIP23h": "2", "EIP23d": "0"},
            ),
            Case(
                "Coordinator on the day after the quarter: still waiting at its end",
                (EIP.format("1 Sep", "", "10 Sep", "1 Oct"),),
                {"EIP23a": "0", "EIP23g": "1", "EIP23h": "0", "EIP23d": "1", "EIP23e": "0", "EIP23f": "1", "EIP23j": "100"},
            ),
            Case(
                "Waiting for 14 and for 15 days",
                (received("16 Sep"), received("15 Sep")),
                {"EIP23d": "2", "EIP23e": "1", "EIP23f": "1", "EIP23j": "50"},
            ),
            Case(
                "Discharged on the last day, and on the day after; rejected",
                (received("1 Sep", ", discharged 30 Sep"), received("1 Sep", ", discharged 1 Oct"), received("1 Sep", ", rejected 5 Sep")),
                {"EIP23d": "2"},
            ),
            Case(
                "For another reason; to another team; received in 2015",
                (
                    "1 Sep | referral | team A14, reason 02\n2 Sep | contact\n2 Sep | assignment",
                    "1 Sep | referral | reason 01\n2 Sep | contact\n2 Sep | assignment",
                    "31 Dec 2015 | referral | team A14, reason 01",
                ),
                {"EIP23a": "0", "EIP23d": "0"},
            ),
            Case(
                "A coordinator at another provider; one of another team; one after discharge",
                (
                    "1 Sep | referral | team A14, reason 01\n5 Sep | contact\n6 Sep | assignment | at RYY",
                    "1 Sep | referral | team A14, reason 01\n5 Sep | contact\n6 Sep | assignment | by A06",
                    "1 Sep | referral | team A14, reason 01, discharged 5 Sep\n2 Sep | contact\n6 Sep | assignment",
                ),
                {"EIP23a": "1", "EIP23d": "1"},
            ),
            Case(
                "A coordinator from before receipt; a contact of August and a coordinator of September",
                (
                    "5 Sep | referral | team A14, reason 01\n6 Sep | contact\n4 Sep | assignment",
                    "5 Jun | referral | team A14, reason 01\n6 Jun | contact\n4 Sep | assignment",
                ),
                {"EIP23a": "1", "EIP23c": "1", "EIP23g": "1", "EIP23h": "1", "EIP23d": "1"},
            ),
            Case(
                "A contact of another team; missed; by email; before receipt",
                tuple(
                    f"5 Sep | referral | team A14, reason 01\n6 Sep | assignment\n{contact}"
                    for contact in (
                        "6 Sep | contact | by A06",
                        "6 Sep | contact | did not attend",
                        "6 Sep | contact | email",
                        "4 Sep | contact",
                    )
                ),
                {"EIP23g": "0", "EIP23h": "4", "EIP23d": "4"},
            ),
            Case(
                "At 17, 18, 34 and 35 years; with a stay; outside England",
                tuple(
                    f"1 Jan | person | {person}\n" + EIP.format("1 Sep", "", "2 Sep", "2 Sep") + more
                    for person, more in (
                        ("born 2 Sep 2006", ""),
                        ("born 1 Sep 2006", ""),
                        ("born 2 Sep 1989", ""),
                        ("born 1 Sep 1989", "\n3 Sep | stay"),
                        ("born 1 Sep 1980, lives in W06000015", ""),
                    )
                ),
                {"EIP23a": "5", "EIP23a @ years a": "1", "EIP23a @ years b": "2", "EIP23a @ years c": "2"},
            ),
        ),
    ),
    Chapter(
        "EIP68: caseload",
        "Open to a team A14 at the month's end, seen at least once.",
        (
            Case(
                "Seen by email; an indirect activity; missed",
                (
                    "1 Sep | referral | team A14\n2 Sep | contact | email",
                    "1 Sep | referral | team A14\n2 Sep | intervention",
                    "1 Sep | referral | team A14\n2 Sep | contact | did not attend",
                ),
                {"EIP68": "2"},
            ),
            Case(
                "Discharged on the last day; the day after; rejected by the team",
                (
                    "1 Sep | referral | team A14, discharged 30 Sep\n2 Sep | contact",
                    "1 Sep | referral | team A14, discharged 1 Oct\n2 Sep | contact",
                    "1 Sep | referral | team A14 rejected 9 Sep\n2 Sep | contact",
                ),
                {"EIP68": "1"},
            ),
        ),
    ),
    Chapter(
        "MHS124 to MHS129: second contact of a referral",
        "Contacts of its whole life; the days waited at the end count that day too.",
        (
            Case(
                "10 and 20 days to the second contact",
                ("1 Jul | referral\n2 Jul | contact\n11 Jul | contact", "1 Jul | referral\n2 Jul | contact\n21 Jul | contact"),
                {"MHS124": "2", "MHS125": "15", "MHS126": "19", "MHS127": "0"},
            ),
            Case(
                "The second in June: had before; none yet",
                ("1 Jun | referral\n2 Jun | contact\n30 Jun | contact\n1 Jul | contact", "21 Sep | referral\n22 Sep | contact"),
                {"MHS124": "0", "MHS127": "1", "MHS128": "10", "MHS129": "10"},
            ),
            Case("Received before April 2019; on its first day", ("31 Mar 2019 | referral", "1 Apr 2019 | referral"), {"MHS127": "1"}),
            Case(
                "Discharged on the last day; rejected and not discharged; by an early intervention team",
                ("1 Sep | referral | discharged 30 Sep", "1 Sep | referral | rejected 5 Sep", "1 Sep | referral | team A14"),
                {"MHS127": "2"},
            ),
        ),
    ),
    Chapter(
        "Early contact",
        "People contacted within 96 hours of referral; of those whose 96 hours ended in the month.",
        (
            Case(
                "96 hours after, and a minute more",
                tuple(f"2 Sep | referral | time 10:00\n6 Sep | contact | time {time}" for time in ("10:00", "10:01")),
                {"People referred": "2", "Contacted within 96 hours": "1", "Contacted within 96 hours share": "50"},
            ),
            Case(
                "Over the night on which clocks go back",
                tuple(f"24 Oct | referral | time 09:00\n28 Oct | contact | time {time}" for time in ("08:00", "08:01")),
                {"People referred": "2", "Contacted within 96 hours": "1"},
                "31 Oct",
            ),
            Case(
                "Over the night on which clocks go forward",
                tuple(f"28 Mar | referral | time 09:00\n1 Apr | contact | time {time}" for time in ("10:00", "10:01")),
                {"People referred": "2", "Contacted within 96 hours": "1"},
                "30 Apr",
            ),
            Case(
                "No time recorded: four days, not five",
                ("2 Sep | referral\n6 Sep | contact", "2 Sep | referral\n7 Sep | contact"),
                {"People referred": "2", "Contacted within 96 hours": "1"},
            ),
            Case(
                "One person with two referrals",
                ("2 Sep | referral R1\n3 Sep | contact\n9 Sep | referral R2",),
                {"People referred": "1", "Contacted within 96 hours": "1"},
            ),
            Case(
                "Their 96 hours end on the first and last day of the month; around it",
                tuple(f"{on} | referral" for on in ("28 Aug", "26 Sep", "27 Aug", "27 Sep")),
                {"People referred": "2"},
            ),
        ),
    ),
)
