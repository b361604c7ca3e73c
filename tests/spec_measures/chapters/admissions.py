"""Acute admissions, rejected referrals, individual placement and support."""

from tests.spec_measures.case import Case, Chapter


def admitted(before: str, on: str = "1 Jul", stay: str = "ward 201, source 19") -> str:
    return f"1 Jan 2023 | referral\n{before}\n{on} | stay | on R9, {stay}"


ADMITTED = {"MHS106": "1", "MHS106a": "1", "MHS106b": "0", "MHS107a": "100", "MHS107b": "0"}
UNKNOWN = {"MHS106": "1", "MHS106a": "0", "MHS106b": "1", "MHS107a": "0", "MHS107b": "100"}
NOBODY = {"MHS106": "0", "MHS106a": "0", "MHS106b": "0"}
REJECTED = "Referrals not accepted"

CHAPTERS = (
    Chapter(
        "MHS106, MHS107: acute admissions",
        "Stays that start in the quarter, with or without a contact 3 to 365 days before.",
        (
            Case("A contact 3 days before", (admitted("28 Jun | contact"),), ADMITTED),
            Case(
                "2 days before; on the day; 366 days before; after it",
                tuple(admitted(f"{day} | contact") for day in ("29 Jun", "1 Jul", "1 Jul 2023", "5 Jul")),
                {"MHS106": "4", "MHS106a": "0", "MHS106b": "4", "MHS107a": "0"},
            ),
            Case("365 days before", (admitted("2 Jul 2023 | contact"),), ADMITTED),
            Case("Too near and, before that, near enough", (admitted("20 Jun | contact\n30 Jun | contact"),), ADMITTED),
            Case(
                "At another provider, by a team out of scope",
                ("1 Jan | referral R2 | at RYY, team A18\n20 Jun | contact | at RYY\n1 Jul | stay | on R9, ward 201, source 19, at RXX",),
                ADMITTED,
            ),
            Case("An indirect activity", (admitted("20 Jun | intervention"),), ADMITTED),
            Case(
                "Missed, by email, an activity on a missed contact",
                tuple(
                    admitted(f"20 Jun | {what}")
                    for what in (
                        "contact | did not attend",
                        "contact | email",
                        "contact C1 | did not attend\n20 Jun | intervention | with C1",
                    )
                ),
                {"MHS106": "3", "MHS106a": "0"},
            ),
            Case(
                "No contact at all, a child who lives in Wales",
                ("1 Jan | person | born 1 Jan 2010, lives in W06000015\n1 Jul | stay | ward 200, source 19",),
                UNKNOWN,
            ),
            Case(
                "The first and last day of the quarter; the days around it",
                tuple(admitted("20 Jun | contact", on) for on in ("1 Jul", "30 Sep", "30 Jun", "1 Oct")),
                {"MHS106": "2", "MHS106a": "2"},
            ),
            Case(
                "The first ward decides; each class that counts",
                tuple(
                    admitted("20 Jun | contact", stay=f"{wards}, source 19")
                    for wards in (
                        "ward 200",
                        "ward 201",
                        "ward 202",
                        "ward 201, ward 210 from 5 Jul",
                        "ward 210, ward 201 from 5 Jul",
                        "ward 203",
                        "ward 10",
                    )
                ),
                {"MHS106": "4"},
            ),
            Case(
                "Sources of admission that are none, and one that is not recorded",
                tuple(
                    admitted("20 Jun | contact", stay=stay)
                    for stay in ("ward 201, source 49", "ward 201, source 53", "ward 201, source 87", "ward 201")
                ),
                NOBODY,
            ),
            Case(
                "Older ward classes until March 2024",
                tuple(f"{on} | stay | ward {ward}, source 19" for on, ward in (("31 Mar", "10"), ("1 Apr", "11"), ("31 Mar", "12"))),
                {"MHS106": "2"},
                "30 Apr",
            ),
            Case("Two stays of one person", ("1 Jul | stay | ward 201, source 19\n1 Sep | stay | ward 201, source 19",), {"MHS106": "2"}),
            Case(
                "By ethnicity: not stated is a category of its own",
                (
                    "1 Jan | person | ethnicity Z\n1 Jul | stay | ward 201, source 19",
                    "1 Jan | person | ethnicity A\n1 Jul | stay | ward 201, source 19",
                    "1 Jul | stay | ward 201, source 19",
                ),
                {"MHS106 @ ethnicity Z": "1", "MHS106 @ ethnicity A": "1", "MHS106 @ ethnicity UNKNOWN": "1"},
            ),
        ),
    ),
    Chapter(
        "Rejected referrals",
        "Referral and team in scope, by the month of rejection and its reason; received in the month beside it.",
        (
            Case(
                "Each reason",
                tuple(
                    f"2 Sep | referral | rejected 9 Sep{reason}"
                    for reason in (", rejection reason 01", ", rejection reason 02", ", rejection reason 03", "")
                ),
                {
                    REJECTED: "4",
                    f"{REJECTED} - duplicate": "1",
                    f"{REJECTED} - alternative service required": "1",
                    f"{REJECTED} - incomplete": "1",
                    f"{REJECTED} - missing / invalid": "1",
                    "Referrals received": "4",
                    f"{REJECTED} share": "100",
                    f"{REJECTED} length": "7",
                },
            ),
            Case(
                "On the first and last day of the month, and around it",
                tuple(f"2 Aug | referral | rejected {on}" for on in ("1 Sep", "30 Sep", "31 Aug", "1 Oct")),
                {REJECTED: "2", "Referrals received": "0"},
            ),
            Case(
                "By one of two teams",
                ("2 Sep | referral | team A06 rejected 9 Sep, rejection reason 02, team A08",),
                {
                    REJECTED: "1",
                    "Referrals received": "2",
                    f"{REJECTED} share": "50",
                    f"{REJECTED} @ team A06": "1",
                    f"{REJECTED} @ team A08": "0",
                },
            ),
            Case(
                "The referral as a whole, with two teams in scope and one that is not",
                ("2 Sep | referral | team A06, team A08, team A18, rejected 9 Sep",),
                {REJECTED: "2", "Referrals received": "2"},
            ),
            Case(
                "Under 18; outside England; a stay on it in the financial year; in the one before",
                (
                    "1 Jan | person | born 3 Sep 2006\n2 Sep | referral | rejected 9 Sep",
                    "1 Jan | person | lives in W06000015\n2 Sep | referral | rejected 9 Sep",
                    "2 Sep | referral | rejected 9 Sep\n3 Sep | stay | to 4 Sep",
                    "2 Feb | referral | rejected 9 Sep\n3 Feb | stay | to 31 Mar",
                ),
                {REJECTED: "1", "Referrals received": "0"},
            ),
        ),
    ),
    Chapter(
        "MHS116: individual placement and support",
        "Referrals with a direct contact of it in the 12 months: any on a referral to team D05, "
        "or one that itself carries a code of it, not refused.",
        (
            Case(
                "To team D05, a contact on the edges of the 12 months and outside them; at 15 years of age",
                (
                    "1 Sep 2023 | referral | team D05\n1 Oct 2023 | contact",
                    "1 Sep 2023 | referral | team D05\n30 Sep | contact",
                    "1 Sep 2023 | referral | team D05\n30 Sep 2023 | contact",
                    "1 Sep 2023 | referral | team D05\n1 Oct | contact",
                    "1 Jan | person | born 1 Jan 2009\n1 Jul | referral | team D05\n2 Jul | contact",
                ),
                {"MHS116": "3"},
            ),
            Case(
                "To another team: a contact with a code; refused; a code on another contact that was missed; indirect",
                tuple(
                    f"1 Jul | referral\n2 Jul | contact C1\n3 Jul | contact C2 | did not attend\n{coded}"
                    for coded in (
                        "2 Jul | intervention | with C1, code 1082621000000104",
                        "2 Jul | intervention | with C1, code 772822000",
                        "2 Jul | intervention | with C1, code 772822000:443390004",
                        "3 Jul | intervention | with C2, code 772822000",
                        "2 Jul | intervention | code 772822000",
                    )
                ),
                {"MHS116": "2", "IPS in the financial year": "3"},
            ),
            Case(
                "Received in 2015, and in 2016; outside England",
                (
                    "31 Dec 2015 | referral | team D05\n2 Jul | contact",
                    "1 Jan 2016 | referral | team D05\n2 Jul | contact",
                    "1 Jan | person | lives in W06000015\n1 Jul | referral | team D05\n2 Jul | contact",
                ),
                {"MHS116": "1"},
            ),
            Case(
                "Came back to England: the contact there counts",
                (
                    "1 Jan | person | lives in W06000015\n1 Jun | referral | team D05\n2 Jun | contact\n"
                    "1 Jul | person | lives in E06999001\n2 Jul | contact",
                ),
                {"MHS116": "1", "IPS in the financial year": "1"},
            ),
            Case(
                "A referral of another year: once a year, from April on",
                ("1 Feb | referral | team D05\n2 Feb | contact\n2 Jul | contact", "1 Feb | referral | team D05\n31 Mar | contact"),
                {"MHS116": "2", "IPS in the financial year": "1"},
            ),
            Case(
                "At a digital service other media count too",
                tuple(
                    f"1 Jul | referral | team D05, at DFC\n2 Jul | contact | at DFC, medium {medium}"
                    for medium in ("05", "09", "10", "13", "12")
                ),
                {"MHS116 @ DFC": "4"},
            ),
            Case(
                "Elsewhere they do not; a stay does not take it out",
                ("1 Jul | referral | team D05\n2 Jul | contact | medium 09", "1 Jul | referral | team D05\n2 Jul | contact\n3 Jul | stay"),
                {"MHS116": "1"},
            ),
        ),
    ),
)
