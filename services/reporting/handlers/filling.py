"""A return filled in as known at an instant: its cells, the figures and units behind them, the edits, the hashes. Writes nothing."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import orjson

from services.reporting.handlers.files import unfillable
from services.reporting.rules.disclosure import own
from services.reporting.rules.evidence import Figure, digest
from services.reporting.rules.measures import FAMILIES, Found
from services.reporting.rules.measures.lines import Counted
from services.reporting.rules.members import Member
from services.reporting.rules.period import Period
from services.reporting.rules.returns.book import families
from services.reporting.rules.returns.compose import Cell, canonical, compose, ground, protected
from services.reporting.rules.returns.definition import Definition
from services.reporting.rules.returns.edits import Edit, before, edits
from services.reporting.rules.returns.footprint import Footprint, Pcn
from services.reporting.rules.returns.tables import Tables
from services.reporting.store import entered, frozen, measures
from services.reporting.store.footprint import footprint as footprint_of
from services.reporting.store.measures import Asked
from services.reporting.store.members import members
from services.reporting.store.places import Places
from shared.runtime.database import Connection


class Filled(NamedTuple):
    """`found`: what was counted at the return's places. `rules`: versions of all that computed it."""

    definition: Definition
    organisation: str
    period: Period
    version: int
    known_at: datetime
    entered_at: datetime
    load: int
    position: int
    rules: dict[str, Any]
    found: Counted
    footprint: Footprint
    cells: Sequence[Cell]
    members: Sequence[Member]
    edits: Sequence[Edit]

    @property
    def return_id(self) -> str:
        return self.definition.return_id(self.organisation, self.period)

    @property
    def figures(self) -> list[Figure]:
        return [Figure(cell.row(), cell.measure, None if cell.exact is None else str(own(cell.exact))) for cell in self.cells]

    @property
    def content(self) -> bytes:
        """What leaves."""
        return canonical(self.return_id, self.version, self.cells)

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def evidence_hash(self) -> str:
        return digest(self.figures, self.members)

    @property
    def kept(self) -> str:
        """What was counted, and on what ground, as it is kept for the version after this one."""
        counted = [(family.name, rows) for family, rows in self.found]
        return orjson.dumps({"found": counted, "footprint": self.footprint._asdict()}, default=tuple).decode()


async def fill(
    connection: Connection,
    definition: Definition,
    organisation: str,
    period: Period,
    known_at: datetime,
    entered_at: datetime,
    version: int = 1,
) -> Filled:
    """In the caller's transaction, which sees one moment. ValueError, one line: an unmapped PCN, an empty footprint.

    `entered_at`: until when lines that were entered by hand are taken. `version`: of the return that is filled in; what the one before it
    hid stays hidden.
    """
    asked = Asked(period.last, known_at=known_at)
    load = await measures.load_at(connection, known_at)
    footprint = await footprint_of(connection, definition, organisation, period.last, load, entered_at)
    footprint.asked(definition)
    return_id = definition.return_id(organisation, period)
    where = await measures.places_of(connection, asked)
    counted = [
        (family, _there(await measures.found(connection, family, asked, where), definition, footprint, organisation))
        for family in families(definition)
    ]
    behind = await units(connection, definition, organisation, asked, where)
    hands = await entered.standing(connection, return_id, entered_at)
    tables = await _tables_before(connection, definition, return_id, version)
    cells = compose(definition, counted, hands, footprint, organisation, tables)
    rows = await frozen.rows_before(connection, return_id, version, period.first)
    rules = {"return": definition.key, "software": frozen.software(), **await frozen.clocks(connection, known_at)}
    position = await frozen.position(connection, known_at)
    found = edits(definition, cells, before(rows) if rows else None)
    found += await unfillable(connection, definition, [cell.row() for cell in cells])
    return Filled(
        definition, organisation, period, version, known_at, entered_at, load, position, rules, counted, footprint, cells, behind, found
    )


async def units(
    connection: Connection, definition: Definition, organisation: str, asked: Asked, where: Places | None = None
) -> list[Member]:
    """What stands behind a return's measures, of the organisation's own. `where`: as of `found`."""
    where = where or await measures.places_of(connection, asked)
    return [one for family in families(definition) for one in await members(connection, family, asked, organisation, where)]


def _there(found: Sequence[Found], definition: Definition, footprint: Footprint, organisation: str) -> list[Found]:
    """Of what was counted, the places of this return."""
    places = ground(definition, footprint, organisation)
    return [one for one in found if not one.team and (one.code == organisation or (one.level == "pcn" and one.code in places.pcns))]


async def _tables_before(connection: Connection, definition: Definition, return_id: str, version: int) -> Tables | None:
    """The tables of the versions that have left, each protected beside the one before it; None where there is none of this shape."""
    tables: Tables | None = None
    by_name = {family.name: family for family in FAMILIES}
    for row in await frozen.versions_before(connection, return_id, version):
        if (row["definition"], row["definition_version"]) != (definition.id, definition.version):
            tables = None
            continue
        kept = orjson.loads(row["figures"])
        counted = [(by_name[name], [Found(*one) for one in rows]) for name, rows in kept["found"]]
        tables = protected(definition, counted, _footprint(kept["footprint"]), row["organisation"], tables)
    return tables


def _footprint(kept: Mapping[str, Any]) -> Footprint:
    live = {pathway: date.fromisoformat(day) for pathway, day in kept["live"].items()}
    pcns = tuple(Pcn(*one) for one in kept["pcns"])
    return Footprint(kept["name"], pcns, tuple(kept["inside"]), kept["plans"], kept["targets"], live, kept.get("baselines", {}))
