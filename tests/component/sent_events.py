"""What providers send, and a front door over a real database that takes it."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import orjson

from services.referrals.handlers.front_door import FrontDoor, receive_over_http
from services.referrals.store.vault import Lookups, Vault, parse_keys
from services.waits.rules.clock import Clock, clocks
from services.waits.rules.facts import facts
from services.waits.store import definitions
from services.waits.store import reference as waits_reference
from shared.clock import london_date
from shared.events.catalogue import TYPES, event_type
from shared.events.receipts import Flag, Reason, Receipt
from shared.events.topics import CARE_TOPICS
from shared.runtime.database import Pool
from shared.runtime.stated import microseconds
from shared.versions import MOVED, Document, fold

RECEIVED = datetime(2024, 7, 10, 12, tzinfo=UTC)
LOOKUP_KEYS = f"1:{'a1' * 32}"
ROTATED_KEYS = f"{LOOKUP_KEYS},2:{'b2' * 32}"
VAULT_KEYS = f"1:{'c3' * 32}"
ONE, TWO, THREE = "9990000018", "9990000026", "9990000034"
"""Valid NHS numbers of nobody."""

_DATA: dict[str, dict[str, Any]] = {
    "referral": {"received_on": "2024-07-01", "teams": [{"team": "T1", "team_type": "A06"}]},
    "stay": {"admitted_on": "2024-07-01"},
    "contact": {"referral_id": "R1", "on": "2024-07-05", "attendance": "5", "medium": "01"},
    "assessment": {"referral_id": "R1", "on": "2024-07-05", "code": "DEMO-ASSESS-1"},
    "score": {"referral_id": "R1", "on": "2024-07-05", "code": "DEMO-SCORE-1", "value": 4},
    "intervention": {"referral_id": "R1", "on": "2024-07-05", "code": "DEMO-ASSESS-1"},
    "care-plan": {"created_on": "2024-07-05", "agreed_by": ["person"]},
    "person": {"birth_date": "1980-01-01"},
    "assignment": {"role": "care coordinator", "from": "2024-07-02"},
    "pause": {"referral_id": "R1", "from": "2024-07-02", "reason": "person asked to wait"},
    "support": {"kind": "peer support", "first_on": "2024-07-05"},
    "register": {"condition": "schizophrenia", "entered_on": "2020-01-01", "practice": "XG0101"},
    "health-check": {
        "element": "smoking",
        "on": "2024-07-05",
        "status": "recorded",
        "readings": [{"name": "smoking status", "value": "never"}],
    },
    "medication": {"kind": "clozapine", "started_on": "2024-07-05"},
    "monitoring": {"kind": "eating disorder", "every_days": 7, "from": "2024-07-05"},
    "physical-intervention": {"kind": "stop smoking", "finding": "smoking", "on": "2024-07-05", "status": "started"},
    "vaccination": {"kind": "influenza", "on": "2024-07-05", "status": "given"},
    "preference": {"opt_out": False},
    "merge": {"from": "P2", "into": "P1"},
}
_serial = iter(range(1, 1_000_000))


def event(
    kind: str = "referral",
    record_id: str = "R1",
    *,
    provider: str = "RXX",
    person: dict[str, str] | None = None,
    voided: bool = False,
    recorded: str = "2024-07-09T09:00:00+01:00",
    event_id: str | None = None,
    **data: Any,
) -> dict[str, Any]:
    """One event of a provider, good unless `data` (which replaces or, by None, removes fields) makes it bad."""
    id_field = TYPES[event_type(kind, voided=False)].record.id_field
    whole = {"provider": provider, "person": person or {"local_id": "P1"}} | ({id_field: record_id} if id_field else {})
    whole |= data if voided else _DATA[kind] | data
    return {
        "specversion": "1.0",
        "id": event_id or f"e-{next(_serial)}",
        "source": f"/{provider}/epr",
        "type": event_type(kind, voided=voided),
        "recordedtime": recorded,
        "data": {name: value for name, value in whole.items() if value is not None},
    }


def raw(one: dict[str, Any] | bytes) -> bytes:
    return one if isinstance(one, bytes) else orjson.dumps(one)


def _with(**replaced: Any) -> dict[str, Any]:
    return event() | replaced


def refused() -> dict[Reason, bytes]:
    """For each reason to reject one event alone: bytes that are rejected for it."""
    text = orjson.dumps(event())
    found: dict[Reason, dict[str, Any] | bytes] = {
        Reason.TOO_LARGE: orjson.dumps(event(team="x" * 256 * 1024)),
        Reason.NOT_UTF8: text.replace(b"R1", b"R\xff"),
        Reason.NOT_JSON: text[:-1],
        Reason.DUPLICATE_KEY: text.replace(b'"specversion"', b'"id":"twice","specversion"'),
        Reason.TOO_DEEP: b"[" * 40 + b"]" * 40,
        Reason.BAD_NUMBER: text.replace(b'"R1"', b"NaN"),
        Reason.BAD_TEXT: text.replace(b"R1", rb"R\u0000"),
        Reason.UNKNOWN_TYPE: _with(type="cmh.haircut.recorded.v1"),
        Reason.MISSING_FIELD: event(received_on=None),
        Reason.UNKNOWN_FIELD: event(recieved_on="2024-07-01"),
        Reason.WRONG_TYPE: event(teams="A06"),
        Reason.TOO_LONG: event(record_id="R" * 65),
        Reason.BAD_VALUE: event(record_id="R|1"),
        Reason.UNKNOWN_CODE: event(priority="9"),
        Reason.IMPOSSIBLE_DATE: event(received_on="1900-01-01"),
        Reason.IMPOSSIBLE_READING: event("health-check", readings=[{"name": "bmi", "value": 4, "unit": "kg/m2"}]),
        Reason.INVALID_NHS_NUMBER: event(person={"local_id": "P1", "nhs_number": "9434765910"}),
        Reason.PROVIDER_MISMATCH: event(provider="RYY"),
    }
    return {reason: raw(one) for reason, one in found.items()}


def flagged(now: datetime) -> dict[Flag, dict[str, Any]]:
    """For each flag: an event that is taken at `now` with this flag alone; its reference data is REFERENCE."""
    lately, ahead = ((now + timedelta(hours=hours)).isoformat() for hours in (-1, 23))
    day, long_ago = (london_date(now - timedelta(days=days)).isoformat() for days in (1, 62))
    return {
        Flag.FUTURE: event("referral", "R-future", recorded=ahead, received_on=day),
        Flag.LATE: event("contact", "C-late", recorded=lately, on=long_ago),
        Flag.UNKNOWN_TEAM: event("referral", "R-team", recorded=lately, received_on=day, teams=[{"team_type": "Z99"}]),
        Flag.NO_MEDIUM: event("contact", "C-medium", recorded=lately, on=day, medium=None),
        Flag.OFF_SCALE: event("score", "S-off", recorded=lately, on=day, value=29),
        Flag.UNKNOWN_PRACTICE: event("register", "G-practice", recorded=lately, practice="XG9999"),
        Flag.NO_READING: event("health-check", "H-none", recorded=lately, on=day, readings=None),
        Flag.UNFIT: event("health-check", "H-unfit", recorded=lately, on=day, status="declined"),
    }


REFERENCE = """
insert into reference.team_types (code, name) values ('A06', 'Community Mental Health Team');
insert into reference.assessment_tools (code, tool, scale, kind, lowest, highest)
values ('DEMO-SCORE-1', 'Demonstration', 'Total', 'PROM', 0, 28);
insert into reference.practices (practice, name) values ('XG0101', 'Westside Central Surgery')
"""


def door(lookup_keys: str = LOOKUP_KEYS) -> FrontDoor:
    return FrontDoor(Lookups(parse_keys(lookup_keys)), Vault(parse_keys(VAULT_KEYS)))


class Desk:
    """The front door over a database, one transaction for each `send`."""

    def __init__(self, pool: Pool, front_door: FrontDoor | None = None) -> None:
        self.pool = pool
        self.door = front_door or door()

    async def send(self, *events: dict[str, Any] | bytes, provider: str = "RXX", at: datetime = RECEIVED) -> list[Receipt]:
        async with self.pool.acquire() as connection:
            return await receive_over_http(self.door, connection, provider, [raw(one) for one in events], at)

    async def rows(self, query: str, *values: Any) -> list[asyncpg.Record]:
        return await self.pool.fetch(query, *values)

    async def one(self, query: str, *values: Any) -> Any:
        return await self.pool.fetchval(query, *values)

    async def holder(self, kind: str, record_id: str) -> str:
        return str(await self.one("select personkey from record where kind = $1 and record_id = $2", kind, record_id))

    async def said(self) -> list[dict[str, Any]]:
        """The canonical events in the outbox, in order."""
        rows = await self.rows(
            "select value from outbox, unnest(topics, payloads) with ordinality as u (topic, value, place)"
            " where topic = any ($1) order by id, place",
            list(CARE_TOPICS),
        )
        return [orjson.loads(row["value"]) for row in rows]

    async def documents(self) -> dict[str, Document]:
        """What `waits` would hold of each person after hearing all that was said."""
        return folded(await self.said())

    async def clocks(self, at: date = date(2024, 7, 10)) -> dict[str, list[Clock]]:
        """The clocks that `waits` would tell of each person who has any."""
        definition = definitions.definition(definitions.MAIN)
        async with self.pool.acquire() as connection:
            known = await waits_reference.load(connection)
        found = {person: clocks(facts(document), known, definition, at) for person, document in (await self.documents()).items()}
        return {person: list(told) for person, told in found.items() if told}


def folded(said: list[dict[str, Any]]) -> dict[str, Document]:
    """Fold canonical events as the consumer of the care topics does."""
    documents: dict[str, Document] = {}
    for one in said:
        record, voided = TYPES[one["type"]]
        instants = [microseconds(datetime.fromisoformat(one[name])) for name in ("recordedtime", "receivedtime")]
        record_id = one["data"][record.id_field] if record.id_field else ""
        data = (MOVED if "moved_to" in one["data"] else None) if voided else one["data"]
        version = [*instants, one["source"], one["id"], data]
        fold(documents.setdefault(one["personkey"], {}), record.kind, one["data"]["provider"], record_id, version)
    return documents


async def both(*work: Any) -> list[Any]:
    """At the same time."""
    return list(await asyncio.gather(*work))
