"""The demonstration community: two fictitious neighbouring towns, their providers, and the people who live there.

Adult populations are those of the programme's own fictitious example; organisations, codes and people are made up. NHS numbers are
of the range reserved for tests (999 000 0000 to 999 999 9999), with a right check digit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import NamedTuple


class Provider(NamedTuple):
    """A sender. `teams` are the MHSDS team types it has, the likeliest first; `share` is its part of all referrals."""

    ods: str
    share: float
    teams: tuple[str, ...]


TRUST = Provider("RXA", 0.55, ("A06", "A06", "A06", "A13", "A16", "A09", "A08", "A12", "C10"))
NEIGHBOUR = Provider("RXB", 0.20, ("A06", "A06", "A13", "C10"))
FEDERATION = Provider("XGF01", 0.13, ("A05",))
CHARITY = Provider("XVC01", 0.08, ("A05", "A13"))
RECOVERY = Provider("XVC02", 0.04, ("A05", "A09"))
PROVIDERS = (TRUST, NEIGHBOUR, FEDERATION, CHARITY, RECOVERY)
OUT_OF_SCOPE_TEAMS = ("A18", "A07", "A14", "D05", "A02")
PATHWAYS = {"C10": "AED", "A16": "CEN", "A09": "rehab"}
HTTPS_SENDERS = frozenset({CHARITY.ods})
"""Small providers have no Kafka: they post their events."""

WESTSIDE, EASTSIDE, WALES = "E06999001", "E06999002", "W06999001"
ETHNICITY = {WESTSIDE: ("ABCHJLMNZ", (66, 1, 11, 4, 3, 2, 5, 5, 3)), EASTSIDE: ("ABCFGRMNZ", (71, 1, 11, 2, 7, 4, 1, 1, 2))}


class Area(NamedTuple):
    """A primary care network's area. `number` is its place in the reference tables; `adults` weighs how many live there."""

    number: int
    adults: int
    local_authority: str


AREAS = tuple(
    Area(number, adults, WESTSIDE if number <= 3 else EASTSIDE)
    for number, adults in enumerate(
        (71_000, 55_000, 30_000, 53_000, 32_000, 33_000, 81_000, 74_000, 48_000, 28_000, 45_000, 51_000, 60_000, 46_000), 1
    )
)
FIRST_NAMES = ("Ada", "Ben", "Chidi", "Dilys", "Ewan", "Farah", "Grace", "Hugo", "Ines", "Jamal", "Kezia", "Liam", "Mei", "Noor")
LAST_NAMES = ("Amber", "Birch", "Cedar", "Dale", "Elder", "Fenn", "Grove", "Heath", "Ives", "Juniper", "Knoll", "Larch", "Moss")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the community; `details` go to the vault, `facts` are their person record."""

    number: int
    details: dict[str, str]
    facts: dict[str, str]


def chance(*seed: object) -> Random:
    """Numbers that look random and are the same for the same seed."""
    return Random(":".join(map(str, seed)))  # noqa: S311  # a simulation, not a secret


def nhs_numbers(seed: int) -> Iterator[str]:
    """Valid test NHS numbers, each once, from a place that the seed chooses; about 900,000 of them."""
    first = chance(seed, "nhs").randrange(1_000_000)
    for index in range(1_000_000):
        stem = f"999{(first + index) % 1_000_000:06d}"
        check = -sum(int(digit) * weight for digit, weight in zip(stem, range(10, 1, -1), strict=True)) % 11
        if check < 10:  # a stem whose check would be 10 is never given out
            yield f"{stem}{check}"


def person(number: int, seed: int, nhs_number: str, on: date) -> Person:
    """The community's `number`th person as they are on the day `on`: 14% are 65 or over, 17% 18 to 25, 3% under 18."""
    draw = chance(seed, "person", number)
    area = draw.choices(AREAS, [area.adults for area in AREAS])[0]
    lowest, highest = draw.choices(((12, 17), (18, 25), (26, 64), (65, 92)), (3, 17, 66, 14))[0]
    half = draw.randint(1, 2)
    letters, weights = ETHNICITY[area.local_authority]
    town = "W" if area.local_authority == WESTSIDE else "E"
    return Person(
        number,
        {
            "nhs_number": nhs_number,
            "name": f"{draw.choice(FIRST_NAMES)} {draw.choice(LAST_NAMES)}",
            "postcode": f"X{town}{area.number} {half}AA",
        },
        {
            "birth_date": (on - timedelta(days=round(draw.uniform(lowest, highest + 0.99) * 365.25))).isoformat(),
            "ethnicity": draw.choices(letters, weights)[0],
            "gender": draw.choice("1222"),
            "practice": f"XG{area.number:02}{half:02}",
        },
    )
