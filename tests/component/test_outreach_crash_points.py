"""Crash points of due dates and entries: each I/O fails before and after it is done, COMMIT too, and invariant I5 holds all the same.

A person is due soon and, after an outage, due, while a worker enters an attempt; after every fault the process starts again or goes
on. Each change is told of once and never early, the rows are those that the rules compute, and at most one task is live for a thing.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest
import uvloop

from services.outreach.handlers import CareEvents, writing
from services.outreach.handlers.due_dates import DueDates
from services.outreach.handlers.entering import Entering, Tried
from services.outreach.handlers.work import Work, compute
from services.outreach.store import due, entered, rows
from shared import clock
from shared.runtime.batch import write_outbox
from shared.runtime.database import Connection, Pool, connect_pool
from shared.runtime.documents import stored
from tests.component.test_outreach_handlers import REFERENCE, Outreach, anybody, checked, on_register
from tests.support.faults import Died, Failing, Fault, Points, every_fault

DAYS = (date(2024, 9, 3), date(2024, 10, 1))
TOLD = ("due soon", "due")
ELEMENTS = ("bmi",)
PERSON = "pk1"
TABLES = ("pathway", "task", "standing", "attempt", "outbox", "feed")
STEPS = 30
WRITES = ("execute", "COMMIT", "fetchval -- $1 the day")


class Process:
    """The jobs and a page, over a pool of which every I/O is numbered; it is started anew after each death."""

    def __init__(self, pool: Pool, *faults: Fault) -> None:
        self.failing = Failing(*faults)
        self.points = Points(self.failing)
        self.pool = self.points.pool(pool)
        self.day = DAYS[0]

    async def drive(self) -> None:
        """Two days, the attempt on the first."""
        care = CareEvents()
        for self.day in DAYS:
            for _ in range(STEPS):
                try:
                    await self._work(care)
                    break
                except Died:
                    self.failing.revive()
                    care = CareEvents()
                except Exception:  # noqa: BLE001, S112  # as `run_job`: rolled back, and still due
                    continue
            else:
                raise AssertionError(f"not done after {STEPS} starts")

    async def _work(self, care: CareEvents) -> None:
        dates = DueDates(care)
        for job in (dates.recompute_due, dates.tell_due):
            done = 1
            while done:
                async with self.pool.acquire() as connection, connection.transaction():
                    done = await job(connection)
        if self.day == DAYS[0]:
            async with self.pool.acquire() as connection, connection.transaction():
                task = next(key[1] for key, row in (await rows.tasks_of(connection, [PERSON])).items() if row["closed_on"] is None)
                await Entering(care).enter_attempt(connection, Tried("A1", PERSON, task, "call", DAYS[0]), "amira", anybody)


class Scene:
    """A database with one person, put back before every drive."""

    def __init__(self, pool: Pool, observer: Connection, patch: pytest.MonkeyPatch) -> None:
        self.pool, self.observer, self.patch = pool, observer, patch

    async def set_up(self) -> None:
        outreach = Outreach(self.pool)
        self.patch.setattr(clock, "now", lambda: outreach.now)
        await outreach.catch_up()
        await outreach.hear(*on_register(), *checked("2023-10-01", elements=ELEMENTS), *checked("2024-07-01", elements=OTHERS))
        await outreach.catch_up()
        await self.observer.execute("truncate outbox")
        self.put_back = f"truncate {', '.join(TABLES)}; update day set day = '-infinity';"
        for table in TABLES:
            await self.observer.execute(f"create table kept_{table} as select * from {table}")
            names = await self.observer.fetchval(
                "select string_agg(quote_ident(column_name), ', ') from information_schema.columns where table_schema = 'outreach'"
                " and table_name = $1 and is_generated = 'NEVER'",
                table,
            )
            if table != "outbox":
                self.put_back += f"insert into {table} ({names}) select {names} from kept_{table};"

    async def drive(self, *faults: Fault) -> tuple[Process, list[str]]:
        """Drive it from the beginning; what went wrong, one line each."""
        await self.observer.execute(self.put_back)
        process = Process(self.pool, *faults)
        self.patch.setattr(clock, "now", lambda: datetime(process.day.year, process.day.month, process.day.day, 12, tzinfo=UTC))
        await process.drive()
        return process, [*await self._told(), *await self._rows()]

    async def _told(self) -> list[str]:
        payloads = await self.observer.fetch("select unnest(payloads) as one from outbox")
        told = [orjson.loads(row["one"]) for row in payloads]
        counts = Counter((one["data"]["element"], one["data"]["change"]) for one in told if one["data"].get("element") in ELEMENTS)
        wanted = {(element, change) for element in ELEMENTS for change in (*TOLD, "attempted")}
        lost = [f"lost: {one}" for one in wanted - counts.keys()]
        again = [f"told {count} times: {one}" for one, count in counts.items() if count > 1]
        return [*lost, *again, *[f"early: {one}" for one in map(_early, told) if one]]

    async def _rows(self) -> list[str]:
        wrong: list[str] = []
        document = (await stored(self.observer, [PERSON]))[PERSON]
        care = CareEvents()
        work = Work(await care.settings.get(self.observer), await care.reference.get(self.observer), DAYS[-1])
        said = (await entered.of(self.observer, [PERSON]))[PERSON]
        computed = compute(PERSON, document, said, work)
        tasks, standings = await rows.tasks_of(self.observer, [PERSON]), await rows.standings_of(self.observer, [PERSON])
        if tasks.keys() != {rows.key(row) for row in computed.tasks} or any(
            rows.differs(tasks[rows.key(row)], row) for row in computed.tasks
        ):
            wrong.append("tasks are not what the rules compute")
        if computed.standing is None or rows.differs(standings.get(PERSON), computed.standing):
            wrong.append("the standing is not what the rules compute")
        live = Counter(
            (row["schedule"], row["element"] or row["finding"], row["due_on"]) for row in tasks.values() if row["closed_on"] is None
        )
        return wrong + [f"{count} live for {one}" for one, count in live.items() if count > 1]


OTHERS = ("smoking", "alcohol", "blood glucose", "blood pressure", "blood lipids")


def _early(one: dict[str, Any]) -> str | None:
    data = one["data"]
    day, due_on = one["time"][:10], data["due_on"]
    early = (data["change"] == "due" and day < due_on) or (data["change"] == "overdue" and day <= due_on)
    return f"{data['change']} on {day}, due on {due_on}" if early else None


@asynccontextmanager
async def scene(urls: dict[str, str], patch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    async with await connect_pool(urls["admin"], "referrals", size=1) as admin:
        await admin.execute(REFERENCE)
    pool, watch = await connect_pool(urls["outreach"], "outreach"), await connect_pool(urls["outreach"], "outreach", size=1)
    async with pool, watch, watch.acquire() as observer:
        await pool.execute("insert into cursor values ('people.v1', 0, 'c', 't', 0)")
        found = Scene(pool, observer, patch)
        await found.set_up()
        yield found


async def enumerate_faults(urls: dict[str, str], patch: pytest.MonkeyPatch, enough: int) -> dict[str, list[str]]:
    """What goes wrong, by the fault that brought it out; ends when `enough` faults have."""
    async with scene(urls, patch) as one:
        smooth, found = await one.drive()
        wrong = {"no fault": found} if found else {}
        names = smooth.points.names
        for fault in every_fault(len(names)):
            if len(wrong) >= enough:
                break
            if not names[fault.number - 1].startswith(WRITES):
                continue  # nothing is done by reading: to fail there is to fail before the next write
            process, found = await one.drive(fault)
            assert process.failing.met, f"{fault} was not met: the work is not the same every time"
            if found:
                wrong[process.failing.met[0]] = found
    return wrong


def test_no_fault_tells_early_twice_or_never(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert uvloop.run(enumerate_faults(database_urls, monkeypatch, enough=3)) == {}


def test_events_outside_the_transaction_are_caught(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    async def planted(_connection: object, outgoing: list[tuple[str, bytes, bytes]]) -> None:
        async with await connect_pool(database_urls["outreach"], "outreach", size=1) as pool, pool.acquire() as other:
            await write_outbox(other, outgoing)

    monkeypatch.setattr(writing, "write_outbox", planted)
    assert_caught(uvloop.run(enumerate_faults(database_urls, monkeypatch, enough=1)), "told 2 times")


def test_a_day_too_early_is_caught(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    async def planted(_connection: object, now: datetime) -> date:
        return date.fromordinal(clock.london_date(now).toordinal() + 1)

    monkeypatch.setattr(due, "day", planted)
    assert_caught(uvloop.run(enumerate_faults(database_urls, monkeypatch, enough=1)), "early")


def assert_caught(wrong: dict[str, list[str]], kind: str) -> None:
    found = [finding for findings in wrong.values() for finding in findings]
    assert any(finding.startswith(kind) for finding in found), found
