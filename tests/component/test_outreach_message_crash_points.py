"""Crash points of a message: the worker fails before and after every I/O, both outcomes of COMMIT and of the call to Notify among them.

Over a real PostgreSQL and the stand-in, spoken to by Notify's own client: exactly one message arrives; none once it is known that the
person died. Each planted bug must be caught by the same enumeration.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import uvloop

from deploy.local.notify import StandIn
from services.outreach.handlers import messages
from services.outreach.handlers.messages import Messages
from services.outreach.publish import notify
from services.outreach.rules.messages import DOUBTFUL
from services.outreach.store import messages as store
from shared import clock
from shared.runtime.database import connect_pool
from tests.support.databases import Databases
from tests.support.faults import Failing, Fault, Freezing, every_fault
from tests.support.post_office import KEY, Clock, DyingAt, Office, notify_server

Patch = pytest.MonkeyPatch


@pytest.fixture(scope="module")
def url(databases: Databases) -> Iterator[str]:
    """A migrated database for all of these, as outreach's own role."""
    with databases.lent() as urls:
        yield urls["outreach"]


@pytest.fixture(scope="module")
def desk() -> Iterator[tuple[StandIn, str]]:
    """The stand-in and its address."""
    stand_in = StandIn(KEY, after=0)
    with notify_server(stand_in) as address:
        yield stand_in, address


Desk = tuple[StandIn, str]
"""Where Notify is."""


async def driven(url: str, desk: Desk, patch: Patch, *faults: Fault) -> tuple[Office, list[str]]:
    """One message under these faults, and what is wrong at the end."""
    time_ = Clock()
    time_.use(patch)
    async with await connect_pool(url, "outreach") as pool:
        office = Office(pool, *desk, time_, Failing(*faults))
        message = await office.prepare()
        state = await office.drive(message)
        return office, await found_wrong(office, message, state, "delivered")


async def found_wrong(office: Office, message: UUID, state: str, wanted: str) -> list[str]:
    got, wrong = office.got(message), []
    if len(got) > 1:
        wrong.append(f"twice: {len(got)} messages")
    if state != wanted:
        wrong.append(f"rests in {state}, not {wanted}")
    if (wanted == "delivered") != bool(got):
        wrong.append("lost" if not got else "sent all the same")
    attempts = await office.attempts()
    if attempts != ([(str(message), "letter", None, None, True)] if wanted == "delivered" else []):
        wrong.append(f"attempts: {attempts}")
    return wrong


async def enumerate_faults(url: str, desk: Desk, patch: Patch, enough: int = 3) -> dict[str, list[str]]:
    """What goes wrong, by the fault that brought it out."""
    smooth, found = await driven(url, desk, patch)
    wrong = {"no fault": found} if found else {}
    for fault in every_fault(len(smooth.points.names)):
        if len(wrong) >= enough:
            break
        office, found = await driven(url, desk, patch, fault)
        assert office.failing.met, f"{fault} was not met: the road is not the same every time"
        if found:
            wrong[office.failing.met[0]] = found
    return wrong


def test_exactly_one_message_arrives_whatever_fails(url: str, desk: Desk, monkeypatch: Patch) -> None:
    assert uvloop.run(enumerate_faults(url, desk, monkeypatch)) == {}


async def enumerate_deaths(url: str, desk: Desk, patch: Patch, enough: int = 3) -> dict[str, list[str]]:
    """The same road, at each step of which the news may come that the person died: nothing is handed over once that is known."""
    time_ = Clock()
    time_.use(patch)
    smooth, _ = await driven(url, desk, patch)
    wrong: dict[str, list[str]] = {}
    async with await connect_pool(url, "outreach", size=4) as pool:
        for number in range(1, len(smooth.points.names) + 1):
            office = Office(pool, *desk, time_)
            hook = DyingAt(number, "before", office.dies)
            office.failing = office.points._hook = hook
            late: list[str] = []
            office.on_send = lambda hook=hook, late=late: late.append("handed over after that was known") if hook.known else None  # type: ignore[misc]
            message = await office.prepare()
            time_.real = max(time_.real, clock.now())
            state = await office.drive(message)
            await hook.settled()
            found = late + ([] if office.got(message) or state == "cancelled" else [f"not sent, and rests in {state}"])
            if found or len(office.got(message)) > 1:
                wrong[f"before {smooth.points.names[number - 1]} (I/O {number})"] = found or ["twice"]
            if len(wrong) >= enough:
                break
    return wrong


def test_nothing_goes_to_somebody_who_is_known_to_have_died(url: str, desk: Desk, monkeypatch: Patch) -> None:
    assert uvloop.run(enumerate_deaths(url, desk, monkeypatch)) == {}


def tries_again_without_asking(patch: Patch) -> None:
    async def planted(self: Messages, connection: Any) -> int:
        now = clock.now()
        row = await connection.fetchrow(store.SQL["doubtful"], now - DOUBTFUL, now)
        if row is not None:
            await connection.execute(store.SQL["queue_again"], row["id"], row["intent"])
        return int(row is not None)

    patch.setattr(Messages, "settle_doubtful", planted)


def sends_before_the_intent_is_committed(patch: Patch) -> None:
    async def planted(self: Messages, connection: Any) -> int:
        count = await intend(self, connection)
        while self._licences:
            await send(self, connection)
        return count

    intend, send = Messages.intend_due, Messages.send_intended
    patch.setattr(Messages, "intend_due", planted)


@pytest.mark.parametrize("plant", [tries_again_without_asking, sends_before_the_intent_is_committed])
def test_a_planted_bug_is_caught(plant: Callable[[Patch], None], url: str, desk: Desk, monkeypatch: Patch) -> None:
    plant(monkeypatch)
    wrong = uvloop.run(enumerate_faults(url, desk, monkeypatch, enough=1))
    assert any(one.startswith("twice") for found in wrong.values() for one in found), wrong


def asks_nobody_again(patch: Patch) -> None:
    patch.setattr(messages, "may_contact", lambda *_: None)
    execute = store.SQL["stop_intended"]
    patch.setattr(store, "SQL", {**store.SQL, "stop_intended": f"{execute.rstrip(';')} and false"})


def holds_nobody(patch: Patch) -> None:
    async def planted(connection: Any, people: Sequence[str]) -> dict[str, str]:
        rows = await connection.fetch("select personkey, document from pathway where personkey = any ($1)", people)
        return {row["personkey"]: row["document"] for row in rows}

    patch.setattr(messages, "lock_free", planted)


@pytest.mark.parametrize("plant", [asks_nobody_again, holds_nobody])
def test_a_planted_disregard_of_a_death_is_caught(plant: Callable[[Patch], None], url: str, desk: Desk, monkeypatch: Patch) -> None:
    plant(monkeypatch)
    wrong = uvloop.run(enumerate_deaths(url, desk, monkeypatch, enough=1))
    assert any("after that was known" in one for found in wrong.values() for one in found), wrong


async def frozen(url: str, desk: Desk, patch: Patch) -> int:
    """A process is stopped just before it hands a message over, for five minutes, in which another one takes care of it."""
    time_ = Clock()
    time_.use(patch)
    async with await connect_pool(url, "outreach", size=4) as pool:
        smooth = Office(pool, *desk, time_)
        await smooth.drive(await smooth.prepare())
        time_.real = Clock().real
        hook = Freezing(smooth.points.names.index("send") + 1)
        stopped = Office(pool, *desk, time_, hook)
        message = await stopped.prepare()
        jobs = stopped.worker()
        task = asyncio.create_task(stopped.run(jobs))
        await asyncio.wait_for(hook.frozen.wait(), 10)
        # the server ends the transaction of who is stopped, and so frees the person
        await pool.execute(
            "select pg_terminate_backend(pid) from pg_locks where relation = 'pathway'::regclass and pid <> pg_backend_pid()"
        )
        other = Office(pool, *desk, time_)
        time_.pass_(300)
        assert await other.drive(message) == "delivered"
        hook.thaw.set()
        await asyncio.gather(task, return_exceptions=True)
        return len(other.got(message))


def test_a_process_that_was_stopped_at_the_worst_moment_sends_nothing_when_it_goes_on(url: str, desk: Desk, monkeypatch: Patch) -> None:
    monkeypatch.setattr(messages, "NOTIFY_SECONDS", 60.0)
    assert uvloop.run(frozen(url, desk, monkeypatch)) == 1


def test_the_signature_of_the_moment_of_sending_would_let_it_through(url: str, desk: Desk, monkeypatch: Patch) -> None:
    monkeypatch.setattr(messages, "NOTIFY_SECONDS", 60.0)
    signing = notify._Client.__init__

    def planted(self: Any, key: str, address: str, signed_at: Any) -> None:
        signing(self, key, address, clock.now())

    monkeypatch.setattr(notify._Client, "__init__", planted)
    assert uvloop.run(frozen(url, desk, monkeypatch)) == 2


@pytest.mark.parametrize("wrong", [timedelta(hours=3), timedelta(days=400), -timedelta(hours=3)], ids=str)
def test_a_wrong_clock_sends_nothing_early_and_once_it_is_right_one(url: str, desk: Desk, monkeypatch: Patch, wrong: timedelta) -> None:
    async def run() -> None:
        time_ = Clock()
        time_.use(monkeypatch)
        async with await connect_pool(url, "outreach") as pool:
            office = Office(pool, *desk, time_)
            due = time_.real + timedelta(hours=2)
            message = await office.prepare(not_before=due, expires_on=(due + timedelta(3650)).date())
            time_.ours = wrong
            jobs = office.worker()
            for _ in range(20):
                await office.run(jobs)
                time_.pass_(20)
            assert office.got(message) == []
            time_.ours, time_.real = timedelta(0), due - timedelta(minutes=2)
            for _ in range(5):
                await office.run(jobs)
                time_.pass_(20)
            assert office.got(message) == [], "early"
            time_.real = due
            assert await office.drive(message) == "delivered"
            assert len(office.got(message)) == 1

    uvloop.run(run())
