"""Paired outcome measures."""

from collections.abc import Sequence

from tests.spec_measures.case import Case, Chapter

OPEN, CLOSED = "OpenReferrals2PlusContacts6Months", "ClosedReferrals2PlusContacts"
PAIR, CHANGED = "OpenPairedPROM", "OpenPairedPROMImprovement"


def scored(*scores: tuple[str, str, int], referral: str = "1 Mar", details: str = "") -> str:
    contacts = "2 Mar | contact\n3 Mar | contact"
    return "\n".join(
        [f"{referral} | referral | {details}", contacts, *(f"{on} | score | scale {scale}, score {value}" for on, scale, value in scores)]
    )


def change(scale: str, *values: int) -> str:
    return scored(*((f"{day} Mar", scale, value) for day, value in enumerate(values, 4)))


def told(scale: str, improved: int, worse: int, same: int) -> dict[str, str]:
    return {f"{PAIR} {scale}": str(improved + worse + same), f"{CHANGED} {scale}": str(improved),
            f"OpenPairedPROMDeterioration {scale}": str(worse), f"OpenPairedPROMNoChange {scale}": str(same)}  # fmt: skip


TWO: Sequence[tuple[str, str, int]] = (("4 Mar", "DIALOG 1", 3), ("5 Mar", "DIALOG 1", 5))
CHAPTERS = (
    Chapter(
        "Paired outcome measures: who is counted",
        "Referral and team: open for 180 days or more, or discharged in the month; two direct contacts.",
        (
            Case(
                "Received 180 and 179 days before the month's end",
                (scored(*TWO, referral="3 Apr"), scored(*TWO, referral="4 Apr")),
                {OPEN: "1"},
            ),
            Case(
                "Discharged on the first and last day of the month, and around it",
                tuple(scored(*TWO, details=f"discharged {on}") for on in ("1 Sep", "30 Sep", "31 Aug", "1 Oct")),
                {CLOSED: "2", OPEN: "1", "ClosedPairedPROM": "2", PAIR: "1"},
            ),
            Case("One contact", ("1 Mar | referral\n2 Mar | contact\n4 Mar | score",), {OPEN: "0"}),
            Case(
                "Rejected; a stay; organic reasons; received before April 2019; under 18",
                (
                    scored(*TWO, details="rejected 9 Sep"),
                    scored(*TWO) + "\n1 May | stay",
                    scored(*TWO, details="reason 08"),
                    scored(*TWO, referral="31 Mar 2019"),
                    f"1 Jan | person | born 2 Mar 2006\n{scored(*TWO)}",
                ),
                {OPEN: "0", CLOSED: "0"},
            ),
            Case(
                "Each team: A14 is in, C10 and D05 are not",
                tuple(
                    scored(*TWO, details=f"team {team}")
                    for team in ("A05", "A06", "A08", "A09", "A12", "A13", "A14", "A16", "C10", "C03", "D05", "A18")
                ),
                {OPEN: "8"},
            ),
            Case("Two teams: two units", (scored(*TWO, details="team A06, team A08"),), {OPEN: "2", PAIR: "2", f"{PAIR} @ team A08": "1"}),
        ),
    ),
    Chapter(
        "Dedicated pathways",
        "People with two direct contacts on one referral to the pathway, live at the provider by the second (here complex "
        "emotional needs, from 3 July 2024); of them those with a therapy, and with paired outcomes.",
        (
            Case(
                "Both contacts once it was live; the second on its first day; both before; no pathway",
                tuple(
                    f"1 Jul | referral | team A16{pathway}\n{first} Jul | contact\n{second} Jul | contact"
                    for pathway, first, second in ((" for CEN", 4, 5), (" for CEN", 2, 3), (" for CEN", 1, 2), ("", 4, 5))
                ),
                {"CEN access": "2", "CEN therapy": "0"},
            ),
            Case(
                "Two scores of one scale on two days; on one day; of two scales; after the month's end",
                tuple(
                    f"1 Jul | referral | team A16 for CEN\n4 Jul | contact\n5 Jul | contact\n"
                    f"6 Jul | score | scale ReQoL-10, score 9\n{then}"
                    for then in (
                        "7 Jul | score | scale ReQoL-10, score 10",
                        "6 Jul | score | scale ReQoL-10, score 10",
                        "7 Jul | score | scale GBO 1, score 2",
                        "1 Oct | score | scale ReQoL-10, score 10",
                    )
                ),
                {"CEN access": "4", "CEN paired outcomes": "1", "CEN paired outcomes share": "25"},
            ),
        ),
    ),
    Chapter(
        "Paired outcome measures: change",
        "First and latest valid score of one scale on one referral; reliable from 1 (DIALOG), 5 (ReQoL-10) and 3 (goals) on.",
        (
            Case(
                "DIALOG by 1 up, none, 1 down",
                (change("DIALOG 1", 3, 4), change("DIALOG 1", 3, 3), change("DIALOG 1", 3, 2)),
                {**told("DIALOG 1", 1, 1, 1), f"{CHANGED} DIALOG 1 share": "33.333333", f"{PAIR} DIALOG": "3", f"{PAIR} share": "100"},
            ),
            Case("ReQoL-10 by 5 and by 4", (change("ReQoL-10", 10, 15), change("ReQoL-10", 10, 14)), told("ReQoL-10 score", 1, 0, 1)),
            Case("A goal by 3 and by 2", (change("GBO 1", 2, 5), change("GBO 1", 2, 4)), told("GBO goal 1", 1, 0, 1)),
            Case("First and latest, whatever came between", (change("DIALOG 1", 3, 7, 2),), told("DIALOG 1", 0, 1, 0)),
            Case(
                "DIALOG 8 is a missing answer: the next is the first; one alone is none",
                (change("DIALOG 1", 8, 4, 5), change("DIALOG 1", 4, 8)),
                {**told("DIALOG 1", 1, 0, 0), "OpenBaselinePROM DIALOG 1": "2"},
            ),
            Case(
                "Of two scales; on two referrals; after the month's end",
                (
                    scored(("4 Mar", "DIALOG 1", 3), ("5 Mar", "DIALOG 8", 5)),
                    scored(("4 Mar", "DIALOG 1", 3)) + "\n1 Mar | referral R2\n5 Mar | score | scale DIALOG 1, score 5",
                    scored(("4 Mar", "DIALOG 1", 3), ("1 Oct", "DIALOG 1", 5)),
                ),
                {f"{PAIR} DIALOG 1": "0", PAIR: "0", "OpenBaselinePROM": "3"},
            ),
            Case(
                "Items 9 and 11 are paired and have no change",
                (change("DIALOG 9", 2, 6), change("DIALOG 11", 2, 6)),
                {f"{PAIR} DIALOG 9": "1", f"{PAIR} DIALOG 11": "1", PAIR: "2"},
            ),
            Case(
                "Recovered on ReQoL-10: from below 25 to 25 or more, reliably",
                (change("ReQoL-10", 20, 25), change("ReQoL-10", 24, 28), change("ReQoL-10", 25, 30), change("ReQoL-10", 18, 24)),
                {
                    "OpenPairedPROMAboveClinicalCutOff ReQoL-10 score": "3",
                    "OpenPairedPROMAboveClinicalCutOffReliableRecovery ReQoL-10 score": "1",
                },
            ),
            Case(
                "Out of range; two on one day",
                (change("GBO 1", 2, 11), scored(("4 Mar", "GBO 1", 2), ("4 Mar", "GBO 1", 9))),
                {f"{PAIR} GBO goal 1": "0"},
            ),
        ),
    ),
)
