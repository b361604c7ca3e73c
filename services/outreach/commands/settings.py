"""`clockstop outreach settings`: a provider's own intervals and ladder, from a day on, each with who set it and why."""

import getpass
import json
from typing import Annotated

import typer

from services.outreach.rules.settings import EVERYBODY, read
from services.outreach.store import settings as store
from services.outreach.store.settings import Stated
from shared import clock as wall
from shared.runtime import commands
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.database import Pool, connect_pool
from shared.runtime.errors import CommandError
from shared.runtime.settings import Settings

settings = typer.Typer(help="Providers' own intervals and ladder, from a day on.", no_args_is_help=True)
Provider = Annotated[str, typer.Option(help="ODS code of the provider; * stands for all.")]


@settings.command()
def show(provider: Provider = "", directory: Directory = DEFAULT) -> None:
    """All that was ever set, one JSON object a line; what was set last of a provider, name and day holds."""

    async def work() -> list[Stated]:
        async with await _pool() as pool, pool.acquire() as connection:
            return await store.told(connection, provider or None)

    for one in commands.run(work()):
        typer.echo(json.dumps(one._asdict(), default=str, ensure_ascii=False))


@settings.command("set")
def state(
    name: Annotated[
        str, typer.Argument(help="schedule.<id>, findings, ladder, follow-up-days, declined-months, ... : see docs/outreach.md.")
    ],
    value: Annotated[str, typer.Argument(help="JSON; null takes it back.")],
    provider: Provider,
    reason: Annotated[str, typer.Option(help="Why, for those who ask later.")],
    valid_from: Annotated[str, typer.Option("--from", help="The first day, YYYY-MM-DD; by default today.")] = "",
    directory: Directory = DEFAULT,
) -> None:
    """Let a setting hold at a provider from a day on. Everybody is worked out anew in the background."""
    day = commands.day("--from", valid_from)
    if not reason.strip():
        raise CommandError("--reason: say why this is set")
    try:
        meant = json.loads(value)
        if meant is not None:
            read(name, meant)
    except json.JSONDecodeError as error:
        raise CommandError(f"VALUE: not JSON ({error.msg} at character {error.pos + 1}): write it as 28, true or [...]") from None
    except ValueError as error:
        raise CommandError(f"setting {error}") from None

    async def work() -> None:
        async with await _pool() as pool, pool.acquire() as connection:
            if provider != EVERYBODY and not await store.provider_known(connection, provider):
                raise CommandError(f"--provider: {provider!r} is no organisation or practice of the reference data: use its ODS code")
            await store.state(connection, Stated(0, provider, name, day, meant, getpass.getuser(), reason.strip(), wall.now()))

    commands.run(work())
    typer.echo(f"{name} of {provider} from {day}: set; people are worked out anew in the background")


async def _pool() -> Pool:
    return await connect_pool(Settings.of("outreach").database_url.get_secret_value(), "outreach", size=1)
