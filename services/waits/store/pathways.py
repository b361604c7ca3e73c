"""Pathways and clocks: read under lock, written back in one statement each. Everything in the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import orjson

from services.waits.rules.clock import Clock, Part, clocks_under
from services.waits.rules.components import Met
from services.waits.rules.definition import Definition
from services.waits.rules.facts import Pathway
from services.waits.rules.reference import Reference
from shared.runtime.database import Connection, columns, queries
from shared.versions import Document, london_day

SQL = queries("services.waits", "sql/queries.sql")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

NOTHING: Mapping[Any, int] = MappingProxyType({})

Row = dict[str, Any]
"""One row of `clock`, by column."""
Key = tuple[str, str, str, int]
"""Person, spell id, definition and its version."""


async def write(
    connection: Connection, documents: Mapping[str, Document], recompute_on: Mapping[str, date | None], gaps: Mapping[str, Sequence[str]]
) -> None:
    """Write pathways back, each with the day on which time alone may change it and what is wanting in it."""
    people = list(documents)
    texts = [orjson.dumps(documents[person]).decode() for person in people]
    wanting = [";".join(gaps[person]) or None for person in people]
    await connection.execute(SQL["write_pathways"], people, texts, [recompute_on[person] for person in people], wanting)


def key(row: Row) -> Key:
    """What names a clock."""
    return row["personkey"], row["spell_id"], row["definition"], row["definition_version"]


async def recompute_on(connection: Connection, people: Sequence[str], day: date) -> None:
    """Let these locked pathways be computed again by that day."""
    if people:
        await connection.execute(SQL["recompute_on"], people, day)


async def clocks_of(connection: Connection, definitions: Sequence[tuple[str, int]], people: Sequence[str]) -> dict[Key, Row]:
    """The clocks of these people under these definitions (id, version) as they stand, locked."""
    if not definitions:
        return {}
    found = (dict(row) for row in await connection.fetch(SQL["clocks_of"], people, *columns(definitions)))
    return {key(row): row for row in found}


def components(clock: Clock) -> orjson.Fragment:
    """The components met, as events say them."""
    return orjson.Fragment(_components(tuple(sorted(clock.components.items()))))


@lru_cache(maxsize=256)
def _components(met: tuple[tuple[str, Met], ...]) -> str:
    """Of clocks under definitions that see alike these are the same, as are the parts."""
    told = {name: {"met_on": one.on, "event": one.event_id, "recorded_on": london_day(one.recorded)} for name, one in met}
    return orjson.dumps(told).decode()


@lru_cache(maxsize=256)
def _parts(parts: tuple[Part, ...]) -> str:
    return orjson.dumps([part._asdict() for part in parts]).decode()


def row(personkey: str, clock: Clock) -> Row:
    """The row of a computed clock, without the columns that say what was told of it."""
    return {
        "spell_id": clock.spell_id,
        "definition": clock.definition,
        "definition_version": clock.definition_version,
        "personkey": personkey,
        "provider": clock.provider,
        "providers": list(clock.providers),
        "referral_ids": list(clock.referral_ids),
        "parts": _parts(clock.parts),
        "team_types": list(clock.team_types),
        "pathways": list(clock.pathways),
        "start": clock.start,
        "end": clock.end,
        "accepted_on": clock.accepted_on,
        "first_contact": clock.first_contact,
        "second_contact": clock.second_contact,
        "baseline_outcome": clock.baseline_outcome,
        "assessment": clock.assessment,
        "assessment_waived": clock.assessment_waived,
        "care_plan": clock.care_plan,
        "intervention": clock.intervention,
        "psychological_therapy": clock.psychological_therapy,
        "care_plan_or_intervention": clock.care_plan_or_intervention,
        "components": _components(tuple(sorted(clock.components.items()))),
        "missing": list(clock.missing),
        "paused_days": clock.paused_days,
        "closed": clock.closed,
        "stop": clock.stop,
        "wait_days": clock.wait_days,
        "breach_on": clock.breach_on,
        "last_contact": clock.last_contact,
        "last_activity": clock.last_activity,
        "dna_count": clock.dna_count,
        "birth_date": clock.birth_date,
        "death_date": clock.death_date,
        "ethnicity": clock.ethnicity,
        "practice": clock.practice,
        "lsoa": clock.lsoa,
    }


def rows(person: str, pathway: Pathway, under: Iterable[Definition], reference: Reference, at: date) -> list[Row]:
    """The rows of all clocks of one person under these definitions, as at the end of the London day `at`."""
    return [row(person, clock) for clock in clocks_under(under, pathway, reference, at)]


def as_json(rows: Iterable[Row]) -> str:
    """Rows as `json_populate_recordset` takes them."""
    written = [{**row, "components": orjson.Fragment(row["components"]), "parts": orjson.Fragment(row["parts"])} for row in rows]
    return orjson.dumps(written).decode()


async def revisions(connection: Connection, count: int) -> list[int]:
    """New revisions, ascending."""
    return sorted(row["revision"] for row in await connection.fetch(SQL["revisions"], count))


async def write_clocks(connection: Connection, rows: Sequence[Row]) -> None:
    """Insert or replace clocks."""
    if rows:
        await connection.execute(SQL["write_clocks"], as_json(rows))


async def write_activity(connection: Connection, rows: Sequence[Row]) -> None:
    """Note when something last happened in these spells."""
    if rows:
        await connection.execute(SQL["write_activity"], *columns([(*key(row), row["last_activity"]) for row in rows]))


async def delete_clocks(connection: Connection, withdrawn: Sequence[Row]) -> None:
    """Remove the clocks of spells that are no more."""
    if withdrawn:
        await connection.execute(SQL["delete_clocks"], *columns([key(row) for row in withdrawn]))


QUARTER = 900_000_000
"""Microseconds of a quarter of an hour."""
Heard = Mapping[tuple[str, str, int], Sequence[int]]
"""(provider, kind, quarter of an hour since 1970) -> when events came, in microseconds since 1970."""


async def heard(
    connection: Connection,
    received: Heard,
    changes: Mapping[str, int],
    now: datetime | None = None,
    late: Mapping[tuple[str, str, int], int] = NOTHING,
) -> None:
    """What came from each provider and how much of it late, applied `now`, and how many of its clocks changed."""
    last: dict[str, datetime] = {}
    rows = []
    for (provider, kind, quarter), instants in received.items():
        latest = _EPOCH + _MICROSECOND * max(instants)
        last[provider] = max(latest, last.get(provider, latest))
        rows.append((provider, kind, quarter, latest, len(instants), late.get((provider, kind, quarter), 0)))
    providers = sorted({*last, *changes})
    if providers:
        told = [last.get(p) for p in providers], [changes.get(p, 0) for p in providers]
        await connection.execute(SQL["heard"], providers, *told, now, *(columns(rows) or [[]] * 6))


async def told(connection: Connection, rows: Sequence[Row]) -> None:
    """Note what was told of each of these clocks, and under which revision."""
    await connection.execute(SQL["told"], *columns([(*key(row), row["told"], row["spell_revision"]) for row in rows]))
