"""`clockstop return`: definitions of returns, and lines entered by hand."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from services.reporting.commands.pool import open_pool
from services.reporting.handlers import entering
from services.reporting.rules.life import StepError, may_draft
from services.reporting.rules.returns import book
from services.reporting.rules.returns.definition import Definition, parse
from services.reporting.rules.returns.entries import groups
from services.reporting.rules.returns.lines import Entered
from services.reporting.store import definitions as added
from services.reporting.store import entered as store
from shared import clock
from shared.runtime import commands
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.database import Connection
from shared.runtime.errors import CommandError
from shared.web.people import People, Person

T = TypeVar("T")
returns = typer.Typer(help="Returns: what is told to NHS England of a period, from draft to acknowledgement.", no_args_is_help=True)
definitions = typer.Typer(help="Definitions of returns: their lines, deadlines, recipients.", invoke_without_command=True)
returns.add_typer(definitions, name="definitions")

ReturnId = Annotated[str, typer.Argument(help="definition:organisation:period, as community-mental-health:XIB:2025-26-Q2.")]
As = Annotated[str, typer.Option("--as", metavar="USERNAME", help="Who acts: a person with the role that it needs.")]


@definitions.callback()
def listed(context: typer.Context, directory: Annotated[Path, typer.Option("--dir", help="The stack's directory.")] = DEFAULT) -> None:
    """The definitions there are: one line each."""
    if context.invoked_subcommand is None:
        commands.enter_stack(directory)

        async def work(_: Connection) -> list[str]:
            return [_line(one) for _, one in sorted(book.definitions().items())]

        for text in told(work):
            typer.echo(text)


def _line(one: Definition) -> str:
    hands = sum(isinstance(line.source, Entered) for line in one.lines)
    to = ", ".join(recipient.name for recipient in one.recipients)
    of = {"icb": "an ICB", "provider": "a provider"}[one.organisations]
    return f"{one.key:<26} {one.period} of {of}, {len(one.lines)} lines ({hands} by hand), due after {one.deadline_days} days, to {to}"


@definitions.command()
def show(name: Annotated[str, typer.Argument(help="A definition's id, or template.")]) -> None:
    """The text of a definition, to read or to begin another with."""
    if name not in book.texts():
        raise CommandError(f"no return is called {name!r}: there is {', '.join(book.texts())}")
    typer.echo(book.texts()[name], nl=False)


@definitions.command()
def check(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A TOML file; `clockstop return definitions show template` is one.")
    ],
) -> None:
    """Whether a definition can be used: one line that says so, or what is wrong with it."""
    try:
        stated = parse(_text(file), book.known())
    except (CommandError, ValueError) as error:
        raise CommandError(f"{file.name}: {error}") from None
    typer.echo(_line(stated))


@definitions.command()
def add(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A TOML file that `check` finds nothing wrong with.")],
    username: As,
    directory: Directory = DEFAULT,
) -> None:
    """Add a definition, or the next version of one; its recipients by MESH must be on the allow list."""

    async def work(connection: Connection) -> str:
        person = await acting(connection, username)
        may_draft(person.roles, person.username)
        async with connection.transaction():
            return _line(await added.add(connection, _text(file), person.username, clock.now()))

    try:
        typer.echo(told(work))
    except CommandError as error:
        raise CommandError(f"{file.name}: {error}") from None


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"cannot be read: {error}") from None


@returns.command()
def enter(
    return_id: ReturnId,
    line: Annotated[str, typer.Argument(help="The line's id.")],
    value: Annotated[str, typer.Argument(help="As its type is written: 1250, 125000.50, 12.5, 2025-09-30, words; or nil.")],
    why: Annotated[str, typer.Option(help="Why, for those who ask later.")],
    username: As,
    pcn: Annotated[str, typer.Option(help="Of a line by primary care network: which.")] = "",
    of: Annotated[str, typer.Option(help="Of a line by anything else: which value.")] = "",
    directory: Directory = DEFAULT,
) -> None:
    """Enter a line by hand. What was entered before stays to be seen; the latest counts."""
    if pcn and of:
        raise CommandError("--pcn: leave it out beside --of: a line is by one of them")

    async def work(connection: Connection) -> str:
        person = await acting(connection, username)
        async with connection.transaction():
            kept = await entering.enter(connection, person, return_id, line, pcn or of, value, why)
        return f"{return_id} {line}{f' {kept.group}' if kept.group else ''}: {kept.value}"

    typer.echo(told(work))


@returns.command()
def entered(return_id: ReturnId, directory: Directory = DEFAULT) -> None:
    """Every line that is entered by hand: its value, when it was entered, by whom and why; or who is to enter it."""

    async def work(connection: Connection) -> list[str]:
        about = await entering.named(connection, return_id)
        last = {(one.line, one.group): one for one in await store.history(connection, about.id)}
        found = []
        for line in about.definition.lines:
            if isinstance(line.source, Entered):
                for group in groups(about.definition, line, about.footprint):
                    one = last.get((line.id, group))
                    missing = f"missing: {line.source.owner} enters it" if line.source.required else "nothing entered; it need not be"
                    said = missing if one is None else f"{one.value} ({one.by}, {one.said_at:%Y-%m-%d}: {one.why})"
                    found.append(f"{line.id}{f' {group}' if group else ''}: {said}")
        return found

    for text in told(work):
        typer.echo(text)


async def acting(connection: Connection, username: str) -> Person:
    """Who acts on the command line. CommandError for nobody."""
    person = await People(connection).named(username)
    if person is None:
        raise CommandError(f"--as: nobody is called {username!r}: `clockstop person` has those who may sign in")
    return person


def told(work: Callable[[Connection], Awaitable[T]]) -> T:
    """Run this over a connection of its own. CommandError for what cannot be, or is not theirs to do."""

    async def opened() -> T:
        async with await open_pool() as pool, pool.acquire() as connection:
            await added.load(connection)
            return await work(connection)

    try:
        return commands.run(opened())
    except (ValueError, PermissionError, StepError) as error:
        raise CommandError(str(error)) from None
