"""`clockstop reconcile`: a nationally published file beside what is counted here."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from services.reporting.rules.layout import Row, Theirs, read
from services.reporting.rules.measures.lines import for_comparison
from services.reporting.rules.period import month_of, parse
from services.reporting.rules.reconcile import Cause, Reconciled, reconcile
from services.reporting.store import measures as store
from services.reporting.store.measures import COMPAT, MAIN, Asked
from shared.runtime import commands
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.database import Pool, connect_pool
from shared.runtime.errors import CommandError
from shared.runtime.settings import Settings


def reconcile_command(
    file: Annotated[Path, typer.Argument(help="The CSV as NHS England publishes it.")],
    period: Annotated[str, typer.Option(help="A month (2024-09); or a quarter or year, which is that of its last month.")],
    everything: Annotated[bool, typer.Option("--all", help="Print what agrees too.")] = False,
    directory: Directory = DEFAULT,
) -> None:
    """Our figures beside the published ones, by the national rules, with the cause of every difference that can be named."""
    theirs = read_file(file)
    try:
        month = month_of(parse(period).last)
    except ValueError as error:
        raise CommandError(f"--period: {error}") from None
    here = [one for one in theirs if one.key.end == month.last]
    if not here:
        raise CommandError(f"{file}: holds no figure of a period that ends with {month.name}")
    ours, compat = commands.run(_rows(Asked(month.last)))
    found = reconcile(ours, here, compat=compat)
    for cause, number in sorted(Counter(one.cause for one in found).items(), key=lambda item: list(Cause).index(item[0])):
        typer.echo(f"{number:6,}  {cause}")
    for one in found:
        if everything or not one.cause.explained:
            typer.echo(_line(one))


def _line(one: Reconciled) -> str:
    return f"{one.key.measure_id:8} {one.key.primary:10} ours {one.published or '-':>10}  theirs {one.theirs or '-':>10}  {one.cause}"


def read_file(file: Path) -> list[Theirs]:
    """Every figure of a published file. CommandError names the first line and column that cannot be read."""
    try:
        found, faults = read(file.read_text("utf-8"))
    except OSError as error:
        raise CommandError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise CommandError(f"{file}: is not UTF-8 text: byte {error.start}") from None
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise CommandError(f"{file}: line {faults[0].line}, column {faults[0].column}: {faults[0].remedy}{more}")
    return found


async def _rows(asked: Asked) -> tuple[list[Row], list[Row]]:
    """By the national rules: as defined, and as the published code counts."""
    async with await _open_pool() as pool:
        names = await store.names(pool)
        main, compat = [await store.counted(pool, asked._replace(definition=definition)) for definition in (MAIN, COMPAT)]
    return for_comparison(asked.last, main, names, compat=False), for_comparison(asked.last, compat, names, compat=True)


async def _open_pool() -> Pool:
    return await connect_pool(Settings.of("reporting").database_url.get_secret_value(), "reporting", size=2, fenced=False)
