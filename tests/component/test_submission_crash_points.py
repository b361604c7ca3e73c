"""Crash points of a return on its way: the worker fails before and after every I/O, both outcomes of COMMIT and of each call among them.

Over a real PostgreSQL and the real sandbox of MESH, spoken to by NHS England's client: exactly one message arrives, with the bytes that
were frozen, or it rests in `unknown` and at most one did. Each planted bug must be caught by the same enumeration.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvloop
from urllib3.util.retry import Retry

from deploy.local.stack import database_url, role
from services.reporting.handlers.mailbox import Mailbox
from services.reporting.handlers.submitting import Submitting
from services.reporting.publish import mesh
from services.reporting.publish.mesh import Mesh
from services.reporting.rules.submissions import dropped_name
from services.reporting.store import submissions
from shared import clock
from shared.runtime.database import connect_pool
from tests.support.faults import Died, FailedError, Failing, Fault, Freezing, Points, every_fault
from tests.support.mesh_desk import CHUNK, CONTENT, TO, Clock, Desk, Door, Got, mesh_door
from tests.support.stack import sql

Patch = pytest.MonkeyPatch
FROZEN = hashlib.sha256(CONTENT).hexdigest()
SEEN = {"COMMIT", "send", "find", "track", "complete", "inbox", "read", "acknowledge"}
"""I/O that others see."""
OUTBOX = "/outbox"


@pytest.fixture(scope="module")
def url(postgres: str, template: str, passwords: dict[str, str]) -> Iterator[str]:
    """A migrated database for all of these, as reporting's own role."""
    name = "submission_crash_points"
    sql(postgres, f"create database {name} template {template} strategy file_copy")
    yield database_url(postgres, name, role("reporting"), passwords["reporting"])
    sql(postgres, f"drop database {name} with (force)")


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with mesh_door(tmp_path_factory.mktemp("mesh")) as opened:
        yield opened


def faults(names: list[str]) -> Iterator[Fault]:
    """Every I/O; those that others see in every way, and of the rest, which all end in a rollback, one."""
    for fault in every_fault(len(names)):
        if fault.flavour == "dies" or names[fault.number - 1] in SEEN:
            yield fault


def begin(door: Door, patch: Patch) -> Clock:
    time_ = Clock()
    door.reset(time_)
    patch.setattr(clock, "now", time_.now)
    return time_


async def wrong_with(desk: Desk, state: str, may_rest: bool = False) -> list[str]:
    """What is wrong at the end with a return that should have arrived once."""
    got, wrong = await desk.got(), []
    if len(got) > 1:
        wrong.append(f"twice: {len(got)} messages")
    if any(one.sha256 != FROZEN for one in got):
        wrong.append("other bytes than were frozen")
    if state == "unknown" and may_rest:
        return wrong
    if state != "sent" or await desk.return_state() != "submitted" or await desk.changes() != ["submitted"]:
        wrong.append(f"rests in {state}, the return in {await desk.return_state()} after {await desk.changes()}")
    return wrong if got else [*wrong, "lost"]


Driven = tuple[Desk, list[str]]
Road = Callable[..., Any]


WHOLE = 10_000
"""Bytes of a part that holds all of it."""


async def sent(
    url: str, door: Door, patch: Patch, *given: Fault, chunk: int = WHOLE, witness: bool = True, drop: Path | None = None
) -> Driven:
    """From queued to where it belongs."""
    time_ = begin(door, patch)
    async with await connect_pool(url, "reporting") as pool:
        desk = Desk(pool, door, time_, Failing(*given), drop=drop, chunk=chunk)
        await desk.prepare(witness=witness)
        state = await desk.drive("sent", "unknown")
        wrong = await wrong_with(desk, state, may_rest=not witness)
        desk.clear()
        return desk, wrong


async def reported(url: str, door: Door, patch: Patch, *given: Fault) -> Driven:
    """From sent to what a report says, which leaves our mailbox once that is noted, and not before."""
    time_ = begin(door, patch)
    async with await connect_pool(url, "reporting") as pool:
        desk = Desk(pool, door, time_, Failing())
        await desk.prepare()
        await desk.arrive()
        report = await desk.report()
        hook = desk.failing = Failing(*given)
        desk.points, desk.reads = Points(hook), True
        jobs, wrong = await desk.worker(), []
        for _ in range(6):
            try:
                await desk.run(jobs)
            except Died:
                hook.revive()
                jobs = await desk.worker()
            there, state = not desk.taken(report), await desk.state()
            if not there and state != "undeliverable":
                wrong.append("the report is gone, and nothing is known of it")
            if not there:
                break
            time_.pass_(60)
        if there or await desk.changes() != ["submitted", "undeliverable"]:
            wrong.append(f"in the mailbox: {there}; steps {await desk.changes()}")
        return desk, wrong


async def enumerate_faults(
    road: Road, url: str, door: Door, patch: Patch, enough: int = 3, *, seen: bool = False, **named: Any
) -> dict[str, list[str]]:
    """What goes wrong, by the fault that brought it out. `seen`: only at I/O that others see."""
    smooth, found = await road(url, door, patch, **named)
    wrong = {"no fault": found} if found else {}
    names = [*smooth.points.names]
    for fault in faults(names):
        if seen and names[fault.number - 1] not in SEEN:
            continue
        if len(wrong) >= enough:
            break
        desk, found = await road(url, door, patch, fault, **named)
        assert desk.failing.met, f"{fault} was not met: the road is not the same every time"
        if found:
            wrong[desk.failing.met[0]] = found
    return wrong


def test_exactly_one_arrives_whatever_fails(url: str, door: Door, monkeypatch: Patch) -> None:
    assert uvloop.run(enumerate_faults(sent, url, door, monkeypatch)) == {}


def test_parts_that_are_lacking_follow_whatever_fails(url: str, door: Door, monkeypatch: Patch) -> None:
    assert uvloop.run(enumerate_faults(sent, url, door, monkeypatch, seen=True, chunk=CHUNK)) == {}


def test_where_nothing_went_before_it_rests_rather_than_goes_twice(url: str, door: Door, monkeypatch: Patch) -> None:
    assert uvloop.run(enumerate_faults(sent, url, door, monkeypatch, seen=True, witness=False)) == {}


def test_one_file_is_left_whatever_fails(url: str, door: Door, monkeypatch: Patch, tmp_path: Path) -> None:
    assert uvloop.run(enumerate_faults(sent, url, door, monkeypatch, seen=True, drop=tmp_path / "drop")) == {}


def test_a_report_is_noted_before_it_leaves_our_mailbox(url: str, door: Door, monkeypatch: Patch) -> None:
    assert uvloop.run(enumerate_faults(reported, url, door, monkeypatch)) == {}


def test_queueing_again_after_any_failure_queues_one(url: str, door: Door, monkeypatch: Patch) -> None:
    async def queued(*given: Fault) -> Desk:
        time_ = begin(door, monkeypatch)
        async with await connect_pool(url, "reporting") as pool:
            desk = Desk(pool, door, time_, Failing(*given))
            await desk.prepare()
            await pool.execute("delete from submission where local_id = $1", desk.local_id)
            try:
                await desk.queue(desk.points.pool(pool))
            except (Died, FailedError):
                desk.failing.revive()
                await desk.queue(pool)
            assert await pool.fetchval("select count(*) from submission where return_id = $1", desk.return_id) == 1
        return desk

    async def run() -> None:
        names = [*(await queued()).points.names]
        for fault in faults(names):
            await queued(fault)

    uvloop.run(run())


def intends_and_sends_in_one_go(patch: Patch) -> None:
    async def planted(self: Submitting, connection: Any) -> int:
        count = await intend(self, connection)
        while self._licences:
            await send(self, connection)
        return count

    intend, send = Submitting.intend_due, Submitting.send_intended
    patch.setattr(Submitting, "intend_due", planted)


def tries_again_without_asking(patch: Patch) -> None:
    async def planted(self: Submitting, connection: Any) -> int:
        row = await connection.fetchrow(submissions.SQL["doubtful"], clock.now(), [*self._transports])
        if row is not None and row["message_id"] is None:
            await self._put_off(connection, row, "again", clock.now())
            return 1
        return await settle(self, connection)

    settle = Submitting.settle_doubtful
    patch.setattr(Submitting, "settle_doubtful", planted)


@pytest.mark.parametrize("plant", [intends_and_sends_in_one_go, tries_again_without_asking])
def test_a_planted_bug_is_caught(plant: Callable[[Patch], None], url: str, door: Door, monkeypatch: Patch) -> None:
    plant(monkeypatch)
    wrong = uvloop.run(enumerate_faults(sent, url, door, monkeypatch, enough=1, seen=True))
    assert any(one.startswith("twice") for found in wrong.values() for one in found), wrong


def test_a_report_that_leaves_before_it_is_noted_is_caught(url: str, door: Door, monkeypatch: Patch) -> None:
    async def planted(self: Mailbox, connection: Any, one: Any) -> None:
        await take(self, connection, one)
        await self._mesh.acknowledge(one.message_id, clock.now())

    take = Mailbox._take
    monkeypatch.setattr(Mailbox, "_take", planted)
    wrong = uvloop.run(enumerate_faults(reported, url, door, monkeypatch, enough=1, seen=True))
    assert any("nothing is known of it" in one for found in wrong.values() for one in found), wrong


async def unanswered(url: str, door: Door, patch: Patch, *, withdrawn: bool = False) -> tuple[list[Got], str]:
    """MESH takes the first request, and its answer is lost; with `withdrawn`, nobody may ask by a local id any more."""
    time_ = begin(door, patch)
    async with await connect_pool(url, "reporting") as pool:
        desk = Desk(pool, door, time_, chunk=WHOLE)
        await desk.prepare()
        answers = iter([True])
        door.lose = lambda method, path: method == "POST" and path.endswith(OUTBOX) and next(answers, False)
        door.gone = lambda path: withdrawn and "/tracking/" in path
        state = await desk.drive("sent", "unknown")
        door.reset(time_)
        return await desk.got(), state


def test_a_lost_answer_is_asked_for(url: str, door: Door, monkeypatch: Patch) -> None:
    got, state = uvloop.run(unanswered(url, door, monkeypatch))
    assert (len(got), state) == (1, "sent")


def test_a_client_that_tries_again_by_itself_is_caught(url: str, door: Door, monkeypatch: Patch) -> None:
    begun = mesh._Client.__init__

    def planted(self: Any, *given: Any) -> None:
        begun(self, *given)
        retry = Retry(total=2, connect=2, read=2, allowed_methods=None, backoff_factor=0)
        self._session.get_adapter(self._url).max_retries = retry

    monkeypatch.setattr(mesh._Client, "__init__", planted)
    got, _ = uvloop.run(unanswered(url, door, monkeypatch))
    assert len(got) == 2


def test_where_nobody_may_ask_by_our_id_any_more_it_rests(url: str, door: Door, monkeypatch: Patch) -> None:
    got, state = uvloop.run(unanswered(url, door, monkeypatch, withdrawn=True))
    assert (len(got), state) == (1, "unknown")


def test_to_believe_that_nothing_is_there_without_a_witness_is_caught(url: str, door: Door, monkeypatch: Patch) -> None:
    async def planted(self: Mesh, letter: Any, _witness: Any, now: Any) -> Any:
        return await self._ask(now, lambda client: client.track_local_id(letter.local_id))

    monkeypatch.setattr(Mesh, "find", planted)
    got, _ = uvloop.run(unanswered(url, door, monkeypatch, withdrawn=True))
    assert len(got) == 2


async def frozen(url: str, door: Door, patch: Patch) -> int:
    """A process is stopped just before it hands a return over, for hours, in which another one takes care of it."""
    time_ = begin(door, patch)
    async with await connect_pool(url, "reporting", size=4) as pool:
        smooth = Desk(pool, door, time_, chunk=WHOLE)
        await smooth.prepare()
        await smooth.drive("sent")
        await smooth.got()
        hook = Freezing(smooth.points.names.index("send") + 1)
        stopped = Desk(pool, door, time_, hook, chunk=WHOLE)
        await stopped.prepare()
        task = asyncio.create_task(stopped.run(await stopped.worker()))
        await asyncio.wait_for(hook.frozen.wait(), 10)
        other = Desk(pool, door, time_, chunk=WHOLE)
        other.local_id, other.return_id = stopped.local_id, stopped.return_id
        time_.pass_(300)
        assert await other.drive("sent") == "sent"
        hook.thaw.set()
        await asyncio.gather(task, return_exceptions=True)
        return len(await other.got())


def test_a_process_that_was_stopped_at_the_worst_moment_sends_nothing_when_it_goes_on(url: str, door: Door, monkeypatch: Patch) -> None:
    assert uvloop.run(frozen(url, door, monkeypatch)) == 1


def test_the_signature_of_the_moment_of_sending_would_let_it_through(url: str, door: Door, monkeypatch: Patch) -> None:
    begun = mesh._Signed.__init__
    monkeypatch.setattr(mesh._Signed, "__init__", lambda self, account, _at: begun(self, account, clock.now()))
    assert uvloop.run(frozen(url, door, monkeypatch)) == 2


def test_a_file_is_never_written_over(url: str, door: Door, monkeypatch: Patch, tmp_path: Path) -> None:
    async def run() -> None:
        time_ = begin(door, monkeypatch)
        async with await connect_pool(url, "reporting") as pool:
            desk = Desk(pool, door, time_, drop=tmp_path)
            await desk.prepare()
            name = dropped_name(desk.return_id, 1, TO, FROZEN, "return.ndjson")
            (tmp_path / name).write_bytes(b"somebody else's")
            assert await desk.drive("sent", steps=5) == "queued"
            assert [one.local_id for one in await desk.got()] == [name]
            assert (tmp_path / name).read_bytes() == b"somebody else's"
            (tmp_path / name).unlink()
            assert await desk.drive("sent") == "sent"
            assert await desk.got() == [Got(name, FROZEN)]

    uvloop.run(run())
