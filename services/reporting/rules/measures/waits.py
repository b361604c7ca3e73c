"""The adult four-week wait by national referral spells."""

from services.reporting.rules.measures.family import LEVELS, MONTHLY, Family, Measure
from services.reporting.rules.published import MRS

OUT = (
    "People under 18 or without a birth date; residents known to live outside England; providers left out nationally; referrals with a "
    "hospital stay on them; teams out of scope; spells begun before 2016"
)
WAITING, SECOND = "open at the period's end and no full clock stop by it", "open at the period's end and no second direct contact by it"
COUNTED = {
    "MRS01": "full clock stop in the quarter",
    "MRS01a": "full clock stop in the quarter, 28 days or fewer after the start",
    "MRS01b": "100 x MRS01a / MRS01",
    "MRS02": WAITING,
    "MRS02a": f"{WAITING}; waited more than 728 days",
    "MRS02b": "100 x MRS02a / MRS02",
    "MRS02c": f"{WAITING}; waited more than 546 days",
    "MRS02d": "100 x MRS02c / MRS02",
    "MRS02e": f"{WAITING}; waited more than 364 days",
    "MRS02f": "100 x MRS02e / MRS02",
    "MRS03": SECOND,
    "MRS03a": "median of the days waited over MRS03",
    "MRS03b": "90th percentile of the days waited over MRS03",
    "MRS04": "started in the quarter",
    "MRS05": "ended in the quarter and not open at its end",
    "MRS06": "open at the period's end: not ended by it, or in its last 5 days (W21)",
    "MRS07a": f"{SECOND}; waited more than 728 days",
    "MRS07b": "100 x MRS07a / MRS03",
    "MRS07c": f"{SECOND}; waited more than 546 days",
    "MRS07d": "100 x MRS07c / MRS03",
    "MRS07e": f"{SECOND}; waited more than 364 days",
    "MRS07f": "100 x MRS07e / MRS03",
    "MRS15": "second direct contact in the quarter",
    "MRS20": "open at the period's end, and a full clock stop by it",
    "MRS21": "open at the period's end, and a second direct contact by it",
    "MRS22": "100 x MRS20 / MRS21",
}
WAITS = Family(
    "mrs", "mrs", "Four-week wait", f"{MONTHLY}: menh_bbrb/notebooks/02_Specific_Prepare/02_4w_waits", LEVELS,
    tuple(Measure(figure, "referral spell", COUNTED[figure.measure_id], OUT) for figure in MRS),
)  # fmt: skip
