"""What every page and API route of `waits` works with, and who may."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from services.waits.publish import Outlets
from services.waits.rules.definition import Definition
from services.waits.rules.reference import Reference
from services.waits.store.alerts import MAKERS
from shared.runtime.database import Pool
from shared.web.live import Live
from shared.web.pages import Site
from shared.web.people import SENDER, Person
from shared.web.sign_in import calling, having

READERS = frozenset({"team-manager", "pcn-lead", "icb-manager", "regional-viewer", "analyst", "signatory", "ig-lead"})
"""Roles that see waits; the set of providers says whose."""

VALIDATORS = MAKERS
"""Roles that say of an old open wait whether it still waits: those who may also make rules for alerts."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The tools of this process's routes."""

    pool: Pool
    definition: Definition
    load_reference: Callable[[], Awaitable[Reference]]
    site: Site
    live: Live
    outlets: Outlets


def desk(request: Request) -> Desk:
    """The tools, from the application."""
    found: Desk = request.app.state.desk
    return found


AtDesk = Annotated[Desk, Depends(desk)]
Reader = Annotated[Person, Depends(having(READERS))]
Caller = Annotated[Person, Depends(having(READERS | {SENDER}, calling))]
"""Who calls the API: a reader, or a provider's system, which sees its own."""
