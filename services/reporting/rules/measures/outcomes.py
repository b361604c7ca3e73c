"""Paired outcome measures that people fill in themselves (PROMs), and psychological therapies by their codes."""

from collections.abc import Iterator

from services.reporting.rules.codes import SCALES, THERAPIES
from services.reporting.rules.measures.family import DASHBOARD, LEVELS, Family, Measure
from services.reporting.rules.measures.referrals import AGE, STAY, TWICE
from services.reporting.rules.published import Kind, Published

SOURCE = f"{DASHBOARD}: CMH PROMs/CMH PROMs Dashboard; PreProcessing/PreProc 4 - Assessments"
UNIT, OF_SCALE = "referral and team", "referral, team and scale"
LEFT_OUT = (
    f"{AGE}; received before April 2019; rejected; a hospital stay on it; organic reasons (08); fewer than two direct contacts by the "
    "period's end; teams other than A05, A06, A08, A09, A12, A13, A14, A16"
)
UNCHANGED = f"{LEFT_OUT}; DIALOG items 9 to 11, which ask of experience"
BASE = {"Open": "OpenReferrals2PlusContacts6Months", "Closed": "ClosedReferrals2PlusContacts"}
WHICH = {
    "Open": "open at the month's end, received 180 days or more before it",
    "Closed": "discharged in the month",
}
FIRST = "a first valid score by the month's end (DIALOG 8 is a missing answer)"
PAIR = "a first valid score and a valid one of the same scale on a later day; the latest by the month's end"
TOOLS = tuple(dict.fromkeys(scale.tool for scale in SCALES))
CHANGES = {
    "Improvement": "improved: latest - first >= the reliable change (DIALOG 1, GBO 3, ReQoL-10 5)",
    "Deterioration": "deteriorated: first - latest >= the reliable change",
    "NoChange": "no reliable change",
}


def _count(name: str, text: str, unit: str, counted: str, left_out: str = LEFT_OUT) -> Measure:
    return Measure(Published(name, 1, Kind.COUNT, text), unit, counted, left_out)


def _share(part: str, whole: str, text: str, left_out: str = LEFT_OUT) -> Measure:
    figure = Published(f"{part} share", 1, Kind.PERCENT, text, part, whole)
    return Measure(figure, "percent", f"100 x {part} / {whole}", left_out)


def _bases() -> Iterator[Measure]:
    for state, base in BASE.items():
        which = f"{state} referrals with two contacts"
        yield _count(base, which, UNIT, WHICH[state])
        for tool in ("", *TOOLS):
            of, ending = (f" of {tool}", f" {tool}") if tool else ("", "")
            for kind, condition, said in (("Baseline", FIRST, "a first score"), ("Paired", PAIR, "a paired score")):
                name = f"{state}{kind}PROM{ending}"
                yield _count(name, f"{which} and {said}{of}", UNIT, f"{base} with {condition}")
                yield _share(name, base, f"Share of {which.lower()} that have {said}{of}")


def _scales() -> Iterator[Measure]:
    for state in BASE:
        for scale in SCALES:
            paired, of = f"{state}PairedPROM {scale.name}", f"{scale.name}, {state.lower()} referrals"
            yield _count(f"{state}BaselinePROM {scale.name}", f"First score of {of}", OF_SCALE, FIRST)
            yield _count(paired, f"Paired score of {of}", OF_SCALE, PAIR)
            for change, condition in CHANGES.items() if scale.reliable else ():
                name = f"{state}PairedPROM{change} {scale.name}"
                yield _count(name, f"{condition.partition(':')[0].capitalize()} on {of}", OF_SCALE, condition, UNCHANGED)
                yield _share(name, paired, f"Share of paired {of}: {condition.partition(':')[0]}", UNCHANGED)
            if scale.cut_off:
                below, cut = f"{state}PairedPROMAboveClinicalCutOff {scale.name}", f"{scale.cut_off:g}"
                over = f"{state}PairedPROMAboveClinicalCutOffReliableRecovery {scale.name}"
                yield _count(below, f"Paired score of {of}, first below {cut}", OF_SCALE, f"{PAIR}; first below {cut}")
                yield _count(over, f"Recovered on {of}", OF_SCALE, f"first below {cut}, latest {cut} or more, and reliably improved")
                yield _share(over, below, f"Share of those first below {cut} on {of} who recovered")


PROMS = Family("proms", "proms", "Paired outcome measures", SOURCE, LEVELS, tuple(_bases()), national=False)
PROM_SCALES = Family("prom-scales", "prom_scales", "Paired outcome measures by scale", SOURCE, LEVELS, tuple(_scales()), national=False)
THERAPY_CODES = Family(
    "therapies", "therapies", "Psychological therapies", f"{DASHBOARD}: CMH Dashboard/CMH Psych Therapies", LEVELS - {"team"},
    tuple(
        Measure(
            Published(f"Psych therapy access {code}", 12, Kind.COUNT, f"Number of people accessing psychological therapy, SNOMED {code}"),
            "person", f"{TWICE}; with two or more activities of this code on that referral since April 2019",
            f"{AGE}; {STAY}; refused activities and those on no contact",
        )
        for code in sorted(THERAPIES)
    ),
    national=False,
)  # fmt: skip
