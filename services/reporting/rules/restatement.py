"""As submitted against as now: what differs by line, and why, each unit that came or went attributed to what was received since.

Pure. A unit is what a family counts: a person, or a spell, referral, stay or register entry.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from services.reporting.rules.evidence import Figure
from services.reporting.rules.measures import FAMILIES, MEASURES
from services.reporting.rules.members import Member, behind
from services.reporting.rules.published import Kind

MERGE, VOID, CORRECTION, LATE = "identity merge", "void", "correction", "late event"
REFERENCE, RULE, UNEXPLAINED = "reference change", "rule change", "not explained"
CAUSES = (MERGE, VOID, CORRECTION, LATE, REFERENCE, RULE, UNEXPLAINED)
PERSONS = frozenset(family.name for family in FAMILIES if family.measures[0].unit == "person")
Key = tuple[str, str, str]


class Told(NamedTuple):
    """An event of a person received since. `known`: a version of its record stood when the return was frozen; `moved`: it went to another
    person, or came from one."""  # fmt: skip

    kind: str
    voided: bool
    known: bool
    moved: bool


class Changed(NamedTuple):
    """What is another than when the return was frozen, for everybody."""

    load: bool
    rules: bool


class Cause(NamedTuple):
    """How many units came to count in a cell, and how many no longer do."""

    name: str
    came: int
    went: int


class Difference(NamedTuple):
    """A cell that says something else now. `was`, `now`: the figure as it is; `shown_...`: as it leaves. What would leave alike is never
    material."""  # fmt: skip

    line: str
    level: str
    code: str
    by: str
    value: str
    was: str
    now: str
    shown_was: str
    shown_now: str
    causes: tuple[Cause, ...]
    material: bool


class Compared(NamedTuple):
    differences: list[Difference]
    by_cause: Mapping[str, int]
    """Units that came or went, each counted once."""

    @property
    def material(self) -> list[Difference]:
        return [one for one in self.differences if one.material]


def compare(
    was: tuple[Sequence[Figure], Sequence[Member]],
    now: tuple[Sequence[Figure], Sequence[Member]],
    told: Mapping[str, Collection[Told]],
    changed: Changed,
    materiality_percent: int,
) -> Compared:
    """`told`: by person, what was received since."""
    before, after = _by_key(was[1]), _by_key(now[1])
    new = {(one.row.line, one.row.place): one for one in now[0]}
    old = {(one.row.line, one.row.place): one for one in was[0]}
    found: list[Difference] = []
    counted: dict[Key, str] = {}
    for place in [*old, *(place for place in new if place not in old)]:
        one, other = old.get(place), new.get(place)
        causes: Counter[tuple[str, bool]] = Counter()
        sample = one or other
        if sample is not None and sample.measure is not None:
            for key, came in _moves(sample, was[1], now[1]):
                cause = counted.setdefault(key, _cause(before.get(key), after.get(key), told.get(key[1], ()), changed))
                causes[cause, came] += 1
        if _texts(one) != _texts(other):
            found.append(_difference(one, other, causes, materiality_percent))
    return Compared(found, Counter(counted.values()))


def _by_key(members: Iterable[Member]) -> dict[Key, Member]:
    return {_key(member): member for member in members}


def _key(member: Member) -> Key:
    return member.family, member.personkey, "" if member.family in PERSONS else member.fact


def _moves(figure: Figure, was: Sequence[Member], now: Sequence[Member]) -> Iterable[tuple[Key, bool]]:
    """The units that went out of a cell and came into it, of its count, or of a rate's two."""
    assert figure.measure is not None  # noqa: S101  # asked of measures alone
    published = MEASURES[figure.measure].figure
    counts = [published.measure_id] if published.kind is Kind.COUNT else [published.numerator, published.denominator]
    place = figure.row.level, figure.row.code, "", figure.row.by, figure.row.value
    for count in dict.fromkeys(one for one in counts if one):
        there = {_key(member) for member in behind(was, count, *place)}
        here = {_key(member) for member in behind(now, count, *place)}
        yield from ((key, False) for key in sorted(there - here))
        yield from ((key, True) for key in sorted(here - there))


def _cause(before: Member | None, after: Member | None, told: Collection[Told], changed: Changed) -> str:
    if changed.load and before and after and before.counted == after.counted and not any(one.kind == "person" for one in told):
        return REFERENCE  # it counts as it did, elsewhere
    if any(one.moved for one in told):
        return MERGE
    if any(one.voided and one.known for one in told):
        return VOID
    if any(one.known for one in told):
        return CORRECTION
    if told:
        return LATE
    return REFERENCE if changed.load else RULE if changed.rules else UNEXPLAINED


def _texts(figure: Figure | None) -> tuple[str | None, str]:
    return (figure.exact, figure.row.shown) if figure else (None, "")


def _difference(was: Figure | None, now: Figure | None, causes: Counter[tuple[str, bool]], percent: int) -> Difference:
    line, level, code, by, value, *_ = (was or now).row  # type: ignore[union-attr]  # one of them is there
    (old, shown_old), (new, shown_new) = _said(was), _said(now)
    told = tuple(Cause(name, causes[name, True], causes[name, False]) for name in CAUSES if causes[name, True] or causes[name, False])
    return Difference(
        line, level, code, by, value, old, new, shown_old, shown_new, told, shown_old != shown_new and _material(old, new, percent)
    )


def _said(figure: Figure | None) -> tuple[str, str]:
    """The figure as it is, and as it leaves."""
    if figure is None:
        return "", ""
    return figure.row.shown if figure.exact is None else figure.exact, figure.row.shown


def _material(was: str, now: str, percent: int) -> bool:
    """Whether it differs by more than so many percent of what was said; of words, at all."""
    try:
        old, new = Decimal(was), Decimal(now)
    except InvalidOperation:
        return was != now
    return 100 * abs(new - old) > percent * abs(old)
