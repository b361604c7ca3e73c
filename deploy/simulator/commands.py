"""`clockstop simulate`: the demonstration community emits to a running stack, or is written as MHSDS files."""

import asyncio
import json
import signal
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from deploy.demonstration import admit_senders
from deploy.local.errors import StackError
from deploy.local.stack import Stack
from deploy.simulator import files
from deploy.simulator.demonstration import Journal, Plan, applied, demonstrate, load, tried
from deploy.simulator.sender import Sender, SendError, Target
from deploy.simulator.shares import ICB, TOWNS
from deploy.simulator.volume import measure
from shared.clock import now
from shared.runtime.commands import enter_stack
from shared.runtime.errors import CommandError


def simulate(
    rate: Annotated[float, typer.Option(min=0.01, max=1000, help="Live events a second.")] = 1.0,
    icb: Annotated[bool, typer.Option("--icb", help="The volume of an average ICB; loads it, measures the pages, and ends.")] = False,
    starts: Annotated[float | None, typer.Option(min=0.1, max=20_000, help="Referrals a month; the register grows with them.")] = None,
    days: Annotated[int, typer.Option(min=1, max=1000, help="Days of history.")] = 365,
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another community.")] = 1,
    to_files: Annotated[
        Path | None, typer.Option("--files", file_okay=False, help="Write whole months as MHSDS files into this folder instead.")
    ] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day before which files end; today if left out.")] = None,
    for_seconds: Annotated[float | None, typer.Option(min=0, help="Stop after so long; without it, at Ctrl-C.")] = None,
    directory: Annotated[Path, typer.Option("--dir", help="Where the stack keeps its state.")] = Path(".clockstop"),
) -> None:
    """Send a year of a made-up community, then live flow; the same seed is the same community."""
    size = ICB if icb else TOWNS
    if starts is not None:
        size = size.scaled(starts)
    plan = Plan(seed, size, days, rate, for_seconds)
    if to_files is not None:
        _write(plan, datetime.combine(until, time(), UTC) if until else now(), to_files)
        return
    try:
        stack = Stack.load(enter_stack(directory))
        if not api_keys(directory):  # a stack that was started empty
            asyncio.run(admit_senders(directory))
        target = Target(stack.kafka, stack.site_url, api_keys(directory))
        asyncio.run(_volume(target, directory, plan) if icb else _until_stopped(target, directory, plan))
    except (StackError, SendError) as error:
        raise CommandError(str(error)) from None


def api_keys(directory: Path) -> dict[str, str]:
    """The API keys of the demonstration's providers, `{ods: key}`, as the stack keeps them in its directory; none when there are none."""
    file = directory / "api-keys.json"
    keys: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return keys


def _write(plan: Plan, until: datetime, folder: Path) -> None:
    """The whole months that end by `until`."""
    first = (until - timedelta(days=plan.days)).date()
    written = files.write(plan.flow(until).past(until), first, until.date(), folder, plan.seed, typer.echo)
    typer.echo(f"{written.months} months, {written.rows:,} rows in {folder}")


def _stop() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _until_stopped(target: Target, directory: Path, plan: Plan) -> None:
    await demonstrate(target, directory, plan, _stop(), typer.echo)


async def _volume(target: Target, directory: Path, plan: Plan) -> None:
    """Load, then ask for the pages."""
    stop, loop = _stop(), asyncio.get_running_loop()
    journal = Journal.of(directory, plan, now())
    began = loop.time()
    async with Sender(target) as sender:
        sent = await load(sender, plan.flow(journal.began).past(journal.began), plan, journal, stop, typer.echo)
    await applied(stop, typer.echo)
    await tried(plan.seed, stop, typer.echo)
    seconds = loop.time() - began
    typer.echo(f"{sent:,} events loaded and applied in {seconds:,.0f} s: {sent / seconds:,.0f} a second")
    if not stop.is_set():
        for page in await asyncio.to_thread(measure, target.site):
            typer.echo(page)
