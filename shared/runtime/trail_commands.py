"""`clockstop audit head|verify`: whether a service's audit is what was written, also against a head that was kept elsewhere."""

from typing import Annotated

import typer

from shared.runtime import commands, trail
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.database import connect_pool
from shared.runtime.errors import CommandError
from shared.runtime.settings import Settings

audit = typer.Typer(help="The audits: rows that are only added, each sealed with the one before it.", no_args_is_help=True)
KEEPERS = ("outreach", "reporting")
Service = Annotated[str, typer.Argument(help=f"One of {', '.join(KEEPERS)}.")]


async def _look(service: str, number: int | None) -> tuple[int | None, trail.Head | None]:
    if service not in KEEPERS:
        raise CommandError(f"SERVICE: {service!r} keeps no audit; there are {', '.join(KEEPERS)}")
    url = Settings.of(service).database_url.get_secret_value()
    async with await connect_pool(url, service, size=1, fenced=False) as pool:
        return await trail.broken(pool), await trail.head(pool, number)


@audit.command()
def head(service: Service, directory: Directory = DEFAULT) -> None:
    """The number and seal of the last row: keep them elsewhere, and no row up to it can be changed, added or taken away unseen."""
    _, last = commands.run(_look(service, None))
    typer.echo("0" if last is None else str(last))


@audit.command()
def verify(
    service: Service,
    kept: Annotated[str, typer.Option("--head", help="A line that `head` printed: its row must still be there, as it was.")] = "",
    directory: Directory = DEFAULT,
) -> None:
    """Compute every seal anew."""
    number, _, seal = kept.partition(" ")
    if kept and not (number.isdecimal() and (seal or number == "0")):
        raise CommandError(f"--head: {kept!r} is none: give the line that `clockstop audit head {service}` printed")
    wrong, found = commands.run(_look(service, int(number) if kept else None))
    if wrong is not None:
        raise CommandError(
            f"the audit of {service} is not what was written: row {wrong} is the first that was changed, added or taken away"
        )
    if seal and (found is None or found.seal != seal):
        raise CommandError(f"the audit of {service} is not what was written: row {number} is not the one whose seal was kept")
    typer.echo(f"the audit of {service} is what was written")
