"""Reference data as outreach asks for it."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple


class Destination(NamedTuple):
    """Where a person may be offered something: a row of the local directory. `area`: an ICB or a district."""

    name: str
    kind: str
    area: str
    contact: str
    valid_from: date | None
    valid_to: date | None


class Reference:
    """kinds: organisation -> its kind, as `nhs trust`; practices: practice -> its PCN."""

    def __init__(
        self,
        kinds: Mapping[str, str] | None = None,
        practices: Mapping[str, str] | None = None,
        directory: Iterable[Destination] = (),
    ) -> None:
        self._kinds = dict(kinds or {})
        self.practices = dict(practices or {})
        self._directory = tuple(directory)

    def trust(self, provider: str) -> bool:
        """Whether it is secondary care: an organisation of the kind `nhs trust`."""
        return self._kinds.get(provider) == "nhs trust"

    def destinations(self, areas: Iterable[str], on: date) -> list[Destination]:
        """What the directory holds for these areas on that day, by name."""
        within = set(areas)
        return sorted(
            one
            for one in self._directory
            if one.area in within and (one.valid_from is None or one.valid_from <= on) and (one.valid_to is None or on <= one.valid_to)
        )


NOTHING = Reference()
