"""The facts of the list: a page of spells, how many there are, and the ways on."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from services.waits.rules.definition import Definition
from services.waits.store.pages import Place, listed, organisations
from services.waits.web.desk import Desk
from services.waits.web.filters import Listing
from services.waits.web.models import spell_facts
from services.waits.web.then import asked
from services.waits.web.words import COMPONENTS, MARKS, PATHWAYS, in_order, states, together
from shared.web.formats import day
from shared.web.people import Person

ROWS = 50


@dataclass(frozen=True, slots=True)
class ListPage:
    at: date
    definition: Definition
    definitions: dict[str, str]  # what may be picked: title by name
    filters: Listing
    providers: dict[str, str]
    teams: dict[str, str]
    total: int
    first: int  # number of the first row shown, 0 when there is none
    spells: list[dict[str, Any]]  # fields of models.Spell
    onward: Place | None

    @property
    def last(self) -> int:
        return self.first + len(self.spells) - 1 if self.spells else 0

    @property
    def title(self) -> str:
        """What these spells have in common."""
        filters = self.filters
        parts = [states(self.definition)[filters.state] if filters.state else "every state"]
        if filters.missing is not None:
            parts.append(f"lacks {together(filters.missing.split(','), self.definition.stop)}")
        if filters.not_seen is not None:
            parts.append("not seen yet" if filters.not_seen else "seen, clock still runs")
        if filters.due_on:
            parts.append(f"past {self.definition.target_days} days from {day(filters.due_on)}")
        if filters.since or filters.until:
            parts.append(_between(filters.since, filters.until))
        if filters.pathway:
            parts.append(PATHWAYS[filters.pathway])
        if filters.mark:
            parts.append(MARKS[filters.mark])
        if filters.search:
            parts.append(f"pseudonym or referral id {filters.search!r}")
        return ", ".join(parts)

    @property
    def next_link(self) -> str | None:
        return self.filters.to("/waits/list", after=self.filters.onward(self.onward)) if self.onward else None

    @property
    def components(self) -> list[tuple[str, str]]:
        """(name, words) of what the definition asks for, as a pathway goes through it."""
        return [(name, COMPONENTS[name]) for name in in_order(self.definition.stop.components)]


def _between(since: date | None, until: date | None) -> str:
    """ "2 March 2026 to 8 March 2026", "from 2 March 2026", "8 March 2026" for one day or an end alone."""
    if since is None or since == until:
        return day(until)
    return f"{day(since)} to {day(until)}" if until else f"from {day(since)}"


async def list_page(desk: Desk, person: Person, filters: Listing) -> ListPage:
    """Read one page of the list. Raises FieldError for a filter that `person` cannot use."""
    definition = await desk.definition(filters.definition, known_at=filters.known_at)
    question, place = await asked(desk, person, filters, definition), filters.place()
    providers = await organisations(desk.pool, person.providers, filters.known_at)
    teams = await desk.team_types(definition, known_at=filters.known_at)
    total, rows, onward = await listed(desk.pool, question, filters.sort, place, ROWS)
    first = (place.rows if place else 0) + 1 if rows else 0
    found = [spell_facts(row, providers) for row in rows]
    return ListPage(question.at, definition, await desk.titles(), filters, providers, teams, total, first, found, onward)
