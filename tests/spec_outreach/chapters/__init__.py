"""The rules by chapter, in the order of the page."""

from tests.spec_outreach.chapters import attempts, check, effects, findings, register, schedules, team
from tests.spec_outreach.timeline import Rule

CHAPTERS: dict[str, list[Rule]] = {
    "The register": register.RULES,
    "The check": check.RULES,
    "Schedules": schedules.RULES,
    "Findings and follow-ups": findings.RULES,
    "What follows": team.RULES,
    "Attempts": attempts.RULES,
    "What came of it": effects.RULES,
}
