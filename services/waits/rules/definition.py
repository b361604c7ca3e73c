"""A clock definition: data from a TOML file that names the rules it goes by (02-clock section 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

COMPONENTS = ("first-contact", "second-contact", "baseline-outcome", "assessment", "care-plan-or-intervention")
USES = ("assessment", "intervention", "psychological-therapy")

_T = TypeVar("_T")
_KINDS = {int: "a whole number", str: "a text", bool: "true or false", date: "a date", list: "a list", dict: "a table"}


@dataclass(frozen=True, slots=True)
class Waiver:
    """A component that is not waited for where the spell started and was first seen before these dates (W16)."""

    component: str
    spell_started_before: date
    first_contact_before: date

    def applies(self, start: date, first_contact: date | None) -> bool:
        """No first contact, no waiver (02-clock section 7)."""
        return start < self.spell_started_before and first_contact is not None and first_contact < self.first_contact_before


@dataclass(frozen=True, slots=True)
class Stop:
    """What stops the clock: `all` = the last of the components, every one required; `any` = the first of them."""

    mode: str
    components: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    id: str
    version: int
    title: str
    source: str
    publish: bool  # whether it may feed a return
    unit: str
    start: str
    stop: Stop
    target_days: int
    target_test: str
    adult_from: int  # years
    team_types: Mapping[str, str]  # as sent -> as counted (W2)
    reasons: tuple[str, ...]
    pauses: tuple[str, ...]
    merge_gap_days: int
    oldest_start: date
    residence: str
    waivers: tuple[Waiver, ...]
    attended: frozenset[str]
    media: frozenset[str]
    did_not_attend: frozenset[str]
    uses: Mapping[str, frozenset[str]]  # id of a reference set -> what its codes count as
    excluded_codes: frozenset[str]
    refused_code: str
    excluded_tools: frozenset[str]

    @property
    def key(self) -> str:
        """What names this version: `id@version`."""
        return f"{self.id}@{self.version}"


class _Fields:
    """The fields of one TOML table; each is taken once, and `end` refuses what is left."""

    def __init__(self, table: Mapping[str, Any], path: str = "") -> None:
        self._left = dict(table)
        self._path = path

    def take(self, name: str, kind: type[_T]) -> _T:
        value = self._left.pop(name, None)
        if type(value) is not kind:  # not isinstance: true is no number of days
            raise ValueError(f"{self._path}{name}: {_KINDS[kind]} is needed")
        return value

    def one_of(self, name: str, known: tuple[str, ...]) -> str:
        value = self.take(name, str)
        if value not in known:
            raise ValueError(f"{self._path}{name}: {value!r} is not one of {', '.join(known)}")
        return value

    def names(self, name: str, known: tuple[str, ...] | None = None) -> tuple[str, ...]:
        values = self.take(name, list)
        for value in values:
            if not isinstance(value, str) or (known is not None and value not in known):
                raise ValueError(f"{self._path}{name}: {value!r} is not known")
        return tuple(values)

    def table(self, name: str) -> "_Fields":
        return _Fields(self.take(name, dict), f"{self._path}{name}.")

    def tables(self, name: str) -> "list[_Fields]":
        return [_Fields(table, f"{self._path}{name}.") for table in self.take(name, list)]

    def rest(self) -> "dict[str, str]":
        return {name: self.take(name, str) for name in list(self._left)}

    def end(self) -> None:
        for name in self._left:
            raise ValueError(f"{self._path}{name}: no such field")


def parse(table: Mapping[str, Any]) -> Definition:
    """The definition that a TOML table states; ValueError naming the field that is missing, malformed or unknown.

    Rules are named, and only rules that exist may be named: `unit`, `start` and `target_test` have one each so far, `reasons`
    and `pauses` none.
    """
    fields = _Fields(table)
    age, stop, contact, sets, codes, tools = (fields.table(name) for name in ("age", "stop", "contact", "sets", "codes", "tools"))
    waivers = fields.tables("waivers")
    definition = Definition(
        id=fields.take("id", str),
        version=fields.take("version", int),
        title=fields.take("title", str),
        source=fields.take("source", str),
        publish=fields.take("publish", bool),
        unit=fields.one_of("unit", ("provider",)),
        start=fields.one_of("start", ("referral-received",)),
        stop=Stop("all", stop.names("all", COMPONENTS)),
        target_days=fields.take("target_days", int),
        target_test=fields.one_of("target_test", ("<=",)),
        adult_from=age.take("from", int),
        team_types={code: code for code in fields.names("team_types")} | fields.table("recoded_team_types").rest(),
        reasons=fields.names("reasons", ()),
        pauses=fields.names("pauses", ()),
        merge_gap_days=fields.take("merge_gap_days", int),
        oldest_start=fields.take("oldest_start", date),
        residence=fields.take("residence", str),
        waivers=tuple(_waiver(waiver) for waiver in waivers),
        attended=frozenset(contact.names("attended")),
        media=frozenset(contact.names("media")),
        did_not_attend=frozenset(contact.names("did_not_attend")),
        uses=_uses({use: sets.names(use) for use in USES}),
        excluded_codes=frozenset(codes.names("excluded")),
        refused_code=codes.take("refused", str),
        excluded_tools=frozenset(tools.names("excluded")),
    )
    if not definition.stop.components:
        raise ValueError("stop.all: at least one component is needed")
    for part in (fields, age, stop, contact, sets, codes, tools, *waivers):
        part.end()
    return definition


def _uses(sets: Mapping[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    refsets = {refset for named in sets.values() for refset in named}
    return {refset: frozenset(use for use, named in sets.items() if refset in named) for refset in refsets}


def _waiver(fields: _Fields) -> Waiver:
    return Waiver(
        component=fields.one_of("component", COMPONENTS),
        spell_started_before=fields.take("spell_started_before", date),
        first_contact_before=fields.take("first_contact_before", date),
    )
