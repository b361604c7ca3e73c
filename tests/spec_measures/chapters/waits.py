"""The published measures of the four-week wait."""

from tests.spec_measures.case import Case, Chapter

STOPPED = """
    1 Jul | referral
    10 Jul | contact
    10 Jul | assessment
    10 Jul | care plan
    {} | score
"""


def waits(start: str) -> str:
    return f"{start} | referral"


CHAPTERS = (
    Chapter(
        "MRS01: clocks stopped",
        "In the quarter that ends with the month; in time on day 28, not on day 29.",
        (
            Case(
                "Stopped on day 28, and on day 29",
                (STOPPED.format("29 Jul"), STOPPED.format("30 Jul")),
                {"MRS01": "2", "MRS01a": "1", "MRS01b": "50"},
            ),
            Case(
                "On the last day of the quarter, and on the day after",
                (STOPPED.format("30 Sep"), STOPPED.format("1 Oct")),
                {"MRS01": "1", "MRS02": "1", "MRS20": "1"},
            ),
            Case(
                "On the day before the quarter",
                (
                    """
            1 Jun | referral
            30 Jun | contact
            30 Jun | assessment
            30 Jun | care plan
            30 Jun | score
        """,
                ),
                {"MRS01": "0", "MRS20": "1", "MRS02": "0"},
            ),
            Case(
                "Rejected before help: closed, and never a stop",
                ("3 Jul | referral | rejected 5 Jul",),
                {"MRS01": "0", "MRS04": "1", "MRS05": "1", "MRS06": "0"},
            ),
        ),
    ),
    Chapter(
        "MRS02, MRS07: long waits",
        "More than 364, 546 and 728 days at the month's end, that day less the start.",
        (
            Case(
                "364 and 365 days", (waits("2 Oct 2023"), waits("1 Oct 2023")), {"MRS02": "2", "MRS02e": "1", "MRS02f": "50", "MRS07e": "1"}
            ),
            Case(
                "546 and 547 days",
                (waits("3 Apr 2023"), waits("2 Apr 2023")),
                {"MRS02c": "1", "MRS02d": "50", "MRS07c": "1", "MRS02e": "2"},
            ),
            Case(
                "728 and 729 days",
                (waits("3 Oct 2022"), waits("2 Oct 2022")),
                {"MRS02a": "1", "MRS02b": "50", "MRS07a": "1", "MRS07b": "50"},
            ),
        ),
    ),
    Chapter(
        "MRS03: waiting for a second contact",
        "Open, fewer than two direct contacts; median and 90th percentile with interpolation.",
        (
            Case(
                "Waited 10, 20 and 40 days",
                (waits("20 Sep"), waits("10 Sep"), waits("21 Aug")),
                {"MRS03": "3", "MRS03a": "20", "MRS03b": "36"},
            ),
            Case(
                "One contact; two; two of which one was missed",
                (
                    "1 Sep | referral\n2 Sep | contact",
                    "1 Sep | referral\n2 Sep | contact\n2 Sep | contact",
                    "1 Sep | referral\n2 Sep | contact\n3 Sep | contact | did not attend",
                ),
                {"MRS03": "2", "MRS15": "1", "MRS21": "1", "MRS22": "0"},
            ),
            Case(
                "The second contact on the last day of June: had, but not in the quarter",
                ("1 Jun | referral\n2 Jun | contact\n30 Jun | contact",),
                {"MRS15": "0", "MRS21": "1"},
            ),
        ),
    ),
    Chapter(
        "MRS04, MRS05, MRS06: started, closed, open",
        "What ended in the last five days counts open.",
        (
            Case(
                "Started on the first day of the quarter, and on the day before",
                (waits("1 Jul"), waits("30 Jun")),
                {"MRS04": "1", "MRS06": "2"},
            ),
            Case(
                "Discharged on 24 September, and on the 25th",
                ("1 Aug | referral | discharged 24 Sep", "1 Aug | referral | discharged 25 Sep"),
                {"MRS05": "1", "MRS06": "1"},
            ),
            Case(
                "By team: a spell with two teams counts at both, and once at the provider",
                ("1 Aug | referral | team A06, team A08",),
                {"MRS06": "1", "MRS06 @ team A06": "1", "MRS06 @ team A08": "1"},
            ),
            Case(
                "By age at the start, and by area of the practice",
                ("1 Jan | person | born 2 Aug 1998, practice XG0101\n1 Aug | referral",),
                {"MRS06 @ age 18-25": "1", "MRS06 @ ICB": "1", "MRS06 @ PCN1": "1"},
            ),
        ),
    ),
)
