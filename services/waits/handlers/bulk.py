"""The clocks of people as their pathways are stored; of many, by processes beside the worker's own: its event loop goes on."""

import asyncio
import os
import signal
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import date
from itertools import chain
from multiprocessing import connection, get_context, parent_process
from threading import Thread
from typing import NamedTuple

from services.waits.rules.definition import Definition
from services.waits.rules.facts import facts
from services.waits.rules.reference import Reference
from services.waits.store.pathways import Row, rows
from shared.runtime.documents import loaded

PROCESSES = 2
PART = 125
"""People of one task."""

Stored = tuple[str, str]
"""Person, and the document as it is stored."""


class Ask(NamedTuple):
    """Under which definitions, with which reference data, as at the end of which London day."""

    under: Sequence[Definition]
    reference: Reference
    at: date


def compute(people: Sequence[Stored], ask: Ask) -> list[Row]:
    """The rows of these people's clocks, computed here."""
    return list(chain.from_iterable(rows(person, facts(loaded(text)), *ask) for person, text in people))


class Bulk:
    """Processes that hold one `Ask`; they are made for it, and end when another is asked or the worker ends, however it ends."""

    def __init__(self) -> None:
        self._made_for: object = None
        self._pool: ProcessPoolExecutor | None = None
        self._begun: list[Future[None]] = []

    def ready(self, ask: Ask, made_for: object) -> bool:
        """Whether the processes for this `ask` are there; if not, they are being made. `made_for` is equal when the `ask` is."""
        if self._pool is None or self._made_for != made_for:
            self.end()
            self._made_for = made_for
            self._pool = ProcessPoolExecutor(PROCESSES, get_context("spawn"), initializer=_begin, initargs=(ask,))
            self._begun = [self._pool.submit(_nothing) for _ in range(PROCESSES)]
        return all(future.done() for future in self._begun)

    async def compute(self, people: Sequence[Stored]) -> list[Row]:
        """The same, by processes that are ready."""
        loop = asyncio.get_running_loop()
        parts = [people[first : first + PART] for first in range(0, len(people), PART)]
        return list(chain.from_iterable(await asyncio.gather(*[loop.run_in_executor(self._pool, _compute, part) for part in parts])))

    def end(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


_ask: Ask | None = None  # of this process


def _begin(ask: Ask) -> None:
    global _ask  # noqa: PLW0603  # an executor's initializer has no other place
    _ask = ask
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the worker, which then ends this
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker that is killed cannot end its processes."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _compute(people: Sequence[Stored]) -> list[Row]:
    if _ask is None:
        raise RuntimeError("not begun")
    return compute(people, _ask)


def _nothing() -> None:
    """What a process has done when it is ready."""
