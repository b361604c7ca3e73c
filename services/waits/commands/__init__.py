"""`waits`' part of the command line: the clocks as at a date, and rebuilding from the ledger."""

import csv
import sys
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated

import typer

from services.waits.handlers import CareEvents
from services.waits.rules.clock import Clock, clocks
from services.waits.rules.definition import Definition
from services.waits.rules.facts import facts
from services.waits.store import definitions as store
from services.waits.store import known, pathways
from services.waits.web.effects import Effects, effects_of
from shared import clock as wall
from shared.runtime import commands
from shared.runtime.commands import DEFAULT, Directory, KnownAt
from shared.runtime.database import Connection, Pool, connect_pool
from shared.runtime.documents import people_after, stored
from shared.runtime.errors import CommandError
from shared.runtime.settings import Settings
from shared.versions import Document

AT_ONCE = 500
COLUMNS = (
    "provider", "referral_ids", "spell_start", "spell_end", "open", "first_contact", "second_contact", "baseline_outcome", "assessment",
    "care_plan_or_intervention", "clock_stop", "wait_days", "waited_days", "within_target",
)  # fmt: skip
"""The columns of `clockstop clocks`; stable."""


async def named(connection: Connection, name: str, known_at: datetime | None = None) -> Definition:
    """The definition that `--definition` names, or named then. Raises CommandError with those that there are."""
    try:
        return (await store.load(connection)).named(name, known_at)
    except store.DefinitionError as error:
        raise CommandError(f"--definition: {error}") from None


async def open_pool() -> Pool:
    """A few connections for long reads."""
    return await connect_pool(Settings.of("waits").database_url.get_secret_value(), "waits", size=2, fenced=False)


def clocks_command(
    definition: Annotated[str, typer.Option(help="The clock definition: its id, or id@version.")] = store.MAIN,
    at: Annotated[str, typer.Option(help="As at the end of this London day, YYYY-MM-DD; by default today, or the day of --known-at.")] = "",
    known_at: KnownAt = "",
    target: Annotated[str, typer.Option("--csv", help="Write the CSV to this file; - is standard output.")] = "-",
    directory: Directory = DEFAULT,
) -> None:
    """Every in-scope spell started by a date, with its clock, as CSV sorted by provider, start and referral ids."""
    instant = commands.known_at(known_at)
    day = commands.day("--at", at) if at else wall.london_date(instant or wall.now())
    rows = commands.run(_rows(definition, day, instant))
    with commands.output(target) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


async def _rows(name: str, at: date, instant: datetime | None) -> list[list[str]]:
    async with await open_pool() as pool:
        async with pool.acquire() as connection:
            definition = await named(connection, name, instant)
            reference = await known.reference(connection, instant)
        found = [
            row(clock, at)
            async for documents in (_documents(pool) if instant is None else _as_known(pool, instant))
            for document in documents
            for clock in clocks(facts(document), reference, definition, at)
        ]
    return sorted(found, key=lambda cells: (cells[0], cells[2], cells[1]))


async def _documents(pool: Pool) -> AsyncIterator[list[Document]]:
    async for people in _people(pool):
        yield list((await stored(pool, people)).values())


async def _as_known(pool: Pool, instant: datetime) -> AsyncIterator[list[Document]]:
    """Folded from the ledger, which takes its time: told on a terminal how far it is."""
    done = 0
    async for people in known.everybody(pool, instant):
        yield [one.document for one in people]
        done += len(people)
        if sys.stderr.isatty():
            typer.echo(f"\r{done:,} people as known at {instant.isoformat()} ", err=True, nl=False)
    if sys.stderr.isatty():
        typer.echo(err=True)


async def _people(pool: Pool) -> AsyncIterator[list[str]]:
    """Everybody, some at a time."""
    after = ""
    while people := await people_after(pool, after, AT_ONCE):
        yield people
        after = people[-1]


def row(clock: Clock, at: date) -> list[str]:
    """One line of `clockstop clocks`: dates ISO, empty when absent."""
    dates = (
        clock.first_contact,
        clock.second_contact,
        clock.baseline_outcome,
        clock.assessment,
        clock.care_plan_or_intervention,
        clock.stop,
    )
    values = (
        clock.provider, ";".join(clock.referral_ids), clock.start, clock.end, clock.end is None, *dates, clock.wait_days,
        clock.waited_days(at), clock.within_target,
    )  # fmt: skip
    return ["" if value is None else str(value).lower() if isinstance(value, bool) else str(value) for value in values]


def show_effects(
    event_id: Annotated[str, typer.Argument(help="The id of an event that was accepted.")],
    definition: Annotated[str, typer.Option(help="The clock definition: its id, or id@version.")] = store.MAIN,
    known_at: KnownAt = "",
    directory: Directory = DEFAULT,
) -> None:
    """What an event did, as JSON, one line for each source that used the id. Exit 1 when no such event was accepted."""

    instant = commands.known_at(known_at)

    async def work() -> Effects | None:
        async with await open_pool() as pool:
            async with pool.acquire() as connection:
                stated = await named(connection, definition, instant)
                reference = await known.reference(connection, instant)
                providers = frozenset([row["ods"] for row in await connection.fetch(pathways.SQL["providers"])])
            return await effects_of(pool, reference, stated, providers, event_id, wall.now(), instant)

    found = commands.run(work())
    if found is None:
        raise CommandError(f"no event {event_id!r} was accepted: see `clockstop receipts {event_id}`")
    for event in found.events:
        sys.stdout.write(event.model_dump_json(exclude_none=True) + "\n")


def replay(directory: Directory = DEFAULT) -> None:
    """Rebuild every pathway and clock from the ledger, while the services run. Prints how many clocks differ from what stood."""

    async def work() -> tuple[int, int]:
        door = CareEvents(store.definition(store.MAIN))
        done = drift = 0
        async with await open_pool() as pool:
            async for people in known.people(pool):
                async with pool.acquire() as connection, connection.transaction():
                    drift += await door.rebuild(connection, people)
                done += len(people)
                typer.echo(f"{done} people rebuilt", err=True)
        return done, drift

    people, drift = commands.run(work())
    typer.echo(f"rebuilt {people} people from the ledger; {drift} clocks changed")
