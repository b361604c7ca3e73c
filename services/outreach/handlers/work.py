"""What follows from one person's records as at a day: the rows of their tasks and how they stand. No I/O: processes may share it."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from services.outreach.rules.entered import Entered
from services.outreach.rules.facts import Life, facts
from services.outreach.rules.ladder import may_contact
from services.outreach.rules.past import past
from services.outreach.rules.reference import Reference
from services.outreach.rules.schedule import MISSED
from services.outreach.rules.settings import Settings
from services.outreach.rules.standing import next_change, standing
from services.outreach.rules.tasks import Task, tasks
from services.outreach.store import rows
from services.outreach.store.rows import Row
from shared.versions import Document

OPENING = frozenset({"register", "health-check", "medication", "monitoring"})
"""Kinds of record from which something may be to be done; for the others it depends on what they say."""


class Work(NamedTuple):
    """With which settings and reference data, as at the end of which London day."""

    settings: Settings
    reference: Reference
    at: date


class Computed(NamedTuple):
    """One person as computed. `next_change`: the first later day on which time alone may change any of it."""

    tasks: Sequence[Row]
    standing: Row | None
    next_change: date | None
    contact_stopped: str | None


def opens(document: Document) -> bool:
    """Whether anything may be to be done for a person; of most people in a trust's feed there is nothing, and this is all it costs."""
    for key, versions in document.items():
        kind = key.split("|", 2)[1]
        if kind in OPENING:
            return True
        if kind == "contact" and any(one[4] and one[4].get("attendance") in MISSED for one in versions):
            return True
        if kind == "care-plan" and any(one[4] and one[4].get("review_due_on") for one in versions):
            return True
    return False


def compute(person: str, document: Document, entered: Entered, work: Work) -> Computed:
    """All rows of one person, computed from nothing."""
    life: Life = facts(document)
    found = tasks(life, entered, work.settings, work.reference, work.at)
    stands = standing(life, found, entered, work.settings, work.reference, work.at)
    changes = stands.next_change if stands else next_change(life, found, entered, work.settings, work.at)
    stopped = stands.contact_stopped if stands else may_contact(life, work.at, entered, "text")
    row = None
    if stands is not None:
        row = rows.of_standing(person, stands, automatic=_automatic(found, work)) | rows.of_past(past(life, work.at))
    return Computed([rows.of_task(person, one) for one in found], row, changes, stopped)


def _automatic(found: Sequence[Task], work: Work) -> bool:
    """Whether the provider of what is to be done has set that messages need no hand."""
    providers = {one.provider for one in found if one.closed_on is None}
    return any(work.settings.of(provider, work.at).automatic_messages for provider in providers)
