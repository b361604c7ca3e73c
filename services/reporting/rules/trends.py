"""What measures are followed for: which way each improves, what it is to reach, and its values month by month."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from services.reporting.rules.disclosure import HIDDEN, Disclosed, own
from services.reporting.rules.layout import Values, figure
from services.reporting.rules.measures import Family, Found
from services.reporting.rules.period import Period
from shared.xmr import Better, Value
from shared.xmr import Period as Days

_HIGHER = (
    "MRS01 MRS01a MRS01b MRS15 MRS20 MRS21 MRS22 MHS108 MHS106a MHS107a MHS116 EIP23a EIP23b EIP23g EIP23h EIP23i All6PHC PHS014a PHS014b"
)
_LOWER = (
    "MRS02 MRS02a MRS02b MRS02c MRS02d MRS02e MRS02f MRS03 MRS03a MRS03b MRS07a MRS07b MRS07c MRS07d MRS07e MRS07f MHS106b MHS107b "
    "EIP23c EIP23d EIP23f EIP23j"
)
BETTER: Mapping[str, Better] = {
    **dict.fromkeys(_HIGHER.split(), Better.HIGHER),
    **dict.fromkeys(_LOWER.split(), Better.LOWER),
    **dict.fromkeys(("All6PHC share", "CMH access", "Psych therapy access", "Psych therapy share"), Better.HIGHER),
    **dict.fromkeys(("Referrals not accepted length", "Referrals not accepted share"), Better.LOWER),
}
"""Of all others neither way is better in itself."""
TARGETS = {"All6PHC share": "smi-health-checks", "PHS014b": "smi-health-checks", "EIP23i": "eip-2016"}
"""Measures in percent with a target among the reference data, where it is a share of 1."""
PLANS = {"All6PHC": "smi-health-checks", "MHS108": "MHS108"}
"""Counts with a trajectory among the reference data."""
Texts = Mapping[str, str]
"""Figures of one place and month as a reader sees them, by measure."""


def as_they_are(family: Family, found: Found) -> dict[str, Disclosed]:
    """A provider's own figures, by measure; of what does not occur there are none."""
    values = Values({measure.id: 0 for measure in family.measures} | found.counts, found.days)
    told = {}
    for measure in family.measures:
        exact = figure(measure.figure, values)
        if exact is not None:
            told[measure.id] = own(exact)
    return told


def or_nought(family: Family, found: Sequence[Found], provider: str) -> list[Found]:
    """With the provider itself where nobody of it was counted: that is nought, and known."""
    if "provider" not in family.levels or any(one.level == "provider" and not one.by for one in found):
        return list(found)
    return [Found("provider", provider, "", "", "", {measure.id: 0 for measure in family.measures}, {}), *found]


def number(text: str | None) -> float | None:
    """What a chart draws; None of what is hidden or does not exist."""
    return None if text in {None, "", HIDDEN} else float(Decimal(text))


def series(measure: str, months: Sequence[tuple[Period, Texts]]) -> list[Value]:
    """A measure month by month. `spells` of a Value is not told here."""
    return [Value(Days(month.first, month.last), number(texts.get(measure)), 0, None) for month, texts in months]
