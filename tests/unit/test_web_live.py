"""Live push: one poll for all pages, one rendering for pages that show the same, nothing sent that a page already shows."""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import suppress

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from shared.web import live
from shared.web.live import Live, Watermark, digest


class Board:
    """What pages show, and how often it was read and rendered."""

    def __init__(self) -> None:
        self.mark = 0
        self.shows = "a"
        self.polls = 0
        self.renderings = 0
        self.away = False

    async def read(self) -> Hashable:
        self.polls += 1
        return self.mark

    async def render(self) -> str:
        self.renderings += 1
        if self.away:
            raise ConnectionRefusedError
        await asyncio.sleep(0)
        return self.shows

    def change(self, shows: str) -> None:
        self.mark += 1
        self.shows = shows


class Reader:
    """An open page: what it was sent so far."""

    def __init__(self, live: Live, board: Board, key: str = "all", seen: str = "") -> None:
        self.got: list[str] = []
        scope = {"type": "http", "headers": [], "query_string": f"seen={seen}".encode()}
        self._events = live.stream(Request(scope), key, board.render).body_iterator
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for event in self._events:
            self.got.append(event.data)  # type: ignore[union-attr, arg-type]  # the stream yields ServerSentEvent alone

    async def close(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(live, "PAGE_SECONDS", 0.002)


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
async def watermark(board: Board) -> AsyncIterator[Watermark]:
    mark = Watermark(board.read)
    async with mark.polling():
        yield mark


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


async def test_a_page_gets_what_changed_and_nothing_else(board: Board, watermark: Watermark) -> None:
    reader = Reader(Live(watermark), board, seen=digest("a"))
    await until(lambda: board.renderings > 0)
    board.change("a")  # something moved, but not on this page
    rendered = board.renderings
    await until(lambda: board.renderings > rendered)
    board.change("b")
    await until(lambda: reader.got == ["b"])
    await reader.close()


async def test_a_page_that_shows_something_old_is_renewed_at_once(board: Board, watermark: Watermark) -> None:
    reader = Reader(Live(watermark), board, seen=digest("older"))
    await until(lambda: reader.got == ["a"])
    await reader.close()


async def test_pages_that_show_the_same_share_one_rendering(board: Board, watermark: Watermark) -> None:
    together = Live(watermark)
    readers = [Reader(together, board) for _ in range(20)]
    await until(lambda: all(reader.got == ["a"] for reader in readers))
    before = board.renderings
    board.change("b")
    await until(lambda: all(reader.got == ["a", "b"] for reader in readers))
    assert board.renderings == before + 1
    for reader in readers:
        await reader.close()


async def test_pages_of_other_readers_share_nothing(board: Board, watermark: Watermark) -> None:
    together = Live(watermark)
    readers = [Reader(together, board, key) for key in ("amira", "priya")]
    await until(lambda: all(reader.got == ["a"] for reader in readers))
    assert board.renderings >= 2
    for reader in readers:
        await reader.close()


async def test_a_database_that_is_away_delays_a_page_and_loses_nothing(board: Board, watermark: Watermark) -> None:
    board.away = True
    reader = Reader(Live(watermark), board)
    await until(lambda: board.renderings > 2)
    assert reader.got == []
    board.away = False
    await until(lambda: reader.got == ["a"])
    await reader.close()


async def test_the_number_of_open_pages_is_bounded(board: Board, watermark: Watermark) -> None:
    few = Live(watermark, at_most=1)
    reader = Reader(few, board)
    await until(lambda: reader.got == ["a"])
    with pytest.raises(HTTPException) as refused:
        Reader(few, board)
    assert refused.value.status_code == 503
    await reader.close()
    again = Reader(few, board)
    await until(lambda: again.got == ["a"])
    await again.close()


async def test_nothing_is_polled_while_nobody_watches(board: Board, watermark: Watermark) -> None:
    reader = Reader(Live(watermark), board)
    await until(lambda: board.polls > 3)
    await reader.close()
    polls = board.polls
    await asyncio.sleep(0.05)
    assert board.polls <= polls + 1  # one may have been under way
