"""The reference tables: columns, keys, periods and parents. What `clockstop reference load` checks a CSV against."""

from collections.abc import Mapping
from typing import NamedTuple


class Table(NamedTuple):
    """One table. `required` columns must be there and filled, `optional` ones may be absent; `key` is unique, or unique at any date
    where the table has a `period`; `parents` maps a column to the (table, column) in which its values must exist."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    period: tuple[str, str] | None = None
    parents: Mapping[str, tuple[str, str]] = {}
    numbers: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return self.required + self.optional


VALID = ("valid_from", "valid_to")
ACTIVE = ("active_from", "active_to")

TABLES: Mapping[str, Table] = {
    "organisations": Table(
        ("ods", "name", "kind"), ("icb", "region", "successor", *VALID), ("ods",), VALID, {"successor": ("organisations", "ods")}
    ),
    "pcns": Table(("pcn", "name"), ("icb",), ("pcn",)),
    "practices": Table(("practice", "name"), ("pcn", "icb", *VALID), ("practice",), VALID, {"pcn": ("pcns", "pcn")}),
    "lsoas": Table(("lsoa", "local_authority"), ("icb", "imd_decile"), ("lsoa",), numbers=("imd_decile",)),
    "postcodes": Table(("postcode", "lsoa"), (), ("postcode",), parents={"lsoa": ("lsoas", "lsoa")}),
    "team_types": Table(("code", "name"), VALID, ("code",), VALID),
    "procedures": Table(("code", "term", "use"), (), ("code", "use")),
    "refset_members": Table(("refset_id", "concept_id"), ("term", *ACTIVE), ("refset_id", "concept_id"), ACTIVE),
    "assessment_tools": Table(
        ("code", "tool"), ("scale", "kind", "lowest", "highest", *ACTIVE), ("code",), ACTIVE, numbers=("lowest", "highest")
    ),
    "ethnic_categories": Table(("code", "name"), VALID, ("code",), VALID),
    "closure_reasons": Table(("code", "name"), VALID, ("code",), VALID),
    "rejection_reasons": Table(("code", "name"), VALID, ("code",), VALID),
    "excluded_providers": Table(("provider", "name"), ACTIVE, ("provider",), ACTIVE),
    "population": Table(
        ("area", "group", "age_band", "year", "people"), ("source",), ("area", "group", "age_band", "year"), numbers=("people",)
    ),
    "pcn_criteria": Table(
        ("pcn", "criteria_met"), ("fully_transformed", *VALID), ("pcn",), VALID, {"pcn": ("pcns", "pcn")}, ("criteria_met",)
    ),
    "trajectories": Table(
        ("measure", "organisation", "period", "planned"), ("source",), ("measure", "organisation", "period"), numbers=("planned",)
    ),
    "targets": Table(("measure", "target"), (*VALID, "source"), ("measure",), VALID, numbers=("target",)),
    "directory": Table(("name", "kind"), ("area", "contact", *VALID), ("name", "kind", "area"), VALID),
    "dedicated_pathways": Table(("pathway", "provider"), ("live_from",), ("pathway", "provider")),
}
