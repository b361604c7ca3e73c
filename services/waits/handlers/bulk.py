"""The clocks of people under definitions that are new; of many, by processes beside the worker's own: its event loop goes on."""

import asyncio
import gc
import os
import signal
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import connection as pipes
from multiprocessing import get_context, parent_process
from threading import Thread

import uvloop

from services.waits.handlers import CareEvents
from services.waits.rules.facts import facts
from services.waits.store import definitions, pathways
from services.waits.store.pathways import rows
from shared import clock as wall
from shared.events.waits import Cause
from shared.runtime.database import Connection, Pool, connect_pool
from shared.runtime.documents import loaded, lock_known

PROCESSES = 2
PART = 250
"""People of one transaction: few enough that events about them need not wait long."""
START_SECONDS = 2.0

Key = tuple[str, int]
"""Id and version of a definition."""


class NewClocks:
    """Computes the clocks of some people under definitions that are new, in the transaction it is given."""

    def __init__(self, care: CareEvents) -> None:
        self._care = care
        self._definitions = definitions.cached()

    async def compute(self, connection: Connection, keys: Sequence[Key], people: Sequence[str]) -> None:
        """Write the clocks of these people, all or some of whom may have them already, and say what changed.

        The reference data is read after the lock: a load that comes later marks the pathway for a recompute of its own.
        """
        now = wall.now()
        stored = await lock_known(connection, people)
        held = (await self._definitions.get(connection)).held
        reference, at = await self._care.reference.get(connection), wall.london_date(now)
        under = [held[key].definition for key in keys]
        computed = (row for person, text in stored.items() for row in rows(person, facts(loaded(text)), under, reference, at))
        cause = Cause(kind="definition", id=",".join(one.key for one in under), receivedtime=now)
        changed = await self._care.write_clocks(connection, computed, under, dict.fromkeys(stored, cause), now, news=False)
        await pathways.heard(connection, {}, changed)


class Bulk:
    """Processes that do this, each in transactions of its own; they end when it is done or the worker ends, however it ends."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._pool: ProcessPoolExecutor | None = None
        self._begun: list[Future[None]] = []

    async def ready(self) -> bool:
        """Whether the processes are there; if not, they are being made, and this waits for them a moment."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(PROCESSES, get_context("spawn"), initializer=_begin, initargs=(self._database_url,))
            self._begun = [self._pool.submit(_nothing) for _ in range(PROCESSES)]
        return not (await asyncio.wait([asyncio.wrap_future(future) for future in self._begun], timeout=START_SECONDS))[1]

    async def compute(self, keys: Sequence[Key], people: Sequence[str]) -> None:
        """The same, by processes that are ready. Where one of them fails all are made anew, and what they have written stays."""
        loop = asyncio.get_running_loop()
        parts = [people[first : first + PART] for first in range(0, len(people), PART)]
        try:
            await asyncio.gather(*[loop.run_in_executor(self._pool, _compute, keys, part) for part in parts])
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


class _Process:
    """What one of them holds: a loop, a connection, and what it computes with."""

    def __init__(self, database_url: str) -> None:
        self.loop = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self.pool: Pool = self.loop.run(connect_pool(database_url, "waits", size=1))
        self.clocks = NewClocks(CareEvents(definitions.definition(definitions.MAIN)))

    async def compute(self, keys: Sequence[Key], people: Sequence[str]) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await self.clocks.compute(connection, keys, people)


_process: _Process | None = None


def _begin(database_url: str) -> None:
    global _process  # noqa: PLW0603  # an executor's initializer has no other place
    gc.freeze()  # as the worker does (shared/runtime/service.py): a part makes tens of thousands of objects that all become garbage
    gc.set_threshold(500_000, 20, 20)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the worker, which then ends this
    Thread(target=_end_with_parent, daemon=True).start()
    _process = _Process(database_url)


def _end_with_parent() -> None:
    """A worker that is killed cannot end its processes."""
    parent = parent_process()
    if parent is not None:
        pipes.wait([parent.sentinel])
        os._exit(1)


def _compute(keys: Sequence[Key], people: Sequence[str]) -> None:
    if _process is None:
        raise RuntimeError("not begun")
    _process.loop.run(_process.compute(keys, people))


def _nothing() -> None:
    """What a process has done when it is ready."""
