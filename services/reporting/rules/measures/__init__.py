"""Every measure as data: what is counted, of what, who is left out, where that was read; and the query that counts it.

The counting is one pass of SQL for each family (`sql/`): every row of it is a place, with counts and days by measure.
"""

from collections.abc import Sequence
from typing import NamedTuple

from services.reporting.rules.measures.care import CASELOAD, CONTACTS, EARLY_CONTACT, PLACEMENTS_YEAR, SECOND_CONTACT, SPELL_QUALITY
from services.reporting.rules.measures.early_intervention import EARLY_INTERVENTION
from services.reporting.rules.measures.family import Family, Measure
from services.reporting.rules.measures.health import HEALTH_CHECKS
from services.reporting.rules.measures.more import MORE
from services.reporting.rules.measures.outcomes import PROM_SCALES, PROMS, THERAPY_CODES
from services.reporting.rules.measures.referrals import ACCESS, ADMISSIONS, PLACEMENTS, REJECTIONS
from services.reporting.rules.measures.waits import WAITS

CARE = (
    SECOND_CONTACT, CASELOAD, PLACEMENTS_YEAR, THERAPY_CODES, PROMS, PROM_SCALES, EARLY_CONTACT, CONTACTS, SPELL_QUALITY,
)  # fmt: skip
FAMILIES: Sequence[Family] = (WAITS, ACCESS, ADMISSIONS, REJECTIONS, EARLY_INTERVENTION, PLACEMENTS, HEALTH_CHECKS, *CARE, *MORE)
MEASURES = {measure.id: measure for family in FAMILIES for measure in family.measures}


class Found(NamedTuple):
    """What was counted at one place: `level` england, provider, icb, pcn, practice or team (of the provider `code`); of one group where
    `by` says age, years, ethnicity or deprivation."""  # fmt: skip

    level: str
    code: str
    team: str
    by: str
    value: str
    counts: dict[str, int]
    days: dict[str, float | None]


__all__ = ["FAMILIES", "MEASURES", "Family", "Found", "Measure"]
