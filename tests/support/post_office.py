"""One person, one queued message, the stand-in for Notify and a worker: driven to the end under given faults, and looked at."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
import uvicorn
from notifications_python_client import authentication

from deploy.local.notify import StandIn
from deploy.local.ports import free_port
from services.outreach.handlers.messages import Messages
from services.outreach.publish.notify import GovUkNotify, Known, Message, Templates
from services.outreach.store import messages as store
from services.outreach.store.messages import Wanted
from shared import clock
from shared.runtime.database import Pool
from shared.runtime.documents import lock
from shared.runtime.due import Job
from tests.support.faults import Died, FailedError, Failing, Moment, Points

NOON = datetime(2024, 7, 10, 11, tzinfo=UTC)
KEY = "stack-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0"
TEMPLATES = Templates(*(f"f33517ff-2a88-4f6e-b855-c550268ce08{digit}" for digit in "abc"))
ALEX = {
    "name": "Zebedee Quillfeather",
    "telephone": "07700 900123",
    "email": "zebedee@quillfeather.example",
    "address": "17 Kittiwake Lane, Westside",
    "postcode": "XW1 1AA",
}
PERSON = "5c1d0a7e93b24f68d0e1a9c3"
ANCHOR = "RXX|register|E1"
STEPS = 60


class Clock:
    """The machine's clock, as everybody in this process reads it; Notify has its own, which is right unless `ours` is wrong."""

    def __init__(self) -> None:
        self.real = NOON
        self.ours = timedelta(0)

    def now(self) -> datetime:
        return self.real + self.ours

    def pass_(self, seconds: float) -> None:
        self.real += timedelta(seconds=seconds)

    def use(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(clock, "now", self.now)
        patch.setattr(authentication, "epoch_seconds", lambda: int(self.real.timestamp()))


class Stored:
    """The vault's answers, without the vault."""

    def __init__(self, told: Mapping[str, str]) -> None:
        self.told = told
        self.asked: list[tuple[str, ...]] = []

    async def ask(
        self, personkey: str, provider: str, parts: Collection[str], *, purpose: str, asked_by: str, reference: str
    ) -> Mapping[str, str]:
        self.asked.append((personkey, provider, purpose, asked_by, reference, *sorted(parts)))
        wanted = {*parts, *(["postcode"] if "address" in parts else [])}
        return {part: value for part, value in self.told.items() if part in wanted}


@contextmanager
def notify_server(stand_in: StandIn) -> Iterator[str]:
    """The stand-in on a port of its own, in a thread; yields its URL."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(stand_in.app(), host="127.0.0.1", port=port, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def document(**changes: Mapping[str, Any]) -> dict[str, list[list[Any]]]:
    """A person on a register. `changes`: by kind, what replaces the record's data."""
    said: dict[str, Mapping[str, Any]] = {
        "person": {"provider": "RXX", "birth_date": "1980-01-01"},
        "register": {"condition": "schizophrenia", "entered_on": "2020-01-01", "practice": "XG0101", "entry_id": "E1"},
    }
    names = {"person": "RXX|person|", "register": ANCHOR, "preference": "RXX|preference|"}
    return {
        names[kind]: [[1_700_000_000_000_000, 1_700_000_000_000_000, "/RXX/epr", f"e-{kind}", data]]
        for kind, data in (said | changes).items()
    }


class Office:
    """The database of outreach, the stand-in at `url`, and the worker's four jobs, which fail as `hook` wants it."""

    def __init__(self, pool: Pool, stand_in: StandIn, url: str, time_: Clock, hook: Any = None, told: Mapping[str, str] = ALEX) -> None:
        self.pool, self.stand_in, self.clock = pool, stand_in, time_
        self.failing = hook or Failing()
        self.points = Points(self.failing)
        self.vault = Stored(told)
        self.notify = GovUkNotify(url, KEY, TEMPLATES)
        self.sends: list[str] = []  # references, as each hand-over begins
        self.on_send: Callable[[], None] = lambda: None
        self.stand_in.messages.clear()

    async def prepare(self, channel: str = "letter", **more: Any) -> UUID:
        """Nothing but one person whose task is due, and one message queued for it; returns its id."""
        async with self.pool.acquire() as connection, connection.transaction():
            for table in ("message", "attempt", "task", "standing", "pathway"):
                await connection.execute(f"delete from {table}")
            await connection.execute("insert into pathway (personkey, document) values ($1, $2)", PERSON, orjson.dumps(document()).decode())
            await connection.execute(
                "insert into task (personkey, task_id, schedule, schedule_version, anchor, origin, provider, owner, opened_on, invite_from,"
                " due_on, revision) values ($1, 'annual:bmi:x', 'annual', 1, $2, $2, 'RXX', 'XG0101', $3, $3, $3, 1)",
                PERSON,
                ANCHOR,
                NOON.date(),
            )
            await connection.execute(
                "insert into standing (personkey, providers, on_register, conditions, entered_on, owner, elements, missing, declined,"
                " complete, next_channel, next_on, attempts, channels, formats, revision, registered_from, registered_until,"
                " complete_from, completed_until, checked_on) values ($1, '{RXX}', true, '{}', $2, 'XG0101', '{}', '{}', '{}', false, $3,"
                " $2, 0, '{}', '{}', 1, '{}', '{}', '{}', '{}', '{}')",
                PERSON,
                NOON.date(),
                channel,
            )
            queued = await store.queue(connection, self.wanted(channel, **more), clock.now())
        assert queued is not None
        return queued

    def wanted(self, channel: str = "letter", **more: Any) -> Wanted:
        wanted = Wanted(PERSON, "annual:1", ANCHOR, "annual", ["annual:bmi:x"], "XG0101", channel, "invitation", NOON)
        return wanted._replace(**more)

    def worker(self, per_minute: int = 60) -> list[Job]:
        """A process of its own: it remembers nothing of one before it."""
        messages = Messages(
            _Watched(self.points.wrap(self.notify, "send", "find", "status"), self), self.points.wrap(self.vault, "ask"), per_minute
        )
        acts = messages.intend_due, messages.send_intended, messages.settle_doubtful, messages.look
        return [Job(act.__name__, 1.0, act) for act in acts]

    async def run(self, jobs: list[Job]) -> None:
        """Each job once, as the worker runs it; an error is rolled back and passed over."""
        pool = self.points.pool(self.pool)
        for job in jobs:
            with contextlib.suppress(FailedError, asyncpg.InterfaceError):  # a fault, or a rollback on the connection that it ended
                async with pool.acquire(timeout=5) as connection, connection.transaction():
                    await job.act(connection)

    async def drive(self, message: UUID, steps: int = STEPS) -> str:
        """Let a worker work until the message has its fate; one that dies is followed by another. Returns the state."""
        jobs, state = self.worker(), ""
        for step in range(steps):
            try:
                await self.run(jobs)
            except Died:
                self.failing.revive()
                jobs = self.worker()
            state = await self.pool.fetchval("select state from message where id = $1", message)
            if state in {"delivered", "failed", "cancelled", "unknown"}:
                break
            self.clock.pass_(1 if state == "queued" and step < 2 else 700)
        return state

    async def dies(self) -> None:
        """News of the person's death, as a batch of care events takes it."""
        async with self.pool.acquire() as connection, connection.transaction():
            await lock(connection, [PERSON])
            said = document(person={"provider": "RXX", "death_date": "2024-07-09"})
            await connection.execute("update pathway set document = $2 where personkey = $1", PERSON, orjson.dumps(said).decode())
            await store.stop(connection, {PERSON: "died"}, clock.now())

    def got(self, message: UUID) -> list[Mapping[str, Any]]:
        """What Notify has under our reference."""
        return [one for one in self.stand_in.messages.values() if one["reference"] == str(message)]

    async def attempts(self) -> list[tuple[Any, ...]]:
        rows = await self.pool.fetch("select attempt_id, channel, result, reason, voided_at is null as stands from attempt")
        return [tuple(row) for row in rows]


class _Watched:
    """Notes when a message is about to be handed over."""

    def __init__(self, inner: Any, office: Office) -> None:
        self._inner, self._office = inner, office

    async def send(self, message: Message) -> str:
        self._office.on_send()
        self._office.sends.append(message.reference)
        return str(await self._inner.send(message))

    async def find(self, reference: str, now: datetime) -> Known | None:
        found: Known | None = await self._inner.find(reference, now)
        return found

    async def status(self, notify_id: str, now: datetime) -> str | None:
        found: str | None = await self._inner.status(notify_id, now)
        return found


class DyingAt:
    """A hook: the person dies before, or after, one I/O, if whoever holds them lets go of them."""

    def __init__(self, number: int, moment: Moment, news: Callable[[], Any]) -> None:
        self._at, self._news = (number, moment), news
        self.known = False
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, number: int, _name: str, moment: Moment) -> None:
        if (number, moment) == self._at and self._task is None:
            self._task = asyncio.create_task(self._hear())
            await asyncio.wait([self._task], timeout=0.03)

    async def _hear(self) -> None:
        await self._news()
        self.known = True

    async def settled(self) -> None:
        if self._task is not None:
            await self._task

    def revive(self) -> None:
        """Nobody dies here but the person."""
