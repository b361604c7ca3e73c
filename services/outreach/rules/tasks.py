"""What is to be done for a person, and what was: every task that the facts ever opened, as at a day."""

from datetime import date
from operator import attrgetter

from services.outreach.rules.courses import medicines, protocols
from services.outreach.rules.entered import Entered
from services.outreach.rules.facts import Life
from services.outreach.rules.follow_ups import follow_ups
from services.outreach.rules.recall import recall
from services.outreach.rules.reference import Reference
from services.outreach.rules.settings import Settings
from services.outreach.rules.task import Outcome, Status, Task
from services.outreach.rules.team_tasks import missed, offers, reviews
from services.outreach.rules.terms import terms

__all__ = ["Outcome", "Status", "Task", "tasks"]
_AS_OPENED = attrgetter("opened_on", "task_id")
RULES = (recall, medicines, protocols, follow_ups, offers, reviews, missed)
"""Each opens tasks of its own from the facts; none looks at what another opened."""


def tasks(life: Life, entered: Entered, settings: Settings, reference: Reference, at: date) -> list[Task]:
    """All tasks that the facts dated until `at` ever opened, live and closed, in order of opening."""
    given = terms(life, entered, settings, reference, at)
    for rule in RULES:
        rule(given)
    return sorted(given.tasks, key=_AS_OPENED)
