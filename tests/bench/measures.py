"""How long the measures of a month take: rows as many as England has, or one ICB. `python -m tests.bench.measures [--england | --tenth]`.

Rows are written straight into the tables of `reporting`, spread as the published figures are: of 2.5 million known spells 525 thousand are
open. PostgreSQL is of this program's own and ends with it.
"""

import argparse
import asyncio
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from deploy import provision
from deploy.local import postgres as local_postgres
from deploy.local.ports import free_port
from deploy.local.stack import DATABASE, Secrets, database_url, role
from deploy.local.supervisor import Supervisor
from services.reporting.rules.measures import FAMILIES
from services.reporting.store.measures import Asked, counted, found
from shared.runtime.database import connect_pool, migrate

AT = date(2024, 9, 30)
FILL = Path(__file__).with_name("measures.sql")


ICB = {"people": 60_000, "practices": 150, "pcns": 30, "icbs": 1, "providers": 5}
ENGLAND = {"people": 2_500_000, "practices": 6277, "pcns": 1250, "icbs": 42, "providers": 150}
TENTH = ENGLAND | {"people": 250_000}


def fill(size: dict[str, int]) -> list[str]:
    """The statements that fill the tables."""
    text = re.sub(r"\$(\w+)", lambda found: str(size[found[1]]), FILL.read_text("utf-8"))
    return [statement for statement in text.split(";\n") if statement.strip()]


async def measure(admin: str, url: str, size: dict[str, int]) -> None:
    """Fill, then ask for every family at every level, one by one and together."""
    connection = await asyncpg.connect(admin, server_settings={"search_path": "reporting", "jit": "off"})
    began = time.monotonic()
    for statement in fill(size):
        await connection.execute(statement)
    await connection.close()
    print(f"{size['people']:,} spells filled in {time.monotonic() - began:.0f} s", flush=True)
    async with await connect_pool(url, "reporting", size=2, fenced=False) as pool:
        total = 0.0
        for family in FAMILIES:
            began, used = time.monotonic(), time.process_time()
            async with pool.acquire() as reader, reader.transaction():
                backend = await reader.fetchval("select pg_backend_pid()")
                before = cpu_seconds(backend)
                rows = await found(reader, family, Asked(AT))
                cpu = cpu_seconds(backend) - before + time.process_time() - used
            whole = next((one.counts for one in rows if one.level == "england" and not one.by), {})
            took, total = time.monotonic() - began, total + cpu
            print(
                f"{family.name}: {took:.2f} s, {cpu:.2f} of CPU, {len(rows):,} places and groups, {dict(list(whole.items())[:3])}",
                flush=True,
            )
        began = time.monotonic()
        await counted(pool, Asked(AT))
        print(
            f"all measures at every level, two families at a time: {time.monotonic() - began:.1f} s; one by one {total:.1f} s of CPU",
            flush=True,
        )


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far (Linux: /proc)."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the measures of a month.")
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--england", action="store_const", const=ENGLAND, dest="size", help="2.5 million known spells; otherwise the 60 thousand of one ICB"
    )
    size.add_argument("--tenth", action="store_const", const=TENTH, dest="size", help="a tenth of the people at all of England's places")
    chosen = parser.parse_args()
    passwords = Secrets().passwords
    with TemporaryDirectory(prefix="clockstop-bench-") as folder:
        url = f"postgresql://postgres:administrator@127.0.0.1:{free_port()}/postgres"
        with Supervisor(Path(folder) / "logs") as supervisor:
            supervisor.start(local_postgres.prepare(supervisor, Path(folder), url))
            supervisor.until_ready("postgres")
            with ThreadPoolExecutor(1) as thread:
                thread.submit(asyncio.run, provision.database(url, passwords)).result()
            urls = {name: database_url(url, DATABASE, role(name), passwords[name]) for name in ("referrals", "waits", "reporting")}
            for name, own in urls.items():
                asyncio.run(migrate(own, name))
            asyncio.run(measure(database_url(url, DATABASE), urls["reporting"], chosen.size or ICB))


if __name__ == "__main__":
    main()
