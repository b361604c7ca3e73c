"""`outreach`'s part of the command line: what is due and what is complete as at a date, settings, and rebuilding from the ledger."""

import csv
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from services.outreach.commands import counting
from services.outreach.commands.messages import messages
from services.outreach.commands.settings import settings
from services.outreach.handlers import CareEvents
from services.outreach.rules.groups import BY
from services.outreach.rules.schedule import ELEMENTS
from shared import clock as wall
from shared.runtime import commands
from shared.runtime.commands import DEFAULT, Directory, KnownAt
from shared.runtime.database import Pool, connect_pool
from shared.runtime.documents import ledger_people_after, people_after
from shared.runtime.errors import CommandError
from shared.runtime.settings import Settings

outreach = typer.Typer(help="Physical health checks of people with severe mental illness.", no_args_is_help=True)
outreach.add_typer(settings, name="settings")
outreach.add_typer(messages, name="messages")

DUE = ("provider", "person", "schedule", "element", "due_on", "status", "attempts", "last_result")
COMPLETE = ("group", "register", "complete", "share", *(f"missing {element}" for element in ELEMENTS))
"""The columns of `clockstop outreach due` and `complete`; stable."""
AT_ONCE = 500
At = Annotated[str, typer.Option(help="As at the end of this London day, YYYY-MM-DD; by default today, or the day of --known-at.")]
Target = Annotated[str, typer.Option("--csv", help="Write the CSV to this file; - is standard output.")]


@outreach.command()
def due(at: At = "", known_at: KnownAt = "", target: Target = "-", directory: Directory = DEFAULT) -> None:
    """Every task that is due soon, due or overdue, as CSV sorted by provider, person, schedule and element.

    `element` is the finding of a follow-up. `attempts` counts those made under the schedule since the task could be asked for.
    """
    _write(target, DUE, sorted(commands.run(_counted(counting.due, at, known_at))))


@outreach.command()
def complete(
    by: Annotated[str, typer.Option(help=f"One of {', '.join(BY)}.")] = "pcn",
    at: At = "",
    known_at: KnownAt = "",
    target: Target = "-",
    directory: Directory = DEFAULT,
) -> None:
    """How many people are on the register, and of how many all six elements were recorded within 12 months, by group, as CSV."""
    if by not in BY:
        raise CommandError(f"--by: {by!r} is not known: use one of {', '.join(BY)}")
    _write(target, COMPLETE, counting.by_group(commands.run(_counted(counting.complete(by), at, known_at))))


@outreach.command()
def replay(directory: Directory = DEFAULT) -> None:
    """Rebuild everybody's tasks from the ledger, while the services run. Prints how many rows differ from what stood."""

    async def work() -> tuple[int, int]:
        care = CareEvents()
        done = drift = 0
        after = ""
        async with await _pool() as pool:
            while people := await ledger_people_after(pool, after, AT_ONCE, None):
                async with pool.acquire() as connection, connection.transaction():
                    drift += await care.rebuild(connection, people)
                done, after = done + len(people), people[-1]
                typer.echo(f"{done} people rebuilt", err=True)
        return done, drift

    people, drift = commands.run(work())
    typer.echo(f"rebuilt {people} people from the ledger; {drift} tasks and standings changed")


async def _counted(count: counting.Count, at: str, known_at: str) -> list[counting.Cells]:
    instant = commands.known_at(known_at)
    day = commands.day("--at", at) if at else wall.london_date(instant or wall.now())
    found: list[counting.Cells] = []
    after = ""
    async with await _pool() as pool:
        async with pool.acquire() as connection:
            given = await counting.given(connection, day)
        while people := await (
            people_after(pool, after, AT_ONCE) if instant is None else ledger_people_after(pool, after, AT_ONCE, instant)
        ):
            async with pool.acquire() as connection:
                found += await counting.counted(connection, people, count, given, instant)
            after = people[-1]
    return found


async def _pool() -> Pool:
    """A few connections for long reads."""
    return await connect_pool(Settings.of("outreach").database_url.get_secret_value(), "outreach", size=2, fenced=False)


def _write(target: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with commands.output(target) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
