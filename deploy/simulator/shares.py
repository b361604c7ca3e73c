"""How often what happens: every share and rate of the simulated community, with where it comes from.

Sources: [programme] the figures that the CMH programme's own documents give for its early implementers and its fictitious towns;
[national] NHS England's published monthly figures of autumn 2024; [chosen] no public figure was found, set so that all that happens
in real feeds happens, and the totals agree with the national ones.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Size(NamedTuple):
    """How large a community is: spells that start a month, people on SMI registers, and how much routine care is recorded (1: all).

    `visitors` come a month to open-access groups of the VCSE, without a referral.
    """

    starts: float
    registered: int
    visitors: float
    routine: float = 1.0

    def scaled(self, starts: float) -> "Size":
        """The same community with so many starts a month."""
        share = starts / self.starts
        return Size(starts, round(self.registered * share), self.visitors * share, self.routine)


ICB = Size(starts=1150, registered=12_500, visitors=170)
"""[national] An average ICB: 1.1-1.2 thousand starts a month, 9-10 thousand open spells, 75-100 thousand events a month; about 527
thousand people on registers in England, of which an average ICB has a 42nd."""
TOWNS = Size(starts=190, registered=5_738, visitors=28)
"""The two towns have two thirds of an average ICB's adults (707 thousand). To load within minutes on a small machine the demonstration
shows one in four of the people who would be referred there, and everybody on the SMI registers [programme]."""

AGES: Mapping[tuple[int, int], float] = {(12, 17): 0.03, (18, 25): 0.17, (26, 64): 0.66, (65, 92): 0.14}
"""[programme] Of the people seen 14% were 65 or over, 17% 18 to 25; [chosen] 3% under 18, whom the national measure leaves out."""
STUDENTS, RURAL = 1.5, 1.6
"""[programme] Eastside has large student and rural older populations; [chosen] how much larger."""
DEPRIVED = {"Westside": 0.37, "Eastside": 0.04}
"""[programme] People who live in the most deprived fifth of areas (deciles 1 and 2)."""

DEBT_ADVICE, EMPLOYMENT, PEER_SUPPORT = 0.25, 0.24, 0.07
"""[programme] Of the people seen: used debt advice, individual placement and support, peer support."""
OTHER_SUPPORT = 0.06  # [chosen] education, housing, community groups

REJECTED, GAVE_UP, UNSEEN, LOST = 0.07, 0.08, 0.05, 0.02
"""[chosen] Referrals rejected; closed after missed contacts; closed months later without being seen; never seen and never closed."""
LENGTHS = ((0.52, 25, 130), (0.41, 110, 400), (0.07, 500, 1400))
"""[chosen] Days of care of those who are seen, as (share, shortest, longest). They make the open spells of an average ICB of its starts."""
DRIFTED = 0.06  # [chosen] care that ended long ago, of a referral nobody closed: open without activity

SEEN_DAYS = (2.0, 9.0)  # [chosen] shape and scale (days) of a gamma distribution: receipt to first contact
SEEN_LATE = 0.12  # [chosen] who wait one to five months longer
DEPRIVED_SLOWER, DEPRIVED_MISSES = 1.2, 1.5  # [chosen] a gap that an inequality page must find

OUTCOME_FIRST, OUTCOME_LATER, OUTCOME_NEVER = 0.56, 0.10, 0.25
ASSESSED_FIRST, ASSESSED_LATER, ASSESSED_NEVER = 0.80, 0.20, 0.08
PLAN_AT_ALL, PLAN_AGREED, PLAN_AGREED_LATER = 0.75, 0.75, 0.5
CODED_ACTIVITY = 0.7
"""[chosen] What is recorded at the first contact, at each later one, never. Nationally 6-11% of the full stops of autumn 2024 were within
28 days and 76% of the open spells had none, mostly because components are not recorded; the towns record somewhat better."""

DNA, CANCELLED, CANCELLED_BY_US = 0.12, 0.05, 0.03  # [chosen] of booked contacts
BOOKED_AHEAD, INDIRECT = 0.6, 0.5  # [chosen] of contacts
ENTERED_LATE, ENTERED_VERY_LATE = 0.06, 0.005  # [chosen] of contacts: by 3 to 20 days, by 61 to 120 days
CORRECTED, ENTERED_TWICE = 0.03, 0.02  # [chosen] of contacts: another attendance first; voided afterwards
REFUSED, UNCOUNTED = 0.03, 0.08  # [chosen] of activities: the person refused; a code that never counts

DIES_A_YEAR, MOVES_A_YEAR, MOVES_AWAY = 0.012, 0.08, 0.1  # [chosen]; the last: of moves, those out of England
ADMITTED_A_YEAR = 0.03  # [chosen] of people in care
PAUSED = 0.04  # [chosen] of people in care: they asked to wait
SPELLS = 1.03
"""Spells of the national measure that start for each person who comes: some are too young or out of its scope, some come back."""
RETURNS, SECOND_PROVIDER, OUT_OF_SCOPE = 0.22, 0.05, 0.07  # [chosen] come back after discharge; known at two; teams not in the measure
WITHOUT_NHS_NUMBER, SECOND_LOCAL_ID, MERGED_BY_SENDER, UNMERGED = 0.01, 0.3, 0.4, 0.1
"""[chosen] Of referrals; of those who come back; of second local ids; of merges."""
ON_REGISTER = 0.12  # [chosen] of people referred to a trust: those on an SMI register

CHECKED, PARTLY_CHECKED = 0.62, 0.23
"""[national] Of the people on registers 52% had all six elements within 12 months in early 2023/24, 58% at the most; the target was 60%.
Here some that come for the whole check decline an element, or have it late; [chosen] who has some of the elements."""
DEPRIVED_CHECKED = 0.88  # [chosen] of the share elsewhere: a gap that an inequality page must find
DECLINED, UNSUITABLE = 0.012, 0.004  # [chosen] of elements
FOLLOWED_UP = 0.6  # [chosen] of findings past the threshold of the Lester tool: something was done within two months
ANTIPSYCHOTIC, CLOZAPINE = 0.65, 0.07
"""[chosen] of people on registers; [national] about 37,000 people in the UK have clozapine: one in fourteen of those on registers."""
VACCINATED, COVID_VACCINATED, PREFERS = 0.55, 0.35, 0.5  # [chosen] each autumn; a way of being told on record
OPTED_OUT, RESTRICTED, QUIET = 0.04, 0.005, 0.05  # [chosen] of people on registers: no messages, contact as agreed alone, quiet hours
OTHER_LANGUAGE, EASY_READ = 0.06, 0.08  # [chosen] of people on registers
HAS_TELEPHONE, HAS_EMAIL = 0.93, 0.55  # [chosen] of everybody
ENTERS_A_YEAR, LEAVES_A_YEAR, DIES_ON_REGISTER_A_YEAR = 0.05, 0.03, 0.018  # [chosen]
MOVES_ON_REGISTER_A_YEAR = 0.05  # [chosen] to another practice of the towns, or (MOVES_AWAY) out of England

INVITED, REMINDED = 0.7, 0.35
"""[chosen] Of people who came for a check: they had been asked to in the three weeks before; of these, it took more than one attempt."""
TRIED = 0.72  # [chosen] of people whose check is due: somebody has tried to reach them already
RESULTS: Mapping[str, float] = {
    "no answer": 0.60, "agreed": 0.16, "call back": 0.07, "declined": 0.07, "wrong number": 0.035, "done elsewhere": 0.025, "moved": 0.012,
    "transferred": 0.006, "deceased": 0.002, "other": 0.02,
}  # fmt: skip
"""[chosen] What comes of an attempt to reach somebody whose check is due, and who did not come so far."""

SENT_TWICE, MALFORMED = 0.005, 0.001  # [chosen] of messages
LEFT_OUT_A_MONTH = 0.003  # [chosen] of open referrals: missing in one month's files, there again in the next
