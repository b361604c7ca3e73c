"""Counting again what changed: the figures that pages and trends read are kept by the worker, a family of measures in a month at a time."""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

import orjson
import structlog

from services.reporting.rules.measures import FAMILIES, Family, Found
from services.reporting.rules.measures.lines import BREAKDOWNS, released
from services.reporting.rules.period import month_of, months_before
from services.reporting.rules.wider import Version
from services.reporting.store import figures
from services.reporting.store.figures import Claimed, Shown
from services.reporting.store.measures import MAIN, NOW, Asked, found, load_at, names, networks, places_of
from services.reporting.store.places import Places
from services.reporting.store.returns import SQL
from shared import clock as wall
from shared.runtime.database import Connection, connect_pool

MONTHS = 24
"""Whole months of the trend."""
ASKED_FOR = timedelta(days=1)
REST = 9
"""Times as long as a count took: counting again takes a tenth of one processor."""
HURRY = 1
"""Likewise, where what is shown was counted before much of a history was there, once that is loaded: until then clocks go first."""
FLOW = 50
"""Changes a second from which on a history is being loaded: then what was never counted is counted at leisure, too."""
LEVELS: dict[str, str] = {str(breakdown): level for level, breakdown in BREAKDOWNS.items()}
_BY_NAME = {family.name: family for family in FAMILIES}
log = structlog.get_logger(__name__)


class Figures:
    """The worker's job. `database_url`: counting takes a connection of its own, whose statements may take long; None: the one given."""

    def __init__(self, database_url: str | None = None) -> None:
        self._url = database_url
        self._asked_on: date | None = None
        self._rest_until: datetime | None = None
        self._where: tuple[tuple[date, int], Places] | None = None
        self._heard: tuple[int, datetime] | None = None

    async def look(self, connection: Connection) -> int:
        """Count one family in one month, the one that is wanted most. Returns 0 when none is, or none now."""
        now, today = wall.now(), wall.today()
        months = [*months_before(month_of(today), MONTHS), month_of(today)]
        # what was asked for today may have been rolled back
        if self._asked_on != today or await figures.lacks(connection, months, list(_BY_NAME), MAIN):
            await figures.ask(connection, months, list(_BY_NAME), MAIN, None, now, standing=True)
            await figures.forget(connection, now - ASKED_FOR, months[0].first)
            self._asked_on = today
        mark = await figures.mark(connection)
        loading = self._loading(figures.changes(mark), now)
        await connection.execute(SQL["take_time"])
        rested = self._rest_until is None or now >= self._rest_until
        if loading and not rested:
            return 0
        one = await figures.claim(connection, mark, today, now, list(_BY_NAME), again=rested)
        if one is None:
            return 0
        await self._count(connection, one, mark, min(today, month_of(one.month).last))
        if loading or not one.first:
            done = wall.now()
            self._rest_until = done + (done - now) * (HURRY if one.outgrown and not loading else REST)
        return 1

    def _loading(self, changes: int, now: datetime) -> bool:
        was, at = self._heard or (changes, now)
        self._heard = changes, now
        return changes - was > FLOW * max(1.0, (now - at).total_seconds())

    async def _count(self, connection: Connection, one: Claimed, mark: str, last: date) -> None:
        family = _BY_NAME[one.family]
        rows = await self._found(connection, family, Asked(last, one.definition, one.known_at))
        digest = hashlib.sha256(orjson.dumps([last, [list(row) for row in rows]], option=orjson.OPT_SORT_KEYS)).digest()
        if digest != one.digest:
            problem, version = await _released(connection, one, last, rows)
            releases = one.releases if version is None else version.kept()
            await figures.write(connection, one.id, rows, _shown(version))
            await figures.differs(connection, one.id, digest, problem, releases)
        await figures.counted(connection, one.id, last, mark, wall.now())

    async def _found(self, connection: Connection, family: Family, asked: Asked) -> list[Found]:
        if self._url is None:
            return await found(connection, family, asked, await self._places(connection, asked))
        async with (
            await connect_pool(self._url, "reporting", size=1, fenced=False) as pool,
            pool.acquire() as own,
            own.transaction(isolation="repeatable_read", readonly=True),
        ):
            return await found(own, family, asked, await self._places(own, asked))

    async def _places(self, connection: Connection, asked: Asked) -> Places:
        """Those of the family before, as long as it is the same day under the same reference data: they are tens of thousands."""
        of = asked.last, await load_at(connection, asked.known_at or NOW)
        if self._where is None or self._where[0] != of:
            self._where = of, await places_of(connection, asked)
        return self._where[1]


async def _released(connection: Connection, one: Claimed, last: date, rows: Sequence[Found]) -> tuple[str | None, Version | None]:
    """Why nothing is shown to a wider audience, or what is. Of an instant of the past nothing: two of them differ by a few people."""
    if one.known_at is not None:
        return None, None
    before = None if one.releases is None else Version.again(one.releases)
    called, within = await names(connection), await networks(connection)
    try:
        # in a thread: a large table takes seconds
        return None, await asyncio.to_thread(released, last, _BY_NAME[one.family], rows, called, within, before)
    except ValueError as error:
        log.error("figures not shown to a wider audience", family=one.family, month=str(one.month), detail=str(error))
        return str(error), None


def _shown(version: Version | None) -> Iterator[Shown]:
    for row in version.rows if version else ():
        yield Shown(LEVELS[row.breakdown], row.primary, row.measure_id, str(row.value))
