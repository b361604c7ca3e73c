"""People whose waits stand in every state, made by the real rules and written by the real store, as at a fixed day."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import chain, combinations, product
from typing import Any, NamedTuple

import asyncpg

from services.waits.rules.clock import clocks
from services.waits.rules.facts import facts
from services.waits.rules.gaps import gaps
from services.waits.rules.terms import Terms
from services.waits.store import definitions, pathways, reference
from shared.runtime.database import Connection
from shared.runtime.documents import lock
from shared.runtime.stated import microseconds
from shared.versions import Document, fold

AT = date(2026, 3, 12)
NOW = datetime(2026, 3, 12, 9, 12, 8, tzinfo=UTC)
NAMES = {"RXA": "Westside Trust", "RXB": "Eastside Trust", "RXC": "Elsewhere Trust"}
COMPONENTS = ("first-contact", "baseline-outcome", "assessment", "care-plan-or-intervention")
SUBSETS = tuple(chain.from_iterable(combinations(COMPONENTS, size) for size in range(len(COMPONENTS) + 1)))
SCHEMA_SQL = """
insert into reference.organisations (ods, name, kind) values ('RXA', 'Westside Trust', 'trust'), ('RXB', 'Eastside Trust', 'trust'),
    ('RXC', 'Elsewhere Trust', 'trust');
insert into reference.team_types (code, name) values ('A06', 'Functional CMHT'), ('A08', 'Assertive outreach');
insert into reference.refset_members (refset_id, concept_id, term) values ('1853441000000109', 'DEMO-ASSESS-1', 'Assessment');
insert into reference.assessment_tools (code, tool, scale, kind) values ('DEMO-SCORE-1', 'DIALOG', 'Total', 'PROM');
insert into access.person (username, name, organisation, roles, providers) values
    ('amira', 'Amira Hassan', 'Westside and Eastside ICB', '{icb-manager}', '{RXA,RXB}'),
    ('priya', 'Priya Nair', 'Westside Trust', '{team-manager}', '{RXA}'),
    ('ian', 'Ian Wright', 'Westside Trust', '{admin}', '{RXA}');
"""


class Wait(NamedTuple):
    """One person's referral, and what has happened: days from the start."""

    personkey: str
    provider: str
    referral_id: str
    team_type: str
    start: date
    met: dict[str, int]  # component -> day
    discharged: int | None = None
    died: int | None = None


def waits() -> Iterator[Wait]:
    """Every set of components met, at every edge of the wait, at two providers and two team types; and the odd ones."""
    kinds = product(SUBSETS, (0, 14, 15, 21, 22, 27, 28, 29, 40, 400), ("RXA", "RXB"), ("A06", "A08"))
    for number, (met, waited, provider, team) in enumerate(kinds, 1):
        day = min(waited, 10 if number % 3 else 35)
        yield _wait(number, provider, team, waited, dict.fromkeys(met, day))
    for index, (provider, waited) in enumerate(product(("RXA", "RXB", "RXC"), (20, 25, 60))):
        yield _wait(9000 + index, provider, "A06", waited, {}, discharged=12)
        yield _wait(9100 + index, provider, "A06", waited, {}, died=3)
    yield _wait(9200, "RXA", "A06", 50, dict.fromkeys(COMPONENTS, 10), discharged=20)


def _wait(number: int, provider: str, team: str, waited: int, met: dict[str, int], **ends: int) -> Wait:
    return Wait(f"pk{number:06}", provider, f"R{number}", team, AT - timedelta(waited), met, **ends)


def document(wait: Wait) -> Document:
    """The records of one person, as the worker would keep them."""
    found: Document = {}

    def record(kind: str, record_id: str, day: int, **data: Any) -> None:
        instant = microseconds(datetime.combine(wait.start + timedelta(day), datetime.min.time(), UTC))
        whole = {"provider": wait.provider} | {name: value for name, value in data.items() if value is not None}
        version = [instant, instant, f"/{wait.provider}/epr", f"e-{wait.referral_id}-{kind}", whole]
        fold(found, kind, wait.provider, record_id, version)

    def on(day: int | None) -> str | None:
        return None if day is None else (wait.start + timedelta(day)).isoformat()

    teams = [{"team": "T1", "team_type": wait.team_type}]
    linked = {"referral_id": wait.referral_id}
    record("person", "", 0, birth_date="1980-01-01", death_date=on(wait.died))
    record("referral", wait.referral_id, 0, **linked, received_on=on(0), teams=teams, discharged_on=on(wait.discharged))
    record("contact", f"C-{wait.referral_id}-dna", 1, **linked, on=on(0), attendance="3", medium="01")
    for component, day in wait.met.items():
        match component:
            case "first-contact":
                record("contact", f"C-{wait.referral_id}", day, **linked, on=on(day), attendance="5", medium="01")
            case "baseline-outcome":
                record("score", f"S-{wait.referral_id}", day, **linked, on=on(day), code="DEMO-SCORE-1", value=4)
            case "assessment":
                record("assessment", f"A-{wait.referral_id}", day, **linked, on=on(day), code="DEMO-ASSESS-1")
            case _:
                record("care-plan", f"P-{wait.referral_id}", day, created_on=on(day), agreed_by=["person"])
    return found


async def write(admin_url: str, found: list[Wait]) -> None:
    """Reference data, people, and these waits with their clocks as at AT."""
    async with connected(admin_url) as connection:
        await connection.execute(SCHEMA_SQL)
        await connection.execute("update silence_look set looked_at = $1, since = $1", NOW)
    await write_more(admin_url, found)


async def write_more(admin_url: str, found: list[Wait]) -> None:
    """Write these waits as the worker does, in one transaction."""
    definition = definitions.definition(definitions.MAIN)
    async with connected(admin_url) as connection, connection.transaction():
        known = await reference.load(connection)
        documents = {wait.personkey: document(wait) for wait in found}
        await lock(connection, sorted(documents))
        terms = Terms(definition, known, AT)
        wanting = {person: gaps(facts(records), terms) for person, records in documents.items()}
        await pathways.write(connection, documents, dict.fromkeys(documents), wanting)
        rows = [
            pathways.row(person, clock) | {"spell_revision": 1, "told": 0}
            for person, records in documents.items()
            for clock in clocks(facts(records), known, definition, AT)
        ]
        await pathways.write_clocks(connection, rows)
        instant = microseconds(NOW)
        heard = {(wait.provider, "referral", instant // pathways.QUARTER): [instant] for wait in found}
        await pathways.heard(connection, heard, {wait.provider: 1 for wait in found}, NOW)


async def take_away(admin_url: str, personkey: str) -> None:
    """As when a correction leaves a person no clock."""
    async with connected(admin_url) as connection, connection.transaction():
        await connection.execute("delete from clock where personkey = $1", personkey)
        await connection.execute("update feed set changes = changes + 1")


async def fall_silent(admin_url: str, provider: str) -> None:
    """As a look does that finds this provider silent."""
    async with connected(admin_url) as connection:
        values = provider, [0.0] * 192, NOW
        await connection.execute("insert into rhythm values ($1, 'any', 'flow', $2, 9, '{}', $3, true)", *values)
        await connection.execute("update silence_look set changes = changes + 1")


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(url, server_settings={"search_path": "waits"})
    try:
        yield connection
    finally:
        await connection.close()
