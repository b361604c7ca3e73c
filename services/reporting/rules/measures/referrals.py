"""Access, admissions, rejected referrals, individual placement and support."""

from services.reporting.rules.measures.family import DASHBOARD, LEVELS, MONTHLY, Family, Measure
from services.reporting.rules.published import MEASURES, Kind, Published

TWICE = "two direct contacts on one referral, both in the 12 months; each person once at each level, so levels do not add up"
AGE = "People under 18 at receipt or without a birth date; residents known to live outside England"
STAY = "a referral in a financial year with a hospital stay on it"
ACCESS = Family(
    "access", "access", "Access", f"{MONTHLY}: 02_Specific_Prepare/03_cmh; {DASHBOARD}: CMH Dashboard/CMH Psych Therapies",
    LEVELS - {"team"},
    (
        Measure(MEASURES["MHS108"], "person", TWICE, f"{AGE}; {STAY}; teams other than adult community ones, A14 and D05"),
        Measure(
            Published("CMH access", 12, Kind.COUNT, "People with two or more direct contacts, early intervention and IPS teams left out"),
            "person", TWICE, f"{AGE}; {STAY}; teams other than adult community ones",
        ),
        Measure(
            Published("Psych therapy access", 12, Kind.COUNT, "People accessing a psychological therapy"),
            "person", "CMH access, with two or more activities of one listed code on that referral since April 2019",
            f"{AGE}; {STAY}; refused activities and those on no contact",
        ),
        Measure(
            Published(
                "Psych therapy share", 12, Kind.PERCENT, "Share of people with access who have a psychological therapy",
                "Psych therapy access", "CMH access",
            ),
            "percent of people", "100 x Psych therapy access / CMH access", "as both",
        ),
    ),
)  # fmt: skip
ACUTE = "hospital stays that start in the quarter, first ward class 200, 201, 202 (10, 11, 12 to March 2024)"
BEFORE = "a direct contact or indirect activity 3 to 365 days before, at any provider, by any team"
NOT_ADMITTED = (
    "Source of admission not recorded, or 49, 53, 87; age and residence are not tested. By ethnicity Z (not stated) stands by itself: the "
    "published code counts it as Non-white British"
)
ADMISSIONS = Family(
    "admissions", "admissions", "Acute admissions", f"{MONTHLY}: 02_Specific_Prepare/03_cmh", LEVELS - {"team"},
    (
        Measure(MEASURES["MHS106"], "hospital stay", ACUTE, NOT_ADMITTED),
        Measure(MEASURES["MHS106a"], "hospital stay", f"MHS106 with {BEFORE}", NOT_ADMITTED),
        Measure(MEASURES["MHS106b"], "hospital stay", f"MHS106 without {BEFORE}", NOT_ADMITTED),
        Measure(MEASURES["MHS107a"], "percent of hospital stays", "100 x MHS106a / MHS106", NOT_ADMITTED),
        Measure(MEASURES["MHS107b"], "percent of hospital stays", "100 x MHS106b / MHS106", NOT_ADMITTED),
    ),
)  # fmt: skip
REASONS = ("duplicate", "alternative service required", "incomplete", "missing / invalid")
NOT_ACCEPTED = "Referrals not accepted"
NO_SHARE = f"{AGE}; {STAY}. No public source has a denominator: rejected / received in the month is ours"
REJECTIONS = Family(
    "rejections", "rejections", "Rejected referrals", f"{DASHBOARD}: CMH Dashboard/CMH Dashboard", LEVELS,
    (
        Measure(
            Published("Referrals received", 1, Kind.COUNT, "Referrals received"),
            "referral and team in scope", "received in the month", NO_SHARE,
        ),
        Measure(
            Published(NOT_ACCEPTED, 1, Kind.COUNT, NOT_ACCEPTED),
            "referral and team in scope", "rejected in the month, whenever received", NO_SHARE,
        ),
        *(
            Measure(
                Published(f"{NOT_ACCEPTED} - {reason}", 1, Kind.COUNT, f"{NOT_ACCEPTED} - {reason}"),
                "referral and team in scope", f"rejected in the month, reason {code}", NO_SHARE,
            )
            for reason, code in zip(REASONS, ("01", "02", "03", "blank or any other"), strict=True)
        ),
        Measure(
            Published(f"{NOT_ACCEPTED} length", 1, Kind.DAYS, "Mean days from receipt to rejection", NOT_ACCEPTED),
            "days", "mean of rejection - received over the rejected", NO_SHARE,
        ),
        Measure(
            Published(f"{NOT_ACCEPTED} share", 1, Kind.PERCENT, "Rejected of received", NOT_ACCEPTED, "Referrals received"),
            "percent", "100 x rejected in the month / received in the month", NO_SHARE,
        ),
    ),
    national=False,
)  # fmt: skip
PLACEMENTS = Family(
    "ips", "placements", "Individual placement and support", f"{MONTHLY}: 02_Specific_Prepare/06_ips/ips_prep.py",
    frozenset({"england", "provider", "pcn"}),
    (
        Measure(
            MEASURES["MHS116"], "referral",
            "a direct contact in the 12 months on a referral to team D05, or one itself coded as individual placement and support; any age",
            "Received before 2016; residents known to live outside England; refused activities",
        ),
        Measure(
            MEASURES["MHS116a"], "per 100,000 people", "100,000 x MHS116 / MHSPOPALL: the population of the reference data's newest year",
            "as MHS116; places without a population, and providers",
        ),
    ),
)  # fmt: skip
