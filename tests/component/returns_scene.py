"""Made-up lives in the ledger, in `waits` and in `reporting`, with the people who make returns of them."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count

import orjson
from aiokafka import TopicPartition

from services.reporting.handlers import returning
from services.reporting.store import submissions
from services.reporting.store.returns import Wanted
from shared.runtime.database import Pool, connect_pool
from shared.web.people import Person
from tests.component.test_measures import Road, _canonical, load_reference
from tests.support.counted_lives import PRACTICES, counted_lives
from tests.support.lives import Event

NOW = datetime(2025, 4, 11, 12, tzinfo=UTC)
ICB = "Westside and Eastside Integrated Care Board"
MAILBOX = "X26ABC2"
FEMI = Person("femi", "Femi Analyst", ICB, frozenset({"analyst"}), frozenset())
GRACE = Person("grace", "Grace Signatory", ICB, frozenset({"signatory"}), frozenset())
BOTH = Person("both", "Both At Once", ICB, frozenset({"signatory", "analyst"}), frozenset())
STRANGER = Person("zoe", "Zoe Elsewhere", "Another Integrated Care Board", frozenset({"signatory", "analyst"}), frozenset())
PERIOD = "2024-25-Q4"
ID = f"smi-checks:XIB:{PERIOD}"
COLUMNS = (
    "position", "provider", "kind", "record_id", "personkey", "voided", "recordedtime", "receivedtime", "source", "id", "type", "flags",
    "raw_hash", "event",
)  # fmt: skip


async def ends(_: Collection[str]) -> Mapping[TopicPartition, int]:
    """Nothing is on its way: events are handed over by hand."""
    return {}


class Scene:
    """`pool` is reporting's, for long reads."""

    def __init__(self, pool: Pool, admin: Pool, road: Road) -> None:
        self.pool, self.admin, self.road = pool, admin, road
        self._positions = count(1)

    async def hear(self, events: Sequence[Event]) -> None:
        """Into the ledger, and on to both services."""
        told = [orjson.loads(_canonical(event)) for event in events]
        rows: list[tuple[object, ...]] = [
            (next(self._positions), e.provider, e.kind, e.record_id, e.personkey, e.voided, e.recorded, e.received, e.source, e.id,
             one["type"], [], b"", orjson.dumps(one).decode())
            for e, one in zip(events, told, strict=True)
        ]  # fmt: skip
        async with self.admin.acquire() as connection:
            await connection.copy_records_to_table("ledger", schema_name="referrals", columns=COLUMNS, records=rows)
        for first in range(0, len(events), 2000):
            await self.road.hear(events[first : first + 2000])
        await self.road.settle()
        await self.admin.execute("delete from waits.outbox")  # it has been handed over
        await self.admin.execute("update waits.definition set state = 'running'")  # of nobody else there are clocks to compute
        self.road.forget_said()

    async def was_heard_one_by_one(self) -> None:
        """What was told so far: made-up lives are told at once, and of days to come."""
        for service in ("waits", "reporting"):
            await self.admin.execute(f"delete from {service}.blurred")

    async def wanted(self) -> Wanted:
        return await returning.wanted(self.pool, "smi-checks", "XIB", PERIOD)

    async def drafted(self) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await returning.draft(connection, await self.wanted(), FEMI)


@asynccontextmanager
async def scene(urls: Mapping[str, str], people: int = 100) -> AsyncIterator[Scene]:
    """A clock must stand at NOW."""
    async with (
        await connect_pool(urls["waits"], "waits") as waits,
        await connect_pool(urls["reporting"], "reporting", fenced=False) as reporting,
        await connect_pool(urls["admin"], "public") as admin,
    ):
        async with admin.acquire() as connection:
            await load_reference(connection)
            await connection.execute("update reference.load set loaded_at = '2024-01-01'")
            await connection.execute("delete from reference.organisations where ods = 'XIB'")
            await connection.execute("delete from reference.pcn_criteria")
            await connection.execute("insert into reference.organisations (ods, name, kind) values ('XIB', $1, 'icb')", ICB)
            for pcn in sorted({pcn for _, _, pcn, *_ in PRACTICES if pcn}):
                await connection.execute("insert into reference.pcn_criteria (pcn, criteria_met) values ($1, 3)", pcn)
        found = Scene(reporting, admin, Road(waits, reporting))
        await submissions.allow(reporting, [MAILBOX])
        lives = counted_lives(5, people)
        await found.hear(sorted((event for life in lives for event in life), key=lambda event: (event.received, event.id)))
        await found.was_heard_one_by_one()
        yield found
