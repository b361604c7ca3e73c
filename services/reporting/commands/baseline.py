"""`clockstop baseline`: a month's figures of a family of measures, kept as they stand beside all that come after."""

from typing import Annotated

import typer

from services.reporting.commands.pool import open_pool, period_of
from services.reporting.commands.returns import As, acting
from services.reporting.handlers.baselining import set_baseline
from services.reporting.rules.life import StepError
from shared.runtime import commands
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.errors import CommandError


def baseline_command(
    family: Annotated[str, typer.Argument(help="Of measures, as spell-quality, contacts, mrs.")],
    period: Annotated[str, typer.Option(help="The month, as 2025-06.")],
    why: Annotated[str, typer.Option(help="Why it is the baseline; kept with it.")],
    username: As,
    directory: Directory = DEFAULT,
) -> None:
    """Declare a month the baseline of a family of measures: its figures are kept as they stand, with the version they were counted by."""
    month = period_of(period)

    async def work() -> int:
        async with await open_pool() as pool, pool.acquire() as connection:
            person = await acting(connection, username)
            async with connection.transaction():
                return await set_baseline(connection, person, family, month, why)

    try:
        typer.echo(f"{family} {month.name}: {commands.run(work()):,} figures are the baseline")
    except StepError as error:
        raise CommandError(str(error)) from None
