"""What every page and API route of `reporting` works with, who may, and as what audience they look."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from shared.runtime.broker import Ends
from shared.runtime.database import Pool
from shared.web.live import Live
from shared.web.pages import Site
from shared.web.people import SENDER, Person
from shared.web.sign_in import calling, having

OWNERS = frozenset({"team-manager", SENDER})
"""Roles of a provider: they see its own figures as they are, and nobody else's."""
WIDER = frozenset({"pcn-lead", "icb-manager", "regional-viewer", "analyst", "signatory", "ig-lead"})
"""Roles that see every place, small counts hidden."""


Counting = Callable[[], AbstractAsyncContextManager[tuple[Pool, Ends]]]
"""A pool for long reads, and where the logs end."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The tools of this process's routes."""

    pool: Pool
    site: Site
    live: Live
    counting: Counting | None = None  # what freezing and comparing take; without it neither can be done here


def desk(request: Request) -> Desk:
    """The tools, from the application."""
    found: Desk = request.app.state.desk
    return found


def own(person: Person) -> frozenset[str]:
    """Providers whose figures the reader sees as they are; none: the wider audience.

    Nobody is both: who knows a provider's figures can take them from a total of few providers.
    """
    return person.providers if person.roles & OWNERS else frozenset()


AtDesk = Annotated[Desk, Depends(desk)]
Reader = Annotated[Person, Depends(having(OWNERS | WIDER))]
Caller = Annotated[Person, Depends(having(OWNERS | WIDER, calling))]
"""Who calls the API: a reader, or a provider's system, which sees its own."""
