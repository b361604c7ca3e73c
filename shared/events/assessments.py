"""Assessments (coded activities) and outcome measure scores."""

from datetime import date

from shared.events.envelope import Code, Identifier, Payload, Procedure


class Assessment(Payload):
    """A coded activity. The reference set of its code, not this type, decides what it counts as."""

    activity_id: Identifier
    referral_id: Identifier
    contact_id: Identifier | None = None
    on: date
    code: Procedure


class Score(Payload):
    """A scored scale of an assessment tool; `code` is the scale's SNOMED CT code."""

    score_id: Identifier
    referral_id: Identifier
    contact_id: Identifier | None = None
    on: date
    code: Code
    value: float
