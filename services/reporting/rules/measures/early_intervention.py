"""Early intervention in psychosis: two weeks from referral to first contact and care coordinator."""

from services.reporting.rules.measures.family import LEVELS, MONTHLY, Family, Measure
from services.reporting.rules.published import Kind, Published

OUT = "Referrals for another reason, to other teams, or received before 2016; age, residence, stays and rejection are not tested"
TREATED, WAITING = "Referrals on EIP pathway entering treatment", "Open referrals on EIP pathway waiting for treatment"
STOP = "first contact and care coordinator, the later of them in the quarter"
LACKS = "not discharged at the period's end, first contact or coordinator missing"


def _count(letter: str, months: int, name: str, counted: str) -> Measure:
    return Measure(Published(f"EIP23{letter}", months, Kind.COUNT, name), "referral", counted, OUT)


def _share(letter: str, name: str, part: str, whole: str) -> Measure:
    figure = Published(f"EIP23{letter}", 3, Kind.PERCENT, name, part, whole)
    return Measure(figure, "percent of referrals", f"100 x {part} / {whole}", OUT)


EARLY_INTERVENTION = Family(
    "eip", "early_intervention", "Early intervention in psychosis", f"{MONTHLY}: menh_publications/notebooks/07_EIP", LEVELS - {"team"},
    (
        _count("a", 3, TREATED, STOP),
        _count("b", 3, f"{TREATED} within two weeks", f"{STOP}, 14 days or fewer after receipt"),
        _count("c", 3, f"{TREATED} more than two weeks", f"{STOP}, more than 14 days after receipt"),
        _count("d", 3, WAITING, LACKS),
        _count("e", 3, f"{WAITING} within two weeks", f"{LACKS}; received 14 days before it or fewer"),
        _count("f", 3, f"{WAITING} more than two weeks", f"{LACKS}; received more than 14 days before it"),
        _count("g", 3, "Referrals on EIP pathway that receive a first contact", "first contact in the quarter"),
        _count("h", 3, "Referrals on EIP pathway that are assigned to care coordinator", "coordinator assigned in the quarter"),
        _share("i", "Proportion entering treatment waiting two weeks or less", "EIP23b", "EIP23a"),
        _share("j", "Proportion waiting more than two weeks (still waiting)", "EIP23f", "EIP23d"),
    ),
    either=True,
)  # fmt: skip
