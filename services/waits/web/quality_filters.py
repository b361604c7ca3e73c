"""The filters of the data-quality page and its lists."""

from typing import Annotated, Literal

from pydantic import Field

from services.waits.store.quality import Place, Wanting
from services.waits.web.filters import Narrowing
from shared.web.filters import known
from shared.web.people import Person
from shared.web.tables import cursor, place

What = Literal["no-referral", "no-contact", "no-medium", "no-team-type", "no-birth-date", "no-ethnicity", "no-area", "no-practice"]
Kind = Literal["contact", "assessment", "score", "intervention", "stay", "referral", "person"]


class Quality(Narrowing):
    """Which part of what the reader may see. The team type narrows waits; other records name no team."""

    def wanting(self, person: Person) -> Wanting:
        """What this asks of the store for `person`. Raises FieldError for a provider outside what they may name."""
        known("provider", self.provider, person.providers)
        return Wanting(person.providers, self.provider)

    def seen(self, person: Person) -> frozenset[str]:
        """The providers in view."""
        return frozenset({self.provider}) if self.provider else person.providers


class Gaps(Quality):
    """Which records in which something is wanting."""

    what: Annotated[What | None, Field(description="what is wanting")] = None
    kind: Annotated[Kind | None, Field(description="kind of record")] = None

    def wanting(self, person: Person) -> Wanting:
        whose = super().wanting(person)
        return Wanting(whose.providers, whose.provider, self.what, self.kind)


class GapListing(Gaps):
    """A list of them, and where to go on in it."""

    after: Annotated[str | None, Field(description="where to go on: `next` of the page before")] = None

    def place(self) -> Place | None:
        """Raises FieldError when `after` is not a cursor of such a list."""
        return None if self.after is None else Place(*place("after", self.after, (int, str, str, str, str, str, int)))

    def onward(self, found: Place | None) -> str | None:
        """The cursor of the next page."""
        return cursor(found) if found else None
