"""Where a unit counts: by the practice and the area that it names, as the reference data have them."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

import numpy as np

from services.reporting.store.units import Units
from shared.runtime.database import Connection, queries

SQL = queries("services.reporting", "sql/places.sql")
UNKNOWN = "UNKNOWN"


class _Practice(NamedTuple):
    pcn: str | None
    icb: str | None
    footprint: bool


class Places:
    """`practices` by code; `areas`: ICB and tenth of deprivation by LSOA."""

    def __init__(self, practices: Mapping[str, _Practice], areas: Mapping[str, tuple[str | None, str | None]]) -> None:
        self._practices, self._areas = practices, areas

    def icb(self, surgery: str, lsoa: str) -> str:
        """Of the practice, else of the area."""
        return self._practice(surgery).icb or self._area(lsoa)[0] or UNKNOWN

    def pcn(self, surgery: str) -> str:
        return self._practice(surgery).pcn or UNKNOWN

    def footprint(self, surgery: str) -> bool:
        """Whether its PCN is transformed or on the way."""
        return self._practice(surgery).footprint

    def deprivation(self, lsoa: str) -> str:
        return self._area(lsoa)[1] or UNKNOWN

    def of(self, organisation: str) -> Iterator[str]:
        """The codes of an organisation, its practices and the areas in it: more than its own where an area's people have a practice
        elsewhere."""
        yield organisation
        yield from (code for code, one in self._practices.items() if one.icb == organisation)
        yield from (code for code, (icb, _) in self._areas.items() if icb == organisation)

    def put(self, units: Units) -> None:
        """Add to units the columns that say where they count."""
        if not units.size:
            return
        surgeries, areas = units.texts("surgery"), units.texts("lsoa")
        surgery, lsoa = units["surgery"], units["lsoa"]
        units.put("pcn", [self.pcn(code) for code in surgeries], surgery)
        units.put("deprivation", [self.deprivation(code) for code in areas], lsoa)
        units.put_numbers("footprint", np.array([self.footprint(code) for code in surgeries])[surgery])
        named = np.array([self._practice(code).icb is not None for code in surgeries])[surgery]
        icbs = [self.icb(code, "") for code in surgeries] + [self.icb("", code) for code in areas]
        units.put("icb", icbs, np.where(named, surgery, lsoa + len(surgeries)))

    def _practice(self, code: str) -> _Practice:
        return self._practices.get(code, _NOWHERE)

    def _area(self, code: str) -> tuple[str | None, str | None]:
        return self._areas.get(code, (None, None))


_NOWHERE = _Practice(None, None, False)


async def places(connection: Connection, last: date, load: int | None) -> Places:
    """On a day. `load`: of the reference data; None: the latest."""
    practices = {code: _Practice(*one) for code, *one in await connection.fetch(SQL["practices"], last, load)}
    return Places(practices, {code: (icb, decile) for code, icb, decile in await connection.fetch(SQL["lsoas"], load)})
