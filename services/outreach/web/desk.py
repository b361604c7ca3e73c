"""What every page and API route of `outreach` works with, and who may."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from services.outreach.handlers.entering import Entering
from services.outreach.publish.vault import Vault
from services.outreach.store.seeing import Seeing, seeing
from shared import clock as wall
from shared.runtime import trail
from shared.runtime.database import Pool
from shared.web.live import Live
from shared.web.pages import Site
from shared.web.people import SENDER, Person
from shared.web.sign_in import calling, having

ACTORS = frozenset({"outreach-worker", "team-manager"})
"""Roles that enter attempts, results and answers, and see whom they are to reach by name; at the owner or a delegate of it."""

READERS = frozenset({"pcn-lead", "icb-manager", "regional-viewer", "analyst", "signatory", "ig-lead"}) | ACTORS
"""Roles that see who is to be reached; the set of providers, and agreements with owners, say whose."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The tools of this process's routes."""

    pool: Pool
    site: Site
    live: Live
    entering: Entering
    vault: Vault | None = None  # where names and contacts are

    async def seeing(self, person: Person) -> Seeing:
        """Whom `person` sees today."""
        return await seeing(self.pool, person.providers, wall.today())

    async def audit(self, person: Person, what: str, about: object) -> None:
        """Note that `person` saw or took something, before they do."""
        await trail.note(self.pool, wall.now(), person.username, what, about)


def desk(request: Request) -> Desk:
    """The tools, from the application."""
    found: Desk = request.app.state.desk
    return found


def may_act(person: Person, seen: Seeing, owner: str) -> bool:
    """Whether `person` may enter something about people whom this owner is responsible for, and see them by name."""
    return bool(person.roles & ACTORS) and seen.acts_for(owner)


AtDesk = Annotated[Desk, Depends(desk)]
Reader = Annotated[Person, Depends(having(READERS))]
Actor = Annotated[Person, Depends(having(ACTORS))]
Caller = Annotated[Person, Depends(having(READERS | {SENDER}, calling))]
"""Who calls the API: a reader, or a provider's system, which sees its own."""
