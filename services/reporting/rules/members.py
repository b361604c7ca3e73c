"""Who and what stands behind a figure: the units that were counted, each with where and in which groups it counts."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from services.reporting.rules.measures.family import Family


class Member(NamedTuple):
    """One counted thing. `fact`: id of the spell, referral, stay or register entry; `counted`: the count measures toward which it counts.

    Where people are counted there may be several of one person.
    """

    family: str
    personkey: str
    fact: str
    provider: str
    icb: str
    pcn: str
    teams: tuple[str, ...]
    age: str
    ethnicity: str
    deprivation: str
    counted: frozenset[str]
    footprint: bool = False
    practice: str = ""
    groups: tuple[str, ...] = ()

    def within(self, level: str, code: str, team: str = "", by: str = "", value: str = "") -> bool:
        """Whether it counts at a place and in a group, said as `Found` says them. ValueError: there is no such level or group."""
        match level:
            case "england":
                here = True
            case "provider":
                here = code == self.provider
            case "icb":
                here = code == self.icb
            case "pcn":
                here = code == self.pcn
            case "practice":
                here = code == self.practice
            case "footprint":
                here = self.footprint and code in {"footprint", self.icb}
            case "team":
                here = code == self.provider and team in self.teams
            case _:
                raise ValueError(f"{level!r} is no level: there are england, provider, icb, pcn, practice, footprint and team")
        return here and self._in_group(by, value)

    def _in_group(self, by: str, value: str) -> bool:
        match by:
            case "":
                return True
            case "age" | "years":
                return value == self.age
            case "ethnicity":
                return value == self.ethnicity
            case "deprivation":
                return value == self.deprivation
            case "group":
                return value in self.groups
            case _:
                raise ValueError(f"{by!r} is no group: there are age, years, ethnicity, deprivation and group")


def behind(members: Iterable[Member], count: str, level: str, code: str, team: str = "", by: str = "", value: str = "") -> Iterator[Member]:
    """The members of a cell; `count`: a count measure. A rate has two such counts, days waited one (`Published`)."""
    return (member for member in members if count in member.counted and member.within(level, code, team, by, value))


def amount(family: Family, members: Sequence[Member]) -> int:
    """What a cell of these members says: how many there are; where the family counts people, how many people."""
    return len({member.personkey for member in members}) if family.measures[0].unit == "person" else len(members)
