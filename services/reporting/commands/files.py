"""`clockstop return export` and `clockstop return workbook`: returns as files, and the recipients' blank workbooks."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from services.reporting.commands.life import returns
from services.reporting.commands.returns import As, ReturnId, acting, told
from services.reporting.handlers import files
from services.reporting.rules.life import StepError
from services.reporting.rules.returns import book
from services.reporting.rules.returns.definition import FORMATS, ROWS
from services.reporting.store import returns as store
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.database import Connection
from shared.runtime.errors import CommandError

__all__ = ["returns"]


@returns.command()
def export(
    return_id: ReturnId,
    username: As,
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join((ROWS, *FORMATS))}.")] = "csv",
    version: Annotated[int | None, typer.Option(min=1, help="Of the return; without it the newest.")] = None,
    target: Annotated[str, typer.Option("--to", help="Write it here; a directory, or - for standard output.")] = ".",
    directory: Directory = DEFAULT,
) -> None:
    """Take a frozen return away as a file. Who did is noted in the audit."""

    async def work(connection: Connection) -> files.File:
        versions = await store.versions(connection, return_id)
        if not versions:
            raise StepError(f"there is no return {return_id!r}: see `clockstop return list`")
        async with connection.transaction():
            return await files.export(connection, await acting(connection, username), return_id, version or versions[-1]["version"], form)

    found = told(work)
    if target == "-":
        sys.stdout.buffer.write(found.content)
        return
    path = Path(target, found.name) if Path(target).is_dir() else Path(target)
    try:
        path.write_bytes(found.content)
    except OSError as error:
        raise CommandError(f"--to: cannot write {path}: {error.strerror}") from None
    typer.echo(f"{path}: {len(found.content):,} bytes")


@returns.command()
def workbook(
    definition: Annotated[str, typer.Argument(help="The definition whose cell map fills it.")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The recipients' blank workbook.")],
    username: As,
    directory: Directory = DEFAULT,
) -> None:
    """Keep the recipients' blank workbook: from then on the return goes out filled into it."""

    async def work(connection: Connection) -> str:
        stated = book.definition(definition)
        async with connection.transaction():
            digest = await files.add_blank(connection, await acting(connection, username), stated, file.name, file.read_bytes())
        return f"{stated.key}: {file.name} is used from now on (SHA-256 {digest})"

    typer.echo(told(work))
