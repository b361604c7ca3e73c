"""Crash points of a return that runs itself: each I/O that writes fails before and after it is done, COMMIT too, and it starts again.

However it goes, there is one version, each step is taken, audited and told once, and what was queued is, once, what was frozen.
"""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import orjson
import pytest
import uvloop

from services.reporting.handlers import returning, running
from services.reporting.handlers.filling import Filled
from services.reporting.rules.evidence import digest
from services.reporting.store import frozen
from shared import clock
from shared.runtime import trail
from shared.runtime.batch import write_outbox
from shared.runtime.database import Pool, connect_pool
from tests.component.returns_scene import FEMI, GRACE, ID, NOW, PERIOD, Scene, ends, scene
from tests.support.faults import Died, Failing, Fault, Points, every_fault

STEPS = ["drafted", "frozen", "checked", "signed"]
STARTS = 12
WRITES = ("execute", "COMMIT", "fetch insert", "fetchrow insert", "fetchval insert", "fetch update", "fetchval update")
EMPTY = "truncate submission, edit, explanation, frozen_row, frozen_unit, step, notice, audit, outbox, look, return_version, mesh_message"


class Drives:
    """A quarter with a standing authorisation, put back before every drive."""

    def __init__(self, pool: Pool, admin: Pool) -> None:
        self.pool, self.admin = pool, admin

    async def drive(self, *faults: Fault) -> tuple[Points, Failing, list[str]]:
        """From the end of the quarter until it is queued; what went wrong, one line each."""
        async with self.admin.acquire() as connection:
            await connection.execute("set session_replication_role = replica")
            await connection.execute(EMPTY)
            await connection.execute("set session_replication_role = default")
        failing = Failing(*faults)
        points = Points(failing)
        pool = points.pool(self.pool)
        for _ in range(STARTS):
            try:
                if not await running.run_due(pool, ends):
                    break
            except Died:
                failing.revive()
            except Exception:  # noqa: BLE001, S112  # as `run_job`: rolled back, and still due
                continue
        return points, failing, [one async for one in self._wrong()]

    async def _wrong(self) -> AsyncIterator[str]:
        rows = await self.pool.fetch("select * from return_version")
        if [(row["version"], row["state"]) for row in rows] != [(1, "signed")]:
            yield f"versions: {[(row['version'], row['state']) for row in rows]}"
            return
        steps = [row["change"] for row in await self.pool.fetch("select change from step order by number")]
        if steps != STEPS:
            yield f"steps: {steps}"
        told = Counter(
            orjson.loads(row["one"])["data"]["change"] for row in await self.pool.fetch("select unnest(payloads) as one from outbox")
        )
        if told != Counter(STEPS):
            yield f"told: {told}"
        audited = [row["what"] for row in await self.pool.fetch("select what from audit order by id")]
        if audited != [*(f"return {step}" for step in STEPS), "return sent"] or await trail.broken(self.pool) is not None:
            yield f"audited: {audited}"
        sent = [hashlib.sha256(row["content"]).hexdigest() for row in await self.pool.fetch("select content from submission")]
        if sent != [rows[0]["hash"]]:
            yield f"queued: {len(sent)}"
        kept = await frozen.figures(self.pool, ID, 1), await frozen.members(self.pool, ID, 1)
        if digest(*kept) != rows[0]["evidence_hash"]:
            yield "what was kept is not what was frozen"


@asynccontextmanager
async def drives(urls: dict[str, str], patch: pytest.MonkeyPatch) -> AsyncIterator[Drives]:
    patch.setattr(clock, "now", lambda: NOW)
    async with scene(urls, 40) as lived:
        made = await _made(lived)
        patch.setattr(returning, "filled", made)
        async with lived.pool.acquire() as connection, connection.transaction():
            await returning.authorise(connection, "smi-checks", "XIB", date(2025, 4, 1), date(2026, 3, 31), GRACE)
            await returning.automate(connection, await lived.wanted(), FEMI)
        async with await connect_pool(urls["admin"], "reporting", size=1) as admin:
            yield Drives(lived.pool, admin)


async def _made(lived: Scene) -> Any:
    """Filling in, which only reads, done once: it has no edits here."""
    found = (await returning.filled(lived.pool, ends, await lived.wanted(), 1, FEMI, None, 5))._replace(edits=[])
    assert found.period.name == PERIOD

    async def filled(*_: object) -> Filled:
        return found

    return filled


async def enumerate_faults(urls: dict[str, str], patch: pytest.MonkeyPatch, enough: int) -> dict[str, list[str]]:
    async with drives(urls, patch) as one:
        points, _, found = await one.drive()
        wrong = {"no fault": found} if found else {}
        names = points.names
        assert sum(name.startswith(WRITES) for name in names) > 30
        for fault in every_fault(len(names)):
            if len(wrong) >= enough:
                break
            if not names[fault.number - 1].startswith(WRITES):
                continue  # nothing is done by reading: to fail there is to fail before the next write
            _, failing, found = await one.drive(fault)
            assert failing.met, f"{fault} was not met: the work is not the same every time"
            if found:
                wrong[failing.met[0]] = found
    return wrong


def test_no_fault_makes_sends_or_tells_twice_or_never(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert uvloop.run(enumerate_faults(database_urls, monkeypatch, enough=3)) == {}


def test_events_outside_the_transaction_are_caught(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    async def planted(_connection: object, outgoing: list[tuple[str, bytes, bytes]]) -> None:
        async with await connect_pool(database_urls["reporting"], "reporting", size=1) as pool, pool.acquire() as other:
            await write_outbox(other, outgoing)

    monkeypatch.setattr("services.reporting.store.returns.write_outbox", planted)
    found = uvloop.run(enumerate_faults(database_urls, monkeypatch, enough=1))
    assert any(one.startswith("told: ") for lines in found.values() for one in lines), found
