"""Measures as lines of the published layout, for each audience; every figure goes through disclosure control."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from services.reporting.rules.disclosure import Disclosed, Exact, national, own
from services.reporting.rules.layout import ENGLAND, NONE, Breakdown, Place, Row, Values, figure, in_order
from services.reporting.rules.measures import Family, Found
from services.reporting.rules.period import so_far
from services.reporting.rules.published import Kind
from services.reporting.rules.wider import Version, protected, wider

STATUS = "Performance"
BREAKDOWNS = {"england": Breakdown.ENGLAND, "provider": Breakdown.PROVIDER, "icb": Breakdown.ICB, "pcn": Breakdown.PCN}
"""The levels of the published layout; PCNs of the families that are published by them."""
GROUPS = {"age": "Age", "years": "Age", "ethnicity": "Ethnicity", "deprivation": "Deprivation decile", "group": "Local group"}
Names = Mapping[tuple[str, str], str]
"""What places are called, by level and code."""
Counted = Sequence[tuple[Family, Sequence[Found]]]


def for_all(last: date, counted: Counted, names: Names, networks: Mapping[str, str]) -> list[Row]:
    """For an audience wider than the provider itself: measures whose small counts can be protected together. `networks`: ICB by PCN."""
    versions = (released(last, family, found, names, networks) for family, found in counted)
    return in_order(row for version in versions if version is not None for row in version.rows)


def released(
    last: date, family: Family, found: Sequence[Found], names: Names, networks: Mapping[str, str], before: Version | None = None
) -> Version | None:
    """What a wider audience is shown of a family; None: nothing of it can be protected. ValueError where it does not add up."""
    figures = [measure.figure for measure in family.measures if protected(measure.figure)]
    if not figures:
        return None
    inside = {pcn: icb for pcn, icb in networks.items() if family.networks and any((one.level, one.code) == ("icb", icb) for one in found)}
    places = {
        _place(one, names): Values(one.counts, one.days)
        for one in found
        if _whole(one, family) or (one.level == "pcn" and not one.by and one.code in inside)
    }
    return wider(last, places if ENGLAND in places else {ENGLAND: Values({}, {})}, figures, before=before, networks=inside)


def for_comparison(last: date, counted: Counted, names: Names, compat: bool) -> list[Row]:
    """The national layout, by the national rules figure by figure: to set beside what is published, never to publish itself."""
    lines = []
    for family, found in counted:
        if family.national:
            for one in found:
                if _whole(one, family):
                    place = _place(one, names)

                    def shown(exact: Exact | None, england: bool = place == ENGLAND, either: bool = family.either) -> Disclosed:
                        return national(exact, england, either)

                    lines += list(_lines(last, family, one, (str(place.breakdown), place.code, place.name), shown, compat))
    return in_order(lines)


def for_itself(last: date, counted: Counted, names: Names, provider: str) -> list[Row]:
    """For one provider: its own figures as they are, by team and by group."""
    lines = []
    for family, found in counted:
        for one in found:
            if one.code == provider and one.level in {"provider", "team"}:
                name = names.get(("provider", provider), provider)
                breakdown = "Provider; Team type" if one.level == "team" else str(Breakdown.PROVIDER)
                lines += list(_lines(last, family, one, (breakdown, provider, name), _own))
    return in_order(lines)


def _own(exact: Exact | None) -> Disclosed:
    return own(Exact.count(0) if exact is None else exact)


def _whole(one: Found, family: Family) -> bool:
    """A place of the published layout, not divided into groups; networks are shown inside their ICB alone."""
    return not one.by and one.level in BREAKDOWNS and one.level in family.levels and one.level != "pcn"


def _place(one: Found, names: Names) -> Place:
    return ENGLAND if one.level == "england" else Place(BREAKDOWNS[one.level], one.code, names.get((one.level, one.code), one.code))


def _lines(
    last: date,
    family: Family,
    one: Found,
    place: tuple[str, str, str],
    shown: Callable[[Exact | None], Disclosed],
    compat: bool = False,
) -> Iterator[Row]:
    breakdown, code, name = place
    group = GROUPS.get(one.by)
    secondary = one.team or one.value or NONE
    if group:
        breakdown, secondary = f"{breakdown}; {group}", f"{one.team} {one.value}".strip()
    nothing = {measure.id: 0 for measure in family.measures if measure.figure.kind is Kind.COUNT}
    values = Values(nothing | one.counts, one.days)
    for measure in family.measures:
        if measure.figure.kind is Kind.RATE and measure.figure.denominator not in one.counts:
            continue  # nobody lives there, or nobody says how many
        exact = figure(measure.figure, values, compat)
        first = so_far(last, measure.figure.months).first
        yield Row(first, last, STATUS, breakdown, code, name, secondary, secondary, measure.id, measure.figure.name, shown(exact))
