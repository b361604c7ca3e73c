"""What was answered at an instant is what is answered later about it: a month is lived on a real database, and asked about again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import httpx
import orjson
import pytest
from typer.testing import CliRunner

from deploy.cli import app
from services.referrals.store import loading
from services.referrals.store.access import Person, add_person, add_provider
from services.waits.handlers import CareEvents
from services.waits.handlers.side_by_side import SideBySide
from services.waits.rules.reasons import Reason
from services.waits.store import definitions
from services.waits.store.answers import Making
from services.waits.web.site import build_web
from shared import clock
from shared.events.receipts import Verdict
from shared.events.topics import CARE_TOPICS
from shared.runtime.batch import Batch, Record
from shared.runtime.database import Pool, connect_pool
from shared.web.application import Access
from tests.component.sent_events import Desk, door
from tests.component.test_waits_web import signed_in
from tests.support.month import BEGINS, month

SHIPPED = Path(__file__).parents[2] / "deploy" / "reference"
SLICE = timedelta(hours=12)
ASKED = [BEGINS + timedelta(days=days, minutes=17) for days in (0.5, 6, 13, 19, 24)]  # on 29 March the clocks change
CHANGED = BEGINS + timedelta(days=11)
"""When new reference data come, in which a set has lost its codes and a provider has another name."""
PATHS = [
    *(f"/v1/waits?{query}" for query in ("", "provider=RXA", "team_type=A06", "format=csv")),
    *(
        f"/v1/spells?format=csv&{query}"
        for query in ("", "state=stopped", "state=closed&sort=waited", "mark=still-waiting", "due_on=2026-04-01")
    ),
    "/v1/waits?definition=programme-2021",
    *(f"/v1/spells?{query}" for query in ("sort=last_contact", "provider=RXA&state=past-target")),
]
Answers = dict[str, str]
"""What was asked, and the answer, by words."""


def _definitions(instant: datetime) -> list[str]:
    """The national one and two others, other ones at each instant."""
    others = sorted({name for name, _ in definitions.shipped()} - {definitions.MAIN})
    return [definitions.MAIN, *others[ASKED.index(instant) % len(ASKED) :: len(ASKED)]]


class Lived:
    """The front door and the worker on one database, at a time that passes; and who asks them."""

    def __init__(self, referrals: Pool, waits: Pool, client: httpx.AsyncClient, folder: Path) -> None:
        self.referrals = referrals
        self.waits = waits
        self.client = client
        self.folder = folder
        self.now = BEGINS
        self.answers: dict[datetime, Answers] = {}
        self._care = CareEvents(definitions.definition(definitions.MAIN))
        self._others = SideBySide(self._care)
        self._told = 0
        self._events: list[str] = []

    async def live(self) -> None:
        """The month, slice by slice; what is answered on the way is kept."""
        await self.waits.execute("insert into cursor values ('care.v1', 0, 'c', 't', 0)")
        async with self.waits.acquire() as connection, connection.transaction():
            await definitions.add_shipped(connection)
        await self._load(SHIPPED)
        desk, coming, asked = Desk(self.referrals, door()), month(11), list(ASKED)
        providers = sorted({one.event["data"]["provider"] for one in coming})
        async with self.referrals.acquire() as connection:
            for ods in providers:
                await add_provider(connection, ods, "", new_key=False)
            await add_person(connection, Person("amara", "Amara", "ICB", ("icb-manager",), tuple(providers)))
        await signed_in(self.client, "amara")
        while asked:
            until = min(asked[0], self.now + SLICE)
            if self.now < CHANGED <= until:
                await self._load(self._changed())
            here = [one for one in coming if one.at <= until]
            coming = coming[len(here) :]
            for provider in providers:
                if batch := [one for one in here if one.event["data"]["provider"] == provider]:
                    self.now = batch[-1].at
                    receipts = await desk.send(*(one.event for one in batch), provider=provider, at=self.now)
                    assert {one.verdict for one in receipts} == {Verdict.ACCEPTED}, receipts
            self.now = until
            await self._work()
            if until == asked[0]:
                self.answers[asked.pop(0)] = await self.ask()
                await self._look()

    async def _load(self, folder: Path) -> None:
        async with self.referrals.acquire() as connection:
            assert (await loading.load(connection, folder, lambda _: None)).version
            await connection.execute("update reference.load set loaded_at = $1 where loaded_at > $1", self.now)

    def _changed(self) -> Path:
        for name in ("refset_members", "organisations"):
            text = (SHIPPED / f"{name}.csv").read_text("utf-8")
            kept = [line for line in text.splitlines() if "1853441000000109" not in line]
            (self.folder / f"{name}.csv").write_text("\n".join(kept).replace("Westside", "Wester") + "\n", "utf-8")
        return self.folder

    async def _look(self) -> None:
        """Somebody looks at an old wait and says what she found; and some of the events that came are picked."""
        spell = await self.waits.fetchrow(
            'select * from clock where stop is null and "end" is null order by start, spell_id offset 2 limit 1'
        )
        assert spell
        self.now += timedelta(minutes=5)
        of = spell["provider"], spell["personkey"], spell["spell_id"]
        await self.waits.execute(
            "insert into validation (said_at, username, name, provider, personkey, spell_id, verdict, reason, last_activity)"
            " values ($1, 'amara', 'Amara', $2, $3, $4, 'still-waiting', 'telephoned today', $5)", self.now, *of, spell["last_activity"],
        )  # fmt: skip
        rows = await self.waits.fetch(
            "select id from referrals.events where source <> '/clockstop/referrals' order by position desc limit 5"
        )
        self._events += [row["id"] for row in rows]

    async def _work(self) -> None:
        """The worker, until nothing is left to do."""
        rows = await self.referrals.fetch(
            "select value from outbox, unnest(topics, payloads) with ordinality as u (topic, value, place)"
            " where topic = any ($1) order by id, place",
            list(CARE_TOPICS),
        )
        records = [Record("care.v1", 0, self._told + number, None, row["value"]) for number, row in enumerate(rows[self._told :])]
        self._told = len(rows)
        async with self.waits.acquire() as connection:
            async with connection.transaction():
                batch = Batch(connection, records, self.now)
                await self._care.consume(batch)
                batch.check()
                await batch.write()
            for job in (self._care.recompute_due, self._others.compute_new, self._others.compute_asked):
                done = 1
                while done:
                    async with connection.transaction():
                        done = await job(connection)

    async def ask(self, known_at: datetime | None = None) -> Answers:
        """Everything, as known now or at an instant: the command line, and the API as somebody who sees all providers."""
        then = [] if known_at is None else ["--known-at", known_at.isoformat()]
        told = {
            f"clocks {name}": await asyncio.to_thread(self._command, "clocks", "--definition", name, *then)
            for name in _definitions(known_at or self.now)
        }
        told |= {path: await self._get(path, known_at) for path in PATHS}
        waiting = orjson.loads(await self._get("/v1/spells", known_at))["spells"]
        for spell_id in [spell["spell_id"] for spell in waiting[:8]]:
            found = orjson.loads(await self._get(f"/v1/spells/{spell_id}", known_at))
            found["uncounted"] = [
                one for one in found["uncounted"] if one["reason"] != Reason.RECEIVED_AFTER
            ]  # what came since is told too
            told[spell_id] = orjson.dumps(found).decode()
        return told | {event_id: await self._get(f"/v1/effects/{event_id}", known_at) for event_id in self._events}

    async def _get(self, path: str, known_at: datetime | None) -> str:
        if known_at is not None:
            path += ("&" if "?" in path else "?") + urlencode({"known_at": known_at.isoformat()})
        answer = await self.client.get(path)
        assert answer.status_code == 200, (path, answer.text)
        return answer.text

    async def make(self) -> None:
        """The worker's job, as it runs."""
        making = Making()
        while True:
            async with self.waits.acquire() as connection, connection.transaction():
                done = await making.make_due(connection)
            await asyncio.sleep(0 if done else 0.01)

    def _command(self, *words: str) -> str:
        done = CliRunner().invoke(app, [*words, "--dir", str(self.folder)])
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output


@pytest.fixture
async def lived(database_urls: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lived]:
    monkeypatch.setenv("DATABASE_URL_WAITS", database_urls["waits"])
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    async with (
        await connect_pool(database_urls["referrals"], "referrals") as referrals,
        await connect_pool(database_urls["waits"], "waits") as waits,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=build_web(waits, Access("k" * 32, "127.0.0.1"))), base_url="http://site"
        ) as client,
    ):
        lived = Lived(referrals, waits, client, tmp_path)
        monkeypatch.setattr(clock, "now", lambda: lived.now)
        await lived.live()
        worker = asyncio.create_task(lived.make())
        yield lived
        worker.cancel()
        await asyncio.wait([worker])


async def test_what_was_answered_then_is_answered_later(lived: Lived) -> None:
    waiting = [orjson.loads(told["/v1/waits?"])["waiting"] for told in lived.answers.values()]
    assert min(waiting) > 10
    assert len({str(told) for told in lived.answers.values()}) == len(ASKED)
    lived.now += timedelta(days=40)
    for instant, told in lived.answers.items():
        again = await lived.ask(instant)
        for question, answer in told.items():
            assert again[question] == answer, (instant, question)
