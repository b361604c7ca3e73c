"""The filters of pages, API, live push and CSV: one set of names, read from the address and written back into it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Literal, Self
from urllib.parse import quote, urlencode

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, StringConstraints, field_validator, model_validator

from services.waits.rules.definition import COMPONENTS, Definition
from services.waits.store.pages import Place, Question
from shared.clock import LONDON
from shared.web.filters import Address, known
from shared.web.people import Person
from shared.web.tables import cursor, place

State = Literal[
    "waiting", "past-target", "due-7", "due-14", "due-28", "stopped", "stopped-quarter", "stopped-quarter-within", "closed",
    "started", "seen", "stopped-within", "waiting-on", "past-on", "inactive-90", "inactive-180", "inactive-365",
]  # fmt: skip
Pathway = Literal["AED", "CEN", "rehab"]
Mark = Literal["none", "still-waiting", "close-at-source"]
Order = Literal["name", "waiting", "past_target", "due_7", "median_days", "within_target"]
Sort = Literal["breach_on", "waited", "provider", "last_contact"]


class Narrowing(Address):
    """Under which clock definition, and which part of what the reader may see."""

    definition: Annotated[
        str | None, Field(max_length=80, description="clock definition, as `id` or `id@version`; national-2024 if none")
    ] = None
    provider: Annotated[str | None, Field(description="ODS code, one of the reader's providers")] = None
    team_type: Annotated[str | None, Field(description="team type code in the scope of the definition, such as A06")] = None
    pathway: Annotated[Pathway | None, Field(description="dedicated pathway")] = None

    def question(self, person: Person, at: date, definition: Definition, team_types: Collection[str] | None = None) -> Question:
        """What this asks of the store for `person`. Raises FieldError for a provider or team type outside what they may name.

        `team_types`: those that may be named, where it is more than the definition's.
        """
        known("provider", self.provider, person.providers)
        known("team_type", self.team_type, definition.team_types.values() if team_types is None else team_types)
        return Question(person.providers, at, definition.key, self.provider, self.team_type, pathway=self.pathway)

    def on(self) -> int:
        """How many filters narrow the view."""
        return sum(value is not None for value in (self.provider, self.team_type, self.pathway))


def _instant(given: object) -> object:
    """As RFC 3339 has it; a form's date and time, which carry no offset, are London's. Raises ValueError."""
    if given is None or isinstance(given, datetime):
        return given
    try:
        instant = datetime.fromisoformat(str(given))
        return instant if instant.tzinfo else instant.replace(tzinfo=LONDON)
    except ValueError:
        raise ValueError(NO_INSTANT) from None


def _with_offset(given: object) -> object:
    """The same, but a program says which offset it means. Raises ValueError."""
    instant = _instant(given)
    if isinstance(instant, datetime) and instant.tzinfo is LONDON:
        raise ValueError(NO_INSTANT)
    return instant


NO_INSTANT = "no instant: write it as 2026-03-12T09:00:00Z, with its offset or Z"
_KNOWN_AT = Field(description="as known at this instant: only what had been received by then, as at its London day")
KnownAt = Annotated[AwareDatetime | None, BeforeValidator(_with_offset), _KNOWN_AT]
KnownAtOfForm = Annotated[AwareDatetime | None, BeforeValidator(_instant), _KNOWN_AT]


class AsKnown(Narrowing):
    """And as known when; None: now."""

    known_at: KnownAtOfForm = None


class Overview(AsKnown):
    """What the live page shows: the part in view, a second definition beside the first, and the order of its table of teams."""

    beside: Annotated[str | None, Field(max_length=80, description="another clock definition, shown side by side")] = None
    order: Order | None = None

    def to(self, path: str, **changes: object) -> str:
        """What is beside and the order belong to this page: no list behind a number has them."""
        own = path == "/waits" or path.startswith("/waits/live")
        return super().to(path, **({} if own else {"order": None, "beside": None}) | changes)


class Filters(AsKnown):
    """Which spells. With neither a state nor a search it is those that wait; a search alone looks at every state."""

    state: State | None = None
    missing: Annotated[str | None, Field(description=f"exactly these components are missing; of {', '.join(COMPONENTS)}")] = None
    not_seen: Annotated[bool | None, Field(description="waiting without (or with) a first contact")] = None
    due_on: Annotated[date | None, Field(description="waiting, and past the target from this day on")] = None
    search: Annotated[
        Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] | None,
        Field(description="beginning of a pseudonym, or a whole local referral id"),
    ] = None

    mark: Annotated[Mark | None, Field(description="waiting, and what was last said of it by someone who looked; none: nothing")] = None
    since: Annotated[date | None, Field(description="it came to its state on this day or later: stopped, seen, closed; else started")] = (
        None
    )
    until: Annotated[
        date | None, Field(description="it came to its state on this day or before; of waiting-on and past-on the day they are of")
    ] = None

    @model_validator(mode="after")
    def _default_state(self) -> Self:
        if self.state is None and self.search is None:
            self.state = "waiting"
        return self

    def question(self, person: Person, at: date, definition: Definition, team_types: Collection[str] | None = None) -> Question:
        where = super().question(person, at, definition, team_types)
        lacking = None if self.missing is None else frozenset(self.missing.split(","))
        for name in lacking or ():
            known("missing", name, COMPONENTS)
        missing = None if lacking is None else tuple(name for name in definition.stop.components if name in lacking)
        which = {name: getattr(self, name) for name in ("state", "not_seen", "due_on", "search", "mark", "since", "until")}
        return replace(where, missing=missing, **which)


class Listing(Filters):
    """A sorted list of spells and where to go on in it."""

    sort: Sort = "breach_on"
    after: Annotated[str | None, Field(description="where to go on: `next` of the page before")] = None

    def spell(self, spell_id: str) -> str:
        """The address of one of its spells."""
        return OneSpell(definition=self.definition, known_at=self.known_at).to(spell_id)

    def place(self) -> Place | None:
        """Raises FieldError when `after` is not a cursor of such a list."""
        return None if self.after is None else Place(*place("after", self.after, (str, str, str, str, int), dated=1))

    def onward(self, found: Place | None) -> str | None:
        """The cursor of the next page."""
        return cursor(found) if found else None


class OneSpell(BaseModel):
    """How one spell is shown."""

    definition: Annotated[str | None, Field(max_length=80)] = None
    known_at: KnownAtOfForm = None

    @field_validator("known_at", mode="before")
    @classmethod
    def _without_blank(cls, given: object) -> object:
        return None if given == "" else given

    def to(self, spell_id: str, **changes: str | None) -> str:
        """The address of a spell, shown so but for `changes`."""
        values = self.model_dump(mode="json") | changes
        query = urlencode({name: value for name, value in values.items() if value is not None})
        return f"/waits/spells/{quote(spell_id, safe='')}{'?' if query else ''}{query}"
