"""`clockstop return submissions` and `clockstop return resolve`: where returns are on their way, and what somebody found out about one."""

from typing import Annotated

import typer

from services.reporting.commands.files import returns
from services.reporting.commands.returns import As, ReturnId, acting, told
from services.reporting.handlers import resolving, returning
from services.reporting.store import submissions as store
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.database import Connection

__all__ = ["returns"]


@returns.command()
def submissions(return_id: ReturnId, directory: Directory = DEFAULT) -> None:
    """Where each version of a return is on its way to each recipient: state, local id, SHA-256, and why."""

    async def work(connection: Connection) -> list[str]:
        found = []
        await returning.one(connection, return_id)
        for one in await store.of(connection, return_id):
            named = f"version {one['version']}: {one['recipient']} by {one['transport']}: {one['state']}, {one['file_name']}"
            said = f"local id {one['local_id']}, message {one['message_id'] or 'unknown'}, SHA-256 {one['sha256']}"
            found.append(f"{named}, {said}" + (f": {one['why']}" if one["why"] else ""))
        return found

    for line in told(work) or [f"nothing of {return_id} was sent: `clockstop return send {return_id} --as USERNAME` sends what is signed"]:
        typer.echo(line)


@returns.command()
def resolve(
    return_id: ReturnId,
    sent: Annotated[bool, typer.Option("--sent/--not-sent", help="Whether they have it; one that was not sent goes again.")],
    why: Annotated[str, typer.Option(help="Who said so.")],
    username: As,
    directory: Directory = DEFAULT,
) -> None:
    """Say what became of a return that rests in `unknown`."""

    async def work(connection: Connection) -> int:
        person = await acting(connection, username)
        async with connection.transaction():
            return await resolving.resolve(connection, return_id, person, sent=sent, why=why)

    typer.echo(f"{return_id}: {told(work)} settled as {'sent' if sent else 'not sent: queued again'}")
