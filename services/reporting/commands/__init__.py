"""`reporting`'s part of the command line."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from services.reporting.commands.baseline import baseline_command
from services.reporting.commands.inequality import inequality_command
from services.reporting.commands.pool import names_with, open_pool, period_of
from services.reporting.commands.reconciling import reconcile_command
from services.reporting.rules.layout import Row, lines
from services.reporting.rules.measures.lines import Counted, for_all, for_comparison, for_itself
from services.reporting.store import measures as store
from services.reporting.store.measures import COMPAT, MAIN, Asked
from shared import clock
from shared.runtime import commands
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.errors import CommandError

OF_WHOM = "Write the figures of this provider as they are, by team and group: for itself alone."
NATIONAL = "Round and hide figure by figure, as nationally published: to compare with a published file, not to publish."


def measures_command(
    period: Annotated[str, typer.Option(help="A month (2024-09); or a quarter or year, which is that of its last month.")],
    definition: Annotated[str, typer.Option(help=f"Of the four-week wait: {MAIN} or {COMPAT}.")] = MAIN,
    unsuppressed: Annotated[str, typer.Option(metavar="ODS", help=OF_WHOM)] = "",
    national: Annotated[bool, typer.Option("--national", help=NATIONAL)] = False,
    known_at: Annotated[str, typer.Option("--known-at", help="As known at this instant, as 2024-10-15T09:00:00Z.")] = "",
    target: Annotated[str, typer.Option("--csv", help="Write the CSV to this file; - is standard output.")] = "-",
    directory: Directory = DEFAULT,
) -> None:
    """The measures of a period in the published layout. Small counts, and what would give them away, are hidden."""
    last = min(period_of(period).last, clock.today())
    if definition not in {MAIN, COMPAT}:
        raise CommandError(f"--definition: {definition!r} feeds no measure: there are {MAIN} and {COMPAT}")
    if unsuppressed and national:
        raise CommandError("--national: leave it out beside --unsuppressed, which shows figures as they are")
    asked = Asked(last, definition, commands.known_at(known_at))
    found = commands.run(_rows(asked, unsuppressed, national))
    with ExitStack() as stack:
        try:
            file = sys.stdout if target == "-" else stack.enter_context(Path(target).open("w", encoding="utf-8", newline=""))
        except OSError as error:
            raise CommandError(f"--csv: cannot write {target}: {error.strerror}") from None
        file.writelines(lines(found))


async def _rows(asked: Asked, unsuppressed: str, national: bool) -> list[Row]:
    async with await open_pool() as pool:
        names = await names_with(pool, unsuppressed, asked.known_at)
        counted: Counted = await store.counted(pool, asked)
        networks = await store.networks(pool, asked.known_at)
    if unsuppressed:
        return for_itself(asked.last, counted, names, unsuppressed)
    if national:
        return for_comparison(asked.last, counted, names, asked.definition == COMPAT)
    return for_all(asked.last, counted, names, networks)


__all__ = ["baseline_command", "inequality_command", "measures_command", "reconcile_command"]
