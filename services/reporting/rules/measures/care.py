"""The waits and the work beside the four-week wait: second contacts, early intervention's caseload, employment, quality of access."""

from services.reporting.rules.measures.family import DASHBOARD, LEVELS, MONTHLY, Family, Measure
from services.reporting.rules.measures.referrals import AGE
from services.reporting.rules.published import MEASURES, YEAR_TO_DATE, Kind, Published

OURS = "Clockstop's own: no public source has this measure"
NOT_LISTED = "teams other than adult community ones"


def _count(name: str, text: str, unit: str, counted: str, left_out: str, months: int = 1) -> Measure:
    return Measure(Published(name, months, Kind.COUNT, text), unit, counted, left_out)


def _share(name: str, text: str, part: str, whole: str, left_out: str) -> Measure:
    return Measure(Published(name, 1, Kind.PERCENT, text, part, whole), "percent", f"100 x {part} / {whole}", left_out)


SECOND_OUT = (
    f"{AGE}; received before April 2019; teams other than adult community ones, A14 and D05; a hospital stay on it in the financial year "
    "of its last month in the year. Rejection is not tested"
)
HAD, WAITS = (
    "second direct contact in the quarter, of all there ever were on the referral",
    "not discharged, fewer than two direct contacts",
)
SECOND_CONTACT = Family(
    "second-contact", "second_contact", "Second contact", f"{MONTHLY}: 02_Specific_Prepare/03_cmh", LEVELS - {"team"},
    (
        Measure(MEASURES["MHS124"], "referral", HAD, SECOND_OUT),
        Measure(MEASURES["MHS125"], "days", "median of second contact - received over MHS124", SECOND_OUT),
        Measure(MEASURES["MHS126"], "days", "90th percentile of second contact - received over MHS124", SECOND_OUT),
        Measure(MEASURES["MHS127"], "referral", WAITS, SECOND_OUT),
        Measure(MEASURES["MHS128"], "days", "median of period end + 1 - received over MHS127", SECOND_OUT),
        Measure(MEASURES["MHS129"], "days", "90th percentile of period end + 1 - received over MHS127", SECOND_OUT),
    ),
)  # fmt: skip
CASELOAD = Family(
    "eip-caseload", "caseload", "Early intervention caseload", f"{MONTHLY}: menh_publications/notebooks/07_EIP/02_Aggregate",
    LEVELS - {"team"},
    (
        Measure(
            MEASURES["EIP68"], "referral",
            "open to a team A14 at the month's end, with an attended contact by any medium, or an indirect activity; any age and reason",
            "Discharged or rejected by the month's end; no longer in files; residents known to live outside England",
        ),
    ),
)  # fmt: skip
PLACEMENTS_YEAR = Family(
    "ips-year", "placements_year", "Individual placement and support in the financial year", f"{DASHBOARD}: IPS Dashboard/IPS Dashboard",
    LEVELS - {"team"},
    (
        _count(
            "IPS in the financial year", "Total referrals accessing IPS in the financial year (cumulative)", "referral",
            "as MHS116, but from April to the period's end and with refused activities; referrals of earlier years too",
            "Received before 2016; residents known to live outside England", YEAR_TO_DATE,
        ),
    ),
    national=False,
)  # fmt: skip
EARLY_OUT = f"{AGE}; {NOT_LISTED}; rejected by the month's end"
EARLY_CONTACT = Family(
    "early-contact", "early_contact", "Early contact", OURS, LEVELS,
    (
        _count("People referred", "People whose first 96 hours ended in the month", "person",
               "received from four days before the month to four days before its end", EARLY_OUT),
        _count("Contacted within 96 hours", "People contacted within 96 hours of referral", "person",
               "of these, with a direct contact within 96 hours of receipt; where a time is not recorded, within four days", EARLY_OUT),
        _share("Contacted within 96 hours share", "Share of people contacted within 96 hours of referral",
               "Contacted within 96 hours", "People referred", EARLY_OUT),
    ),
    national=False,
)  # fmt: skip
DUE = "contacts of the month on a referral to a team in scope"
DUE_OUT = f"{AGE}; {NOT_LISTED}; contacts that were cancelled, or have no outcome"
CONTACTS = Family(
    "contacts", "contacts", "Contacts attended and missed", OURS, LEVELS,
    (
        _count("Contacts due", "Contacts attended or missed", "contact", f"{DUE}, attendance 3, 5, 6 or 7", DUE_OUT),
        _count("Contacts missed", "Contacts that people did not attend", "contact",
               f"{DUE}, attendance 3, or 7: too late to be seen", DUE_OUT),
        _share("DNA rate", "Did not attend rate", "Contacts missed", "Contacts due", DUE_OUT),
        _count("Contacts attended", "Contacts attended", "contact", f"{DUE}, attendance 5 or 6, by any medium", DUE_OUT),
        *(
            measure
            for name, code in (("Face to face", "01"), ("Telephone", "02"), ("Video", "11"))
            for measure in (
                _count(name, f"Contacts attended: {name.lower()}", "contact", f"of these, medium {code}", DUE_OUT),
                _share(f"{name} share", f"Share of contacts attended: {name.lower()}", name, "Contacts attended", DUE_OUT),
            )
        ),
    ),
    national=False,
)  # fmt: skip
SPELL_OUT = "As of the four-week wait"
PLANNED = "open, with a care plan of the provider that stands at the period's end"
SPELLS = (
    (
        "Without a key worker",
        "Open spells without a key worker",
        "open, and no key worker or care coordinator of the provider at the period's end",
    ),
    ("With a plan", "Open spells with a care plan", PLANNED),
)
OF_PLANS = (
    ("Plan agreed with the person", "Open spells whose plan is agreed with the person", f"{PLANNED}, agreed with the person by then"),
    ("Plan co-produced", "Open spells whose plan is co-produced", f"{PLANNED}, co-produced"),
    ("Plan co-produced and agreed", "Open spells whose plan is co-produced and agreed with the person", f"{PLANNED}, both"),
    ("Plan review overdue", "Open spells whose plan review is overdue", f"{PLANNED}, its review due before that day"),
)
SPELL_QUALITY = Family(
    "spell-quality", "spell_quality", "Key workers, plans and assessments", OURS, LEVELS,
    (
        _count("Open spells", "Open spells", "referral spell", "as MRS06", SPELL_OUT),
        *(
            measure
            for whole, of_these in (("Open spells", SPELLS), ("With a plan", OF_PLANS))
            for name, text, counted in of_these
            for measure in (
                _count(name, text, "referral spell", counted, SPELL_OUT),
                _share(f"{name} share", f"{text}: share", name, whole, SPELL_OUT),
            )
        ),
        _count("Assessed", "Open spells with an assessment", "referral spell",
               "open, with an activity of the reference set of assessments since the start, on a referral to a team in scope",
               f"{SPELL_OUT}; refused activities"),
        _count("Assessed again", "Open spells assessed again", "referral spell", "of these, assessed on more than one day", SPELL_OUT),
        _share("Assessed again share", "Share of assessed spells that were assessed again", "Assessed again", "Assessed", SPELL_OUT),
        Measure(
            Published("Repeat assessments", 1, Kind.DAYS, "Mean repeat assessments in a spell", "Assessed"), "days of assessment",
            "mean of the days of assessment after the first, over the spells assessed", SPELL_OUT,
        ),
    ),
    national=False,
)  # fmt: skip
