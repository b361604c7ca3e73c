"""The demonstration community: two fictitious neighbouring towns, their providers, and the people who live there.

Adult populations and SMI registers are those of the programme's own fictitious example; organisations, codes and people are made up.
NHS numbers are of the range reserved for tests (999 000 0000 to 999 999 9999), with a right check digit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from deploy.simulator.days import iso
from deploy.simulator.shares import AGES, DEPRIVED, HAS_EMAIL, HAS_TELEPHONE, RURAL, STUDENTS


class Provider(NamedTuple):
    """A sender. `teams` are the MHSDS team types it has, the likeliest first; `share` is its part of all referrals; `records` how well
    it records what it does, 1 being the shares as they stand."""

    ods: str
    share: float
    teams: tuple[str, ...]
    records: float


TRUST = Provider("RXA", 0.55, ("A06", "A06", "A06", "A13", "A16", "A09", "A08", "A12", "C10"), 1.0)
NEIGHBOUR = Provider("RXB", 0.20, ("A06", "A06", "A13", "C10"), 0.75)
FEDERATION = Provider("XGF01", 0.13, ("A05",), 1.1)
CHARITY = Provider("XVC01", 0.08, ("A05", "A13"), 0.9)
RECOVERY = Provider("XVC02", 0.04, ("A05", "A09"), 0.8)
PROVIDERS = (TRUST, NEIGHBOUR, FEDERATION, CHARITY, RECOVERY)
OUT_OF_SCOPE_TEAMS = ("A18", "A07", "A14", "D05", "A02")
PATHWAYS = {"C10": "AED", "A16": "CEN", "A09": "rehab"}
HTTPS_SENDERS = frozenset({CHARITY.ods})
"""Small providers have no Kafka: they post their events."""

WESTSIDE, EASTSIDE, WALES = "E06999001", "E06999002", "W06999001"
ETHNICITY = {
    WESTSIDE: ("ABCHJLMNZ", (66.2, 1, 10.6, 4, 3, 2.2, 5, 5, 3)),
    EASTSIDE: ("ABCRGFMNZ", (71.9, 1, 10.6, 3.6, 6.2, 2.7, 1, 1, 2)),
}
"""[programme] Westside: 9.2% Asian, 10.6% white other; Eastside: 3.6% Chinese, 8.9% mixed other, 10.6% white other; [chosen] the rest."""


class Area(NamedTuple):
    """A neighbourhood: a primary care network's area. `number` is its place in the reference tables.

    `registered`: people on its SMI registers. `second`: share of its people who live in the second of its two small areas, the more
    deprived one where there is one. `young`, `old`: how many more people of 18-25 and of 65 or over than elsewhere.
    """

    number: int
    name: str
    adults: int
    registered: int
    second: float = 0.5
    young: float = 1.0
    old: float = 1.0

    @property
    def local_authority(self) -> str:
        return WESTSIDE if self.number <= 3 else EASTSIDE


_WEST, _CITY_NORTH = DEPRIVED["Westside"], DEPRIVED["Eastside"] * 551 / 74
AREAS = (
    Area(1, "Westside Central", 71_000, 575, _WEST),
    Area(2, "St Christopher", 55_000, 539, _WEST),
    Area(3, "Fourie Hill", 30_000, 177, _WEST),
    Area(4, "Eastside East", 53_000, 451),
    Area(5, "South Villages", 32_000, 202, old=RURAL),
    Area(6, "North Villages", 33_000, 261, old=RURAL),
    Area(7, "Eastside City", 81_000, 915, young=STUDENTS),
    Area(8, "City North", 74_000, 792, _CITY_NORTH, young=STUDENTS),
    Area(9, "Tiffintown Central", 48_000, 355),
    Area(10, "St Bode", 28_000, 182, old=RURAL),
    Area(11, "Isle of Bailey", 45_000, 302, old=RURAL),
    Area(12, "Springfield", 51_000, 296),
    Area(13, "Hayes", 60_000, 420),
    Area(14, "Sriland", 46_000, 271),
)
"""[programme] The fourteen neighbourhoods. City North's second small area is the deprived one of Eastside."""
FIRST_NAMES = ("Ada", "Ben", "Chidi", "Dilys", "Ewan", "Farah", "Grace", "Hugo", "Ines", "Jamal", "Kezia", "Liam", "Mei", "Noor")
LAST_NAMES = ("Amber", "Birch", "Cedar", "Dale", "Elder", "Fenn", "Grove", "Heath", "Ives", "Juniper", "Knoll", "Larch", "Moss")
NHS_NUMBERS = 900_000


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the community; `details` go to the vault, `facts` are their person record, `age` is in years at first sight."""

    number: int
    details: dict[str, str]
    facts: dict[str, str]
    age: float
    deprived: bool


def chance(*seed: object) -> Random:
    """Numbers that look random and are the same for the same seed."""
    return Random(":".join(map(str, seed)))  # noqa: S311  # a simulation, not a secret


def nhs_number(number: int) -> str:
    """The `number`th test NHS number, from 0; there are NHS_NUMBERS.

    Each of the 100,000 stems of eight digits can be continued by at least nine digits that leave a valid check digit.
    """
    stem, choice = divmod(number, 9)
    if stem >= NHS_NUMBERS // 9:
        raise ValueError(f"the range reserved for tests gives {NHS_NUMBERS} NHS numbers, not {number + 1}")
    eight = f"999{stem:05}"
    partial = sum(int(digit) * weight for digit, weight in zip(eight, range(10, 2, -1), strict=True))
    checks = ((last, -(partial + 2 * last) % 11) for last in range(10))
    last, check = [pair for pair in checks if pair[1] < 10][choice]
    return f"{eight}{last}{check}"


def person(seed: int, number: int, day: int, registered: bool = False) -> Person:
    """The community's `number`th person, from 0, as first seen on a day; people on SMI registers are all adults."""
    draw = chance(seed, "person", number)
    area = draw.choices(AREAS, _REGISTERED if registered else _ADULTS)[0]
    lowest, highest = draw.choices(tuple(AGES), _ages(area, registered))[0]
    age = draw.uniform(lowest, highest + 0.99)
    half = 2 if draw.random() < area.second else 1
    letters, weights = ETHNICITY[area.local_authority]
    somebody = Person(
        number,
        {
            "nhs_number": nhs_number((number + seed * 1009) % NHS_NUMBERS),
            "name": f"{draw.choice(FIRST_NAMES)} {draw.choice(LAST_NAMES)}",
            "postcode": postcode(area, half),
        },
        {
            "birth_date": iso(day - round(age * 365.25)),
            "ethnicity": draw.choices(letters, weights)[0],
            "gender": draw.choice("1222"),
            "practice": practice(area, half),
        },
        age,
        half == 2 and area.number in DEPRIVED_AREAS,
    )
    somebody.details.update(_reached(draw, somebody))
    return somebody


def _reached(draw: Random, somebody: Person) -> Iterator[tuple[str, str]]:
    """Where somebody is reached: numbers that Ofcom keeps for drama, the domain that is kept for examples."""
    yield "address", f"{draw.randint(1, 90)} {draw.choice(LAST_NAMES)} Road"
    if draw.random() < HAS_TELEPHONE:
        yield "telephone", f"07700 900{somebody.number % 1000:03}"
    if draw.random() < HAS_EMAIL:
        yield "email", f"{somebody.details['name'].lower().replace(' ', '.')}.{somebody.number}@example.org"


DEPRIVED_AREAS = frozenset({1, 2, 3, 8})
"""Areas whose second small area is of the most deprived fifth."""
_ADULTS, _REGISTERED = [area.adults for area in AREAS], [area.registered for area in AREAS]


def postcode(area: Area, half: int) -> str:
    return f"X{'W' if area.local_authority == WESTSIDE else 'E'}{area.number} {half}AA"


def practice(area: Area, half: int) -> str:
    return f"XG{area.number:02}{half:02}"


def _ages(area: Area, registered: bool) -> tuple[float, ...]:
    """The weights of AGES in one area, such that over all areas they are AGES."""
    children, young, _, old = AGES.values()
    young, old = young * area.young / _MEAN_YOUNG, old * area.old / _MEAN_OLD
    return (0.0 if registered else children, young, 1 - children - young - old, old)


_MEAN_YOUNG = sum(area.adults * area.young for area in AREAS) / sum(_ADULTS)
_MEAN_OLD = sum(area.adults * area.old for area in AREAS) / sum(_ADULTS)
