"""How long it takes until everybody's clocks are computed under a definition that is new, while the services run."""

import asyncio
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import asyncpg

from services.waits.store import definitions
from tests.support.running import Running

MULTIPLY = """
insert into waits.pathway (personkey, document, gaps)
select encode(sha256((personkey || copy)::bytea), 'hex'), document, gaps
from waits.pathway, generate_series(1, $1 / (select count(*) from waits.pathway) + 1) as copy
limit $1 - (select count(*) from waits.pathway)
"""


class Redefined(NamedTuple):
    """From adding a definition until the clocks of so many people are computed under it."""

    people: int
    seconds: float


def redefine(stack: Running, people: int) -> Redefined:
    """Repeat the pathways that there are under other keys until they are `people`, then add a definition as a provider would."""
    asyncio.run(_multiply(stack.admin_url, people))
    text = definitions.shipped()[definitions.MAIN, 1].toml
    with TemporaryDirectory(prefix="clockstop-bench-") as folder:
        file = Path(folder) / "bench-14.toml"
        file.write_text(text.replace(f'id = "{definitions.MAIN}"', 'id = "bench-14"').replace("target_days = 28", "target_days = 14"))
        said = stack.clockstop("definitions", "add", str(file))
    found = re.search(r"clocks of (\d+) people computed in ([\d.]+) s", said)
    if found is None:
        raise RuntimeError(f"not computed: {said}")
    return Redefined(int(found[1]), float(found[2]))


async def _multiply(url: str, people: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(MULTIPLY, people)
        await connection.execute("analyze waits.pathway")
    finally:
        await connection.close()
