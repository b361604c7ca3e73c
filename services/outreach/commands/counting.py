"""What the commands count of each person: from the documents, for any day, by the rules alone."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from services.outreach.handlers.work import Work, opens
from services.outreach.rules.entered import NOTHING, Entered
from services.outreach.rules.facts import READ, Life, facts
from services.outreach.rules.groups import Groups
from services.outreach.rules.membership import runs
from services.outreach.rules.schedule import ELEMENTS
from services.outreach.rules.standing import attempts_until, standing
from services.outreach.rules.task import Task
from services.outreach.rules.tasks import tasks
from services.outreach.store import entered, settings
from shared.runtime.database import Connection
from shared.runtime.documents import from_ledger, stored

SHOWN = frozenset({"due soon", "due", "overdue"})
Cells = tuple[str, ...]


class Given(NamedTuple):
    """With what everybody is counted."""

    work: Work
    groups: Groups


Count = Callable[[str, Life, Entered, Given], Iterable[Cells]]


async def given(connection: Connection, at: date) -> Given:
    """Settings and reference data as they are now."""
    work = Work(await settings.load(connection), await settings.reference(connection), at)
    return Given(work, await settings.groups(connection))


async def counted(connection: Connection, people: Sequence[str], count: Count, given: Given, known_at: datetime | None) -> list[Cells]:
    """What `count` says of these people; as their documents stand, or as the ledger knew them."""
    if known_at is None:
        documents = await stored(connection, people)
    else:
        documents = {one.personkey: one.document for one in await from_ledger(connection, people, READ, known_at)}
    concerned = {person: document for person, document in documents.items() if opens(document)}
    told = await entered.of(connection, list(concerned), known_at) if concerned else {}
    return [cells for person, document in concerned.items() for cells in count(person, facts(document), told.get(person, NOTHING), given)]


def due(person: str, life: Life, told: Entered, given: Given) -> Iterator[Cells]:
    """A line for each live task that somebody could be asked about."""
    at = given.work.at
    attempts = attempts_until(told, at)
    for task in tasks(life, told, *given.work):
        status = task.status(at)
        if status in SHOWN:
            made = [one for one in attempts if one.schedule == task.schedule and one.made_on >= task.invite_from]
            last = made[-1].result if made else None
            yield task.provider, person, task.schedule, _what(task), task.due_on.isoformat(), status, str(len(made)), last or ""


def _what(task: Task) -> str:
    return task.element or task.finding or ""


def complete(by: str) -> Count:
    """A line for each person on the register: the group, and the elements that are not recorded."""

    def count(_person: str, life: Life, told: Entered, given: Given) -> Iterator[Cells]:
        at = given.work.at
        stands = standing(life, (), told, *given.work)
        if stands is not None and stands.on_register:
            yield given.groups.of(by, stands, runs(life.entries, at)[-1], at), *stands.missing

    return count


def by_group(people: Iterable[Cells]) -> Iterator[Cells]:
    """A line for each group, in order, and one for all."""
    register: Counter[str] = Counter()
    complete: Counter[str] = Counter()
    missing: Counter[tuple[str, str]] = Counter()
    for group, *lacking in people:
        for name in (group, ALL):
            register[name] += 1
            complete[name] += not lacking
            missing.update((name, element) for element in lacking)
    for name in [*sorted(register.keys() - {ALL}), ALL]:
        share = f"{complete[name] / register[name]:.4f}" if register[name] else ""
        yield name, str(register[name]), str(complete[name]), share, *(str(missing[name, element]) for element in ELEMENTS)


ALL = "all"
