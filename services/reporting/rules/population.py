"""How many people there are where, and in which group, of whom a rate is: reference data, public."""

from collections.abc import Mapping, Sequence

from services.reporting.rules.measures import Family, Found
from services.reporting.rules.measures.family import POPULATIONS
from services.reporting.rules.published import Kind

People = Mapping[tuple[str, str, str], int]
"""By area (England, an ICB or a PCN), group (people, adults, the code of an ethnic category, a local group) and age band."""


def with_population(family: Family, found: Sequence[Found], told: People) -> list[Found]:
    """What was counted, and beside it the population of each rate, where it is told of the place and group."""
    asked = {measure.figure.denominator for measure in family.measures if measure.figure.kind is Kind.RATE}
    return [one._replace(counts=one.counts | {name: people for name in asked if (people := _people(one, name, told))}) for one in found]


def _people(one: Found, name: str, told: People) -> int | None:
    """Nobody lives at a provider: it has no population."""
    if one.level not in {"england", "icb", "pcn"}:
        return None
    everybody, band = POPULATIONS[name]
    match one.by:
        case "":
            return told.get((one.code, everybody, band))
        case "age":
            return told.get((one.code, everybody, one.value))
        case _:
            return told.get((one.code, one.value, band))
