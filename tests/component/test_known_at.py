"""What was answered at an instant is what is answered later about it: a month is lived on a real database, and asked about again."""

import asyncio
import csv
import io
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from services.referrals.store import loading
from services.waits.handlers import CareEvents
from services.waits.handlers.side_by_side import SideBySide
from services.waits.store import definitions
from shared import clock
from shared.events.receipts import Verdict
from shared.events.topics import CARE_TOPICS
from shared.runtime.batch import Batch, Record
from shared.runtime.database import Pool, connect_pool
from tests.component.sent_events import Desk, door
from tests.support.month import BEGINS, month

SHIPPED = Path(__file__).parents[2] / "deploy" / "reference"
SLICE = timedelta(hours=6)
ASKED = [BEGINS + timedelta(days=days, minutes=17) for days in (0.5, 3, 8, 13, 19, 19.5, 26)]  # on 29 March the clocks change
CHANGED = BEGINS + timedelta(days=11)
"""When new reference data come, in which a set has lost its codes and a provider has another name."""
Answers = dict[tuple[str, ...], str]
"""What was asked, and the answer, by words."""


class Lived:
    """The front door and the worker on one database, at a time that passes; and who asks them."""

    def __init__(self, urls: dict[str, str], folder: Path) -> None:
        self.urls = urls
        self.folder = folder
        self.now = BEGINS
        self.answers: dict[datetime, Answers] = {}
        self._care = CareEvents(definitions.definition(definitions.MAIN))
        self._others = SideBySide(self._care)
        self._told = 0

    async def live(self) -> None:
        """The month, slice by slice; what is answered on the way is kept."""
        async with AsyncExitStack() as stack:
            referrals, waits = [
                await stack.enter_async_context(await connect_pool(self.urls[name], name)) for name in ("referrals", "waits")
            ]
            await waits.execute("insert into cursor values ('care.v1', 0, 'c', 't', 0)")
            async with waits.acquire() as connection, connection.transaction():
                await definitions.add_shipped(connection)
            await self._load(referrals, SHIPPED)
            desk, coming, asked = Desk(referrals, door()), month(11), list(ASKED)
            while asked:
                until = min(asked[0], self.now + SLICE)
                if self.now < CHANGED <= until:
                    await self._load(referrals, self._changed())
                    await referrals.execute("update reference.load set loaded_at = $1 where loaded_at > $1", until)
                here = [one for one in coming if one.at <= until]
                coming = coming[len(here) :]
                for provider in sorted({one.event["data"]["provider"] for one in here}):
                    batch = [one for one in here if one.event["data"]["provider"] == provider]
                    self.now = batch[-1].at
                    receipts = await desk.send(*(one.event for one in batch), provider=provider, at=self.now)
                    assert {one.verdict for one in receipts} == {Verdict.ACCEPTED}, receipts
                self.now = until
                await self._work(referrals, waits)
                if until == asked[0]:
                    self.answers[until] = await asyncio.to_thread(self.ask)
                    asked.pop(0)

    async def _load(self, pool: Pool, folder: Path) -> None:
        async with pool.acquire() as connection:
            assert (await loading.load(connection, folder, lambda _: None)).version
            await connection.execute("update reference.load set loaded_at = $1 where loaded_at > $1", self.now)

    def _changed(self) -> Path:
        for name in ("refset_members", "organisations"):
            text = (SHIPPED / f"{name}.csv").read_text("utf-8")
            kept = [line for line in text.splitlines() if "1853441000000109" not in line]
            (self.folder / f"{name}.csv").write_text("\n".join(kept).replace("Westside", "Wester") + "\n", "utf-8")
        return self.folder

    async def _work(self, referrals: Pool, waits: Pool) -> None:
        """The worker, until nothing is left to do."""
        rows = await referrals.fetch(
            "select value from outbox, unnest(topics, payloads) with ordinality as u (topic, value, place)"
            " where topic = any ($1) order by id, place",
            list(CARE_TOPICS),
        )
        records = [Record("care.v1", 0, self._told + number, None, row["value"]) for number, row in enumerate(rows[self._told :])]
        self._told = len(rows)
        async with waits.acquire() as connection:
            async with connection.transaction():
                batch = Batch(connection, records, self.now)
                await self._care.consume(batch)
                batch.check()
                await batch.write()
            others = [self._others.compute_asked] if len(definitions.shipped()) > 1 else []
            for job in (self._care.recompute_due, self._others.compute_new, *others):
                done = 1
                while done:
                    async with connection.transaction():
                        done = await job(connection)

    def ask(self, known_at: datetime | None = None) -> Answers:
        """Everything, as known now or at an instant."""
        then = [] if known_at is None else ["--known-at", known_at.isoformat()]
        return {("clocks", name): self._command("clocks", "--definition", name, *then) for name, _ in definitions.shipped()}

    def _command(self, *words: str) -> str:
        done = CliRunner().invoke(app, [*words, "--dir", str(self.folder)])
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output


@pytest.fixture
def lived(database_urls: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lived:
    lived = Lived(database_urls, tmp_path)
    monkeypatch.setattr(clock, "now", lambda: lived.now)
    monkeypatch.setenv("DATABASE_URL_WAITS", database_urls["waits"])
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    asyncio.run(lived.live())
    return lived


def test_what_was_answered_then_is_answered_later(lived: Lived) -> None:
    waiting = [
        sum(row["open"] == "true" for row in csv.DictReader(io.StringIO(told["clocks", "national-2024"])))
        for told in lived.answers.values()
    ]
    assert min(waiting) > 20
    assert len({str(told) for told in lived.answers.values()}) == len(ASKED)
    lived.now += timedelta(days=40)
    for instant, told in lived.answers.items():
        again = lived.ask(instant)
        for question, answer in told.items():
            assert again[question] == answer, (instant, question)
    assert lived.ask() != lived.answers[ASKED[-1]]
