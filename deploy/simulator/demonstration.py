"""The demonstration's run: a history at once, then live flow; a later run of the same stack goes on with the same people.

The journal makes that possible without keeping any state of a person: it holds when the community began and the instant of each live
event, and the flow, told again with the same instants, is the same flow. What was sent and not journalled is sent once more, with the
same id and content: a duplicate, which the front door knows.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple, Self

from deploy.settling import looking
from deploy.simulator.attempts import bring_in
from deploy.simulator.faults import Message, as_sent, message
from deploy.simulator.flow import Flow
from deploy.simulator.journeys import Event
from deploy.simulator.quarters import close_quarters
from deploy.simulator.sender import Sender, Target
from deploy.simulator.shares import Size
from shared.clock import now
from shared.runtime.database import connect_pool
from shared.runtime.settings import Settings

REPORT_HISTORY_S, REPORT_LIVE_S = 5.0, 60.0
CHUNK = 2000
Say = Callable[[str], None]


class Journal:
    """When the community began and how many messages of its history were sent; one instant for each live event, written before sending."""

    def __init__(self, file: Path, begins: datetime) -> None:
        self._file, self._history = file, file.with_suffix(".history")
        if not file.exists():
            self.add(begins)
        self.began, *self.told = (datetime.fromisoformat(line) for line in file.read_text("utf-8").splitlines())
        self.sent = int(self._history.read_text("utf-8")) if self._history.exists() else 0

    @classmethod
    def of(cls, directory: Path, plan: "Plan", begins: datetime) -> Self:
        """That of this community in a stack's directory."""
        return cls(directory / f"simulator-{plan.seed}-{plan.size.starts:g}-{plan.days}.journal", begins)

    def add(self, instant: datetime) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(f"{instant.isoformat()}\n")

    def history(self, sent: int) -> None:
        """So many messages are confirmed."""
        self._history.write_text(str(sent), "utf-8")


class Plan(NamedTuple):
    """What to show: a community, days of its history, its live events a second, and for how long (None: until stopped)."""

    seed: int
    size: Size
    days: int
    rate: float
    for_seconds: float | None

    def flow(self, began: datetime) -> Flow:
        return Flow(self.seed, began - timedelta(days=self.days), self.size)


async def demonstrate(target: Target, directory: Path, plan: Plan, stop: asyncio.Event, say: Say) -> None:
    """Send the history unless an earlier run did, then live events until `stop` is set or the time is over."""
    journal = Journal.of(directory, plan, now())
    flow = plan.flow(journal.began)
    past = flow.past(journal.began)
    async with Sender(target) as sender:
        if journal.told:
            say("Going on where the community was left")
            *_, latest = chain(past, map(flow.now, journal.told))
            await sender.send([message(latest)])
        else:
            await load(sender, past, plan, journal, stop, say)
            await applied(stop, say)
        await tried(plan.seed, stop, say)
        await close_quarters(stop, say)
        if not stop.is_set():
            say(f"Live from now on, {plan.rate:g} events a second")
        await _live(sender, as_sent(_now(flow, journal), plan.seed), plan, stop, say)


async def load(sender: Sender, past: Iterator[Event], plan: Plan, journal: Journal, stop: asyncio.Event, say: Say) -> int:
    """Send a history, telling how far it is, from where an earlier run stopped. Returns the messages sent."""
    loop = asyncio.get_running_loop()
    began = reported = loop.time()
    start = journal.began - timedelta(days=plan.days)
    reached = [start]

    def noted() -> Iterator[Event]:
        for event in past:
            reached[0] = event["recordedtime"]
            yield event

    messages = islice(as_sent(noted(), plan.seed), journal.sent, None)
    sent = 0
    while not stop.is_set() and (chunk := await asyncio.to_thread(list, islice(messages, CHUNK))):
        await sender.send(chunk)
        sent += len(chunk)
        journal.history(journal.sent + sent)
        if loop.time() - reported >= REPORT_HISTORY_S:
            reported = loop.time()
            share = (datetime.fromisoformat(str(reached[0])) - start) / (journal.began - start)
            say(f"History: {max(share, 0):.0%} sent, {sent:,} events, {sent / (reported - began):,.0f} a second")
    return sent


async def applied(stop: asyncio.Event, say: Say) -> None:
    """Wait until the services have applied what was sent, telling how much is left."""
    if stop.is_set():
        return
    loop = asyncio.get_running_loop()
    reported = loop.time()
    async with looking() as look:
        while not stop.is_set() and (behind := await look()):
            if loop.time() - reported >= REPORT_HISTORY_S:
                reported = loop.time()
                say(f"History: all sent, {sum(behind.values()):,} records on the road")
            await asyncio.sleep(0.2)


async def tried(seed: int, stop: asyncio.Event, say: Say) -> None:
    """Bring in what the community's outreach workers have tried, unless an earlier run did."""
    brought = 0
    async with await connect_pool(Settings.of("outreach").database_url.get_secret_value(), "outreach", size=1, fenced=False) as pool:
        async for count in bring_in(pool, seed, now()):
            brought = count
            if stop.is_set():
                break
    if brought:
        say(f"Outreach: {brought:,} attempts of the community's workers brought in")


def _now(flow: Flow, journal: Journal) -> Iterator[Event]:
    while True:
        instant = now()
        journal.add(instant)
        yield flow.now(instant)


async def _live(sender: Sender, messages: Iterator[Message], plan: Plan, stop: asyncio.Event, say: Say) -> None:
    loop = asyncio.get_running_loop()
    began = reported = loop.time()
    sent = 0
    while not stop.is_set() and (plan.for_seconds is None or loop.time() - began < plan.for_seconds):
        await sender.send([next(messages)])
        sent += 1
        if loop.time() - reported >= REPORT_LIVE_S:
            say(f"{sent:,} live events sent")
            reported = loop.time()
        await _until(began + sent / plan.rate, stop)
    say(f"Stopped after {sent:,} live events")


async def _until(deadline: float, stop: asyncio.Event) -> None:
    """Wait for the deadline, in the event loop's time, or for the stop."""
    try:
        async with asyncio.timeout_at(deadline):
            await stop.wait()
    except TimeoutError:
        pass
