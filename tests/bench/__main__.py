"""`make bench`: what the road can carry, and how long an event takes to an open page; printed, and written to docs/benchmarks.md.

Everything shares one machine: the sender, Kafka, PostgreSQL, the services and the site. CPU time is what each group of processes used
by the operating system's own account; it can be trusted more than events a second on a busy machine.
"""

import argparse
import asyncio
import json
import os
import platform
import re
import statistics
import time
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import asyncpg
import httpx
from aiokafka import AIOKafkaProducer

from deploy.local import kafka
from deploy.simulator.faults import message
from deploy.simulator.flow import events
from services.waits.store import definitions
from shared import clock
from shared.events.topics import ingress
from shared.runtime import broker, outbox
from tests.bench.cpu import cpu_seconds
from tests.bench.redefine import Redefined, redefine
from tests.support.running import Running, running

REPORT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
WARM = 3000
SENT_AT_ONCE = 1000
PROVIDER = "RXA"
EXPLAINED = 100


class Stage(NamedTuple):
    """One group of processes: microseconds of CPU for each event."""

    name: str
    microseconds: float


class Throughput(NamedTuple):
    """A backlog of events sent at once, timed from the first send until every national clock is written.

    `everywhere`: until the clocks under all definitions are written too and every event is sent; the CPU time is of all that.
    """

    events: int
    seconds: float
    everywhere: float
    definitions: int
    stages: list[Stage]

    @property
    def per_second(self) -> float:
        return self.events / self.seconds


class Latency(NamedTuple):
    """From handing an event to Kafka until an open page shows it, in milliseconds."""

    events: int
    rate: float
    p50: float
    p99: float
    worst: float


class Explained(NamedTuple):
    """How long the site takes to explain one spell, in milliseconds: as JSON, and as its page with every definition."""

    spells: int
    events: float  # versions received of one of them, on average
    json: float
    json_p99: float
    page: float
    page_p99: float


async def throughput(stack: Running, count: int) -> Throughput:
    """Send `count` events over Kafka as fast as the client can; the first ones, not timed, warm up.

    The sender shares the machine, where in life it has its own: it sends whole batches, so that little of what is measured is its.
    """
    messages = [message(event) for event in events(11, count + WARM, clock.now())]
    backlog = [(ingress(m.provider).name, m.key.encode(), m.body) for m in messages]
    async with broker.producer(stack.stack["kafka"]) as producer:

        async def send(part: slice) -> None:
            places = range(*part.indices(len(backlog)))
            for start in places[::SENT_AT_ONCE]:
                await outbox.send(producer, backlog[start : min(start + SENT_AT_ONCE, places.stop)])

        await send(slice(0, WARM))
        await asyncio.to_thread(stack.clockstop, "settle", "--timeout", "120")
        before, began = cpu_seconds(stack), time.monotonic()
        await send(slice(WARM, None))
        await _until(stack, f"select sum(count) >= {count + WARM} from waits.outcome_count")
        seconds = time.monotonic() - began
        await _until(stack, SETTLED)
        everywhere, after = time.monotonic() - began, cpu_seconds(stack)
    used = [Stage(name, (after[name] - before[name]) / count * 1e6) for name in before]
    return Throughput(count, seconds, everywhere, len(definitions.shipped()), used)


SETTLED = """
select not exists (select from waits.to_compute) and not exists (select from waits.outbox) and not exists (select from referrals.outbox)
"""


async def _until(stack: Running, condition: str) -> None:
    """Wait until this query says so."""
    connection = await asyncpg.connect(stack.admin_url)
    try:
        while not await connection.fetchval(condition):
            await asyncio.sleep(0.05)
    finally:
        await connection.close()


async def latency(stack: Running, rate: float, count: int) -> Latency:
    """`count` new referrals at `rate` a second; an open page's server-sent events tell when its number of waits has grown by each."""
    today, moment = clock.today(), clock.now().isoformat()

    def event(number: int, kind: str, data: dict[str, object]) -> bytes:
        body = {"provider": PROVIDER, "person": {"local_id": f"bench-{number}"}} | data
        head = {"specversion": "1.0", "id": f"bench-{kind}-{number}", "source": f"/{PROVIDER}/bench", "recordedtime": moment}
        return json.dumps(head | {"type": f"cmh.{kind}.recorded.v1", "data": body}).encode()

    people = [event(n, "person", {"birth_date": "1980-01-01"}) for n in range(count)]
    teams = [{"team": "T1", "team_type": "A06"}]
    referrals = [event(n, "referral", {"referral_id": f"bench-{n}", "received_on": str(today), "teams": teams}) for n in range(count)]
    topic = ingress(PROVIDER).name
    async with AIOKafkaProducer(bootstrap_servers=stack.stack["kafka"], acks="all", enable_idempotence=True) as producer:
        await asyncio.gather(*[await producer.send(topic, body, key=str(n).encode()) for n, body in enumerate(people)])
        await asyncio.to_thread(stack.clockstop, "settle", "--timeout", "120")
        with stack.signed_in() as client:
            cookies, base = dict(client.cookies), client.get("/v1/waits").json()["waiting"]
        sent: list[float] = []
        shown = asyncio.create_task(_watch(stack.site, cookies, base, count))
        await asyncio.sleep(1)  # the page is open before the first event: a stream tells no moment at which it is
        began = time.monotonic()
        for number, body in enumerate(referrals):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            sent.append(time.monotonic())
            await producer.send(topic, body, key=str(number).encode())
        seen = await asyncio.wait_for(shown, 60)
    waits = sorted((seen[number] - sent[number]) * 1000 for number in range(count))
    return Latency(count, rate, statistics.median(waits), waits[int(count * 0.99) - 1], waits[-1])


async def _watch(site: str, cookies: dict[str, str], base: int, count: int) -> list[float]:
    """When an open page first showed at least 1, 2, 3 ... waits more than `base`."""
    seen: list[float] = []
    lines: list[str] = []
    async with httpx.AsyncClient(base_url=site, cookies=cookies, timeout=60) as client, client.stream("GET", "/waits/live") as page:
        async for line in page.aiter_lines():
            if line:
                lines.append(line)
                continue
            found = re.search(r"([\d,]+)\s*</[^>]+>\s*(?:<[^>]+>\s*)*waiting now", "".join(part.removeprefix("data: ") for part in lines))
            lines.clear()
            if found:
                more = int(found[1].replace(",", "")) - base
                seen += [time.monotonic()] * (min(more, count) - len(seen))
            if len(seen) >= count:
                return seen
    raise RuntimeError("the page's stream ended")


def explaining(stack: Running, count: int) -> Explained:
    """Ask for `count` spells in every state, one after the other, from the same machine."""
    with stack.signed_in() as client:
        rows = [row for state in ("waiting", "stopped", "closed") for row in client.get(f"/v1/spells?state={state}").json()["spells"]]
        chosen = [quote(row["spell_id"]) for row in rows[:: max(1, len(rows) // count)]]
        told = [client.get(f"/v1/spells/{spell}").json() for spell in chosen]  # warms up, too

        def times(address: str) -> tuple[float, float]:
            taken = []
            for spell in chosen:
                began = time.monotonic()
                client.get(address + spell).raise_for_status()
                taken.append((time.monotonic() - began) * 1000)
            return statistics.median(taken), sorted(taken)[int(len(taken) * 0.99) - 1]

        events = statistics.mean(len(one["history"]) for one in told)
        return Explained(len(chosen), events, *times("/v1/spells/"), *times("/waits/spells/"))


def report(carried: Throughput, fresh: Latency, told: Explained, redefined: Redefined) -> str:
    """The figures as Markdown."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("faststream", "aiokafka", "asyncpg", "pydantic"))
    together = Stage("together", sum(stage.microseconds for stage in carried.stages))
    stages = "\n".join(f"| {stage.name} | {stage.microseconds:.0f} |" for stage in (*carried.stages, together))
    return f"""# Benchmarks

Printed by `make bench`; everything shares one machine of {os.cpu_count()} cores ({platform.system()} {platform.machine()}, Python
{platform.python_version()}, Kafka {kafka.VERSION}, PostgreSQL 18, {versions}). On {clock.today()}.

## Front door to clock

{carried.events:,} events of the simulated community over Kafka in {carried.seconds:.1f} s, from the first send until every national clock
was written: **{carried.per_second:,.0f} events a second**. After {carried.everywhere:.1f} s the clocks under all {carried.definitions}
definitions were written too and every event was sent. CPU time of all that by group of processes:

| processes | microseconds an event |
|---|---|
{stages}

## Event to open page

{fresh.events:,} new referrals at {fresh.rate:g} a second, watched by a client of the live page's event stream:
p50 **{fresh.p50:.0f} ms**, p99 **{fresh.p99:.0f} ms**, worst {fresh.worst:.0f} ms.

## One spell explained

{told.spells:,} spells of {told.events:.0f} versions each on average, asked for one after the other: as JSON p50 **{told.json:.1f} ms**, p99
{told.json_p99:.1f} ms; as a page with every definition p50 **{told.page:.1f} ms**, p99 {told.page_p99:.1f} ms.

## A new definition

`clockstop definitions add` for {redefined.people:,} people, while the services ran: **{redefined.seconds:.1f} s** until all clocks were
computed and written under it.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure throughput and latency of a whole stack.")
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--watched", type=int, default=2000)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--no-report", action="store_true", help="print only")
    chosen = parser.parse_args()
    with running() as stack:
        carried = asyncio.run(throughput(stack, chosen.events))
        fresh = asyncio.run(latency(stack, chosen.rate, chosen.watched))
        told = explaining(stack, EXPLAINED)
        redefined = redefine(stack, chosen.people)
    text = report(carried, fresh, told, redefined)
    print(text)
    if not chosen.no_report:
        REPORT.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
