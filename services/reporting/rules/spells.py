"""A spell as it stood at the end of an earlier day: what `waits` says of it today, cut off at that day.

`waits` says beside it where that is not enough (`cmh.past-waits.changed.v1`): then the spells of the period that holds the day are cut.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date


@dataclass(frozen=True, slots=True)
class Part:
    """A referral of a spell: the day on which it starts, and the one on which it ended."""

    referral_id: str
    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class Spell:
    """One spell under one definition, for days after `after` up to `until`; None: from the beginning, and from then on."""

    spell_id: str
    provider: str
    start: date
    end: date | None
    closed: bool
    stop: date | None
    met: dict[str, date]  # component -> the day on which it was first met
    parts: tuple[Part, ...]
    after: date | None = None
    until: date | None = None


def as_at(spell: Spell, at: date) -> Spell | None:
    """The spell at the end of `at`; None where it had not begun, or where others stand for it then."""
    if spell.start > at or (spell.after is not None and at <= spell.after) or (spell.until is not None and at > spell.until):
        return None
    parts = tuple(replace(part, end=_by(part.end, at)) for part in spell.parts if part.start <= at)
    ends = [part.end for part in parts]
    end = max([one for one in ends if one is not None], default=None) if None not in ends else None
    met = {name: on for name, on in spell.met.items() if on <= at}
    return replace(
        spell, end=end, closed=end is not None and (spell.closed or spell.end != end), stop=_by(spell.stop, at), met=met, parts=parts
    )


def standing(spells: Iterable[Spell], at: date) -> Sequence[Spell]:
    """Those that had begun by the end of `at`, as they stood."""
    return [one for spell in spells if (one := as_at(spell, at)) is not None]


def _by(on: date | None, at: date) -> date | None:
    return on if on is not None and on <= at else None
