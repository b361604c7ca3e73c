"""`clockstop definitions`: the clock definitions side by side. See them, add one of a provider's own, retire a version."""

import asyncio
import getpass
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from services.waits.commands import open_pool
from services.waits.store import definitions as store
from services.waits.store.definitions import DefinitionError, Held
from shared.runtime import commands
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.database import Connection
from shared.runtime.errors import CommandError

T = TypeVar("T")
POLL_SECONDS = 0.2

definitions = typer.Typer(help="Clock definitions: what starts and stops a clock.", invoke_without_command=True)
Key = Annotated[str, typer.Argument(help="The definition: its id, or id@version.")]


@definitions.callback()
def listed(context: typer.Context, directory: Annotated[Path, typer.Option("--dir", help="The stack's directory.")] = DEFAULT) -> None:
    """The clock definitions there are: one line each. The id alone names the version marked with a star."""
    if context.invoked_subcommand is None:
        commands.enter_stack(directory)
        found = _with(store.load)
        current = {one.key for one in found.current().values()}
        for held in found.held.values():
            typer.echo(_line(held, star=held.definition.key in current))


def _line(held: Held, *, star: bool) -> str:
    one = held.definition
    feeds = "may feed a return" if one.publish else "local"
    state = f"computing, {held.computed} of {held.people} people" if held.state == "computing" else held.state
    test = f"{one.target_test} {one.target_days} days"
    return f"{'*' if star else ' '} {one.key:<26} {one.title:<34} {test:<11} {feeds:<18} {state}, {held.added_by}"


@definitions.command()
def show(name: Key, directory: Directory = DEFAULT) -> None:
    """The text of a definition, as it was added."""

    async def work(connection: Connection) -> str:
        found = await store.load(connection)
        one = found.named(name)
        return found.held[one.id, one.version].toml

    sys.stdout.write(_with(work))


@definitions.command()
def add(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A TOML file; `clockstop definitions show` prints examples.")],
    wait: Annotated[bool, typer.Option(help="Wait until everybody's clocks are computed under it, with progress.")] = True,
    directory: Directory = DEFAULT,
) -> None:
    """Add a definition, or the next version of one. The services go on; pages know it as soon as all clocks are computed."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file}: cannot be read: {error}") from None

    async def work(connection: Connection) -> str:
        async with connection.transaction():
            stated = await store.add(connection, text, getpass.getuser(), await store.codes(connection))
        if stated is None:
            return "is there already: nothing changed"
        return f"{stated.key} added" + (await _computed(connection, stated.id, stated.version) if wait else "")

    try:
        typer.echo(f"{file.name}: {_with(work)}")
    except DefinitionError as error:
        raise CommandError(f"{file.name}: {error}") from None


async def _computed(connection: Connection, name: str, version: int) -> str:
    """Show how far the worker has come until it is done."""
    started = time.monotonic()
    shown = -1
    while (held := (await store.load(connection)).held[name, version]).state == "computing":
        if held.computed != shown:
            shown = held.computed
            typer.echo(f"{held.computed} of {held.people} people computed", err=True)
        await asyncio.sleep(POLL_SECONDS)
    return f": clocks of {held.people} people computed in {time.monotonic() - started:.1f} s"


@definitions.command()
def retire(
    name: Annotated[str, typer.Argument(help="The version that is no longer computed, as id@version.")], directory: Directory = DEFAULT
) -> None:
    """Keep the clocks of a version no longer. Its text stays: `clockstop clocks --definition id@version` still answers."""

    async def work(connection: Connection) -> str:
        async with connection.transaction():
            stated = (await store.load(connection)).named(name)
            if stated.key != name:
                raise DefinitionError(f"which version? write {stated.key}")
            if stated.key == store.definition(store.MAIN).key:
                raise DefinitionError(f"{stated.key} is what the pages show: it cannot be retired")
            await store.retire(connection, stated)
        return f"{stated.key} retired"

    typer.echo(_with(work))


def _with(work: Callable[[Connection], Awaitable[T]]) -> T:
    """Run this over a connection of its own. Raises CommandError for what is wrong with a definition."""

    async def opened() -> T:
        async with await open_pool() as pool, pool.acquire() as connection:
            return await work(connection)

    try:
        return commands.run(opened())
    except DefinitionError as error:
        raise CommandError(str(error)) from None
