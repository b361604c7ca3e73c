"""A signed return, the sandbox of MESH behind a door that we hold, and a worker: driven to an end under given faults, and looked at."""

import asyncio
import contextlib
import hashlib
import itertools
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import asyncpg
import httpx
from mesh_client import MeshClient

from deploy.local import mesh as sandbox
from deploy.local.ports import free_port
from deploy.local.supervisor import Supervisor
from services.reporting.handlers.mailbox import Mailbox
from services.reporting.handlers.submitting import Submitting
from services.reporting.publish.drop import FileDrop
from services.reporting.publish.mesh import Account, Mesh
from services.reporting.store import returns, submissions
from services.reporting.store.returns import Wanted
from shared import clock
from shared.runtime.database import Pool
from shared.runtime.due import Job
from tests.support.faults import Died, FailedError, Failing, Points

NOON = datetime(2026, 7, 20, 11, tzinfo=UTC)
TO = sandbox.RECIPIENTS[0]
CHUNK = 1500
CONTENT = b"".join(b'{"line":"%d","shown":"*"}\n' % number for number in range(100))
"""Two chunks of it."""
_numbers = itertools.count(1)


class Clock:
    """The machine's clock, as everybody in this process reads it."""

    def __init__(self) -> None:
        self.now_ = NOON

    def now(self) -> datetime:
        return self.now_

    def pass_(self, seconds: float) -> None:
        self.now_ += timedelta(seconds=seconds)


class Got(NamedTuple):
    """A message as its recipient takes it out."""

    local_id: str
    sha256: str


class Door:
    """What stands before the sandbox, on a port of its own: it refuses stamps of other hours, as MESH does and the sandbox does not, and
    loses what it is told to lose. `lose(method, path)`: the request is done, its answer lost. `gone(path)`: answered 404."""  # fmt: skip

    def __init__(self, upstream: str, directory: Path) -> None:
        self._upstream = urlsplit(upstream)
        self._mailboxes = directory / "mesh"
        self._seen: set[str] = set()
        self.witness = ""
        self.time: Clock | None = None
        self.lose: Callable[[str, str], bool] = lambda _method, _path: False
        self.gone: Callable[[str], bool] = lambda _path: False
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def stored(self, mailbox: str, message_id: str) -> dict[str, Any]:
        """A message as the sandbox has it on disk."""
        found: dict[str, Any] = json.loads((self._mailboxes / mailbox / "in" / f"{message_id}.json").read_text("utf-8"))
        return found

    def arrived(self) -> list[Got]:
        """What arrived whole in the recipient's mailbox since this was asked last."""
        folder = self._mailboxes / TO / "in"
        new = sorted({file.stem for file in folder.glob("*.json")} - self._seen) if folder.exists() else []
        self._seen |= {*new}
        whole = {name: told for name in new if (told := self.stored(TO, name))["events"][0]["status"] == "accepted"}
        parts = {name: sorted((folder / name).iterdir(), key=lambda part: int(part.name)) for name in whole}
        hashes = {name: hashlib.sha256(b"".join(part.read_bytes() for part in parts[name])).hexdigest() for name in whole}
        return [Got(told["metadata"]["local_id"], hashes[name]) for name, told in whole.items()]

    def reset(self, time_: Clock) -> None:
        self.time, self.lose, self.gone = time_, lambda _method, _path: False, lambda _path: False

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
            body = await reader.readexactly(int(length[1])) if length else b""
            method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
            if self.gone(path):
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            elif not self._of_this_hour(head):
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            else:
                answer = await self._passed_on(re.sub(rb"(?i)\r\nconnection: [^\r]+", b"", head), body)
                if not self.lose(method, path):
                    writer.write(answer)
            await writer.drain()
        writer.close()

    def _of_this_hour(self, head: bytes) -> bool:
        stamp = re.search(rb"NHSMESH [^:]+:[^:]+:\d+:(\d{12}):", head)
        if stamp is None or self.time is None:
            return True
        told = datetime.strptime(stamp[1].decode(), "%Y%m%d%H%M").replace(tzinfo=UTC)
        return abs(told - self.time.now()) <= timedelta(hours=2, minutes=1)

    async def _passed_on(self, head: bytes, body: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(self._upstream.hostname, self._upstream.port)
        writer.write(head[:-2] + b"Connection: close\r\n\r\n" + body)
        answer = await reader.read()
        writer.close()
        return answer


@contextmanager
def mesh_door(directory: Path) -> Iterator[Door]:
    """The sandbox as a stack has it, and the door before it, in a thread."""
    url = f"http://127.0.0.1:{free_port()}"
    with Supervisor(directory / "logs") as supervisor:
        supervisor.start(sandbox.prepare(supervisor, directory, url))
        supervisor.until_ready("mesh")
        door = Door(url, directory)
        loop = asyncio.new_event_loop()
        server = loop.run_until_complete(asyncio.start_server(door.handle, "127.0.0.1", door.port))
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            yield door
        finally:
            loop.call_soon_threadsafe(server.close)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


def take(url: str, mailbox: str = TO) -> list[Got]:
    """All that lies in a recipient's mailbox, taken out of it."""
    found = []
    with client(url, mailbox) as opened:
        for message in opened.iterate_all_messages():  # type: ignore[no-untyped-call]
            found.append(Got(str(message.local_id), hashlib.sha256(message.read()).hexdigest()))
            message.acknowledge()
    return found


@contextmanager
def client(url: str, mailbox: str) -> Iterator[MeshClient]:
    with MeshClient(url, mailbox, sandbox.PASSWORD, shared_key=sandbox.SHARED_KEY.encode(), max_retries=0) as opened:
        opened._session.trust_env = False
        yield opened


def account(url: str) -> Account:
    return Account(url, sandbox.MAILBOX, sandbox.PASSWORD, sandbox.SHARED_KEY, sandbox.WORKFLOW, sandbox.RECIPIENTS)


async def signed(pool: Pool) -> str:
    """A return that somebody signed, as version 1."""
    wanted = Wanted("cmh", 1, "QXX", f"run-{next(_numbers)}", date(2026, 4, 1), date(2026, 6, 30), date(2026, 7, 31))
    async with pool.acquire() as connection, connection.transaction():
        await returns.draft(connection, wanted, "ash")
        await connection.execute(
            "update return_version set state = 'signed', frozen_at = $2, hash = $3, evidence_hash = 'e' where return_id = $1",
            wanted.return_id,
            NOON,
            hashlib.sha256(CONTENT).hexdigest(),
        )
    return wanted.return_id


class Desk:
    """The database of reporting, what lies behind the door, and a worker, which fails as `hook` wants it."""

    def __init__(self, pool: Pool, door: Door, time_: Clock, hook: Any = None, *, drop: Path | None = None, chunk: int = CHUNK) -> None:
        self.pool, self.door, self.clock, self.drop, self.chunk = pool, door, time_, drop, chunk
        self.failing = hook or Failing()
        self.points = Points(self.failing)
        self.return_id = self.local_id = ""
        self.reads = False  # whether its worker reads our mailbox, or sends

    @property
    def transport(self) -> str:
        return "drop" if self.drop else "mesh"

    async def prepare(self, *, witness: bool = True) -> None:
        """Nothing but one signed return, queued; and what went before it, of which MESH surely knows."""
        await self.pool.execute("delete from mesh_message")
        await self.pool.execute("delete from submission")
        await submissions.allow(self.pool, sandbox.RECIPIENTS)
        if witness:
            await self._witness()
        self.return_id = await signed(self.pool)
        await self.queue(self.pool)

    async def queue(self, pool: Pool) -> None:
        async with pool.acquire() as connection, connection.transaction():
            named = "return.ndjson"
            self.local_id = await submissions.queue(connection, self.return_id, 1, TO, self.transport, named, CONTENT)

    async def _witness(self) -> None:
        """A message that went before, of which MESH surely knows."""
        if not self.door.witness:
            self.door.witness = "clockstop-before"
            await asyncio.to_thread(self._send_witness)
        await self.pool.execute(
            "insert into submission (return_id, version, recipient, transport, local_id, file_name, content, sha256, state, queued_at,"
            " not_before, message_id, sent_at) values ('before', 1, 'X26ABC3', 'mesh', $1, 'f', 'x', encode(sha256('x'), 'hex'),"
            " 'acknowledged', $2, $2, 'M', $2)",
            self.door.witness,
            clock.now(),
        )

    def _send_witness(self) -> None:
        before, self.door.time = self.door.time, None
        with client(self.door.url, sandbox.MAILBOX) as opened:
            opened.send_message("X26ABC3", b"x", local_id=self.door.witness, workflow_id=sandbox.WORKFLOW)
        self.door.time = before

    async def worker(self) -> list[Job]:
        """A process of its own, which has shaken hands and remembers nothing of one before it."""
        mesh: Any = Mesh(account(self.door.url), self.chunk)
        await mesh.handshake(clock.now())
        outside = self.points.wrap(mesh, "send", "find", "track", "complete", "inbox", "read", "acknowledge")
        transports = {"mesh": outside} | ({"drop": self.points.wrap(FileDrop(self.drop), "send", "find")} if self.drop else {})
        sending, mailbox = Submitting(transports), Mailbox(outside)
        acts = [sending.intend_due, sending.send_intended, sending.settle_doubtful]
        if self.reads:
            acts = [mailbox.read, mailbox.acknowledge]
        return [Job(act.__name__, 1.0, act) for act in acts]

    async def run(self, jobs: list[Job]) -> None:
        """Each job once, as the worker runs it; an error is rolled back and passed over."""
        pool = self.points.pool(self.pool)
        for job in jobs:
            with contextlib.suppress(FailedError, asyncpg.InterfaceError):  # a fault, or a rollback on the connection that it ended
                async with pool.acquire(timeout=5) as connection, connection.transaction():
                    await job.act(connection)

    async def drive(self, *ends: str, steps: int = 40) -> str:
        """Let a worker work until the submission has one of these states; one that dies is followed by another. Returns the state."""
        jobs, state = await self.worker(), ""
        for step in range(steps):
            try:
                await self.run(jobs)
            except Died:
                self.failing.revive()
                jobs = await self.worker()
            state = await self.state()
            if state in ends:
                break
            self.clock.pass_(1 if step < 2 else 3700)
        return state

    async def state(self) -> str:
        return str(await self.pool.fetchval("select state from submission where local_id = $1", self.local_id))

    async def return_state(self) -> str:
        return str(await self.pool.fetchval("select state from return_version where return_id = $1", self.return_id))

    async def changes(self) -> list[str]:
        rows = await self.pool.fetch("select change from step where return_id = $1 order by number", self.return_id)
        return [row["change"] for row in rows][1:]

    async def got(self) -> list[Got]:
        """What came to the recipient: taken out of the mailbox, or the folder."""
        if self.drop:
            files = sorted(self.drop.iterdir()) if self.drop.exists() else []
            return [Got(file.name, hashlib.sha256(file.read_bytes()).hexdigest()) for file in files]
        return self.door.arrived()

    def clear(self) -> None:
        """Whoever fetches files has fetched them."""
        for file in self.drop.iterdir() if self.drop else ():
            file.unlink()

    async def arrive(self) -> None:
        """It went, and nobody has taken it out yet."""
        row = await self.pool.fetchrow("update submission set state = 'intended' where local_id = $1 returning *", self.local_id)
        async with self.pool.acquire() as connection, connection.transaction():
            assert row is not None
            await submissions.move(connection, row, "sent", message_id=f"M-{self.return_id}", look_at=clock.now())

    async def report(self) -> str:
        """MESH could not deliver it, and says so in our mailbox; returns the report's id."""
        message_id = await self.pool.fetchval("select message_id from submission where local_id = $1", self.local_id)
        asked = {"mailbox_id": sandbox.MAILBOX, "code": "14", "description": "not collected", "workflow_id": sandbox.WORKFLOW}
        asked |= {"local_id": self.local_id, "linked_message_id": message_id, "status": "undeliverable"}
        async with httpx.AsyncClient() as http:
            answer = await http.post(f"{self.door.url}/messageexchange/admin/report", json=asked)
            return str(answer.raise_for_status().json()["message_id"])

    def taken(self, report: str) -> bool:
        """Whether a report has left our mailbox."""
        return bool(self.door.stored(sandbox.MAILBOX, report)["events"][0]["status"] == "acknowledged")
