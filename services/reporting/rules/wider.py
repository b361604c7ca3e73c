"""The published measures for an audience wider than the provider itself, where the national rules would give small counts away.

Measures that add up stand in one table, so that what hides one holds for all: 98 of 100 within 28 days tells the other two.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from services.reporting.rules.complements import Cell, Dimension, Tree
from services.reporting.rules.disclosure import Disclosed, Release, protect
from services.reporting.rules.layout import ENGLAND, NONE, Breakdown, Place, Row, Values, figure, in_order
from services.reporting.rules.measures.more import (
    ANSWERED,
    BY_VCSE,
    CONTACTS,
    JOBS,
    KINDS,
    OPENED,
    PATHWAYS,
    PCN_ROLLING,
    REFUSED,
    RESULTS,
    SUPPORT,
    TRIED,
)
from services.reporting.rules.period import so_far
from services.reporting.rules.published import Kind, Published


class Family(NamedTuple):
    """Measures by what they are parts of; `rest of` a measure is what its named part leaves. `overlapping`: people once at each level."""

    parts: Dimension
    overlapping: bool = False

    @property
    def root(self) -> str:
        return next(iter(self.parts))


REST = "rest of "


def _bands(whole: str, *parts: str) -> dict[str, list[list[str]]]:
    """Each part inside the one before it."""
    return {outer: [[inner, f"{REST}{outer}"]] for outer, inner in zip((whole, *parts), parts, strict=False)}


def _parts(whole: str, *parts: str) -> dict[str, list[list[str]]]:
    """Each of its own: they overlap."""
    return {whole: [[part, f"{REST}{whole}: {part}"] for part in parts]}


REJECTED = "Referrals not accepted"
REASONS = ("duplicate", "alternative service required", "incomplete", "missing / invalid")
FAMILIES = (
    Family(_bands("MRS01", "MRS01a")),
    Family(
        {
            "MRS06": [["MRS02", "MRS20"], ["MRS03", "MRS21"]],
            **_bands("MRS02", "MRS02e", "MRS02c", "MRS02a"),
            **_bands("MRS03", "MRS07e", "MRS07c", "MRS07a"),
        }
    ),
    Family({"MHS106": [["MHS106a", "MHS106b"]]}),
    Family({"EIP23a": [["EIP23b", "EIP23c"]]}),
    Family({"EIP23d": [["EIP23e", "EIP23f"]]}),
    Family({REJECTED: [[f"{REJECTED} - {reason}" for reason in REASONS]]}),
    Family(
        _parts("SMIRegister", "All6PHC", "Influenza vaccination", "COVID-19 vaccination") | _bands("All6PHC", "All6PHC followed through"),
        overlapping=True,
    ),
    Family(_bands("MHS108", "CMH access", "Psych therapy access"), overlapping=True),
    *(Family({single: []}) for single in ("MRS04", "MRS05", "MRS15", "EIP23g", "EIP23h", "Referrals received")),
    *(Family({single: []}, overlapping=True) for single in ("MHS116", PCN_ROLLING, "People seen")),
    *(Family({single: []}) for single in ("MHS124", "MHS127", "EIP68")),
    Family(_bands("Stops on days 15 to 42", "Stops on days 26 to 28")),
    Family(_bands("Stops within 28 days", "Stops within 28 days told late")),
    Family(_bands("Closed without help", "Received again in 30 days", "Received again in 6 to 10 days")),
    Family(
        _parts(SUPPORT, *(f"{SUPPORT} - {kind}" for kind in KINDS), BY_VCSE) | _parts(JOBS, "Job started", "Job kept"),
        overlapping=True,
    ),
    Family(_bands("Carers identified", "Carers offered an assessment"), overlapping=True),
    Family(_bands("Stays", "Out-of-area stays")),
    *(Family({single: []}) for single in ("Out-of-area stays going on", OPENED, ANSWERED, REFUSED, "Follow-ups open")),
    Family({TRIED: [[f"{TRIED} - {result}" for result in (*RESULTS, "other")], [f"{TRIED} followed", f"{REST}{TRIED}"]]}),
    *(Family(_parts(f"{whole} access", f"{whole} therapy", f"{whole} paired outcomes"), overlapping=True) for whole in PATHWAYS),
    Family(_parts(CONTACTS, *(f"{CONTACTS} - {whose}" for whose in (*PATHWAYS, "VCSE")))),
)
SAME = {"PHS001": "SMIRegister", "PHS014a": "All6PHC"}
"""Measures of the same people under another name: one cell says both."""


class Version(NamedTuple):
    """What was shown of a month, for the version after it: a release of each family, in their order."""

    rows: list[Row]
    releases: Sequence[Release | None]

    def kept(self) -> dict[str, list[tuple[Cell, int, bool]]]:
        """What the version after it must know, by family. It holds exact counts: it is shown to nobody."""
        return {family.root: release.kept() for family, release in zip(FAMILIES, self.releases, strict=True) if release is not None}

    @staticmethod
    def again(kept: Mapping[str, Any]) -> "Version":
        """A version from what was kept of it, without its rows."""
        told = [[cell for name in _members(family) for cell in kept.get(name, ())] for family in FAMILIES]
        return Version([], [Release.again(cells) if cells else None for cells in told])


def wider(
    last: date,
    places: Mapping[Place, Values],
    measures: Sequence[Published],
    status: str = "Performance",
    nation: bool = False,
    before: Version | None = None,
    networks: Mapping[str, str] = MappingProxyType({}),
) -> Version:
    """Every measure of every place; ENGLAND, everything there is, must be among them. `nation`: it is all of England, shown as it is.
    `networks`: of PCNs among the places, their ICB, which is divided into them and what is in none.

    ValueError where providers or ICBs do not add up to it, or measures to each other.
    """
    breakdowns = [[place.code for place in places if place.breakdown == breakdown] for breakdown in (Breakdown.PROVIDER, Breakdown.ICB)]
    divided: dict[str, list[str]] = {}
    for place in places:
        if place.breakdown is Breakdown.PCN:
            divided.setdefault(networks[place.code], []).append(place.code)
    named = {_cell(name) for measure in measures for name in (measure.measure_id, measure.numerator, measure.denominator)}
    releases: list[Release | None] = []
    for number, family in enumerate(FAMILIES):
        earlier = None if before is None else before.releases[number]
        if earlier is None and named.isdisjoint(_members(family)):
            releases.append(None)
            continue
        counts = {cell: persons for where, values in places.items() for cell, persons in _counts(where, values, family)}
        rests = _elsewhere(counts, divided)
        areas: Dimension = {ENGLAND.code: [codes for codes in breakdowns if codes]} | {
            icb: [[*pcns, f"{REST}{icb}"] if any(area == f"{REST}{icb}" for area, _ in rests) else pcns] for icb, pcns in divided.items()
        }
        counts |= rests
        if earlier is not None and earlier.outgrown_by(counts, (ENGLAND.code, family.root)):
            earlier = None
        releases.append(protect(counts, [areas, family.parts], earlier, ENGLAND.code if nation else None, family.overlapping))
    release_of = {
        name: release for family, release in zip(FAMILIES, releases, strict=True) if release is not None for name in _members(family)
    }
    rows = [
        Row(
            so_far(last, measure.months).first, last, status, where.breakdown, where.code, where.name, NONE, NONE,
            measure.measure_id, measure.name, _shown(where, measure, values, release_of[_cell(measure.numerator or measure.measure_id)]),
        )
        for where, values in places.items()
        for measure in measures
    ]  # fmt: skip
    return Version(in_order(rows), releases)


def _elsewhere(counts: Mapping[Cell, int], divided: Mapping[str, Sequence[str]]) -> dict[Cell, int]:
    """What is in an ICB and in none of its networks, where there is anybody; of people in several networks, no less than none."""
    found = {
        (f"{REST}{icb}", outcome): max(0, persons - sum(counts.get((pcn, outcome), 0) for pcn in divided[icb]))
        for (icb, outcome), persons in counts.items()
        if icb in divided
    }
    there = {area for (area, _), persons in found.items() if persons}
    return {cell: persons for cell, persons in found.items() if cell[0] in there}


def protected(measure: Published) -> bool:
    """Whether a table is declared in which its small counts can be hidden, and what would give them away."""
    stands = {measure.numerator or measure.measure_id} | ({measure.denominator} if measure.kind is Kind.PERCENT else set())
    return any({_cell(name) for name in stands} <= set(_members(family)) for family in FAMILIES)


def _cell(measure: str) -> str:
    """The count measure in whose cell a measure stands."""
    return SAME.get(measure, measure)


def _members(family: Family) -> list[str]:
    return [node for node in Tree(family.parts).nodes if not node.startswith(REST)]


def _counts(where: Place, values: Values, family: Family) -> Iterator[tuple[Cell, int]]:
    """Of the cells of a place; `rest of` is the whole less its part."""
    for name in _members(family):
        yield (where.code, name), values.counts.get(name, 0)
    for whole, divisions in family.parts.items():
        for part, rest in (parts for parts in divisions if parts[1].startswith(REST)):
            yield (where.code, rest), values.counts.get(whole, 0) - values.counts.get(part, 0)


def _shown(where: Place, measure: Published, values: Values, release: Release) -> Disclosed:
    if measure.kind is Kind.COUNT:
        return release.count((where.code, _cell(measure.measure_id)))
    if measure.kind is Kind.PERCENT:
        return release.rate((where.code, _cell(measure.numerator)), (where.code, _cell(measure.denominator)))
    if measure.kind is Kind.RATE:
        people = values.counts.get(measure.denominator)
        return release.rate_of((where.code, measure.numerator), people, measure.per) if people else release.count(())
    days = figure(measure, values)
    return release.count(()) if days is None else release.centile((where.code, measure.numerator), days)
