"""The ground that a return stands on: the organisation's PCNs, which of them are in its transformation footprint, plans, targets, dates."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from services.reporting.rules.returns.definition import Definition


class Pcn(NamedTuple):
    """`criteria`: how many of the five are met on the period's last day; None: the PCN is not in `pcn_criteria`."""

    code: str
    name: str
    criteria: int | None
    transformed: bool

    @property
    def standing(self) -> str:
        return "fully transformed" if self.transformed else f"{self.criteria or 0} criteria met"


class Footprint(NamedTuple):
    """On the last day of a period, by the reference data of one load. `plans`, `targets`: by measure; `live`: by pathway; `baselines`: by
    measure, the figure as a wider audience saw it, and by what it was counted."""  # fmt: skip

    name: str
    pcns: tuple[Pcn, ...]
    inside: tuple[str, ...]
    plans: Mapping[str, float]
    targets: Mapping[str, float]
    live: Mapping[str, date]
    baselines: Mapping[str, tuple[str, str]] = MappingProxyType({})

    def asked(self, definition: Definition) -> tuple[str, ...]:
        """The PCNs that a definition reports by. ValueError, one line: one is not mapped, or there is none."""
        unmapped = [pcn.code for pcn in self.pcns if pcn.criteria is None]
        if definition.pcns == "footprint":
            if unmapped:
                raise ValueError(
                    f"{', '.join(unmapped)}: practices of {self.name} belong to it, pcn_criteria does not know it: add it there"
                )
            if not self.inside:
                raise ValueError(f"the transformation footprint of {self.name} is empty: pcn_criteria names no PCN of it on that day")
            return self.inside
        return tuple(pcn.code for pcn in self.pcns) if definition.pcns == "all" else ()
