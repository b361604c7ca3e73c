"""Whom a reader sees: people at their own providers, and those whom an owner shares with them under an agreement in force."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from shared.runtime.database import Connection, Pool, queries

SQL = queries("services.outreach", "sql/worklist.sql")


class Seeing(NamedTuple):
    """`shared`: owner -> fields that it shares (worklist, readings, contact)."""

    own: frozenset[str]
    shared: Mapping[str, frozenset[str]]

    @property
    def owners(self) -> frozenset[str]:
        """Owners whose people are shared."""
        return frozenset(self.shared)

    def acts_for(self, owner: str) -> bool:
        """Whether what is entered for this owner's people may come from here."""
        return owner in self.own or owner in self.shared

    def sharing(self, field: str) -> frozenset[str]:
        """Providers of which this field may be read."""
        return self.own | {owner for owner, fields in self.shared.items() if field in fields}


async def seeing(pool: Pool | Connection, own: frozenset[str], at: date) -> Seeing:
    """What these providers' readers see on a day."""
    shared: dict[str, frozenset[str]] = {}
    for owner, fields in await pool.fetch(SQL["shared_with"], sorted(own), at):
        if "worklist" in fields and owner not in own:
            shared[owner] = shared.get(owner, frozenset()) | frozenset(fields)
    return Seeing(own, shared)
