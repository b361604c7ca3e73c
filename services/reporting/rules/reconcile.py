"""Our figures beside those that were published nationally: the difference, and what explains it."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from services.reporting.rules.disclosure import BASE, HIDDEN, Disclosed
from services.reporting.rules.layout import Breakdown, Key, Row, Theirs
from services.reporting.rules.published import MEASURES, Kind


class Cause(StrEnum):
    """What a published figure is against ours; the last five are differences."""

    SAME = "the same"
    ROUNDING = "the same once ours is rounded"
    SUPPRESSION = "hidden in both: ours is below 5, or stands on a count that is"
    ODDITY = "the same as the published code counts or hides it (national-2024-compat)"
    ONE_STEP = "one step of rounding apart: from 1 to 9 people"
    HIDDEN_THERE = "hidden there and not here: they count fewer than 5"
    HIDDEN_HERE = "hidden here and not there: we count fewer than 5, or it would give away a figure that is"
    DIFFERENT = "different by more than rounding"
    ONLY_OURS = "not in the published file"
    ONLY_THEIRS = "none here"

    @property
    def explained(self) -> bool:
        return self in {Cause.SAME, Cause.ROUNDING, Cause.SUPPRESSION, Cause.ODDITY}


class Reconciled(NamedTuple):
    """One figure. `ours`: as this reader may see it; `published`: as we would publish it; `difference`: theirs less ours."""

    key: Key
    ours: str
    published: str
    theirs: str
    difference: str
    cause: Cause


def reconcile(
    ours: Iterable[Row], theirs: Iterable[Theirs], seen: Mapping[Key, Disclosed] | None = None, compat: Iterable[Row] = ()
) -> list[Reconciled]:
    """Every figure of ours and each of theirs of a place and month of ours, in the order of ours.

    `seen`: figures that the reader may see as they are, a provider's own. `compat`: rows of the compatible mode.
    """
    listed = {row.key: row.value for row in ours}
    odd = {row.key: row.value for row in compat}
    published = {each.key: each for each in theirs}
    places = {(key.end, key.breakdown, key.primary) for key in listed}
    found = [_beside(key, value, (seen or {}).get(key, value), odd.get(key), published.get(key)) for key, value in listed.items()]
    for key, each in published.items():
        if key not in listed and (key.end, key.breakdown, key.primary) in places and key.measure_id in MEASURES:
            found.append(Reconciled(key, "", "", _text(each.value), "", Cause.ONLY_THEIRS))
    return found


def _beside(key: Key, published: Disclosed, seen: Disclosed, odd: Disclosed | None, theirs: Theirs | None) -> Reconciled:
    if theirs is None:
        return Reconciled(key, str(seen), str(published), "", "", Cause.ONLY_OURS)
    here = None if seen.hidden else Decimal(str(seen))
    difference = "" if here is None or theirs.value is None else f"{theirs.value - here:+f}"
    return Reconciled(key, str(seen), str(published), _text(theirs.value), difference, _cause(key, published, seen, odd, theirs.value))


def _cause(key: Key, published: Disclosed, seen: Disclosed, odd: Disclosed | None, theirs: Decimal | None) -> Cause:
    here = _value(published)
    if here == theirs:
        if theirs is None:
            return Cause.SUPPRESSION
        return Cause.SAME if _value(seen) == theirs else Cause.ROUNDING
    if odd is not None and _value(odd) == theirs:
        return Cause.ODDITY
    if theirs is None:
        return Cause.HIDDEN_THERE
    if here is None:
        return Cause.HIDDEN_HERE
    measure = MEASURES.get(key.measure_id)
    rounded = measure is not None and measure.kind is Kind.COUNT and key.breakdown != Breakdown.ENGLAND
    return Cause.ONE_STEP if rounded and abs(theirs - here) == BASE else Cause.DIFFERENT


def unexplained(found: Collection[Reconciled]) -> list[Reconciled]:
    return [each for each in found if not each.cause.explained]


def _value(figure: Disclosed) -> Decimal | None:
    return None if figure.hidden else Decimal(str(figure))


def _text(value: Decimal | None) -> str:
    return HIDDEN if value is None else f"{value:f}"
