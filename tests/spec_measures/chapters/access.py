"""Access, and psychological therapies."""

from tests.spec_measures.case import Case, Chapter

TWICE = "1 Jul | referral\n2 Jul | contact C1\n3 Jul | contact C2"
NEVER = {"MHS108": "0", "CMH access": "0"}
ONCE = {"MHS108": "1", "CMH access": "1"}


def met(*days: str, details: str = "") -> str:
    return "\n".join([f"1 Sep 2023 | referral | {details}", *(f"{day} | contact" for day in days)])


CHAPTERS = (
    Chapter(
        "MHS108: access",
        "People with two direct contacts on one referral, both in the 12 months; each once at each level. "
        "`CMH access` is the same without early intervention (A14) and employment (D05) teams.",
        (
            Case(
                "Two contacts on one referral, and on one day",
                (TWICE, "1 Jul | referral\n2 Jul | contact\n2 Jul | contact"),
                {"MHS108": "2", "CMH access": "2"},
            ),
            Case(
                "One contact on each of two referrals",
                ("1 Jul | referral R1\n2 Jul | contact\n1 Jul | referral R2\n3 Jul | contact",),
                NEVER,
            ),
            Case("Both on the edges of the 12 months", (met("1 Oct 2023", "30 Sep"),), ONCE),
            Case(
                "One on the day before the 12 months; one on the day after",
                (met("30 Sep 2023", "1 Oct 2023"), met("30 Sep", "1 Oct")),
                NEVER,
            ),
            Case(
                "Late but seen, talk type, video, telephone",
                (
                    "1 Jul | referral\n2 Jul | contact | late but seen\n3 Jul | contact | talk type",
                    "1 Jul | referral\n2 Jul | contact | video\n3 Jul | contact | telephone",
                ),
                {"MHS108": "2"},
            ),
            Case(
                "A second one that is not direct: missed, cancelled, not seen, booked, by email, of a medium not recorded",
                tuple(
                    f"1 Jul | referral\n2 Jul | contact\n3 Jul | contact | {how}"
                    for how in (
                        "did not attend",
                        "cancelled by the person",
                        "cancelled by the provider",
                        "late and not seen",
                        "booked",
                        "email",
                        "medium not recorded",
                    )
                ),
                NEVER,
            ),
            Case(
                "18 on the day of receipt; 18 on the day after; birth date not known",
                (
                    f"1 Jan | person | born 1 Jul 2006\n{TWICE}",
                    f"1 Jan | person | born 2 Jul 2006\n{TWICE}",
                    f"1 Jan | person | birth date unknown\n{TWICE}",
                ),
                {"MHS108": "1", "MHS108 @ age 18-25": "1"},
            ),
            Case(
                "Of each team in scope",
                tuple(
                    TWICE.replace("referral", f"referral | team {team}", 1)
                    for team in ("A05", "A06", "A08", "A09", "A12", "A13", "A16", "C03", "C10", "A14", "D05")
                ),
                {"MHS108": "11", "CMH access": "9"},
            ),
            Case(
                "Of teams out of scope",
                tuple(TWICE.replace("referral", f"referral | team {team}", 1) for team in ("A07", "A18", "C02", "A02", "B01")),
                NEVER,
            ),
            Case(
                "Early intervention and employment count from April 2023: not in the year to March",
                tuple(f"1 Feb 2023 | referral | team {team}\n2 Feb 2023 | contact\n3 Feb 2023 | contact" for team in ("A14", "D05", "A06")),
                {"MHS108": "1"},
                "31 Mar 2023",
            ),
            Case(
                "The same people in the year to April",
                tuple(f"1 Feb 2023 | referral | team {team}\n2 Feb 2023 | contact\n3 Feb 2023 | contact" for team in ("A14", "D05", "A06")),
                {"MHS108": "3", "CMH access": "1"},
                "30 Apr 2023",
            ),
            Case("A stay on the referral in the same financial year", (f"{TWICE}\n1 Aug | stay | to 5 Aug",), NEVER),
            Case(
                "A stay in the financial year after both; before both; on another referral",
                (
                    met("1 Feb", "31 Mar") + "\n1 Apr | stay",
                    "1 Feb | referral\n1 Mar | stay | to 31 Mar\n1 Apr | contact\n2 Apr | contact",
                    f"{TWICE}\n1 Aug | stay | on R9",
                ),
                {"MHS108": "3"},
            ),
            Case(
                "A stay that takes one of the two years out; one that spans both",
                (
                    met("31 Mar", "1 Apr") + "\n1 Aug | stay",
                    met("2 Feb", "3 Feb") + "\n31 Mar | stay | to 1 Apr",
                ),
                NEVER,
            ),
            Case(
                "A stay that takes out the first contact: the two after it count",
                (met("31 Mar", "1 Apr", "2 Apr") + "\n1 Feb | stay | to 9 Feb",),
                ONCE,
            ),
            Case(
                "Two contacts at each of two providers: once at each, once in the area",
                (
                    "1 Jan | person | practice XG0101\n1 Jul | referral R1\n2 Jul | contact\n3 Jul | contact\n"
                    "1 Jan | person | practice XG0101, at RYY\n"
                    "1 Jul | referral R2 | at RYY\n2 Jul | contact | at RYY\n3 Jul | contact | at RYY",
                ),
                {"MHS108": "1", "MHS108 @ RYY": "1", "MHS108 @ ICB": "1", "MHS108 @ PCN1": "1"},
            ),
            Case(
                "One contact at each of two providers",
                ("1 Jul | referral R1\n2 Jul | contact\n1 Jul | referral R2 | at RYY\n3 Jul | contact | at RYY",),
                {**NEVER, "MHS108 @ RYY": "0"},
            ),
            Case(
                "Moved to Wales after both contacts; between them; lived there at the first",
                (
                    f"1 Jan | person | lives in E06999001\n{TWICE}\n5 Aug | person | lives in W06000015",
                    "1 Jan | person | lives in E06999001\n1 Jul | referral\n2 Jul | contact\n"
                    "5 Aug | person | lives in W06000015\n6 Aug | contact",
                    "1 Jan | person | lives in W06000015\n1 Jun | referral\n2 Jun | contact\n"
                    "1 Jul | person | lives in E06999001\n2 Jul | contact",
                ),
                {"MHS108": "1"},
            ),
            Case(
                "The area is that of the month of the second contact",
                (f"1 Jan | person | practice XG0101\n{TWICE}\n1 Aug | person | practice XG0102\n2 Aug | contact",),
                {"MHS108 @ PCN1": "1", "MHS108 @ PCN2": "0"},
            ),
            Case(
                "Born on 29 February: 18 on 1 March; the second contact taken back; a stay that begins after the month's end",
                (
                    "1 Jan | person | born 29 Feb 2004\n28 Feb 2022 | referral\n2 Jul | contact\n3 Jul | contact",
                    "1 Jan | person | born 29 Feb 2004\n1 Mar 2022 | referral\n2 Jul | contact\n3 Jul | contact",
                    f"{TWICE}\n4 Jul | contact C2 | voided",
                    f"{TWICE}\n1 Oct | stay",
                ),
                {"MHS108": "2"},
            ),
            Case(
                "By age at receipt: 25 and 26, 64 and 65",
                tuple(f"1 Jan | person | born {born}\n{TWICE}" for born in ("2 Jul 1998", "1 Jul 1998", "2 Jul 1959", "1 Jul 1959")),
                {"MHS108 @ age 18-25": "1", "MHS108 @ age 26-64": "2", "MHS108 @ age 65+": "1"},
            ),
            Case(
                "Two teams in scope do not make two contacts of one; rejection is not tested",
                ("1 Jul | referral | team A06, team A08\n2 Jul | contact", TWICE.replace("referral", "referral | rejected 4 Jul", 1)),
                ONCE,
            ),
        ),
    ),
    Chapter(
        "Psychological therapies",
        "Of the people with access: two activities of one listed code on that referral, on care contacts, "
        "refused ones left out, since April 2019.",
        (
            Case(
                "Two of one code; one of each of two; one",
                (
                    f"{TWICE}\n2 Jul | intervention | with C1\n3 Jul | intervention | with C2",
                    f"{TWICE}\n2 Jul | intervention | with C1\n3 Jul | intervention | with C2, code 405780009",
                    f"{TWICE}\n2 Jul | intervention | with C1",
                ),
                {
                    "CMH access": "3",
                    "Psych therapy access": "1",
                    "Psych therapy share": "33.333333",
                    "Psych therapy access 718026005": "1",
                    "Psych therapy access 405780009": "0",
                },
            ),
            Case(
                "Two in one contact; on a contact that was missed",
                (
                    f"{TWICE}\n2 Jul | intervention | with C1\n2 Jul | intervention | with C1",
                    f"{TWICE}\n4 Jul | contact C3 | did not attend\n4 Jul | intervention | with C3\n2 Jul | intervention | with C1",
                ),
                {"Psych therapy access": "2"},
            ),
            Case(
                "One refused; one indirect; two on another referral",
                (
                    f"{TWICE}\n2 Jul | intervention | with C1\n3 Jul | intervention | with C2, code 718026005:443390004",
                    f"{TWICE}\n2 Jul | intervention | with C1\n3 Jul | intervention",
                    f"{TWICE}\n1 Jul | referral R2\n2 Jul | contact C9\n2 Jul | intervention | with C9\n3 Jul | intervention | with C9",
                ),
                {"CMH access": "3", "Psych therapy access": "0"},
            ),
            Case(
                "On the first day of April 2019, and the day before",
                tuple(
                    f"1 Jan 2019 | referral\n{first} 2019 | intervention | with C8\n"
                    "2 Apr 2019 | intervention | with C8\n2 Jul | contact\n3 Jul | contact"
                    for first in ("1 Apr", "31 Mar")
                ),
                {"Psych therapy access": "1"},
            ),
            Case(
                "With a term, and refined; in a refinement that is none of refusal",
                (
                    f"{TWICE}\n2 Jul | intervention | with C1, code 718026005 |Cognitive therapy|"
                    "\n3 Jul | intervention | with C2, code 718026005:363589002=1443390004",
                ),
                {"Psych therapy access": "1"},
            ),
            Case(
                "Of early intervention alone",
                (
                    "1 Jul | referral | team A14\n2 Jul | contact C1\n3 Jul | contact\n2 Jul | intervention | with C1\n"
                    "3 Jul | intervention | with C1",
                ),
                {"MHS108": "1", "Psych therapy access": "0"},
            ),
        ),
    ),
)
