"""A whole stack of its own for smoke, benchmarks and journeys: started by the command line, used as its users would."""

import asyncio
import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import httpx

from deploy.simulator.sender import Target
from services.reporting.store.measures import Asked
from shared.runtime.database import connect_pool
from tests.support.recount import TABLES, as_csv, recount
from tests.support.recount_measures import PLACES, Figures, RecountMeasures, figures
from tests.support.recount_outreach import EXPORTS
from tests.support.recount_outreach import Recount as OutreachRecount

Row = dict[str, str]
TOLD = {
    "told_by_outreach": """
        select personkey, json_build_object('task_id', task_id, 'revision', revision, 'provider', provider, 'practice', practice,
            'finding', finding, 'opened_on', opened_on, 'closed_on', closed_on, 'outcome', outcome) as data
        from outreach.task where finding is not null"""
}
"""Follow-ups as outreach has them; of attempts it is asked elsewhere."""
LEDGER = {table: f"select * from {'referrals' if table == 'events' else 'reference'}.{table}" for table in TABLES}


class Running:
    """A stack in a directory, and what one may ask of it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.stack = json.loads((directory / "stack.json").read_text("utf-8"))

    @property
    def site(self) -> str:
        return str(self.stack["site_url"])

    @property
    def admin_url(self) -> str:
        return str(self.stack["database_urls"]["admin"])

    @property
    def target(self) -> Target:
        """Where the simulator sends."""
        keys: Mapping[str, str] = json.loads((self.directory / "api-keys.json").read_text("utf-8"))
        return Target(self.stack["kafka"], self.site, keys)

    def clockstop(self, *words: str) -> str:
        """Run a command against this stack; returns what it printed. CalledProcessError when it fails."""
        return clockstop(*words, "--dir", str(self.directory))

    def clocks(self, at: date, definition: str = "national-2024") -> list[list[str]]:
        """The rows of `clockstop clocks`, without the header."""
        return list(csv.reader(io.StringIO(self.clockstop("clocks", "--definition", definition, "--at", str(at), "--csv", "-"))))[1:]

    def recounted(self, at: date, definition: str = "national-2024") -> list[list[str]]:
        """The same by the independent recount, from a COPY of the ledger."""
        with TemporaryDirectory(prefix="clockstop-export-") as folder:
            asyncio.run(self._export(Path(folder), LEDGER))
            return as_csv(recount(Path(folder), at, definition))

    def outreach(self, *words: str) -> list[tuple[str, ...]]:
        """The rows of `clockstop outreach ...`, without the header."""
        return [tuple(row) for row in csv.reader(io.StringIO(self.clockstop("outreach", *words, "--csv", "-")))][1:]

    @contextmanager
    def outreach_recounted(self) -> "Iterator[OutreachRecount]":
        """An independent recount of outreach, from a COPY of the ledger and of what workers entered."""
        with TemporaryDirectory(prefix="clockstop-export-") as folder:
            asyncio.run(self._export(Path(folder), EXPORTS))
            with OutreachRecount.of(Path(folder)) as recounted:
                yield recounted

    def measures(self, at: date) -> Figures:
        """Every measure of the periods that end on `at`, as `reporting` counts it: before disclosure control."""

        async def work() -> Figures:
            async with await connect_pool(str(self.stack["database_urls"]["reporting"]), "reporting", size=2) as pool:
                return await figures(pool, Asked(at))

        return asyncio.run(work())

    @contextmanager
    def measures_recounted(self) -> "Iterator[RecountMeasures]":
        """An independent recount of measures, from a COPY of the ledger."""
        with TemporaryDirectory(prefix="clockstop-export-") as folder:
            asyncio.run(self._export(Path(folder), LEDGER | TOLD | {table: f"select * from reference.{table}" for table in PLACES}))
            with RecountMeasures.of(Path(folder)) as recounted:
                yield recounted

    async def _export(self, folder: Path, queries: Mapping[str, str]) -> None:
        connection = await asyncpg.connect(self.admin_url)
        try:
            for table, query in queries.items():
                with (folder / f"{table}.csv").open("wb") as file:
                    await connection.copy_from_query(query, output=file, format="csv", header=True)
        finally:
            await connection.close()

    def query(self, sql: str) -> list[asyncpg.Record]:
        """Rows of a query by the administrator."""

        async def work() -> list[asyncpg.Record]:
            connection = await asyncpg.connect(self.admin_url)
            try:
                return list(await connection.fetch(sql))
            finally:
                await connection.close()

        return asyncio.run(work())

    @contextmanager
    def signed_in(self, username: str = "amara.okafor") -> Iterator[httpx.Client]:
        """A browser without a screen, signed in as one of the demonstration's people."""
        with httpx.Client(base_url=self.site, follow_redirects=True, timeout=30) as client:
            page = client.get("/sign-in").text
            token = re.search(r'name="csrf" value="([^"]+)"', page)
            assert token, "the sign-in page has no token"
            client.post("/sign-in", data={"username": username, "csrf": token[1]}).raise_for_status()
            yield client


def clockstop(*words: str) -> str:
    """Run the command line; returns what it printed."""
    done = subprocess.run([sys.executable, "-m", "deploy.cli", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"clockstop {' '.join(words)} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
    return done.stdout


@contextmanager
def running(*, providers: bool = True) -> Iterator[Running]:
    """A stack from nothing on free ports, with the demonstration's providers if wanted, stopped and removed at the end."""
    with TemporaryDirectory(prefix="clockstop-stack-", ignore_cleanup_errors=True) as folder:
        directory = Path(folder) / "stack"
        clockstop("up", "--empty", "--detach", "--dir", str(directory))
        try:
            if providers:
                subprocess.run([sys.executable, "-m", "deploy.demonstration", "--dir", str(directory)], check=True)
            yield Running(directory)
        finally:
            clockstop("down", "--dir", str(directory))
