"""The life of a return: which step may follow which, and who may take it. Pure; each refusal is one line that names the remedy."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import NamedTuple, Protocol

STATES = ("draft", "frozen", "checked", "signed", "submitted", "acknowledged", "undeliverable", "unknown", "closed")
MACHINE: Mapping[str, tuple[frozenset[str], str]] = {
    "frozen": (frozenset({"draft", "frozen", "checked"}), "frozen"),
    "checked": (frozenset({"frozen"}), "checked"),
    "signed": (frozenset({"checked"}), "signed"),
    "submitted": (frozenset({"signed", "unknown"}), "submitted"),
    "acknowledged": (frozenset({"signed", "submitted", "unknown"}), "acknowledged"),
    "undeliverable": (frozenset({"signed", "submitted", "unknown"}), "undeliverable"),
    "unknown": (frozenset({"signed", "submitted"}), "unknown"),
    "restated": (frozenset({"submitted", "acknowledged", "undeliverable", "closed"}), "closed"),
    "closed": (frozenset({"draft", "frozen", "checked", "submitted", "acknowledged", "undeliverable"}), "closed"),
}
"""Each change with the states in which it may come, and the state after it; `drafted` makes a version. Frozen again before it is signed, a
version is replaced by what holds then: so a wrong line is corrected. What may have left is never changed, only restated."""
BLOCKING, EXPLAINED = frozenset({"syntax", "validity"}), frozenset({"quality", "macro"})
"""Kinds of edits: what must be corrected, and what must be corrected or explained."""
SIGNS, DRAFTS = frozenset({"signatory"}), frozenset({"icb-manager", "analyst"})
"""Roles that sign, and that draft, enter, freeze and explain."""
SERVICE = "service:returns"
"""Who acts where nobody does."""
FREEZE_DAYS = 10
"""Before its deadline a return that runs by itself is frozen so many days: time for people to explain and sign."""


class StepError(Exception):
    """A step that may not be taken: one line with the remedy. Nothing has changed."""


class Open(Protocol):
    """What the laws read of an edit."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def message(self) -> str: ...


class Authorisation(NamedTuple):
    """A signatory's word for returns without open edits: of one definition and organisation, signed from `first` to `last`."""

    id: int
    definition: str
    organisation: str
    signatory: str
    first: date
    last: date


def after(state: str, change: str) -> str:
    """The state that a change leads to. StepError where it may not come."""
    allowed, then = MACHINE.get(change, (frozenset(), ""))
    if state not in allowed:
        needed = " or ".join(name for name in STATES if name in allowed) or "no state"
        raise StepError(f"it is {state}: to be {change} it must be {needed}")
    return then


def open_edits(edits: Collection[Open], explained: Collection[str]) -> list[Open]:
    """What stands in the way: edits that block, and others that nobody explained."""
    return [one for one in edits if one.kind in BLOCKING or one.id not in explained]


def check(edits: Collection[Open], explained: Collection[str]) -> None:
    """StepError while an edit is open."""
    if waiting := open_edits(edits, explained):
        first = waiting[0]
        remedy = "correct it and freeze again" if first.kind in BLOCKING else "correct it, or explain it"
        more = f" ({len(waiting) - 1} more)" if len(waiting) > 1 else ""
        raise StepError(f"{first.kind} edit {first.id}: {first.message}: {remedy}{more}")


def may_draft(roles: Collection[str], by: str) -> None:
    """StepError unless one of these roles drafts, enters, freezes and explains."""
    if not DRAFTS & set(roles):
        raise StepError(f"{by} may not prepare a return: it takes the role {' or '.join(sorted(DRAFTS))}")


def may_sign(roles: Collection[str], by: str, frozen_by: str | None) -> None:
    """StepError unless `by` is a signatory, and another than who froze."""
    if not SIGNS & set(roles):
        raise StepError(f"{by} may not sign a return: it takes the role signatory")
    if by == frozen_by:
        raise StepError(f"{by} froze it: somebody else must sign")


def freezes_on(last: date, due_on: date) -> date:
    """The day on which a return of a period that ends on `last` freezes by itself."""
    return max(last + timedelta(2), due_on - timedelta(FREEZE_DAYS))


def authorised(given: Collection[Authorisation], definition: str, organisation: str, on: date, frozen_by: str) -> Authorisation | None:
    """The standing authorisation under which a return without open edits may be signed on a day, by another than who froze it."""
    fit = [
        one
        for one in given
        if (one.definition, one.organisation) == (definition, organisation) and one.first <= on <= one.last and one.signatory != frozen_by
    ]
    return max(fit, key=lambda one: one.id, default=None)
