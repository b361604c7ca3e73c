"""The facts of the list: a page of spells, how many there are, and the ways on."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from services.waits.store.pages import Place, listed, organisations, team_types
from services.waits.web.desk import Desk
from services.waits.web.filters import Listing
from services.waits.web.models import spell_facts
from services.waits.web.words import COMPONENTS, MARKS, STATES, in_order, together
from shared.clock import today
from shared.web.formats import day
from shared.web.people import Person

ROWS = 50


@dataclass(frozen=True, slots=True)
class ListPage:
    at: date
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
        parts = [STATES[filters.state] if filters.state else "every state"]
        if filters.missing is not None:
            parts.append(f"lacks {together(filters.missing.split(','))}")
        if filters.not_seen is not None:
            parts.append("not seen yet" if filters.not_seen else "seen, clock still runs")
        if filters.due_on:
            parts.append(f"past 28 days from {day(filters.due_on)}")
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
        """(field of a spell, words) of the four components, as a pathway goes through them."""
        return [(name.replace("-", "_"), COMPONENTS[name]) for name in in_order(COMPONENTS) if name != "second-contact"]


async def list_page(desk: Desk, person: Person, filters: Listing) -> ListPage:
    """Read one page of the list. Raises FieldError for a filter that `person` cannot use."""
    question, place = filters.question(person, today(), desk.definition), filters.place()
    providers = await organisations(desk.pool, person.providers)
    teams = await team_types(desk.pool, frozenset(desk.definition.team_types.values()))
    total, rows, onward = await listed(desk.pool, question, filters.sort, place, ROWS)
    first = (place.rows if place else 0) + 1 if rows else 0
    return ListPage(question.at, filters, providers, teams, total, first, [spell_facts(row, providers) for row in rows], onward)
