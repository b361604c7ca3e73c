"""`python -m tests.bench.due`: a due-date pass of outreach over so many people, on an ordinary day and on one when everything falls due.

A PostgreSQL of its own, tables filled by the product's own handlers for some people and multiplied for the others; printed.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import orjson

from deploy import provision
from deploy.local import postgres
from deploy.local.ports import free_port
from deploy.local.process import Child
from deploy.local.stack import DATABASE, SERVICES, Secrets, database_url, role
from deploy.local.supervisor import Supervisor
from services.outreach.handlers import CareEvents
from services.outreach.handlers.due_dates import DueDates
from services.outreach.rules.schedule import ELEMENTS
from shared import clock
from shared.events.outreach import TaskCause
from shared.runtime.batch import Batch, Record
from shared.runtime.database import Connection, Pool, connect_pool
from shared.runtime.documents import lock
from shared.runtime.stated import microseconds
from shared.versions import Document, fold

DAY = date(2026, 3, 12)
WORKERS = 2
DISTINCT = 1460
"""People whose tables the handlers fill: four for each day of the year."""


class Passed(NamedTuple):
    """One pass: how many tasks were told of, how many people looked at again, and in how long."""

    told: int
    telling: float
    again: int
    looking: float


def document(number: int, checked: date) -> Document:
    """The records of one person on a register: two years of checks, the last on that day, and what else comes with them."""
    random = Random(number)  # noqa: S311  # made-up people
    found: Document = {}
    practice = f"XG{number % 28:04}"

    def record(what: str, record_id: str, said_on: date, /, **data: Any) -> None:
        instant = microseconds(datetime(said_on.year, said_on.month, said_on.day, 9, tzinfo=UTC))
        whole = {"provider": "RXA"} | data
        fold(found, what, "RXA", record_id, [instant, instant, "/RXA/epr", f"{number}-{what}-{record_id}", whole])

    begun = date(2020, 1, 1)
    born = f"{random.randint(1940, 2005)}-05-01"
    record("person", "", begun, birth_date=born, ethnicity="A", lsoa="E01990101", practice=practice)
    record("register", "E1", begun, condition="schizophrenia", entered_on=str(begun), practice=practice)
    record("preference", "", begun, channels=["text", "call"])
    readings = {
        "blood pressure": [{"name": "systolic", "value": 128, "unit": "mmHg"}, {"name": "diastolic", "value": 80, "unit": "mmHg"}],
        "bmi": [{"name": "bmi", "value": 23.5, "unit": "kg/m2"}], "blood glucose": [{"name": "hba1c", "value": 38, "unit": "mmol/mol"}],
        "blood lipids": [{"name": "total cholesterol", "value": 4.8, "unit": "mmol/L"}],
        "smoking": [{"name": "smoking status", "value": "never"}], "alcohol": [{"name": "audit-c", "value": 2}],
    }  # fmt: skip
    for years in (1, 0):
        day = checked - timedelta(365 * years)
        for element in ELEMENTS:
            record("health-check", f"{element}-{years}", day, element=element, on=str(day), status="recorded", readings=readings[element])
        record("vaccination", f"V{years}", day, kind="influenza", on=str(day), status="given")
    return found


@asynccontextmanager
async def database() -> AsyncIterator[tuple[str, Pool]]:
    """A new PostgreSQL with the tables of every service, set up as the stack does."""
    with TemporaryDirectory(prefix="clockstop-bench-", ignore_cleanup_errors=True) as folder:
        url = f"postgresql://postgres:administrator@127.0.0.1:{free_port()}/postgres"
        passwords = Secrets().passwords
        with Supervisor(Path(folder) / "logs") as supervisor:
            supervisor.start(postgres.prepare(supervisor, Path(folder), url))
            supervisor.until_ready("postgres")
            await provision.database(url, passwords)
            urls = {service: database_url(url, DATABASE, role(service), passwords[service]) for service in SERVICES}
            settings = os.environ | {f"DATABASE_URL_{service.upper()}": found for service, found in urls.items()}
            settings["KAFKA_BOOTSTRAP_SERVERS"] = "127.0.0.1:1"
            for service in ("referrals", "outreach"):
                supervisor.run(Child(f"migrate-{service}", (sys.executable, "-m", f"services.{service}", "migrate"), settings))
            async with await connect_pool(urls["outreach"], "outreach", size=4) as pool:
                yield urls["outreach"], pool


@contextmanager
def at(day: date) -> Iterator[None]:
    """At noon of this day."""
    before, clock.now = clock.now, lambda: datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    try:
        yield
    finally:
        clock.now = before


async def until_nothing(pool: Pool, job: Callable[[Connection], Awaitable[int]]) -> tuple[int, float]:
    began, count = time.monotonic(), 0
    while True:
        async with pool.acquire() as connection, connection.transaction():
            done = await job(connection)
        if not done:
            return count, time.monotonic() - began
        count += done


async def fill(pool: Pool, people: int, checked: Callable[[int], date]) -> None:
    """As the worker would have left it the day before."""
    dates = DueDates(CareEvents())
    with at(DAY - timedelta(1)):
        for first in range(0, DISTINCT, 500):
            numbers = range(first, min(first + 500, DISTINCT))
            documents = {f"{number:08}": document(number, checked(number)) for number in numbers}
            async with pool.acquire() as connection, connection.transaction():
                await lock(connection, list(documents))
                causes = {person: TaskCause(kind="event", receivedtime=clock.now()) for person in documents}
                await dates.care.recompute(connection, documents, causes, clock.now())
        for job in (dates.sweep, dates.recompute_due, dates.tell_due):
            await until_nothing(pool, job)
    await multiply(pool, people)


async def multiply(pool: Pool, people: int) -> None:
    """Repeat the people under other keys until there are so many."""
    copies = people // DISTINCT
    columns = await pool.fetch(
        "select table_name, string_agg(column_name, ', ') as names from information_schema.columns where table_schema = 'outreach'"
        " and table_name in ('pathway', 'task', 'standing') and column_name <> 'personkey' and is_generated = 'NEVER' group by 1"
    )
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("set local transaction_timeout = 0")
        for row in columns:
            table, names = row["table_name"], row["names"]
            copied = f"select lpad(copy::text, 6, '0') || personkey, {names} from {table}, generate_series(1, {copies - 1}) as copy"
            await connection.execute(f"insert into {table} (personkey, {names}) {copied}", timeout=900)
        await connection.execute("truncate outbox")
    for table in ("pathway", "task", "standing"):
        await pool.execute(f"vacuum analyze {table}", timeout=900)


def work(url: str, job: str) -> int:
    """One worker, until nothing is due; returns how much it did."""

    async def run() -> int:
        async with await connect_pool(url, "outreach", size=1) as pool:
            with at(DAY):
                return (await until_nothing(pool, getattr(DueDates(CareEvents()), job)))[0]

    return asyncio.run(run())


def together(url: str, job: str, workers: ProcessPoolExecutor) -> tuple[int, float]:
    """The same job of several workers at once: how much they did, in how many seconds."""
    began = time.monotonic()
    done = sum(workers.map(work, [url] * WORKERS, [job] * WORKERS))
    return done, time.monotonic() - began


async def measure(people: int, checked: Callable[[int], date]) -> Passed:
    async with database() as (url, pool):
        await fill(pool, people, checked)
        with ProcessPoolExecutor(WORKERS, get_context("spawn")) as workers:
            list(workers.map(abs, range(WORKERS)))
            return Passed(*together(url, "tell_due", workers), *together(url, "recompute_due", workers))


async def others(events: int) -> tuple[float, float]:
    """Microseconds an event of people of whom nothing is to be done: of this process's CPU, and by the clock on the wall."""
    async with database() as (_, pool):
        care = CareEvents()
        instant = f"{DAY}T09:00:00Z"
        said = [
            {
                "specversion": "1.0", "id": f"e{number}", "source": "/RXA/epr", "type": "cmh.contact.recorded.v1",
                "recordedtime": instant, "receivedtime": instant, "personkey": f"{number % 5000:08}",
                "data": {"provider": "RXA", "contact_id": f"C{number}", "referral_id": "R1", "on": str(DAY), "attendance": "5"},
            }
            for number in range(events)
        ]  # fmt: skip
        records = [Record("contacts.v1", 0, number, None, orjson.dumps(one)) for number, one in enumerate(said)]
        with at(DAY):
            used, began = time.process_time(), time.monotonic()
            for first in range(0, events, 2000):
                async with pool.acquire() as connection, connection.transaction():
                    batch = Batch(connection, records[first : first + 2000], clock.now())
                    await care.consume(batch)
                    if not all(outcome == "applied" for *_, outcome in batch.outcomes):
                        raise RuntimeError(f"not applied: {batch.outcomes}")
            return (time.process_time() - used) / events * 1e6, (time.monotonic() - began) / events * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure due-date passes of outreach.")
    parser.add_argument("--people", type=int, default=527_000)
    parser.add_argument("--day", choices=["ordinary", "everything", "others"], default=None)
    chosen = parser.parse_args()
    days = {
        "ordinary": lambda number: DAY - timedelta(365 + 0) + timedelta(number % 365),
        "everything": lambda _: date(2025, 3, 12),
    }
    if chosen.day in (None, "others"):
        used, took = asyncio.run(others(20_000))
        print(f"others: {used:.0f} us of CPU an event of people on no register, {took:.0f} us by the wall")
    for name, checked in days.items():
        if chosen.day in (None, name):
            one = asyncio.run(measure(chosen.people, checked))
            print(
                f"{name}: {chosen.people:,} people: {one.told:,} due dates told in {one.telling:.1f} s, "
                f"{one.again:,} people looked at again in {one.looking:.1f} s: {one.telling + one.looking:.1f} s together"
            )


if __name__ == "__main__":
    main()
