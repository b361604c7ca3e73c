"""The demonstration's run: a backlog of four months at once, then live flow; a later run of the same stack goes on with the same people.

The journal makes that possible without keeping any state of a person: it holds when the community began and the instant of each live
event, and the flow, told again with the same instants, is the same flow. What was sent and not journalled is sent once more, with the
same id and content: a duplicate, which the front door knows.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from deploy.simulator.faults import message
from deploy.simulator.flow import SPAN, Flow
from deploy.simulator.journeys import Event
from deploy.simulator.sender import Sender, Target
from shared.clock import now

REPORT_EVERY_S = 10.0
Say = Callable[[str], None]


class Journal:
    """One line for the instant at which the community began, then one for each live event, written before it is sent."""

    def __init__(self, file: Path, begins: datetime) -> None:
        self._file = file
        if not file.exists():
            self.add(begins)
        self.began, *self.told = (datetime.fromisoformat(line) for line in file.read_text("utf-8").splitlines())

    def add(self, instant: datetime) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(f"{instant.isoformat()}\n")


class Plan(NamedTuple):
    """What to show: a community, its live events a second, and for how long (None: until stopped)."""

    seed: int
    people: int
    rate: float
    for_seconds: float | None


async def demonstrate(target: Target, directory: Path, plan: Plan, stop: asyncio.Event, say: Say) -> None:
    """Send the backlog unless an earlier run did, then live events until `stop` is set or the time is over."""
    journal = Journal(directory / f"simulator-{plan.seed}-{plan.people}.journal", now())
    flow = Flow(plan.seed, journal.began - SPAN, plan.people)
    async with Sender(target) as sender:
        past = flow.past(journal.began)
        if journal.told:
            *_, latest = chain(past, map(flow.now, journal.told))
            await sender.send([message(latest)])
            say(f"Going on with {plan.people} people after {len(journal.told):,} live events")
        else:
            say(f"Sending the last {SPAN.days} days of {plan.people} people")
            say(f"Sent {await sender.send(map(message, past)):,} events; live from now on, {plan.rate:g} a second")
        await _live(sender, _now(flow, journal), plan, stop, say)


def _now(flow: Flow, journal: Journal) -> Iterator[Event]:
    while True:
        instant = now()
        journal.add(instant)
        yield flow.now(instant)


async def _live(sender: Sender, events: Iterator[Event], plan: Plan, stop: asyncio.Event, say: Say) -> None:
    loop = asyncio.get_running_loop()
    began = reported = loop.time()
    sent = 0
    while not stop.is_set() and (plan.for_seconds is None or loop.time() - began < plan.for_seconds):
        event = next(events)
        await sender.send([message(event)])
        sent += 1
        if loop.time() - reported >= REPORT_EVERY_S:
            say(f"{sent:,} live events sent, the last: {event['type']} of {event['data']['provider']}")
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
