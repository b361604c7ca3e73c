"""The chapters of the page, in reading order."""

from tests.spec.chapters import activities, contacts, examples, plans, records, scope, spells, stops

CHAPTERS = {
    "Worked examples": examples.RULES,
    "Whose wait is counted": scope.RULES,
    "When a spell starts and ends": spells.RULES,
    "Contacts": contacts.RULES,
    "Assessments, interventions and outcome scores": activities.RULES,
    "Care plans": plans.RULES,
    "When the clock stops": stops.RULES,
    "Corrections, late news and other facts": records.RULES,
}
