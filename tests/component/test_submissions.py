"""Submissions over a real database and the real sandbox of MESH: what is refused, what comes back, what a person decides."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from deploy.local import mesh as sandbox
from deploy.local.stack import database_url, role
from services.reporting.handlers.mailbox import Mailbox
from services.reporting.handlers.submitting import Submitting
from services.reporting.publish.mesh import Mesh
from services.reporting.publish.transport import DoubtError
from services.reporting.rules.life import StepError
from services.reporting.store import submissions
from shared import clock
from shared.runtime import trail
from shared.runtime.database import connect_pool
from tests.support.mesh_desk import CONTENT, TO, Clock, Desk, Door, account, client, mesh_door
from tests.support.stack import sql

Patch = pytest.MonkeyPatch


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with mesh_door(tmp_path_factory.mktemp("mesh")) as opened:
        yield opened


@pytest.fixture(scope="module")
def url(postgres: str, template: str, passwords: dict[str, str]) -> Iterator[str]:
    """A migrated database for all of these, as reporting's own role."""
    name = "submissions"
    sql(postgres, f"create database {name} template {template} strategy file_copy")
    yield database_url(postgres, name, role("reporting"), passwords["reporting"])
    sql(postgres, f"drop database {name} with (force)")


@pytest.fixture
async def desk(url: str, door: Door, monkeypatch: Patch) -> AsyncIterator[Desk]:
    time_ = Clock()
    door.reset(time_)
    monkeypatch.setattr(clock, "now", time_.now)
    async with await connect_pool(url, "reporting") as pool:
        yield Desk(pool, door, time_, chunk=10_000)


async def queue(desk: Desk, *, version: int = 1, recipient: str = TO, transport: str = "mesh", content: bytes = CONTENT) -> str:
    async with desk.pool.acquire() as connection, connection.transaction():
        return await submissions.queue(connection, desk.return_id, version, recipient, transport, "r.csv", content)


async def metric(desk: Desk, name: str, **labels: str) -> float | None:
    await submissions.measure(desk.pool)
    return REGISTRY.get_sample_value(name, labels)


async def test_what_may_not_go_is_refused_in_one_line_and_nothing_is_changed(desk: Desk) -> None:
    await desk.prepare(witness=False)
    assert await queue(desk) == desk.local_id, "twice is once"
    wrong = "is not on the allow list: MESH_RECIPIENTS of reporting's worker names X26ABC2, X26ABC3$"
    for given, line in (
        ({"recipient": "X26ABC9"}, rf"^recipient: mailbox 'X26ABC9' {wrong}"),
        ({"content": b"other"}, "already, with other content: make a new version$"),
        ({"content": b"", "recipient": "X26ABC3"}, "^content: 0 bytes: a return has 1 to 100,000,000$"),
        ({"transport": "post", "recipient": "X26ABC3"}, "^transport: 'post' is none: there are mesh and drop$"),
        ({"version": 2}, "has no version 2$"),
    ):
        with pytest.raises(StepError, match=line):
            await queue(desk, **given)
    await desk.pool.execute("update return_version set state = 'submitted' where return_id = $1", desk.return_id)
    with pytest.raises(StepError, match=r"it is submitted: to be sent it must be signed$"):
        await queue(desk, recipient="X26ABC3")
    assert [row["recipient"] for row in await submissions.of(desk.pool, desk.return_id)] == [TO]


async def test_a_worker_whose_settings_do_not_name_a_recipient_does_not_send_to_it(desk: Desk) -> None:
    await desk.prepare(witness=False)
    mesh = Mesh(account(desk.door.url)._replace(recipients=("X26ABC3",)))
    await mesh.handshake(clock.now())
    async with desk.pool.acquire() as connection, connection.transaction():
        await Submitting({"mesh": mesh}).intend_due(connection)
    [row] = await submissions.of(desk.pool, desk.return_id)
    assert (row["state"], row["why"]) == ("queued", f"mailbox {TO} is not in MESH_RECIPIENTS")
    assert await desk.got() == []
    assert await metric(desk, "cmh_submissions", state="queued") == 1


async def test_nothing_is_sent_before_a_handshake_or_a_day_after_the_last(desk: Desk) -> None:
    mesh = Mesh(account(desk.door.url)._replace(password="wrong"))
    with pytest.raises(DoubtError, match=r"^MESH answered 403$"):
        await mesh.handshake(clock.now())
    assert not mesh.is_open(clock.now())
    right, shaken = Mesh(account(desk.door.url)), Mailbox(Mesh(account(desk.door.url)))
    await right.handshake(clock.now())
    assert right.is_open(clock.now() + timedelta(hours=23))
    assert not right.is_open(clock.now() + timedelta(hours=25))
    await submissions.allow(desk.pool, [TO])
    async with desk.pool.acquire() as connection, connection.transaction():
        await shaken.handshake(connection)
    assert await metric(desk, "cmh_mesh_handshake_age_seconds", mailbox=sandbox.MAILBOX) is not None


async def test_a_return_that_was_fetched_is_acknowledged(desk: Desk) -> None:
    await desk.prepare(witness=False)
    await asyncio.to_thread(_fetch, desk)  # what others left there
    await desk.drive("sent")
    [got] = await desk.got()
    assert (got.local_id, await desk.return_state()) == (desk.local_id, "submitted")
    await asyncio.to_thread(_fetch, desk)
    desk.clock.pass_(601)
    await _look(desk)
    assert (await desk.state(), await desk.changes()) == ("acknowledged", ["submitted", "acknowledged"])
    async with desk.pool.acquire() as connection:
        assert await trail.broken(connection) is None


def _fetch(desk: Desk) -> None:
    desk.door.time = None
    with client(desk.door.url, TO) as opened:
        for message in opened.iterate_messages():
            message.read()
            message.acknowledge()
    desk.door.time = desk.clock


async def _look(desk: Desk) -> None:
    mesh = Mesh(account(desk.door.url))
    async with desk.pool.acquire() as connection, connection.transaction():
        await Submitting({"mesh": mesh}).look(connection)


async def test_a_message_that_is_not_ours_stays_and_is_named(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    await desk.prepare(witness=False)
    desk.reads = True
    await asyncio.to_thread(_send_to_us, desk)
    jobs = await desk.worker()
    for _ in range(2):
        await desk.run(jobs)
    assert await metric(desk, "cmh_mesh_foreign_messages", state="foreign") == 1
    assert capsys.readouterr().out.count("a message in our mailbox is not ours to take") == 1, "once"
    [there] = await asyncio.to_thread(_ours, desk)
    assert await desk.pool.fetchval("select message_id from mesh_message") == there
    await asyncio.to_thread(_take_ours, desk)
    await desk.run(jobs)
    assert await metric(desk, "cmh_mesh_foreign_messages", state="foreign") == 0


def _send_to_us(desk: Desk) -> None:
    desk.door.time = None
    with client(desk.door.url, "X26ABC3") as opened:
        opened.send_message(sandbox.MAILBOX, b"for somebody else", workflow_id="OTHER", local_id="theirs")
    desk.door.time = desk.clock


def _ours(desk: Desk) -> list[str]:
    desk.door.time = None
    with client(desk.door.url, sandbox.MAILBOX) as opened:
        found: list[str] = opened.list_messages()
    desk.door.time = desk.clock
    return found


def _take_ours(desk: Desk) -> None:
    desk.door.time = None
    with client(desk.door.url, sandbox.MAILBOX) as opened:
        for message_id in opened.list_messages():
            opened.acknowledge_message(message_id)
    desk.door.time = desk.clock


@pytest.mark.parametrize("sent", [True, False])
async def test_somebody_decides_of_one_that_nobody_can_tell_of(desk: Desk, sent: bool) -> None:
    await desk.prepare(witness=False)
    answers = iter([True])
    desk.door.lose = lambda method, path: method == "POST" and path.endswith("/outbox") and next(answers, False)
    desk.door.gone = lambda path: "/tracking/" in path
    assert await desk.drive("sent", "unknown") == "unknown"
    assert (await desk.return_state(), await metric(desk, "cmh_submissions", state="unknown")) == ("unknown", 1)
    desk.door.reset(desk.clock)
    async with desk.pool.acquire() as connection, connection.transaction():
        said = await submissions.decide(connection, desk.return_id, sent=sent, why="the region says so", by="ash")
        assert said == 1
        assert await submissions.decide(connection, desk.return_id, sent=sent, why="again", by="ash") == 0
    assert await desk.drive("sent") == "sent"
    assert await desk.changes() == ["unknown", "submitted"]
    told = "select by from audit where what = 'submission resolved' and about ->> 'return' = $1"
    assert [row["by"] for row in await desk.pool.fetch(told, desk.return_id)] == ["ash"]
    assert len(await desk.got()) == (1 if sent else 2), "a person who is wrong about it sends it twice: nobody else does"
