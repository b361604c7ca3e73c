"""Pages that move by themselves: one poll of a watermark for each process, fanned out to the open pages as server-sent events.

A page is pushed only when the watermark moved and its HTML differs, at most every 250 ms; pages that show the same
share one rendering.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Hashable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.exceptions import HTTPException
from starlette.requests import Request

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.1
PAGE_SECONDS = 0.25
HEARTBEAT_SECONDS = 15
FAULTS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a database that is away looks like: wait and go on, the pages keep what they show."""

Render = Callable[[], Coroutine[Any, Any, str]]


def digest(html: str) -> str:
    """A short name for exactly this HTML; pages say it when they connect, so that nothing is pushed that they already show."""
    return hashlib.sha256(html.encode()).hexdigest()[:16]


class Watermark:
    """A value that differs whenever anything on the pages may differ. `read` fetches it; nothing is polled while nobody watches."""

    def __init__(self, read: Callable[[], Awaitable[Hashable]]) -> None:
        self._read = read
        self._moved = asyncio.Event()
        self._watchers = 0
        self.value: Hashable = None

    async def poll(self) -> None:
        """Poll until cancelled."""
        while True:
            if self._watchers:
                with suppress(*FAULTS):
                    value = await self._read()
                    if value != self.value:
                        self.value = value
                        moved, self._moved = self._moved, asyncio.Event()
                        moved.set()
            await asyncio.sleep(POLL_SECONDS)

    async def past(self, seen: Hashable) -> Hashable:
        """Return the value as soon as it is not `seen`."""
        self._watchers += 1
        try:
            while self.value == seen:
                await self._moved.wait()
        finally:
            self._watchers -= 1
        return self.value

    @asynccontextmanager
    async def polling(self) -> AsyncIterator[None]:
        """Polls in the background for as long as the application lives."""
        task = asyncio.create_task(self.poll())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@dataclass(slots=True)
class _View:
    """What several open pages show alike, rendered once for each value of the watermark."""

    pages: int = 0
    mark: Hashable = None
    rendering: asyncio.Task[str] | None = None


class Live:
    """The open pages of this process; more than `at_most` answer 503."""

    def __init__(self, watermark: Watermark, at_most: int = 500) -> None:
        self._watermark = watermark
        self._at_most = at_most
        self._views: dict[Hashable, _View] = {}

    @property
    def pages(self) -> int:
        """How many are open now."""
        return sum(view.pages for view in self._views.values())

    def stream(self, request: Request, key: Hashable, render: Render) -> EventSourceResponse:
        """Events named `fragment` for htmx's sse-swap.

        `key` names what is shown (whose providers, which filters): equal keys share renderings.
        The page tells the digest of what it shows as `seen`, or later as Last-Event-ID.
        """
        if self.pages >= self._at_most:
            raise HTTPException(503)
        seen = request.headers.get("last-event-id") or request.query_params.get("seen", "")
        return EventSourceResponse(self._fragments(key, render, seen), ping=HEARTBEAT_SECONDS)

    async def _fragments(self, key: Hashable, render: Render, shown: str) -> AsyncIterator[ServerSentEvent]:
        view = self._views.setdefault(key, _View())
        view.pages += 1
        clock = asyncio.get_running_loop()
        mark: Hashable = object()
        try:
            while True:
                mark = await self._watermark.past(mark)
                next_at = clock.time() + PAGE_SECONDS
                try:
                    html = await self._rendered(view, mark, render)
                except FAULTS as fault:
                    log.warning("page not rendered", fault=type(fault).__name__)
                    view.rendering, mark = None, object()
                else:
                    if digest(html) != shown:
                        shown = digest(html)
                        yield ServerSentEvent(html, event="fragment", id=shown)
                await asyncio.sleep(next_at - clock.time())
        finally:
            view.pages -= 1
            if not view.pages:
                del self._views[key]

    @staticmethod
    async def _rendered(view: _View, mark: Hashable, render: Render) -> str:
        if view.rendering is None or view.mark != mark:
            view.mark, view.rendering = mark, asyncio.create_task(render())
        return await asyncio.shield(view.rendering)
