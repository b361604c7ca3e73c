"""The chapters of the page, in reading order."""

from tests.spec.chapters import (
    activities,
    compat,
    contacts,
    early,
    examples,
    local,
    pausing,
    periods,
    plans,
    programme,
    records,
    scope,
    spells,
    stops,
    succession,
)  # fmt: skip

CHAPTERS = {
    "Worked examples": examples.RULES,
    "Whose wait is counted": scope.RULES,
    "When a spell starts and ends": spells.RULES,
    "Contacts": contacts.RULES,
    "Assessments, interventions and outcome scores": activities.RULES,
    "Care plans": plans.RULES,
    "When the clock stops": stops.RULES,
    "Corrections, late news and other facts": records.RULES,
    "Periods and percentiles": periods.RULES,
    "As published: the oddities of the national code": compat.RULES,
    "One organisation takes the place of another": succession.RULES,
    "One person across providers": programme.RULES,
    "Other stops and starts": local.RULES,
    "Early intervention and eating disorders": early.RULES,
    "A local clock that may stand still": pausing.RULES,
}
