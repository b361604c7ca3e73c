"""Crash points of counting: each I/O that writes fails before and after it is done, COMMIT too. Figures are right afterwards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvloop

from services.reporting.handlers import figures as job
from services.reporting.handlers.figures import Figures
from services.reporting.rules.measures import FAMILIES
from services.reporting.store import figures as store
from shared.runtime.database import Connection, Pool, connect_pool
from tests.bench.measures import fill
from tests.component import measure_rows
from tests.component.measure_rows import NOW
from tests.support.faults import Died, Failing, Fault, Points, every_fault

STARTS = 12
WRITES = ("execute", "COMMIT", "fetch insert", "fetchrow insert", "fetchval insert", "copy", "fetch update", "fetchval update")
KEPT = (
    "select month, family, last, digest, problem, releases::text, mark from figured order by 1, 2",
    "select f.month, e.level, e.code, e.team, e.by, e.found::text from figure e join figured f on f.id = e.figured order by 1, 2, 3, 4, 5",
    "select f.month, f.family, s.level, s.code, s.measure, s.value from shown s join figured f on f.id = s.figured order by 1, 2, 3, 4, 5",
)
CHANGES = (
    "update register_now set left_on = '2024-09-01' where personkey in (select personkey from register_now order by 1 limit 40)",
    "update feed set changes = changes + 1",
)
BACK = ("update register_now set left_on = null where left_on = '2024-09-01'", "delete from figured", "update feed set changes = 1")
Rows = list[list[tuple[Any, ...]]]


class Drives:
    """A month of a family is counted; then people leave its register, and it is counted again."""

    def __init__(self, pool: Pool, admin: Connection) -> None:
        self.pool, self.admin = pool, admin

    async def drive(self, *faults: Fault) -> tuple[Points, Failing, Rows]:
        """Every fault strikes one worker, which goes on after an error and starts again when it died; what is kept in the end."""
        await self._does(*BACK)
        failing = Failing(*faults)
        points = Points(failing)
        pool, worker = points.pool(self.pool), Figures()
        for change in ((), CHANGES):
            await self._does(*change)
            idle = 0
            for _ in range(STARTS):
                try:
                    async with pool.acquire() as connection, connection.transaction():
                        idle = 0 if await worker.look(connection) else idle + 1
                except Died:
                    failing.revive()
                    worker = Figures()
                except Exception:  # noqa: BLE001, S112  # as `run_job`: rolled back, and still due
                    continue
                if idle == 2:
                    break
            worker._rest_until = None  # as time passes
        return points, failing, [[tuple(row) for row in await self.admin.fetch(query)] for query in KEPT]

    async def _does(self, *statements: str) -> None:
        for statement in statements:
            await self.admin.execute(statement)


@asynccontextmanager
async def drives(urls: dict[str, str], patch: pytest.MonkeyPatch) -> AsyncIterator[Drives]:
    patch.setattr("shared.clock.now", lambda: NOW)
    patch.setattr(job, "MONTHS", 0)
    patch.setattr(job, "_BY_NAME", {family.name: family for family in FAMILIES if family.name == "health-checks"})
    async with measure_rows.connected(urls["admin"]) as admin:
        await admin.execute(measure_rows.NAMES)
        for statement in fill(measure_rows.SIZE | {"people": 250}):
            if not statement.lstrip().startswith("vacuum"):
                await admin.execute(statement)
        async with await connect_pool(urls["reporting"], "reporting", size=1) as pool:
            yield Drives(pool, admin)


async def enumerate_faults(urls: dict[str, str], patch: pytest.MonkeyPatch, enough: int) -> dict[str, Rows]:
    async with drives(urls, patch) as one:
        points, _, right = await one.drive()
        assert [len(rows) > 0 for rows in right] == [True] * 3
        names = points.names
        wrong: dict[str, Rows] = {}
        assert sum(name.startswith(WRITES) for name in names) > 10
        for fault in every_fault(len(names)):
            if len(wrong) < enough and names[fault.number - 1].startswith(WRITES):
                _, failing, found = await one.drive(fault)
                assert failing.met, f"{fault} was not met: the work is not the same every time"
                if found != right:
                    wrong[failing.met[0]] = found
    return wrong


def test_no_fault_leaves_a_wrong_figure(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert uvloop.run(enumerate_faults(database_urls, monkeypatch, enough=3)) == {}


def test_a_worker_that_believes_what_was_rolled_back_is_caught(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted bug: what was asked for is never looked at again."""

    async def planted(*_: object) -> bool:
        return False

    monkeypatch.setattr(store, "lacks", planted)
    assert uvloop.run(enumerate_faults(database_urls, monkeypatch, enough=1)) != {}
