"""What every page and API route of `waits` works with, and who may."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

import asyncpg
from fastapi import Depends, Request

from services.waits.publish import Outlets
from services.waits.rules.definition import Definition
from services.waits.rules.reference import Reference
from services.waits.store import definitions, known, views
from services.waits.store.alerts import MAKERS
from services.waits.store.definitions import Definitions
from services.waits.store.pages import team_types
from services.waits.store.reference import load
from shared.runtime.database import Pool
from shared.runtime.reference import Cached
from shared.web.errors import FieldError
from shared.web.live import Live
from shared.web.pages import Site
from shared.web.people import SENDER, Person
from shared.web.sign_in import calling, having

READERS = frozenset({"team-manager", "pcn-lead", "icb-manager", "regional-viewer", "analyst", "signatory", "ig-lead"})
"""Roles that see waits; the set of providers says whose."""

VALIDATORS = MAKERS
"""Roles that say of an old open wait whether it still waits: those who may also make rules for alerts."""

DECIDERS = VALIDATORS
"""Roles that set targets, new limits and capacities."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The tools of this process's routes."""

    pool: Pool
    site: Site
    live: Live
    outlets: Outlets
    _reference: Cached[Reference] = field(default_factory=lambda: Cached(load))
    _definitions: Cached[Definitions] = field(default_factory=definitions.cached)

    async def load_reference(self, known_at: datetime | None = None) -> Reference:
        """The reference data as it is now, or was then."""
        async with self.pool.acquire() as connection:
            return await (self._reference.get(connection) if known_at is None else known.reference(connection, known_at))

    async def definitions(self) -> Definitions:
        """The clock definitions that there are now."""
        async with self.pool.acquire() as connection:
            return await self._definitions.get(connection)

    async def views(self, person: Person) -> list[asyncpg.Record]:
        """The saved views that `person` may open."""
        return await views.views(self.pool, person.username, person.organisation)

    async def titles(self) -> dict[str, str]:
        """Title and version of each definition's current version, by its id; the national one first."""
        found = (await self.definitions()).current()
        return {
            name: f"{one.title}, version {one.version}"
            for name, one in sorted(found.items(), key=lambda one: (one[0] != definitions.MAIN, one[1].title))
        }

    async def team_types(self, *under: Definition, known_at: datetime | None = None) -> dict[str, str]:
        """Name by code of the team types that these definitions look at."""
        return await team_types(self.pool, frozenset(code for one in under for code in one.team_types.values()), known_at)

    async def definition(self, name: str | None, field: str = "definition", known_at: datetime | None = None) -> Definition:
        """The one that a filter names, as `id` (its version of now, or then) or `id@version`; without a name the national one.

        Raises FieldError.
        """
        kept = await self.definitions()
        try:
            return kept.named(name or definitions.MAIN, known_at)
        except definitions.DefinitionError:
            raise FieldError.unknown(field, name or "", sorted(kept.current())) from None


def desk(request: Request) -> Desk:
    """The tools, from the application."""
    found: Desk = request.app.state.desk
    return found


AtDesk = Annotated[Desk, Depends(desk)]
Reader = Annotated[Person, Depends(having(READERS))]
Caller = Annotated[Person, Depends(having(READERS | {SENDER}, calling))]
"""Who calls the API: a reader, or a provider's system, which sees its own."""
