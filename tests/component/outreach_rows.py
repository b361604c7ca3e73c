"""People on registers who stand in every way, made by the real handlers, as at a fixed day."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import chain, combinations, product
from typing import Any, NamedTuple

import asyncpg

from services.outreach.handlers import CareEvents
from services.outreach.rules.schedule import ELEMENTS
from shared.events.outreach import TaskCause
from shared.runtime.database import Connection
from shared.runtime.documents import lock
from shared.runtime.stated import microseconds
from shared.versions import Document, fold

AT = date(2025, 3, 12)
NOW = datetime(2025, 3, 12, 9, 12, 8, tzinfo=UTC)
SUBSETS = tuple(chain.from_iterable(combinations(ELEMENTS, size) for size in (0, 1, 5, 6)))
ETHNICITIES = ("A", "H", "M", "Z", None)
SCHEMA_SQL = """
insert into reference.organisations (ods, name, kind) values ('RXA', 'Westside Trust', 'nhs trust'), ('RXB', 'Eastside Trust', 'nhs trust'),
    ('RXC', 'Elsewhere Trust', 'nhs trust'), ('VCS01', 'Hillside Mind', 'vcse');
insert into reference.practices (practice, name, pcn, icb) values ('XG0101', 'Central Surgery', 'XP01', 'XIB'),
    ('XG0102', 'Market Surgery', 'XP01', 'XIB'), ('XG0201', 'Station Surgery', 'XP02', 'XIB');
insert into reference.pcns (pcn, name) values ('XP01', 'Central PCN'), ('XP02', 'Station PCN');
insert into reference.lsoas (lsoa, local_authority, icb, imd_decile) values ('E01990101', 'E06999001', 'XIB', 1),
    ('E01990102', 'E06999001', 'XIB', 10);
insert into reference.ethnic_categories (code, name) values ('A', 'White: British'), ('H', 'Asian or Asian British: Indian'),
    ('M', 'Black or Black British: Caribbean'), ('Z', 'Not stated');
insert into reference.targets (measure, target, valid_from, valid_to, source) values
    ('smi-health-checks', 0.6, null, '2024-03-31', 'earlier'), ('smi-health-checks', 0.75, '2024-04-01', null, 'NHS England');
insert into reference.directory (name, kind, area, contact) values ('Stop smoking service', 'smoking', 'XIB', '01632 960101'),
    ('Peer group', 'peer support', 'E06999001', '01632 960104'), ('Far away', 'peer support', 'E06999009', '01632 960105');
insert into access.person (username, name, organisation, roles, providers) values
    ('amira', 'Amira Hassan', 'Westside and Eastside ICB', '{icb-manager}', '{RXA,RXB}'),
    ('priya', 'Priya Nair', 'Westside Trust', '{team-manager}', '{RXA}'),
    ('olu', 'Olu Adeyemi', 'Eastside Trust', '{outreach-worker}', '{RXB}'),
    ('pat', 'Pat Doyle', 'Hillside Mind', '{outreach-worker}', '{VCS01}'),
    ('gwen', 'Gwen Price', 'Central Surgery', '{outreach-worker}', '{XG0101}'),
    ('ian', 'Ian Wright', 'Westside Trust', '{admin}', '{RXA}');
"""


class OnRegister(NamedTuple):
    """One person on a register, and what is known of them: days before AT."""

    personkey: str
    provider: str = "RXA"
    practice: str = "XG0101"
    checked: dict[str, int] = {}  # noqa: RUF012  # never changed
    responsible: str | None = None
    ethnicity: str | None = "A"
    lsoa: str | None = "E01990101"
    birth_year: int = 1980
    entered: int = 900
    left: int | None = None
    died: int | None = None
    smokes: bool = False
    high_pressure: bool = False
    preference: dict[str, Any] = {}  # noqa: RUF012
    given: tuple[str, ...] = ()
    treated: int | None = None  # something was done about smoking


def people() -> Iterator[OnRegister]:
    """Every set of elements recorded lately or long ago, at two providers, by what people are; and the odd ones."""
    kinds = product(SUBSETS, (3, 350, 364, 365), ("RXA", "RXB"))
    for number, (subset, days, provider) in enumerate(kinds, 1):
        checked = dict.fromkeys(subset, days) if number % 2 else {name: days if name in subset else 700 for name in ELEMENTS}
        practice = ("XG0101", "XG0102", "XG0201")[number % 3]
        yield OnRegister(
            f"pk{number:06}", provider, practice, checked,
            responsible=provider if number // 2 % 4 == 0 else "practice",
            ethnicity=ETHNICITIES[number % 5], lsoa=("E01990101", "E01990102", None)[number % 3], birth_year=1940 + number % 66,
            smokes=number % 3 == 0, high_pressure=number % 5 == 0, treated=1 if number % 6 == 0 and days > 1 else None,
            preference={"channels": ["text", "call"]} if number % 7 == 0 else {},
            given=("influenza",) if number % 4 == 0 else (),
        )  # fmt: skip
    for index, provider in enumerate(("RXA", "RXB", "RXC")):
        yield OnRegister(f"pk9{index}0001", provider, died=5)
        yield OnRegister(f"pk9{index}0002", provider, left=20)
        yield OnRegister(f"pk9{index}0003", provider, preference={"opt_out": True, "formats": ["easy read"]})
        yield OnRegister(f"pk9{index}0004", provider, preference={"restricted": True})
        yield OnRegister(f"pk9{index}0005", provider, responsible=provider, entered=2)


def document(one: OnRegister) -> Document:
    """The records of one person, as the worker would keep them."""
    found: Document = {}

    def on(days: int | None) -> str | None:
        return None if days is None else (AT - timedelta(days)).isoformat()

    def record(kind: str, record_id: str, days: int, /, **data: Any) -> None:
        instant = microseconds(datetime.combine(AT - timedelta(days), datetime.min.time(), UTC))
        whole = {"provider": one.provider} | {name: value for name, value in data.items() if value is not None}
        fold(
            found, kind, one.provider, record_id, [instant, instant, f"/{one.provider}/epr", f"e-{one.personkey}-{kind}-{record_id}", whole]
        )

    birth = f"{one.birth_year}-01-01"
    record(
        "person",
        "",
        one.entered,
        birth_date=birth,
        death_date=on(one.died),
        ethnicity=one.ethnicity,
        lsoa=one.lsoa,
        local_authority="E06999001",
    )
    about = {"practice": one.practice, "responsible": one.responsible or "practice"}
    record(
        "register", f"E-{one.personkey}", one.entered, condition="schizophrenia", entered_on=on(one.entered), left_on=on(one.left), **about
    )
    for element, days in one.checked.items():
        readings: list[dict[str, object]] = []
        if element == "smoking" and one.smokes:
            readings = [{"name": "smoking status", "value": "current"}]
        if element == "blood pressure":
            readings = [{"name": "systolic", "value": 160 if one.high_pressure else 120, "unit": "mmHg"}]
        record("health-check", f"C-{one.personkey}-{element}", days, element=element, on=on(days), status="recorded", readings=readings)
    if one.preference:
        record("preference", "", 300, **one.preference)
    if one.treated is not None and one.smokes and "smoking" in one.checked:
        treated = {"kind": "stop smoking", "finding": "smoking", "status": "started"}
        record("physical-intervention", f"I-{one.personkey}", one.treated, on=on(one.treated), **treated)
    for vaccine in one.given:
        record("vaccination", f"V-{one.personkey}-{vaccine}", 100, kind=vaccine, on=on(100), status="given")
    return found


Attempted = tuple[str, str, int, str | None]
"""Person, channel, days before AT, result."""


async def write(admin_url: str, found: list[OnRegister], attempts: Sequence[Attempted] = ()) -> None:
    """Reference data, readers, and these people with what is to be done for them as at AT, after these attempts."""
    async with connected(admin_url) as connection:
        await connection.execute(SCHEMA_SQL)
        await connection.execute("insert into reference.load (hash, rows) values ('test', '{}')")
        anchors = {one.personkey: f"{one.provider}|register|E-{one.personkey}" for one in found}
        for number, (person, channel, days, result) in enumerate(attempts):
            made = AT - timedelta(days)
            await connection.execute(
                "insert into attempt (attempt_id, personkey, anchor, schedule, channel, made_on, made_at, made_by, result, reason,"
                " entered_at)"
                " values ($1, $2, $3, 'annual-recall', $4, $5, $6, 'priya', $7, 'told so', $6)",
                f"t-{number}", person, anchors[person], channel, made, datetime.combine(made, datetime.min.time(), UTC), result,
            )  # fmt: skip
    await write_more(admin_url, found)


async def write_more(admin_url: str, found: list[OnRegister]) -> None:
    """Write these people as the worker does, in one transaction. The clock is the caller's to set."""
    documents = {one.personkey: document(one) for one in found}
    cause = TaskCause(kind="event", receivedtime=NOW)
    async with connected(admin_url) as connection, connection.transaction():
        await lock(connection, sorted(documents))
        changes = await CareEvents().recompute(connection, documents, dict.fromkeys(documents, cause), NOW)
        for provider, number in changes.items():
            await connection.execute(
                "insert into feed (provider, last_received_at, changes) values ($1, $2, $3)"
                " on conflict (provider) do update set changes = feed.changes + excluded.changes",
                provider, NOW, number,
            )  # fmt: skip


async def share(admin_url: str, owner: str, partner: str, fields: list[str], until: date | None = None) -> None:
    """An agreement in force since long ago."""
    async with connected(admin_url) as connection:
        await connection.execute(
            "insert into access.agreement (owner, partner, purpose, fields, valid_from, valid_to, made_by, reason, made_at)"
            " values ($1, $2, 'health-checks', $3, '2024-01-01', $4, 'admin', 'a test of sharing', $5)",
            owner, partner, fields, until, NOW,
        )  # fmt: skip


async def end_sharing(admin_url: str, last_day: date) -> None:
    """All agreements end with this day."""
    async with connected(admin_url) as connection:
        await connection.execute("update access.agreement set valid_to = $1", last_day)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(url, server_settings={"search_path": "outreach"})
    try:
        yield connection
    finally:
        await connection.close()
