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
HEALTH = frozenset({"person", "register", "health-check", "vaccination"})
"""Kinds of record that physical health checks, and what follows them, are counted from; nothing else is by checks and vaccinations."""
OF_CLOCKS = frozenset({"mrs", "eip", "spell-quality", "signals"})
"""Families of clocks, which follow reference data before they are counted."""
Key = tuple[str, str, str]


class Told(NamedTuple):
    """An event of a person received since. `known`: a version of its record stood when the return was frozen; `moved`: it went to another
    person, or came from one."""  # fmt: skip

    kind: str
    voided: bool
    known: bool
    moved: bool


class Changed(NamedTuple):
    """What is another than when the return was frozen, for everybody; of rules, those of which it cannot be told what they move."""

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
    without: Mapping[str, Sequence[Member]] | None = None,
) -> Compared:
    """`told`: by person, what was received since. `without`: by cause, the units there would be now had it not come, where that can be
    told: what such a cause did not move is never laid to it."""  # fmt: skip
    new = {(one.row.line, one.row.place): one for one in now[0]}
    old = {(one.row.line, one.row.place): one for one in was[0]}
    found: list[Difference] = []
    counted: dict[Key, str] = {}
    for place in [*old, *(place for place in new if place not in old)]:
        one, other = old.get(place), new.get(place)
        causes: Counter[tuple[str, bool]] = Counter()
        sample = one or other
        if sample is not None and sample.measure is not None:
            for key, came, instead in _moves(sample, was[1], now[1], without or {}):
                cause = instead or _cause(key[0], told.get(key[1], ()), changed, without or {})
                counted.setdefault(key, cause)
                causes[cause, came] += 1
        if _texts(one) != _texts(other):
            found.append(_difference(one, other, causes, materiality_percent))
    return Compared(found, Counter(counted.values()))


def _key(member: Member) -> Key:
    return member.family, member.personkey, "" if member.family in PERSONS else member.fact


def _moves(
    figure: Figure, was: Sequence[Member], now: Sequence[Member], without: Mapping[str, Sequence[Member]]
) -> Iterable[tuple[Key, bool, str]]:
    """The units that went out of a cell and came into it, of its count, or of a rate's two; each with the cause without which it would not
    have, where that can be told."""  # fmt: skip
    assert figure.measure is not None  # noqa: S101  # asked of measures alone
    published = MEASURES[figure.measure].figure
    counts = [published.measure_id] if published.kind is Kind.COUNT else [published.numerator, published.denominator]
    place = figure.row.level, figure.row.code, "", figure.row.by, figure.row.value
    for count in dict.fromkeys(one for one in counts if one):
        there, here = _keys(was, count, place), _keys(now, count, place)
        but_for = {cause: _keys(units, count, place) for cause, units in without.items()} if there != here else {}
        for key in [*sorted(there - here), *sorted(here - there)]:
            instead = next((cause for cause, units in but_for.items() if (key in units) == (key in there)), "")
            yield key, key in here, instead


def _keys(members: Sequence[Member], count: str, place: tuple[str, str, str, str, str]) -> set[Key]:
    return {_key(member) for member in behind(members, count, *place)}


def _cause(family: str, told: Collection[Told], changed: Changed, known: Collection[str]) -> str:
    """Of what was received, the kinds of record that the family reads. `known`: causes of which it can be told that they are not it."""
    told = [one for one in told if _reads(family, one.kind)]
    if any(one.moved for one in told):
        return MERGE
    if any(one.voided and one.known for one in told):
        return VOID
    if any(one.known for one in told):
        return CORRECTION
    if told:
        return LATE
    if changed.load and (REFERENCE not in known or family in OF_CLOCKS):
        return REFERENCE
    return RULE if changed.rules else UNEXPLAINED


def _reads(family: str, kind: str) -> bool:
    if family in {"health-checks", "follow-ups", "outreach"}:
        return kind in HEALTH
    return kind not in {"health-check", "vaccination"} and (kind != "support" or family == "support")


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
