"""`clockstop outreach messages`: those of which nobody knows whether they went, and what somebody found out about one."""

import getpass
import json
from typing import Annotated
from uuid import UUID

import typer

from services.outreach.store import messages as store
from services.outreach.store.messages import SQL
from shared import clock as wall
from shared.runtime import commands
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.database import connect_pool
from shared.runtime.errors import CommandError
from shared.runtime.settings import Settings

messages = typer.Typer(help="Messages of which nobody knows whether they went.", no_args_is_help=True)


@messages.command()
def unknown(directory: Directory = DEFAULT) -> None:
    """All of them, one JSON object a line; `id` is the reference under which GOV.UK Notify would know it."""

    async def work() -> list[dict[str, object]]:
        async with await connect_pool(Settings.of("outreach").database_url.get_secret_value(), "outreach", size=1) as pool:
            return [dict(row) for row in await pool.fetch(SQL["unknown_messages"])]

    for one in commands.run(work()):
        typer.echo(json.dumps(one, default=str))


@messages.command()
def settle(
    message: Annotated[UUID, typer.Argument(help="Its id.")],
    went: Annotated[bool, typer.Option("--went/--not-sent", help="Whether it went; one that did not is worked out anew.")],
    directory: Directory = DEFAULT,
) -> None:
    """Say what became of a message that rests in `unknown`."""

    async def work() -> str | None:
        pool = await connect_pool(Settings.of("outreach").database_url.get_secret_value(), "outreach", size=1)
        async with pool, pool.acquire() as connection, connection.transaction():
            return await store.decide(connection, message, went=went, by=getpass.getuser(), now=wall.now())

    if (state := commands.run(work())) is None:
        raise CommandError(f"ID: no message {message} rests in unknown: see `clockstop outreach messages unknown`")
    typer.echo(f"{message} is {state}")
