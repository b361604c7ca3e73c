"""Signals, help outside the trust, what follows a finding, access against population, the transformation count, dedicated pathways."""

from services.reporting.rules.measures.family import DASHBOARD, LEVELS, Family, Measure
from services.reporting.rules.published import Kind, Published

DESIGN, OURS = "ours: docs/measures.md", LEVELS | {"footprint"}


def _count(name: str, title: str, unit: str, counted: str, out: str, months: int = 3) -> Measure:
    return Measure(Published(name, months, Kind.COUNT, title), unit, counted, out)


def _share(name: str, title: str, part: str, whole: str, out: str = "as both", months: int = 3) -> Measure:
    return Measure(Published(name, months, Kind.PERCENT, title, part, whole), "percent", f"100 x {part} / {whole}", out)


def _rate(name: str, title: str, part: str, population: str, per: int, out: str) -> Measure:
    figure = Published(name, 12, Kind.RATE, title, part, population, per=per)
    return Measure(figure, f"per {per:,} people", f"{per:,} x {part} / {population}, of the newest year up to the period's", out)


SCOPE = "Spells that national-2024 does not count; a signal is shown and never subtracted"
STOPPED, CLOSED = "Stops on days 15 to 42", "Closed without help"
EDGE, IN_TIME, LATE = "Stops on days 26 to 28", "Stops within 28 days", "Stops within 28 days told late"
AT_ONCE, AGAIN = "Received again in 6 to 10 days", "Received again in 30 days"
NEXT = f"{CLOSED}; the person's next spell at that provider begins"
SIGNALS = Family(
    "signals", "signals", "Signals to look at", "services/waits/rules/gaming.py", OURS,
    (
        _count(STOPPED, "Clocks stopped on days 15 to 42", "referral spell", "full clock stop in the quarter on day 15 to 42", SCOPE),
        _count(EDGE, "Clocks stopped on days 26 to 28", "referral spell", "full clock stop in the quarter on day 26, 27 or 28", SCOPE),
        _share(f"{EDGE} share", "Share of stops on days 15 to 42 that are on days 26 to 28", EDGE, STOPPED, SCOPE),
        _count(IN_TIME, "Clocks stopped within 28 days, by something whose recording is known", "referral spell",
               "full clock stop in the quarter, 28 days or fewer after the start", SCOPE),
        _count(LATE, "Clocks stopped within 28 days by something recorded long after", "referral spell",
               f"{IN_TIME}; recorded more than 35 days after its date, and past the 28 days", SCOPE),
        _share(f"{LATE} share", "Share of stops within 28 days told late", LATE, IN_TIME, SCOPE),
        _count(CLOSED, "Spells closed without a clock stop", "referral spell", "ended in the quarter, no full clock stop", SCOPE),
        _count(AT_ONCE, "Closed without help, received again 6 to 10 days later", "referral spell",
               f"{NEXT} 6 to 10 days after the end: up to 5 days the wait goes on", SCOPE),
        _count(AGAIN, "Closed without help, received again within 30 days", "referral spell",
               f"{NEXT} within 30 days of the end", SCOPE),
        _share(f"{AGAIN} share", "Share of spells closed without help that are received again within 30 days", AGAIN, CLOSED, SCOPE),
    ),
    national=False,
)  # fmt: skip

KINDS = ("debt and benefits advice", "employment", "education", "peer support", "housing", "community group", "other")
SUPPORT, ON = "Support", "support that goes on for a day of the quarter or more; each person once at each level"
JOBS = f"{SUPPORT} - employment"
BY_VCSE = f"{SUPPORT} - by the voluntary sector"
SUPPORTED = Family(
    "support", "support", "Support outside the trust", DESIGN, OURS - {"team"},
    (
        _count(SUPPORT, "People in support of any kind", "person", ON, "People who died before the quarter"),
        *(_count(f"{SUPPORT} - {kind}", f"People in support: {kind}", "person", f"{ON}: {kind}", f"as {SUPPORT}") for kind in KINDS),
        _count(BY_VCSE, "People in support given by a voluntary organisation", "person",
               f"{ON}; given, or else sent, by an organisation of kind vcse", f"as {SUPPORT}"),
        _share(f"{BY_VCSE} share", "Share of people in support who have it from a voluntary organisation", BY_VCSE, SUPPORT),
        _count("Job started", "People in employment support who started a job", "person", f"{JOBS}, outcome: job started", f"as {SUPPORT}"),
        _count("Job kept", "People in employment support who kept their job", "person", f"{JOBS}, outcome: job kept", f"as {SUPPORT}"),
        _share("Job started share", "Share of people in employment support who started a job", "Job started", JOBS),
        _share("Job kept share", "Share of people in employment support who kept their job", "Job kept", JOBS),
    ),
    national=False,
)  # fmt: skip
CARERS = Family(
    "carers", "carers", "Carers", DESIGN, OURS - {"team"},
    (
        _count("Carers identified", "People whose carer was identified", "person", "a carer identified in the 12 months",
               "People who died before the 12 months", 12),
        _count("Carers offered an assessment", "People whose carer was offered an assessment", "person",
               "Carers identified, and an assessment offered by the period's end", "as Carers identified", 12),
        _share("Carers offered an assessment share", "Share of carers identified who were offered an assessment",
               "Carers offered an assessment", "Carers identified", months=12),
    ),
    national=False,
)  # fmt: skip
OUT_OF_AREA = Family(
    "out-of-area", "out_of_area", "Out-of-area stays", DESIGN, OURS - {"team"},
    (
        _count("Stays", "Hospital stays that started", "hospital stay", "admitted in the quarter, whatever ward and source", "None"),
        _count("Out-of-area stays", "Hospital stays that started out of area", "hospital stay", "Stays said to be out of area", "None"),
        _share("Out-of-area stays share", "Share of hospital stays that started out of area", "Out-of-area stays", "Stays"),
        _count("Out-of-area stays going on", "People's out-of-area stays at the period's end", "hospital stay",
               "admitted by the period's end, out of area, and not discharged by it", "None"),
    ),
    national=False,
)  # fmt: skip

FOUND = "a finding's follow-up"
OPENED, ANSWERED, REFUSED = "Follow-ups opened", "Follow-ups done", "Follow-ups declined"
FOLLOW_UPS = Family(
    "follow-ups", "follow_ups", "Follow-ups of findings", DESIGN, OURS - {"team"},
    (
        _count(OPENED, "Follow-ups opened", "follow-up of a finding", f"{FOUND} opened in the quarter", "Those taken back"),
        _count(ANSWERED, "Follow-ups done", "follow-up of a finding", f"{FOUND} done in the quarter, whenever opened", "as opened"),
        _count(REFUSED, "Follow-ups declined", "follow-up of a finding", f"{FOUND} declined or unsuitable in the quarter", "as opened"),
        _count("Follow-ups open", "Follow-ups open at the period's end", "follow-up of a finding",
               f"{FOUND} opened by the period's end and not closed by it", "as opened"),
        Measure(Published(f"{ANSWERED} length", 3, Kind.DAYS, "Mean days until a follow-up was done", ANSWERED), "days",
                "mean of the day it was done - the day of the finding, over the done", "as opened"),
    ),
    national=False,
)  # fmt: skip
RESULTS = {
    "agreed to attend": ("agreed",),
    "no answer": ("no answer", "call back"),
    "declined": ("declined",),
    "done elsewhere": ("done elsewhere",),
    "not to be reached": ("wrong number", "moved", "transferred", "deceased"),
}
"""What came of an attempt, by the results of outreach's closed list; any other, or none: other."""
TRIED = "Outreach attempts"
ATTEMPTS = Family(
    "outreach", "attempts", "Outreach activity", DESIGN, OURS - {"team"},
    (
        _count(TRIED, "Attempts to reach somebody", "attempt", "entered in the quarter", "Attempts at people with nothing due"),
        *(
            _count(f"{TRIED} - {result}", f"Attempts: {result}", "attempt", f"{TRIED}: {result}", f"as {TRIED}")
            for result in (*RESULTS, "other")
        ),
        _count(f"{TRIED} followed", "Attempts followed by a check within 15 days", "attempt",
               f"{TRIED}, and an element of the check recorded on that day or within 15 days after", f"as {TRIED}"),
        _share(f"{TRIED} followed share", "Share of attempts followed by a check within 15 days", f"{TRIED} followed", TRIED),
    ),
    national=False,
)  # fmt: skip

SEEN, ADULTS = "People seen", "Adult population"
UNDER = "People under 18 at the contact, or without a birth date; residents known to live outside England"
POPULATION = Family(
    "population", "seen", "Access against population", "ours; reference data: population", OURS - {"team"},
    (
        _count(SEEN, "People with a direct contact", "person",
               "a direct contact in the 12 months, on a referral or by direct access; each person once at each level", UNDER, 12),
        _rate("People seen per 1,000", "People with a direct contact per 1,000 of the population", SEEN, ADULTS, 1000,
              "Places and groups without a population"),
    ),
    national=False,
)  # fmt: skip
PCN_ROLLING = "Second - PCN Rolling"
TRANSFORMED = Family(
    "transformation", "transformation", "Transformation count", f"{DASHBOARD}: CMH Dashboard/CMH Dashboard (access section)",
    frozenset({"england", "icb", "pcn", "footprint"}),
    (
        _count(PCN_ROLLING, "People with two or more direct contacts, of practices of transformed networks", "person",
               "two direct contacts on one referral in the 12 months, both while the practice is of a network transformed by then (from 11 "
               "months before its date on); teams of CMH access, A14 and D05",
               "as CMH access; a hospital stay does not take out a referral to A14 or D05", 12),
    ),
    national=False,
)  # fmt: skip

PATHWAYS = {"AED": "adult eating disorders", "CEN": "complex emotional needs", "rehab": "mental health rehabilitation"}
TWICE = "two direct contacts in the 12 months on one referral to it"
DEDICATED = Family(
    "pathways", "pathways", "Dedicated pathways", DESIGN, OURS - {"team"},
    tuple(
        one
        for pathway, name in PATHWAYS.items()
        for one in (
            _count(f"{pathway} access", f"People with two or more contacts on the pathway: {name}", "person",
                   f"{TWICE}, live at that provider by the second", "as CMH access", 12),
            _count(f"{pathway} therapy", f"Of them with a psychological therapy: {name}", "person",
                   f"{pathway} access, with two or more activities of one listed code on that referral", "as Psych therapy access", 12),
            _share(f"{pathway} therapy share", f"Share with a psychological therapy: {name}", f"{pathway} therapy", f"{pathway} access",
                   months=12),
            _count(f"{pathway} paired outcomes", f"Of them with paired outcomes: {name}", "person",
                   f"{pathway} access; a first valid score and one of the same scale on a later day on that referral",
                   "as CMH access", 12),
            _share(f"{pathway} paired outcomes share", f"Share with paired outcomes: {name}", f"{pathway} paired outcomes",
                   f"{pathway} access", months=12),
        )
    ),
    national=False,
)  # fmt: skip
CONTACTS = "Contacts"
MADE = "direct contacts in the quarter on referrals to community teams, A14 and D05, and by direct access"
CONTACT_SHARES = Family(
    "contact-shares", "contact_shares", "Contacts by whom", DESIGN, OURS - {"team"},
    (
        _count(CONTACTS, "Direct contacts", "contact", MADE, UNDER),
        *(
            one
            for pathway, name in PATHWAYS.items()
            for one in (
                _count(f"{CONTACTS} - {pathway}", f"Direct contacts on the pathway: {name}", "contact",
                       f"{CONTACTS}, on a referral to it, live at that provider by then", UNDER),
                _share(f"{CONTACTS} - {pathway} share", f"Share of direct contacts on the pathway: {name}", f"{CONTACTS} - {pathway}",
                       CONTACTS),
            )
        ),
        _count(f"{CONTACTS} - VCSE", "Direct contacts of voluntary organisations", "contact",
               f"{CONTACTS}, at an organisation of kind vcse", UNDER),
        _share(f"{CONTACTS} - VCSE share", "Share of direct contacts at voluntary organisations", f"{CONTACTS} - VCSE", CONTACTS),
    ),
    national=False,
)  # fmt: skip
MORE = (
    SIGNALS, SUPPORTED, CARERS, OUT_OF_AREA, FOLLOW_UPS, ATTEMPTS, POPULATION, TRANSFORMED, DEDICATED, CONTACT_SHARES,
)  # fmt: skip
