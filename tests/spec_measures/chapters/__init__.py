"""The cases by chapter."""

from tests.spec_measures.chapters import access, admissions, care, early, health, outcomes, waits

CHAPTERS = (*waits.CHAPTERS, *access.CHAPTERS, *admissions.CHAPTERS, *early.CHAPTERS, *outcomes.CHAPTERS, *care.CHAPTERS, *health.CHAPTERS)
